"""All comparison forms of an organisation's name, made in one go: a column takes one of them."""

from string import ascii_lowercase
from typing import NamedTuple

from matching.engine.grammars import CONTROLS, SPACING_ACCENT, Grammar
from mdm.standardise.general_words import (
    CANONICAL_WORD,
    CONNECTING_WORDS,
    GENERAL_WORDS,
    SMALL_WORDS,
    STRUCTURAL_WORDS,
)
from mdm.standardise.organisation import (
    APOSTROPHE,
    CAREFUL_WORDS,
    LEGAL_WORDS,
    PUNCTUATED,
    parse_organisation,
)


class OrganisationForms(NamedTuple):
    """Forms of one name; "" (or nothing) where the name is too general to tell a firm by it.

    `names` are the core and the other names; `general_name` a core that is one general word;
    `telling` a core that is more; `brand` the core without "Group" or "Holdings"; `first_words` the
    words up to the first distinctive one ("old dominion" of "Old Dominion Freight Line");
    `distinctive` the words that are not shared by many.
    """

    core: str = ""
    names: tuple[str, ...] = ()
    general_name: str = ""
    telling: str = ""
    brand: str = ""
    first_words: str = ""
    distinctive: str = ""
    legal_form: str | None = None
    legal_family: str | None = None


def organisation_forms(name: str | None) -> OrganisationForms:
    """The forms of a name as it was written."""
    parsed = parse_organisation(name or "")
    words = parsed.core.split()
    distinctive = [word for word in words if word not in GENERAL_WORDS]
    tells = bool(distinctive) or parsed.is_telling
    return OrganisationForms(
        core=parsed.core,
        names=(*((parsed.core,) if tells else ()), *parsed.trading_as, *parsed.formerly),
        general_name="" if tells else parsed.core,
        telling=parsed.core if tells else "",
        brand=parsed.brand,
        first_words=" ".join(words[: words.index(distinctive[0]) + 1]) if distinctive else "",
        distinctive=" ".join(distinctive),
        legal_form=parsed.legal_form,
        legal_family=parsed.legal_family,
    )


_KNOWN = {
    *(LEGAL_WORDS | CONNECTING_WORDS | SMALL_WORDS | STRUCTURAL_WORDS | set(ascii_lowercase)),
    *(word for word, canonical in CANONICAL_WORD.items() if canonical in STRUCTURAL_WORDS),
}
ORGANISATIONS = Grammar(
    known=frozenset(_KNOWN),
    cased=CAREFUL_WORDS,
    alike=frozenset(
        word for word, canonical in CANONICAL_WORD.items() if canonical in GENERAL_WORDS
    )
    - _KNOWN,
    spelling=lambda word: CANONICAL_WORD.get(word, word),
    respelt=f"^(?:{'|'.join(CANONICAL_WORD)})$",
    passed_over=APOSTROPHE.pattern,
    unusual=f"{CONTROLS}|{PUNCTUATED}|{SPACING_ACCENT}",
)
