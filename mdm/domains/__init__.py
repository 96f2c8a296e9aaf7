"""The kinds of master data that this hub keeps: one declaration each, listed here."""

from mdm.domains.client import CLIENT
from mdm.domains.contact import CONTACT
from mdm.domains.project import PROJECT
from mdm.domains.rate import RATE
from mdm.schema import EntityType

ENTITY_TYPES: dict[str, EntityType] = {
    each.domain: each for each in (CLIENT, CONTACT, PROJECT, RATE)
}


def entity_type(domain: str) -> EntityType:
    """The declaration of `domain`; KeyError lists the domains there are."""
    try:
        return ENTITY_TYPES[domain]
    except KeyError:
        raise KeyError(f"no domain {domain!r}; there are {', '.join(ENTITY_TYPES)}") from None
