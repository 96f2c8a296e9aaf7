"""Lists of golden records: the question, checked against what the caller may see, and its rows."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q
from rest_framework.exceptions import ValidationError

from mdm.api import asking, scopes
from mdm.attribute_types import Address, Reference
from mdm.domains import entity_type
from mdm.governance import access
from mdm.models import CrosswalkLink, GoldenRecord, SourceRecord
from mdm.models.golden import GoldenRecordQuerySet
from mdm.schema import COLUMNS, PARAMETERS, Attribute, EntityType
from mdm.standardise.places import ADDRESS_PARTS
from mdm.standardise.reading import InvalidValue, Reading
from mdm.standardise.spreadsheet import safe
from mdm.standardise.text import clean, fold

MOST, USUAL = 1_000, 100
_KEPT = ("id", "status", "title", "version", "changed_at")
_TOLD = ("id", "lifecycle", "title", "version", "changed_at")
"""What golden records keep and lists tell of each; COLUMNS of a table in the same order."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that a caller may have: which golden records of a domain, and what of each."""

    actor: access.Actor
    declared: EntityType
    found: GoldenRecordQuerySet
    fields: tuple[Attribute, ...]
    after: UUID | None
    limit: int

    @classmethod
    def of(cls, actor: access.Actor, domain: str, query: Mapping[str, str]) -> "Listing":
        """What the query asks for. Raises ValidationError, and PermissionDenied for hidden values.

        A word that is neither an attribute nor one of PARAMETERS is refused: a filter that is
        spelled wrongly must not answer with everything.
        """
        declared = entity_type(domain)
        return cls(
            actor,
            declared,
            _found(actor, declared, query),
            _fields(declared, query.get("fields", "")),
            asking.optional(query, "cursor", UUID, "Give what an earlier page has as next."),
            asking.optional(query, "limit", _limit, f"From 1 to {MOST} records go in a page.")
            or USUAL,
        )

    def page(self) -> dict[str, Any]:
        """The rows from the cursor on, in the order of their ids, and where more begin."""
        rows = self._rows(self.after, self.limit + 1)
        more = len(rows) > self.limit
        items = [self._item(row) for row in rows[: self.limit]]
        return {"items": items, "next": str(rows[self.limit - 1][0]) if more else None}

    def as_csv(self) -> Iterator[str]:
        """All rows of the list, whatever the page, as lines that no spreadsheet reads as formulas.

        Attributes that the caller may not see have no column.
        """
        shown = [each for each in self.fields if access.may_see(self.actor, each)]
        yield _line([*COLUMNS, *(each.name for each in shown)])
        after = self.after
        while rows := self._rows(after, MOST):
            for row in rows:
                item = self._item(row)
                values = (each.display(item["attributes"].get(each.name)) for each in shown)
                yield _line([*(str(item[name]) for name in _TOLD), *values])
            after = rows[-1][0]

    def _rows(self, after: UUID | None, count: int) -> Sequence[tuple[Any, ...]]:
        found = self.found.filter(pk__gt=after) if after else self.found
        return list(found.order_by("pk").values_list(*_KEPT, "attributes")[:count])

    def _item(self, row: tuple[Any, ...]) -> dict[str, Any]:
        id_, lifecycle, title, version, changed_at, attributes = row
        wanted = {
            each.name: attributes[each.name] for each in self.fields if each.name in attributes
        }
        return {
            "id": str(id_),
            "lifecycle": lifecycle,
            "title": access.title_for(self.actor, self.declared, title),
            "version": version,
            "changed_at": changed_at.isoformat(),
            "attributes": access.masked(self.actor, self.declared, wanted),
        }


def _found(
    actor: access.Actor, declared: EntityType, query: Mapping[str, str]
) -> GoldenRecordQuerySet:
    found = GoldenRecord.objects.of(declared.domain).listed()
    if wanted := _wanted(actor, declared, query):
        found = found.having(**wanted)
    if lifecycle := query.get("lifecycle"):
        known = [each for each in GoldenRecord.Status.values if each not in ("merged", "tombstone")]
        if lifecycle not in known:
            raise ValidationError({"lifecycle": f"It is one of {', '.join(known)}."})
        found = found.filter(status=lifecycle)
    if words := query.get("search", "").strip():
        found = found.filter(_like(actor, declared, words))
    return found


def _wanted(actor: access.Actor, declared: EntityType, query: Mapping[str, str]) -> dict[str, Any]:
    """What golden records must hold: parts of an address in one and the same address."""
    wanted: dict[str, Any] = {}
    places: dict[str, dict[str, str]] = {}
    for name, said in query.items():
        if name in PARAMETERS:
            continue
        attribute, part = _filtered(actor, declared, name)
        if not clean(said):
            raise ValidationError({name: "Name the value."})
        if part:
            places.setdefault(attribute.name, {})[part] = said
        else:
            wanted[name] = _value(attribute, said)
    return wanted | {name: _address(declared[name], parts) for name, parts in places.items()}


def _filtered(actor: access.Actor, declared: EntityType, name: str) -> tuple[Attribute, str]:
    """The attribute that a parameter filters by, and the part of an address."""
    attribute, _, part = name.partition(".")
    if attribute not in declared:
        known = ", ".join((*PARAMETERS, *(each.name for each in access.visible(actor, declared))))
        raise ValidationError({name: f"There is no such parameter; there are {known}."})
    if not access.may_see(actor, declared[attribute]):
        said = f"You may not see, and so not filter by, {attribute}."
        raise scopes.refusal_of_attribute(actor, said, declared[attribute])
    is_address = isinstance(declared[attribute].type, Address)
    if is_address != bool(part) or (part and part not in ADDRESS_PARTS):
        parts = ", ".join(f"{attribute}.{each}" for each in ADDRESS_PARTS)
        raise ValidationError({name: f"Filter by {parts if is_address else attribute}."})
    return declared[attribute], part


def _value(attribute: Attribute, said: str) -> Any:
    """What is said, as the attribute's type keeps it."""
    raw: Any = said
    if isinstance(attribute.type, Reference):
        system, _, key = said.partition(":")
        raw = (system, key)
    try:
        value = attribute.type.clean(raw, Reading())
    except InvalidValue as invalid:
        said = f"{invalid.message}; {invalid.remedy}."
        raise ValidationError({attribute.name: said}) from None
    if value is None:
        raise ValidationError({attribute.name: "Name the value."})
    return [value] if attribute.many else value


def _address(attribute: Attribute, parts: dict[str, str]) -> Any:
    """The parts of an address, as its type keeps them; of no kind unless one is named."""
    try:
        place = attribute.type.clean({"city": "any", **parts}, Reading())
    except InvalidValue as invalid:
        field, said = f"{attribute.name}.{invalid.part}", f"{invalid.message}; {invalid.remedy}."
        raise ValidationError({field: said}) from None
    unsaid = {"kind", "city"}.difference(parts)
    wanted = {part: said for part, said in place.items() if part not in unsaid}
    return [wanted] if attribute.many else wanted


def _like(actor: access.Actor, declared: EntityType, words: str) -> Q:
    """Those with an identifier that is just `words`, or with a name like them that may be seen.

    What is searched for never tells of a hidden value.
    """
    records = SourceRecord.objects.filter(domain=declared.domain, source_key=words)
    links = CrosswalkLink.objects.filter(record__in=records, unlinked_at=None)
    found = Q(pk__in=links.values("golden"))
    folded = fold(clean(words))
    if folded and all(access.may_see(actor, declared[name]) for name in declared.search_by):
        alike = GoldenRecord.objects.of(declared.domain).resembling(folded)
        found |= Q(pk__in=alike.values("pk"))
    return found


def _fields(declared: EntityType, said: str) -> tuple[Attribute, ...]:
    if not said:
        return declared.attributes
    names = said.split(",")
    if unknown := [name for name in names if name not in declared]:
        known = ", ".join(declared.by_name)
        raise ValidationError({"fields": f"There is no {', '.join(unknown)}; there are {known}."})
    return tuple(declared[name] for name in dict.fromkeys(names))


def _limit(text: str) -> int:
    limit = int(text)
    if not 1 <= limit <= MOST:
        raise ValueError(text)
    return limit


def _line(cells: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(map(safe, cells))
    return buffer.getvalue()
