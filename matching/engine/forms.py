"""Comparison forms: what a column makes of an attribute's value before it is compared.

A form is a few small functions. `parse` reads the parts once for each distinct value, `pick` picks
one comparison form of what was read, `finish` makes it ready; several columns share one reading.
Nothing (None, "") means missing. A column of a model names its form by its key in `FORMS`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from matching.engine import texts
from matching.engine.addresses import STREETS, parse_street
from matching.engine.grammars import Grammar
from matching.engine.organisation_forms import ORGANISATIONS, organisation_forms
from matching.engine.person_forms import (
    PERSONS,
    all_sorted_names,
    family_name,
    given_name,
    sorted_names,
)
from matching.engine.reaching import all_mailboxes, all_reaches, mailbox, reach, web_domain
from matching.engine.texts import Finish
from mdm.standardise.text import words

Taken = str | tuple[str, ...] | None
Parse = Callable[..., Any]


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """`parse(*parts)`, then `take(parsed)`: a string, or up to `width` equally good ones.

    With `parse` None the value is taken as it stands.
    """

    parse: Parse | None = None
    pick: Callable[[Any], Taken] = lambda parsed: parsed
    width: int = 1
    finish: Finish | None = None

    def take(self, parsed: Any) -> Taken:
        """The comparison form, or forms, of what was parsed."""
        taken = self.pick(parsed)
        return self.finish.one(taken) if self.finish and isinstance(taken, str) else taken

    def unfinished(self, parsed: Any) -> list[str | None]:
        """What was picked, `width` items, None for none."""
        picked = self.pick(parsed) or ()
        kept = (picked if isinstance(picked, tuple) else (picked,))[: self.width]
        return [*kept, *[None] * (self.width - len(kept))]


def _all_words(*parts: str | None) -> str:
    return " ".join(words(" ".join(filter(None, parts))))


def _spaced(*parts: str | None) -> str:
    return " ".join(filter(None, parts))


def _pair(*parts: str | None) -> str:
    """All parts together, missing as soon as one is."""
    return "\x1f".join(texts.together(part or "") for part in parts) if all(parts) else ""


def _each_part(*parts: str | None) -> str:
    """All parts together, a missing one as such; missing only when all are."""
    return "\x1f".join(texts.together(part or "") for part in parts) if any(parts) else ""


def _number(text: str | None) -> str:
    """A number in one spelling: "120.00" is "120"; what is no number stays as it is."""
    bare = (text or "").strip()
    return (bare.rstrip("0").rstrip(".") or "0") if "." in bare else bare


_ROMAN = {
    numeral: str(value) for value, numeral in enumerate("i ii iii iv v vi vii viii ix x".split(), 1)
}


def _numbers(text: str | None) -> str:
    """The numbers in a name, sorted: its year, phase or lot; "Audit 2026, phase II" has two."""
    found = (_ROMAN.get(word, word) for word in words(text or ""))
    return " ".join(sorted(word for word in found if word.isdigit()))


FORMS: dict[str, Form] = {
    "exact": Form(),
    "text": Form(_all_words),
    "sorted_words": Form(_all_words, finish=texts.IN_ORDER),
    "letters": Form(_spaced, finish=texts.TOGETHER),
    "together": Form(_pair),
    "each_part": Form(_each_part),
    "number": Form(_number),
    "numbers": Form(_numbers),
    "first_3": Form(_spaced, finish=texts.first_letters(3)),
    "first_4": Form(_spaced, finish=texts.first_letters(4)),
    "organisation.name": Form(organisation_forms, lambda name: name.names, width=2),
    "organisation.general_name": Form(organisation_forms, lambda name: name.general_name),
    "organisation.core": Form(organisation_forms, lambda name: name.core),
    "organisation.words": Form(
        organisation_forms, lambda name: name.telling, finish=texts.IN_ORDER
    ),
    "organisation.compact": Form(
        organisation_forms, lambda name: name.telling, finish=texts.UNSPACED
    ),
    "organisation.brand": Form(organisation_forms, lambda name: name.brand),
    "organisation.brand_words": Form(
        organisation_forms, lambda name: name.brand or name.core, finish=texts.IN_ORDER
    ),
    "organisation.first_words": Form(organisation_forms, lambda name: name.first_words),
    "organisation.sound": Form(
        organisation_forms, lambda name: name.distinctive, finish=texts.BRIEF_SOUND
    ),
    "organisation.legal_form": Form(organisation_forms, lambda name: name.legal_form),
    "organisation.legal_family": Form(organisation_forms, lambda name: name.legal_family),
    "person.given": Form(given_name, lambda name: name.given),
    "person.given_initial": Form(given_name, lambda name: name.given, finish=texts.INITIAL),
    "person.formal_given": Form(given_name, lambda name: name.formal_given, width=4),
    "person.given_sound": Form(given_name, lambda name: name.given, finish=texts.SOUND),
    "person.family": Form(family_name, lambda name: name.family_core),
    "person.family_sound": Form(family_name, lambda name: name.family_core, finish=texts.SOUND),
    "person.sorted_names": Form(sorted_names),
    "email": Form(mailbox),
    "email.local": Form(lambda email: mailbox(email).partition("@")[0]),
    "domain": Form(web_domain),
    "reach": Form(reach),
    "address.street": Form(parse_street, lambda street: street.line),
    "address.door": Form(parse_street, lambda street: street.door),
    "address.number": Form(parse_street, lambda street: street.house_number),
    "address.all_words": Form(parse_street, lambda street: street.all_words, finish=texts.IN_ORDER),
    "address.street_name": Form(parse_street, lambda street: street.name),
    "date.year": Form(_spaced, finish=texts.first_letters(4)),
    "identifier.country": Form(_spaced, finish=texts.first_letters(2)),
}

GRAMMARS: dict[Parse, Grammar] = {
    organisation_forms: ORGANISATIONS,
    parse_street: STREETS,
    family_name: PERSONS,
    given_name: PERSONS,
}
"""What parsers see of a text, for those that need to parse only one text of each shape."""

AT_ONCE: dict[Parse, Callable[[Sequence[pa.StringArray]], pa.StringArray]] = {
    _all_words: texts.all_words,
    _spaced: texts.all_spaced,
    _pair: texts.all_paired,
    sorted_names: all_sorted_names,
    mailbox: lambda parts: all_mailboxes(parts[0]),
    reach: lambda parts: all_reaches(parts[0]),
}
"""Parsers that read texts into texts, for all texts at once."""
