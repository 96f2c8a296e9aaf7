"""Named steps that look at a whole file before its rows become records."""

from collections.abc import Callable

from mdm.feeds.readers import Sheet

Arrangement = Callable[[Sheet], Sheet]

ARRANGEMENTS: dict[str, Arrangement] = {}
