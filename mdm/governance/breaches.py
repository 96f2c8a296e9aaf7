"""The breach ledger: writes of values that others own.

What a source sends is always kept; the register decides that it does not win. A breach is a change
of a value that the system, or the owner, sent before: not the first arrival of a record, with what
every system happens to hold, and not a change to what the owner says. What would have been pinned
on a golden record, and was refused, is in the ledger, too.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import orjson

from mdm.bulk import fetch
from mdm.cause import Cause
from mdm.governance.exposure import Amounts, exposure_of
from mdm.governance.ownership import ALL, Ranking
from mdm.models import FeedBatch, GoldenRecord, OwnershipBreach, OwnershipRule
from mdm.schema import Attributes


@dataclass(frozen=True, slots=True)
class Change:
    """What a source record said before, and says after, a batch."""

    record_id: int
    before: Attributes
    after: Attributes

    @property
    def names(self) -> list[str]:
        """The attributes of which it says something else."""
        return [
            name
            for name in self.before.keys() | self.after.keys()
            if self.before.get(name) != self.after.get(name)
        ]


@dataclass(frozen=True, slots=True)
class Refused:
    """A value of a golden record that the register did not let somebody write.

    `owner` and `system`, for which the writer spoke, are ids of source systems.
    """

    domain: str
    golden_id: UUID
    attribute: str
    before: Any
    after: Any
    owner: int
    system: int | None


@dataclass(frozen=True, slots=True)
class _Write:
    """A changed attribute of a source record, and whose it is."""

    change: Change
    attribute: str
    owner: int
    outcome: str


@dataclass(frozen=True, slots=True)
class _Home:
    """Where a source record belongs: its golden id, and the values by which segments are told."""

    golden_id: UUID | None
    attributes: Attributes


_OWNED = """
    SELECT (SELECT jsonb_agg(r.attributes -> wanted.attribute ORDER BY r.id)::text
            FROM mdm_crosswalklink l JOIN mdm_sourcerecord r ON r.id = l.record_id
            WHERE l.golden_id = wanted.golden_id AND l.unlinked_at IS NULL
              AND r.system_id = wanted.owner AND r.inactive_at IS NULL
              AND r.condition <> 'withdrawn' AND r.attributes ? wanted.attribute)
    FROM unnest(%s::uuid[], %s::text[], %s::bigint[]) WITH ORDINALITY
        AS wanted(golden_id, attribute, owner, place)
    ORDER BY wanted.place
"""


def record(
    register: Ranking, batch: FeedBatch, changes: Sequence[Change], *, at: datetime
) -> list[OwnershipBreach]:
    """Keep a row for each value that the system of `batch` changed though another one owns it."""
    system = batch.feed.system_id
    told_by = sorted({each.attribute for each in register.segments.values()})
    homes = _homes([change.record_id for change in changes], told_by)
    writes = list(_writes(register, system, changes, homes))
    if not writes:
        return []
    owned = _owned(
        (homes[each.change.record_id].golden_id, each.attribute, each.owner) for each in writes
    )
    broken = [
        (write, said) for write, said in zip(writes, owned, strict=True) if _is_breach(write, said)
    ]
    ids = [homes[write.change.record_id].golden_id for write, _ in broken]
    exposure = exposure_of(filter(None, ids), at.date())
    return OwnershipBreach.objects.bulk_create(
        OwnershipBreach(
            domain=register.declared.domain,
            attribute=write.attribute,
            record_id=write.change.record_id,
            golden_id=golden_id,
            system_id=system,
            owner_id=write.owner,
            before=write.change.before.get(write.attribute),
            after=write.change.after.get(write.attribute),
            owned=said[0] if said else None,
            outcome=write.outcome,
            at_stake=_stored(exposure.get(golden_id, {})),  # type: ignore[arg-type]
            batch=batch,
            at=at,
        )
        for (write, said), golden_id in zip(broken, ids, strict=True)
    )


def note_refused(write: Refused, cause: Cause) -> OwnershipBreach:
    """Keep a row for what was refused; call it after the transaction that was refused."""
    said = _owned([(write.golden_id, write.attribute, write.owner)])[0]
    exposure = exposure_of([write.golden_id], cause.at.date())
    return OwnershipBreach.objects.create(
        domain=write.domain,
        attribute=write.attribute,
        golden_id=write.golden_id,
        system_id=write.system,
        by=cause.by,
        owner_id=write.owner,
        before=write.before,
        after=write.after,
        owned=said[0] if said else None,
        outcome=OwnershipRule.OnBreach.REJECT,
        at_stake=_stored(exposure.get(write.golden_id, {})),
        at=cause.at,
    )


def _stored(amounts: Amounts) -> dict[str, str]:
    return {currency: str(amount) for currency, amount in amounts.items()}


def _writes(
    register: Ranking, system: int, changes: Sequence[Change], homes: dict[int, _Home]
) -> Iterator[_Write]:
    """The values that changed though another system owns them; the register is asked once of each
    attribute and segment."""

    @cache
    def judged(name: str, segment: str) -> tuple[int | None, str]:
        outcome = register.verdict(name, system=system, segment=segment)
        return register.owns(name, segment) if outcome else None, outcome

    for change in changes:
        values = homes[change.record_id].attributes
        for name in sorted(change.names):
            segment = register.segment_of(name, values) if register.segments else ALL
            owner, outcome = judged(name, segment)
            if owner:
                yield _Write(change, name, owner, outcome)


def _is_breach(write: _Write, owned: Sequence[Any]) -> bool:
    before, after = (
        each.get(write.attribute) for each in (write.change.before, write.change.after)
    )
    return after not in owned and (before is not None or bool(owned))


def _homes(record_ids: Sequence[int], names: Sequence[str]) -> dict[int, _Home]:
    """Where source records belong, with the values of `names`; nowhere while not matched."""
    found = GoldenRecord.objects.filter(links__record__in=record_ids, links__unlinked_at=None)
    rows = found.values_list("links__record", "pk", *(f"attributes__{name}" for name in names))
    homes = dict.fromkeys(record_ids, _Home(None, {}))
    return homes | {
        record_id: _Home(id_, dict(zip(names, values, strict=True)))
        for record_id, id_, *values in rows
    }


def _owned(asked: Iterable[tuple[UUID | None, str, int]]) -> list[list[Any]]:
    """For each golden id, attribute and owner what that one's source records say there."""
    rows = fetch(_OWNED, [list(column) for column in zip(*asked, strict=True)])
    return [orjson.loads(said) if said else [] for (said,) in rows]
