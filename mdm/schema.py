"""The declarative language in which a domain says what its golden records are made of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from mdm.attribute_types import AttributeType, Reference
from mdm.survivorship import Decay, Strategy, most_trusted

Attributes = dict[str, Any]

COLUMNS = ("id", "lifecycle", "golden_title", "version", "changed_at")
"""What tables of golden records have, beside columns for their attributes."""
PARAMETERS = ("search", "lifecycle", "cursor", "limit", "fields")
"""What lists are asked by, beside attributes."""


class Sensitivity(StrEnum):
    """Who may see a value; each level needs the permission of its name."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"
    RESTRICTED = "restricted"


class WhenInvalid(StrEnum):
    """What a value that cannot be read costs: its whole record, itself, or some of its trust."""

    QUARANTINE = "quarantine"
    DROP = "drop"
    DISTRUST = "distrust"


class Dimension(StrEnum):
    """In what a value can be good or bad; each has a weight in the score of a domain."""

    COMPLETENESS = "completeness"
    VALIDITY = "validity"
    UNIQUENESS = "uniqueness"
    CONSISTENCY = "consistency"
    TIMELINESS = "timeliness"
    CONFORMITY = "conformity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One fact in a domain.

    `many` makes it a list whose items have an identity (two spellings of one phone are one item).
    Attributes that name the same `group` survive together, from one source record: none of them
    is a list, and all survive in the same way.
    An explicit null from a source clears the value only where `null_clears` says so.
    `survivorship`, `decay` and `distrust` (the percentage of trust that a value loses by failing
    validation) are where a policy starts from. Only one text can be kept and distrusted.
    A record without a `critical` attribute is kept, and counted as incomplete. Of a `unique` one,
    together with its group, no two records of a system say the same; identifiers are unless they
    say otherwise.
    """

    name: str
    type: AttributeType
    label: str
    glossary: str
    required: bool = False
    critical: bool = False
    unique: bool | None = None
    many: bool = False
    group: str | None = None
    null_clears: bool = True
    when_invalid: WhenInvalid = WhenInvalid.QUARANTINE
    sensitivity: Sensitivity = Sensitivity.INTERNAL
    survivorship: Strategy = most_trusted
    decay: Decay | None = None
    distrust: float = 50

    def __post_init__(self) -> None:
        if self.when_invalid == WhenInvalid.DISTRUST and not self.is_one_text:
            raise ValueError(f"{self.name} is not one text that could be distrusted; drop it")
        if self.unique and self.many:
            raise ValueError(f"{self.name} is a list, and cannot be unique")

    @property
    def is_one_text(self) -> bool:
        """Whether a value that failed validation can be kept as it is written."""
        return self.type.is_text and not self.many

    @property
    def is_unique(self) -> bool:
        """Whether two records of one system must not say the same."""
        return not self.many and (self.type.identifies if self.unique is None else self.unique)

    @property
    def survives_by(self) -> tuple[Strategy, Decay | None, float]:
        """All that decides between its values."""
        return self.survivorship, self.decay, self.distrust

    def display(self, value: Any) -> str:
        """`value`, or each item of it, as a person reads it; "" for no value."""
        if value is None:
            return ""
        items = value if self.many else [value]
        return "; ".join(self.type.display(item) for item in items)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What must hold between the attributes of one record.

    `attribute` is the one to name when it does not; `breaks` says whether it does not. `broken`
    says the same in SQL, of the attributes `a` as JSONB, so that stored records are counted; it
    reads the attributes that `reads` names.
    """

    attribute: str
    breaks: Callable[[Attributes], bool]
    message: str
    remedy: str
    broken: str
    reads: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class EntityType:
    """One domain: its attributes in the order people read them, and how a record is titled.

    What a source has not touched for `fresh_days` counts as outdated; None: nothing does.
    """

    domain: str
    label: str
    plural: str
    glossary: str
    attributes: tuple[Attribute, ...]
    title: Callable[[Attributes], str]
    search_by: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    fresh_days: int | None = 365
    by_name: dict[str, Attribute] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {each.name: each for each in self.attributes})
        if len(self.by_name) != len(self.attributes):
            raise ValueError(f"domain {self.domain} declares an attribute twice")
        if taken := self.by_name.keys() & {*COLUMNS, *PARAMETERS}:
            raise ValueError(
                f"domain {self.domain} cannot name an attribute {' or '.join(sorted(taken))}: lists"
                " of golden records use that word for something else"
            )
        for each in self.relations:
            if each.many:
                raise ValueError(
                    f"domain {self.domain}: {each.name} is a relationship and cannot be a list"
                )
        for unit in self.survival_units:
            if len(unit) > 1 and any(each.many for each in unit):
                raise ValueError(f"domain {self.domain}: a list cannot be in group {unit[0].group}")
            if len({each.survives_by for each in unit}) > 1:
                names = ", ".join(each.name for each in unit)
                raise ValueError(
                    f"domain {self.domain}: group {unit[0].group} survives in more than one way;"
                    f" say the same of {names}"
                )

    def __getitem__(self, name: str) -> Attribute:
        """The attribute called `name`; KeyError says which ones there are."""
        try:
            return self.by_name[name]
        except KeyError:
            known = ", ".join(self.by_name)
            raise KeyError(f"{self.domain} has no attribute {name!r}; it has {known}") from None

    def __contains__(self, name: str) -> bool:
        return name in self.by_name

    @cached_property
    def survival_units(self) -> tuple[tuple[Attribute, ...], ...]:
        """The attributes, with those of one group together, in order of declaration."""
        units: dict[str, list[Attribute]] = {}
        for attribute in self.attributes:
            units.setdefault(attribute.group or f"={attribute.name}", []).append(attribute)
        return tuple(tuple(unit) for unit in units.values())

    def unit_of(self, name: str) -> tuple[Attribute, ...]:
        """The attributes that survive together with the one called `name`."""
        attribute = self[name]
        return next(unit for unit in self.survival_units if attribute in unit)

    @cached_property
    def relations(self) -> tuple[Attribute, ...]:
        """The attributes that are kept as relationships."""
        return tuple(
            each
            for each in self.attributes
            if isinstance(each.type, Reference) and each.type.relation
        )

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Names of the attributes that a record cannot do without."""
        return tuple(each.name for each in self.attributes if each.required)
