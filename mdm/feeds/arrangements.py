"""Named steps that look at a whole file before its rows become records."""

from collections.abc import Callable, Iterator

from mdm.feeds.readers import Block, Sheet

Arrangement = Callable[[Sheet], Iterator[Block]]

ARRANGEMENTS: dict[str, Arrangement] = {}
