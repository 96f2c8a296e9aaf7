"""From a source's columns to declared attributes: a mapping is data, compiled here.

A specification looks like this (docs/feeds.md has every word of it):

    {"key": ["Account ID"],
     "updated_at": "Last Modified",
     "reading": {"country": "GB", "date_order": "dmy"},
     "scope": [{"column": "Security Name", "rule": "equity_listing"}],
     "attributes": [
       {"attribute": "legal_name", "column": "Account Name"},
       {"attribute": "addresses", "parts": {"kind": {"value": "billing"}, "city": "Town"}},
       {"attribute": "parent", "column": "Parent ID", "system": {"value": "CRM"}}],
     "exposures": [{"kind": "pipeline", "amount": "Pipeline", "currency": "Currency",
                    "as_of": "As of"}]}
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar, get_args

from mdm.attribute_types import Address, Reference
from mdm.feeds.arrangements import ARRANGEMENTS
from mdm.feeds.cells import Cell, Cells, Entry, MappingError, missing_columns
from mdm.feeds.readers.sheet import FileRefusedError, Row
from mdm.feeds.transformations import SCOPE_RULES, ScopeRule
from mdm.schema import Attribute, EntityType, WhenInvalid
from mdm.standardise.places import ADDRESS_PARTS, parse_country
from mdm.standardise.reading import DateOrder, InvalidValue, Reading
from mdm.standardise.text import over_distinct

Specification = dict[str, Any]

_WORDS = {
    "the mapping": "key updated_at reading scope attributes exposures empty distinct arrange",
    "reading": "country date_order decimal_comma",
    "attributes": "attribute column columns value parts system transform optional invalid"
    " must_exist",
    "scope": "column columns value transform optional rule",
    "exposures": "kind amount currency as_of",
}
Word = TypeVar("Word", bound=str)
_DATE_ORDERS: tuple[DateOrder, ...] = get_args(DateOrder)


@dataclass(frozen=True, slots=True)
class ExposureEntry:
    """Where a feed carries money that hangs on its records."""

    kind: str
    amount: Cell
    currency: Cell
    as_of: Cell


@dataclass(frozen=True)
class Mapping:
    """A compiled specification for one entity type."""

    entity_type: EntityType
    key: tuple[Cell, ...]
    entries: tuple[Entry, ...]
    exposures: tuple[ExposureEntry, ...]
    updated_at: Cell | None
    scope: tuple[tuple[Cell, ScopeRule], ...]
    reading: Reading
    distinct: bool
    arrange: str

    @cached_property
    def cells(self) -> list[Cell]:
        """Every cell that the mapping reads."""
        return list(self._cells())

    def _cells(self) -> Iterator[Cell]:
        yield from self.key
        yield from (cell for cell, _ in self.scope)
        for entry in self.entries:
            for source in entry.sources:
                yield from source.values()
        for exposure in self.exposures:
            yield from (exposure.amount, exposure.currency, exposure.as_of)
        if self.updated_at:
            yield self.updated_at

    def check_columns(self, columns: Sequence[str]) -> None:
        """Raises FileRefusedError that names every column the mapping misses in the file."""
        missing = missing_columns(self.cells, columns)
        if missing:
            raise FileRefusedError(
                f"Row 1 has no column {' and no column '.join(map(repr, missing))}; "
                f"it has {', '.join(columns)}.",
                "Rename the column in the file, or give the feed a mapping that fits.",
            )

    def check_complete(self) -> None:
        """Raises MappingError unless a new record can be made of what is mapped."""
        mapped = {entry.attribute.name for entry in self.entries}
        missing = [name for name in self.entity_type.required if name not in mapped]
        if missing:
            raise MappingError(
                f"nothing is mapped to {', '.join(missing)}, which a new record needs; map it, or"
                " let the feed add to known records only (creates: false)"
            )

    def kept_columns(self, columns: Sequence[str]) -> list[str]:
        """The columns that make up a record's raw payload: all, or those a distinct feed maps."""
        if not self.distinct:
            return list(columns)
        used = {column for cell in self.cells for column in cell.columns}
        return [column for column in columns if column in used]

    def keys(self, places: dict[str, int], rows: Sequence[Row]) -> list[str]:
        """The source key of each row, its parts joined by "|"; "" where a part is missing.

        A "|" within a part gets a backslash before it, so that no two rows share a key by chance.
        """
        parts = [cell.keys(places, rows) for cell in self.key]
        if len(parts) == 1:
            return parts[0]
        rows_of_parts = zip(*(over_distinct(_escaped, part) for part in parts), strict=True)
        return ["|".join(row) if all(row) else "" for row in rows_of_parts]

    def out_of_scope(self, places: dict[str, int], rows: Sequence[Row]) -> list[str | None]:
        """For each row why it is none of this feed's business, or None."""
        reasons: list[str | None] = [None] * len(rows)
        for cell, rule in self.scope:
            found = over_distinct(rule, cell.texts(places, rows))
            reasons = [before or now for before, now in zip(reasons, found, strict=True)]
        return reasons


def compile_mapping(specification: Specification, entity_type: EntityType) -> Mapping:
    """A mapping ready to be applied; raises MappingError that names what is wrong."""
    _check_words(specification, "the mapping")
    if not specification.get("key"):
        raise MappingError("the mapping names no key column")
    key = specification["key"]
    updated_at = specification.get("updated_at")
    empty = _one_of(specification.get("empty") or "null", ("null", "absent"), "empty")
    return Mapping(
        entity_type=entity_type,
        key=tuple(map(Cell.of, key if isinstance(key, list) else [key])),
        entries=_entries(specification.get("attributes", ()), entity_type, empty == "absent"),
        exposures=tuple(map(_exposure, specification.get("exposures", ()))),
        updated_at=Cell.of(updated_at) if updated_at else None,
        scope=tuple((Cell.of(each), _rule(each)) for each in specification.get("scope", ())),
        reading=_reading(specification.get("reading", {})),
        distinct=bool(specification.get("distinct", False)),
        arrange=_one_of(specification.get("arrange", ""), ("", *ARRANGEMENTS), "arrange"),
    )


def _reading(specification: Specification) -> Reading:
    _check_words(specification, "reading")
    try:
        country = specification.get("country")
        return Reading(
            country=parse_country(country) if country else None,
            date_order=_one_of(specification.get("date_order", "dmy"), _DATE_ORDERS, "date_order"),
            decimal_comma=bool(specification.get("decimal_comma", False)),
        )
    except InvalidValue as invalid:
        raise MappingError(f"reading: {invalid.message}; {invalid.remedy}") from None


def _check_words(specification: Specification, where: str) -> None:
    """A word that the mapping language does not have is a slip that would pass unseen."""
    if not isinstance(specification, dict):
        raise MappingError(f"{where}: {specification!r} is not a list of words with values")
    known = _WORDS[where].split()
    unknown = [word for word in specification if word not in known]
    if unknown:
        raise MappingError(f"{where} has no word {unknown[0]!r}; there are {', '.join(known)}")


def _one_of(word: Word, words: Collection[Word], where: str) -> Word:
    if word not in words:
        known = ", ".join(str(each) for each in words if each)
        raise MappingError(f"{where} cannot be {word!r}; it may be {known}")
    return word


def _escaped(part: str) -> str:
    return part.replace("\\", "\\\\").replace("|", "\\|")


def _entries(
    lines: Sequence[Specification], entity_type: EntityType, empty_is_absent: bool
) -> tuple[Entry, ...]:
    """One entry for each attribute; several lines of one attribute are its sources in order."""
    by_name: dict[str, list[Specification]] = {}
    for line in lines:
        _check_words(line, "attributes")
        by_name.setdefault(line.get("attribute", ""), []).append(line)
    return tuple(
        _entry(name, given, entity_type, empty_is_absent) for name, given in by_name.items()
    )


def _entry(
    name: str, lines: list[Specification], entity_type: EntityType, empty_is_absent: bool
) -> Entry:
    if name not in entity_type:
        known = ", ".join(entity_type.by_name)
        raise MappingError(f"{entity_type.domain} has no attribute {name!r}; it has {known}")
    attribute = entity_type[name]
    when_invalid = WhenInvalid(
        _one_of(lines[0].get("invalid", attribute.when_invalid), tuple(WhenInvalid), "invalid")
    )
    if when_invalid == WhenInvalid.DISTRUST and not attribute.is_one_text:
        raise MappingError(f"{name} is not one text that could be distrusted; use invalid: drop")
    return Entry(
        attribute=attribute,
        sources=tuple(_cells_of(line, attribute) for line in lines),
        when_invalid=when_invalid,
        empty_is_absent=empty_is_absent,
        must_exist=any(line.get("must_exist", False) for line in lines),
    )


def _cells_of(specification: Specification, attribute: Attribute) -> Cells:
    if isinstance(attribute.type, Address):
        if not specification.get("parts"):
            raise MappingError(f"{attribute.name} is an address: give its parts")
        parts = specification["parts"]
        return {_one_of(part, ADDRESS_PARTS, "parts"): Cell.of(parts[part]) for part in parts}
    if isinstance(attribute.type, Reference):
        if not specification.get("system"):
            raise MappingError(f"{attribute.name} is a reference: name the system it points into")
        system = specification["system"]
        return {"key": Cell.of(specification), "system": Cell.of(system)}
    return {"value": Cell.of(specification)}


def _exposure(specification: Specification) -> ExposureEntry:
    _check_words(specification, "exposures")
    try:
        return ExposureEntry(
            specification["kind"],
            *(Cell.of(specification[part]) for part in ("amount", "currency", "as_of")),
        )
    except KeyError as missing:
        raise MappingError(f"an exposure needs {missing}") from None


def _rule(specification: Specification) -> ScopeRule:
    _check_words(specification, "scope")
    try:
        return SCOPE_RULES[specification["rule"]]
    except KeyError:
        known = ", ".join(SCOPE_RULES)
        raise MappingError(f"{specification!r} names no scope rule; there are {known}") from None
