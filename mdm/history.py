"""Golden records as of any moment: what the hub knew then, from what was kept when it changed.

`as_of` is recorded time. A change counts from the moment it was recorded on.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any
from uuid import UUID

import orjson

from mdm import ranges
from mdm.bulk import fetch


@dataclass(frozen=True, slots=True)
class GoldenState:
    """What a golden record said at a moment, and the source records that formed it then.

    It said so from `since_at` until before `until_at`; None while it still does.
    """

    id: UUID
    domain: str
    version: int
    title: str
    attributes: dict[str, Any]
    provenance: dict[str, Any]
    status: str
    merged_into: UUID | None
    since_at: datetime
    until_at: datetime | None
    members: tuple[int, ...]


def _saying(at: str = "") -> str:
    moment = f", %s::timestamptz AS {at}" if at else ""
    at = at and f"a.{at}"
    return f"""
        SELECT g.id, g.domain, g.version, g.title, g.attributes::text, g.provenance::text, g.status,
            g.merged_into_id, g.since_at, g.until_at, m.members
        FROM (SELECT unnest(%s::uuid[]) AS id{moment}) a
        CROSS JOIN LATERAL ({ranges.golden("a.id", at)} OFFSET 0) g
        CROSS JOIN LATERAL (
            SELECT coalesce(array_agg(record_id ORDER BY record_id), '{{}}') AS members
            FROM ({ranges.links("golden_id", "a.id", at)} OFFSET 0) l
        ) m
    """  # noqa: S608


_NOW, _AS_OF = _saying(), _saying("at")


def as_of(golden_id: UUID, moment: datetime | None) -> GoldenState | None:
    """What the golden record said at `moment`, or says; None when it did not exist yet."""
    return as_of_many([golden_id], moment).get(golden_id)


def as_of_many(ids: Iterable[UUID], moment: datetime | None) -> dict[UUID, GoldenState]:
    """Those of the golden records that existed at `moment`, as they were then; one statement.

    None asks about now.
    """
    rows = fetch(_AS_OF, [list(ids), moment]) if moment else fetch(_NOW, [list(ids)])
    return {row[0]: _state(*row) for row in rows}


def _state(
    id_: UUID, domain: str, version: int, title: str, attributes: str, provenance: str, *rest: Any
) -> GoldenState:
    status, merged_into, since_at, until_at, members = rest
    values, origins = orjson.loads(attributes), orjson.loads(provenance)
    return GoldenState(
        id_, domain, version, title, values, origins, status, merged_into, since_at, until_at,
        tuple(members),
    )  # fmt: skip


def moment(text: str, zone: tzinfo = UTC) -> datetime:
    """A moment as people and systems write it; a date means the end of that day, in UTC.

    A date-time without an offset is in `zone`. Raises ValueError for anything else, and for what
    lies before the first day, or after the last one, that can be written in UTC.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        found = _date_time(text)
        try:
            return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
        except OverflowError:
            raise ValueError(f"{text} is out of bounds") from None
    return datetime.combine(day, time.max, UTC)


def _date_time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:  # in an address, an offset's plus that nobody quoted arrives as a space
        return datetime.fromisoformat(text.replace(" ", "+"))
