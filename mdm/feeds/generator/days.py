"""Days by index; the generator knows no today, it ends on a fixed date."""

from datetime import date, timedelta

from mdm.feeds.generator.draws import Draws, Ints, take

FIRST_DAY = date(1940, 1, 1)
LAST_DAY = date(2026, 10, 31)

_ISO = [
    (FIRST_DAY + timedelta(days=number)).isoformat()
    for number in range((date(2032, 1, 1) - FIRST_DAY).days)
]


def day_numbers(draws: Draws, stream: str, index: Ints, first: date, last: date) -> Ints:
    """A day between `first` and `last` for each index, as its number since FIRST_DAY."""
    return draws.below(stream, index, (last - first).days + 1) + (first - FIRST_DAY).days


def iso(numbers: Ints) -> list[str]:
    """Day numbers as ISO dates."""
    return take(_ISO, numbers)


def updated(draws: Draws, number: Ints) -> list[str]:
    """The day on which each record was last changed in its system."""
    return iso(day_numbers(draws, "updated", number, date(2023, 1, 2), LAST_DAY))
