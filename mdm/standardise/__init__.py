"""How raw values become comparable: pure functions of one value, applied to distinct values."""

VERSION = 1
"""Counted up with each change that reads a value otherwise; `restandardise` follows it."""
