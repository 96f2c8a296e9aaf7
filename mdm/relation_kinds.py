"""The kinds of relationships between golden records, and how each reads from either end.

Every kind reads from the record that asserts it to the other one (a contact *works for* a client),
but for *parent of*: there the record names its parent, so it reads from the other one to it.
"""

from enum import StrEnum
from typing import NamedTuple


class RelationKind(StrEnum):
    """What one record is to another."""

    PARENT_OF = "parent_of"
    BILLS_TO = "bills_to"
    CONTACT_OF = "contact_of"
    WORKS_FOR = "works_for"
    ENGAGED_BY = "engaged_by"
    SUCCESSOR_OF = "successor_of"


class Words(NamedTuple):
    """A kind in words: as a person reads it of the asserting record, and of the other one."""

    from_record: str
    from_other: str


WORDS = {
    RelationKind.PARENT_OF: Words("is held by", "is parent of"),
    RelationKind.BILLS_TO: Words("bills to", "is billed for"),
    RelationKind.CONTACT_OF: Words("is contact of", "has as contact"),
    RelationKind.WORKS_FOR: Words("works for", "employs"),
    RelationKind.ENGAGED_BY: Words("is engaged by", "engages"),
    RelationKind.SUCCESSOR_OF: Words("is successor of", "is succeeded by"),
}
