"""How raw values become comparable: pure functions of one value, applied to distinct values."""
