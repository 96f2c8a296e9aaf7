"""Names of people as they are compared: each by itself, and both in alphabetical order."""

from collections.abc import Sequence
from string import ascii_lowercase

import pyarrow as pa
import pyarrow.compute as pc

from matching.engine.grammars import CONTROLS, NOTHING, SPACING_ACCENT, Grammar
from mdm.standardise.nicknames import FORMAL_NAMES
from mdm.standardise.person import APOSTROPHE, KNOWN_WORDS, PersonName, parse_person


def family_name(name: str | None) -> PersonName:
    """A person of whom the family name is known."""
    if name and _is_plain(name):
        return PersonName(family=name.lower())
    return parse_person(None, None, name)


def given_name(name: str | None) -> PersonName:
    """A person of whom the given name is known."""
    if name and _is_plain(name):
        return PersonName(given=name.lower())
    return parse_person(name, None, "family")  # so that a lone word is the given name


def sorted_names(given: str | None, family: str | None) -> str:
    """Both names in alphabetical order, the same when they were swapped; "" if one is missing."""
    if not given or not family:
        return ""
    if _is_plain(given) and _is_plain(family):
        one, other = given.lower(), family.lower()
        return f"{one} {other}" if one < other else f"{other} {one}"
    return parse_person(given, None, family).sorted_words


def _is_plain(name: str) -> bool:
    """A single word of unaccented letters, as most names are: nothing to take apart."""
    return name.isascii() and name.isalpha()


def all_sorted_names(parts: Sequence[pa.StringArray]) -> pa.StringArray:
    """`sorted_names` of columns of given and family names."""
    given, family = (pc.fill_null(part, "") for part in parts)
    plain = pc.and_(pc.ascii_is_alpha(given), pc.ascii_is_alpha(family))
    one, other = (pc.if_else(plain, pc.ascii_lower(part), "") for part in (given, family))
    swapped = pc.greater(one, other)
    first, second = pc.if_else(swapped, other, one), pc.if_else(swapped, one, other)
    made = pc.binary_join_element_wise(first, second, " ")
    others = pc.invert(plain)
    rest = map(sorted_names, given.filter(others).to_pylist(), family.filter(others).to_pylist())
    return pc.replace_with_mask(made, others, pa.array(rest, pa.string()))


PERSONS = Grammar(
    known=KNOWN_WORDS | FORMAL_NAMES.keys() | set(ascii_lowercase),
    respelt=NOTHING,
    passed_over=APOSTROPHE.pattern,
    unusual=f"{CONTROLS}|-|{SPACING_ACCENT}",
)
