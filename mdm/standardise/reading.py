"""How a feed writes its values, and how a value that cannot be read says so."""

from dataclasses import dataclass
from typing import Literal

DateOrder = Literal["ymd", "dmy", "mdy"]

_LONGEST_QUOTED = 80


@dataclass(frozen=True, slots=True)
class Reading:
    """One feed's conventions: country of bare phone numbers, order in 4/5/2015, 1,5 or 1.5."""

    country: str | None = None
    date_order: DateOrder = "dmy"
    decimal_comma: bool = False


class InvalidValue(ValueError):
    """A value that cannot be read: what is wrong with it, and what would mend it.

    `part` names the part of a composite value, such as the country of an address.
    """

    def __init__(self, message: str, remedy: str, part: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.part = part


class Doubtful(str):
    """A text that is kept although it cannot be read as what it should be."""

    __slots__ = ()


def quoted(text: str) -> str:
    """`text` in quotes, for a message: a cell may be as long as a book, a message may not."""
    return repr(text if len(text) <= _LONGEST_QUOTED else f"{text[:_LONGEST_QUOTED]}…")
