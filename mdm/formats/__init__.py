"""How dates and times are written, by language; numbers are as Django has them."""
