"""Sentences that the hub stored in English, told in the language of the page.

They have a fixed form with values in it. A sentence of another form, and what people wrote, is
told as it stands.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from string import Formatter

from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_noop

from mdm.words import inside, translated

FORMS = (
    # why a batch waits for its owner
    gettext_noop("{count} of {known} known records ({share}) are missing; the limit is {limit}"),
    gettext_noop("{count} of {known} known records ({share}) would change; the limit is {limit}"),
    gettext_noop("batch {count} of this feed waits; release or discard that one first"),
    # what is odd about a cluster
    gettext_noop("{label} differs"),
    gettext_noop("nothing joins its parts any more"),
    gettext_noop("one link alone joins its parts"),
    gettext_noop("{count} records"),
    gettext_noop("only {count} of {known} pairs are alike"),
    # what is wrong with a row
    gettext_noop("Row {count} has the key {value} of row {known}, with different content."),
    gettext_noop("Row {count}: {value} is new, and a required value is missing."),
    gettext_noop("Row {count}: a newer version of {value} arrived before."),
    gettext_noop("Row {count}: {system} has no record with the key {value}."),
    gettext_noop("Row {count}, {column}: {system} has no record with the key {value}."),
    gettext_noop("Row {count}, {column}: {what}."),
    gettext_noop("the key is empty"),
    gettext_noop("the key has more than {count} characters"),
    gettext_noop("the {label} is empty"),
    gettext_noop("the text has {count} characters, more than {known}"),
    gettext_noop("the key has {count} characters, more than {known}"),
    gettext_noop("the period ends before it starts"),
    gettext_noop("the scope is not said: a rate of this scope must name whose it is"),
    gettext_noop("the rows of this contract name different firms: {value}"),
    gettext_noop(
        "the rows of this contract state {count} different periods; no two dates stand on most of"
        " them"
    ),
    gettext_noop("{value} is more than a contract number"),
    gettext_noop("{value} is not a registered source system"),
    gettext_noop("{value} is not a date that exists ({what})"),
    gettext_noop("{value} is not a phone number ({what})"),
    gettext_noop("{value} is not an e-mail address ({why})"),
    gettext_noop("{value} is not one of {known_ones}"),
    gettext_noop("{value} is not a {what}"),
    gettext_noop("{value} is neither yes nor no"),
    gettext_noop("{value} is below {count}"),
    gettext_noop("{value} is above {count}"),
    gettext_noop("{value} cannot be read as a date"),
    gettext_noop("{value} does not say in which century"),
    gettext_noop("{value} has a time of day that does not exist"),
    gettext_noop("{value} has more than {count} digits before or behind the point"),
    gettext_noop("{value} looks like a spreadsheet formula"),
    gettext_noop("day is out of range for month"),
    gettext_noop("month must be in 1..12"),
    gettext_noop("the area code is missing"),
    gettext_noop("no such length"),
    gettext_noop("two numbers stand in one cell"),
    gettext_noop("there are words beside it"),
    gettext_noop("its country is not known"),
    gettext_noop("it is too long"),
    gettext_noop("it does not look like one"),
    gettext_noop("number"),
    gettext_noop("whole number"),
    gettext_noop("web domain"),
    gettext_noop("web address"),
    gettext_noop("country"),
    gettext_noop("language"),
    gettext_noop("currency"),
    gettext_noop("tax number"),
    gettext_noop("D-U-N-S number"),
    # what would mend it
    gettext_noop("keep the row that is right, or give one of them its own key"),
    gettext_noop("correct the key, or load the record first and resubmit this row"),
    gettext_noop("correct the key, or load that record first and resubmit this row"),
    gettext_noop("fill it in, or load the record first and resubmit this row"),
    gettext_noop("nothing is to be done; the newer version stands"),
    gettext_noop("fill it in; a record cannot do without"),
    gettext_noop("fill in the key"),
    gettext_noop("keep only {value}"),
    gettext_noop("enter the dates of the contract on this row, the same as on its other rows"),
    gettext_noop(
        "find out whose contract it is, and correct the contract number of the other firm's rows"
    ),
    gettext_noop("fill in the project, client, region or practice, or widen the scope"),
    gettext_noop("look for a missing quote"),
    gettext_noop("look for a missing quote in the file"),
    gettext_noop("shorten it; look for a missing quote in the file"),
    gettext_noop("correct whichever of the two dates is wrong"),
    gettext_noop("register it, or use one of {known_ones}"),
    gettext_noop("write its ISO code, like {value}"),
    gettext_noop("write the date like {value}, or leave it empty"),
    gettext_noop("write the date like {value}, or tell the feed its date order"),
    gettext_noop("write the year in four digits, like {value}"),
    gettext_noop("write it with its country code, like {value}"),
    gettext_noop("write it in digits, like {value}"),
    gettext_noop("write it like {value}"),
    gettext_noop("write yes or no"),
    gettext_noop("write one of {known_ones}"),
    gettext_noop("write at least {count}"),
    gettext_noop("write at most {count}"),
    gettext_noop("round it, or look for two numbers that ran together"),
    gettext_noop("export the values instead of the formulas, or remove the leading sign"),
)
"""Each form as the hub writes it, the narrower ones first."""

_NUMBERS = frozenset(("count", "known", "share", "limit"))


def retold(stored: object) -> str:
    """A stored sentence, or several with semicolons between, in the language of the page."""
    text = str(stored)
    return _told(text) or "; ".join(_parts(text))


def _parts(text: str) -> Iterator[str]:
    """What was joined by semicolons, though a sentence may hold one too: the longest one first."""
    places = [found.start() for found in re.finditer("; ", text)]
    for place in reversed(places):
        if first := _told(text[:place]):
            yield first
            yield from _parts(text[place + 2 :])
            return
    yield _told(text) or translated(text)


def _told(text: str) -> str:
    """One sentence, or the same as a sentence with its capital and full stop; "" if unknown."""
    if said := _in_form(text):
        return said
    if text.endswith(".") and (said := _in_form(text[:1].lower() + text[1:-1])):
        return f"{said[:1].upper()}{said[1:]}."
    return ""


def _in_form(text: str) -> str:
    for form, pattern in _patterns():
        if found := pattern.fullmatch(text):
            said = found.groupdict()
            return gettext(form).format(
                **{name: _VALUES.get(name, str)(said[name]) for name in said}
            )
    return ""


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((form, _pattern(form)) for form in FORMS)


def _pattern(form: str) -> re.Pattern[str]:
    pieces = []
    for literal, name, _, _ in Formatter().parse(form):
        pieces.append(re.escape(literal))
        if name:
            pieces.append(f"(?P<{name}>{r'-?[0-9.,]+%?' if name in _NUMBERS else '.+?'})")
    return re.compile("".join(pieces), re.DOTALL)


def _number(text: str) -> str:
    """A number of the sentence as the language of the page writes it."""
    if re.fullmatch(r"\d{1,3}(,\d{3})+", text):
        return str(number_format(int(text.replace(",", "")), force_grouping=True))
    return text


def _label(text: str) -> str:
    """A label that the sentence has in small letters, or as it was declared."""
    said = translated(text)
    return said if said != text else inside(text[:1].upper() + text[1:])


_VALUES: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(_NUMBERS, _number),
    "label": _label,
    "what": lambda text: _told(text) or text,
}
