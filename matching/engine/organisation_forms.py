"""All comparison forms of an organisation's name, made in one go: a column takes one of them."""

from typing import NamedTuple

from mdm.standardise.general_words import GENERAL_WORDS
from mdm.standardise.organisation import parse_organisation
from mdm.standardise.person import sound


class OrganisationForms(NamedTuple):
    """Forms of one name; "" (or nothing) where the name is too general to tell a firm by it.

    `names` are the core and the other names; `general_name` a core that is one general word;
    `compact` the core without spaces; `words` its words in order of the alphabet; `brand` and
    `brand_words` the same without "Group" or "Holdings"; `first_words` the words up to the first
    distinctive one ("old dominion" of "Old Dominion Freight Line"); `sound` how the distinctive
    words sound.
    """

    core: str = ""
    names: tuple[str, ...] = ()
    general_name: str = ""
    compact: str = ""
    words: str = ""
    brand: str = ""
    brand_words: str = ""
    first_words: str = ""
    sound: str = ""
    legal_form: str | None = None
    legal_family: str | None = None


def organisation_forms(name: str | None) -> OrganisationForms:
    """The forms of a name as it was written."""
    parsed = parse_organisation(name or "")
    words = parsed.core.split()
    distinctive = [word for word in words if word not in GENERAL_WORDS]
    tells = bool(distinctive) or parsed.is_telling
    brand = parsed.brand
    return OrganisationForms(
        core=parsed.core,
        names=(*((parsed.core,) if tells else ()), *parsed.trading_as, *parsed.formerly),
        general_name="" if tells else parsed.core,
        compact="".join(words) if tells else "",
        words=" ".join(sorted(words)) if tells else "",
        brand=brand,
        brand_words=" ".join(sorted(brand.split() or words)),
        first_words=" ".join(words[: words.index(distinctive[0]) + 1]) if distinctive else "",
        sound=sound("".join(distinctive)[:12])[:6],
        legal_form=parsed.legal_form,
        legal_family=parsed.legal_family,
    )
