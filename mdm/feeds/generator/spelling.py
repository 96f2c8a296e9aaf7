"""How people and systems misspell what they were told."""

from collections.abc import Callable, Sequence

from mdm.feeds.generator.draws import Bits, Mask
from mdm.feeds.generator.trades import ABBREVIATIONS

Change = Callable[[str, int], str]

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890")
_NEIGHBOUR = {
    letter: row[index - 1] + row[(index + 1) % len(row)]
    for row in _ROWS
    for index, letter in enumerate(row)
}


def changed(values: list[str], where: Mask, bits: Bits, change: Change) -> list[str]:
    """`values` with `change(value, bits)` in place of those in `where`; empty ones stay empty."""
    result = values.copy()
    for index in where.nonzero()[0].tolist():
        if values[index]:
            result[index] = change(values[index], int(bits[index]))
    return result


def left_out(values: list[str], where: Mask) -> list[str]:
    """`values`, empty in `where`."""
    result = values.copy()
    for index in where.nonzero()[0].tolist():
        result[index] = ""
    return result


def merged(values: list[str], others: Sequence[str], where: Mask) -> list[str]:
    """`values`, but those of `others` in `where`."""
    result = values.copy()
    for index in where.nonzero()[0].tolist():
        result[index] = others[index]
    return result


def mistype(text: str, bits: int) -> str:
    """One letter left out, doubled, swapped with the next or hit beside; short texts stay."""
    if len(text) < 4:
        return text
    at = (bits >> 8) % (len(text) - 2) + 1  # neither the first letter nor the last
    kind = bits & 3
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at] + text[at:]
    if kind == 2:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    near = _NEIGHBOUR.get(text[at].lower(), "e")
    return text[:at] + near[(bits >> 40) % len(near)] + text[at + 1 :]


def abbreviate(text: str, bits: int) -> str:  # noqa: ARG001
    """Every word that has a customary abbreviation in it."""
    return " ".join(ABBREVIATIONS.get(word, word) for word in text.split(" "))


def swap_words(text: str, bits: int) -> str:
    """Two neighbouring words in the other order."""
    tokens = text.split(" ")
    if len(tokens) < 2:
        return text
    at = bits % (len(tokens) - 1)
    tokens[at], tokens[at + 1] = tokens[at + 1], tokens[at]
    return " ".join(tokens)


def shout(text: str, bits: int) -> str:  # noqa: ARG001
    """All capitals, as old systems store names."""
    return text.upper()


def initial(text: str, bits: int) -> str:
    """The first letter, with or without a full stop."""
    return text[0] + ("." if bits & 1 else "")


def swap_day_and_month(text: str, bits: int) -> str:  # noqa: ARG001
    """The ISO date `text` with day and month exchanged, if that is a date too."""
    year, month, day = text.split("-")
    return f"{year}-{day}-{month}" if int(day) <= 12 else text
