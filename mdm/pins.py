"""Pins: the overrides that speak for golden records, and what survivorship would choose instead.

An override sits on the golden id on which it was set, and speaks for the golden record that this id
leads to.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db.models import QuerySet

from mdm import events
from mdm.bulk import execute, fetch
from mdm.cause import Cause
from mdm.consolidation import EVERYTHING, Content, Provenance
from mdm.models import Override

PINNED = "pinned"
_KEY = "pin:"

_LIVE = """
    WITH RECURSIVE live AS (
        SELECT * FROM mdm_override WHERE golden_id = ANY(%s::uuid[]) AND ended_at IS NULL
        AND (expires_at IS NULL OR expires_at > %s)
    ), leads AS (
        SELECT DISTINCT golden_id AS origin, golden_id AS id FROM live
        UNION ALL
        SELECT leads.origin, g.merged_into_id
        FROM leads JOIN mdm_goldenrecord g ON g.id = leads.id WHERE g.merged_into_id IS NOT NULL
    )
    SELECT leads.id, live.id, attribute, value::text, beats::text, rival::text
    FROM live JOIN leads ON leads.origin = live.golden_id
    ORDER BY set_at, live.id
"""


@dataclass(frozen=True, slots=True)
class Pin:
    """A live override: `beats` and `rival` are what survivorship chose, then and when last seen."""

    id: int
    attribute: str
    value: Any
    beats: Any
    rival: Any

    @property
    def key(self) -> str:
        """How provenance names it."""
        return f"{_KEY}{self.id}"


@dataclass(frozen=True, slots=True)
class Pinned:
    """A pin that speaks for a golden record, and what survivorship would choose now instead."""

    pin: Pin
    rival: Any

    @property
    def has_news(self) -> bool:
        """Whether survivorship would choose otherwise than when it was last seen."""
        return bool(self.rival != self.pin.rival)

    @property
    def contested(self) -> bool:
        """Whether survivorship would choose otherwise than when a person last looked."""
        return bool(self.rival != self.pin.beats)


def pins_on(ids: Sequence[UUID], at: datetime) -> dict[UUID, list[Pin]]:
    """For each golden id that ids among `ids` lead to, its pins at a moment, the newest last."""
    found: dict[UUID, list[Pin]] = {}
    for golden_id, id_, attribute, *values in fetch(_LIVE, [list(ids), at]):
        pin = Pin(
            id_, attribute, *(None if each is None else orjson.loads(each) for each in values)
        )
        found.setdefault(golden_id, []).append(pin)
    return found


def put_on(content: Content, pins: Sequence[Pin]) -> tuple[Pinned, ...]:
    """Let `pins` outrank what survived; of two on one attribute the newer one, which comes last."""
    pinned = tuple(Pinned(each, content.attributes.get(each.attribute)) for each in pins)
    for pin in {each.attribute: each for each in pins}.values():
        _forget(content, pin.attribute)
        if pin.value is not None:
            content.attributes[pin.attribute] = pin.value
        content.provenance[pin.key] = {pin.attribute: PINNED}
    return pinned


def overrides_in(provenance: Provenance) -> QuerySet[Override]:
    """The overrides that a golden record's provenance names."""
    ids = [int(key.removeprefix(_KEY)) for key in provenance if key.startswith(_KEY)]
    return Override.objects.filter(pk__in=ids)


def note_rivals(domain: str, pinned: Iterable[Pinned], *, cause: Cause) -> None:
    """Remember what survivorship would choose now, and tell of pins that this makes contested."""
    news = [each for each in pinned if each.has_news]
    if not news:
        return
    execute(
        "UPDATE mdm_override o SET rival = n.rival"
        " FROM unnest(%s::bigint[], %s::jsonb[]) AS n(id, rival) WHERE o.id = n.id",
        [[each.pin.id for each in news], [orjson.dumps(each.rival).decode() for each in news]],
    )
    _tell("override.contested", [each for each in news if each.contested], domain, cause)
    _tell("override.settled", [each for each in news if not each.contested], domain, cause)


def _tell(type_: str, pinned: list[Pinned], domain: str, cause: Cause) -> None:
    if pinned:
        content = {"overrides": sorted(each.pin.id for each in pinned)}
        events.record(type_, domain=domain, content=content, cause=cause)


def _forget(content: Content, name: str) -> None:
    """Take a value, and where it came from, out of `content`."""
    content.attributes.pop(name, None)
    for source, reasons in list(content.provenance.items()):
        if reasons != EVERYTHING and reasons.pop(name, None) and not reasons:
            del content.provenance[source]
