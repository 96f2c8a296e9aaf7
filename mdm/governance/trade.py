"""What a professional-services firm keeps records of, whether or not this hub masters it yet.

The register names an owner for each of these, or lists it as a gap.
"""

from mdm.domains import ENTITY_TYPES

OBJECTS: dict[str, str] = {
    **{name: each.plural for name, each in ENTITY_TYPES.items()},
    "opportunity": "Pipeline",
    "contract": "Contracts",
    "invoice": "Invoices",
    "revenue_event": "Revenue events",
    "cost": "Costs",
    "time_entry": "Time and expense",
}
"""Kinds of records by the name that the register gives them, in the order of its reports."""


def is_mastered(name: str) -> bool:
    """Whether the hub keeps golden records of it, attribute by attribute."""
    return name in ENTITY_TYPES
