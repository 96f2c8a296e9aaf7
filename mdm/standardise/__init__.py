"""How raw values become comparable: pure functions of one value, and one way to apply them to many."""
