"""The physical lines of a text file, of which some can be put back to be read again."""

from collections import deque
from collections.abc import Iterator
from pathlib import Path

from mdm.feeds.readers.encoding import WIDE
from mdm.feeds.readers.sheet import LONGEST_LINE


class Lines:
    """Lines with their ends; `\\r`, `\\n` and both together end a line."""

    def __init__(self, fresh: Iterator[str]) -> None:
        self._fresh = fresh
        self._returned: deque[str] = deque()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return self._returned.popleft() if self._returned else next(self._fresh)

    def put_back(self, lines: list[str]) -> None:
        """Let `lines` be read again, in their order, before all others."""
        self._returned.extendleft(reversed(lines))

    def take_until_closed(self, line: str, most: int) -> list[str]:
        """The lines behind `line` up to the one that closes its open quote.

        None when no quote is open, and, with nothing taken, when none of the next `most` closes it.
        """
        taken: list[str] = []
        is_open, size = line.count('"') % 2 == 1, len(line)
        while is_open and len(taken) < most and size < LONGEST_LINE:
            following = next(self, None)
            if following is None:
                break
            taken.append(following)
            size += len(following)
            is_open = following.count('"') % 2 == 0
        if is_open:
            self.put_back(taken)
            return []
        return taken


def open_lines(path: Path, encoding: str) -> Lines:
    """The lines of the file at `path`; of one longer than LONGEST_LINE only the beginning."""
    return Lines(_decoded(path, encoding))


def _decoded(path: Path, encoding: str) -> Iterator[str]:
    # What cannot be decoded must show. Encodings of two and four bytes have no stand-in but U+FFFD.
    errors = "replace" if encoding.startswith(WIDE) else "surrogateescape"
    with path.open(encoding=encoding, errors=errors, newline="") as file:
        while line := file.readline(LONGEST_LINE):
            yield line
            while len(line) == LONGEST_LINE and not line.endswith(("\n", "\r")):
                line = file.readline(LONGEST_LINE)
