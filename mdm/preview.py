"""What a verb would make of golden records: rolled back again, or committed as previewed."""

import base64
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from django.utils.translation import gettext

from mdm.bulk import fetch
from mdm.cause import Cause
from mdm.derivation import standing
from mdm.schema import Attributes

Verb = Callable[[], Iterable[UUID]]
"""Changes golden records and returns the ids of those that stand afterwards."""


class PreviewOutdatedError(RuntimeError):
    """Something changed between preview and commit: what, in words for the person who commits."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A golden record as it will be; `is_new` when its id is minted only then."""

    id: UUID
    is_new: bool
    returns: bool
    title: str
    status: str
    attributes: Attributes
    provenance: dict[str, Any]
    record_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What comes of a verb. `token` says what was read and what came of it, and nothing else.

    `led_elsewhere` maps retired ids to the golden record to which they will lead.
    """

    outcomes: tuple[Outcome, ...]
    led_elsewhere: Mapping[UUID, UUID]
    token: str


def preview(ids: Iterable[UUID], verb: Verb, *, cause: Cause) -> Preview:
    """What `verb` would make of the golden records `ids`; nothing of it stays."""
    with transaction.atomic():
        seen = _carried_out(ids, verb, cause)
        transaction.set_rollback(True)
    return seen


def commit(ids: Iterable[UUID], verb: Verb, token: str, *, cause: Cause) -> Preview:
    """Carry `verb` out if it makes of `ids` what the preview with `token` showed.

    Raises PreviewOutdatedError, and changes nothing, if anything has changed since.
    """
    with transaction.atomic():
        seen = _carried_out(ids, verb, cause)
        if seen.token == token:
            return seen
        transaction.set_rollback(True)
    raise PreviewOutdatedError(_what_changed(token, seen.token))


def _carried_out(ids: Iterable[UUID], verb: Verb, cause: Cause) -> Preview:
    stored = standing(ids, lock=True)
    ((last_event,),) = fetch("SELECT coalesce(max(id), 0) FROM mdm_event")
    after = list(verb())
    led = _led_elsewhere(last_event, cause)
    outcomes = tuple(sorted(_outcomes(after, last_event), key=lambda each: each.record_ids))
    versions = {str(id_): each.version for id_, each in stored.items()}
    return Preview(outcomes, led, _token(versions, outcomes))


def _outcomes(ids: list[UUID], last_event: int) -> list[Outcome]:
    rows = fetch(
        """
        SELECT g.id, e.type IS NOT DISTINCT FROM 'golden.created',
               e.type IS NOT DISTINCT FROM 'golden.reinstated',
               g.title, g.status, g.attributes::text, g.provenance::text,
               (SELECT array_agg(record_id ORDER BY record_id) FROM mdm_crosswalklink
                WHERE golden_id = g.id AND unlinked_at IS NULL)
        FROM mdm_goldenrecord g
        LEFT JOIN mdm_event e ON e.golden_id = g.id AND e.sequence = g.version AND e.id > %s
        WHERE g.id = ANY(%s)
        """,
        [last_event, ids],
    )
    return [
        Outcome(
            id_,
            new,
            returns,
            title,
            status,
            orjson.loads(attributes),
            orjson.loads(provenance),
            tuple(records or ()),
        )
        for id_, new, returns, title, status, attributes, provenance, records in rows
    ]


def _led_elsewhere(last_event: int, cause: Cause) -> dict[UUID, UUID]:
    """Where the retired ids lead that were redirected since, by this cause."""
    rows = fetch(
        "SELECT golden_id, (content->>'into')::uuid FROM mdm_event"
        " WHERE id > %s AND type = 'golden.redirected' AND by = %s AND correlation_id = %s",
        [last_event, cause.by, cause.correlation_id],
    )
    return dict(rows)


def _token(versions: Mapping[str, int], outcomes: Iterable[Outcome]) -> str:
    """The versions that were read, and a hash of what came of them."""
    results = [
        (
            None if each.is_new else str(each.id),
            each.record_ids,
            each.status,
            each.attributes,
            each.provenance,
        )
        for each in outcomes
    ]
    hashed = hashlib.sha256(orjson.dumps(results, option=orjson.OPT_SORT_KEYS)).hexdigest()
    document = orjson.dumps([dict(sorted(versions.items())), hashed[:32]])
    return base64.urlsafe_b64encode(document).decode().rstrip("=")


def _what_changed(before: str, after: str) -> str:
    """Which golden records changed between two tokens, and who changed them."""
    then, now = _versions(before), _versions(after)
    changed = [UUID(id_) for id_ in then.keys() | now.keys() if then.get(id_) != now.get(id_)]
    rows: list[tuple[UUID, str, str, datetime]] = fetch(
        "SELECT DISTINCT ON (golden_id) golden_id, type, by, at FROM mdm_event"
        " WHERE golden_id = ANY(%s) ORDER BY golden_id, sequence DESC",
        [changed],
    )
    said = [f"{id_} ({type_} by {by} at {at:%Y-%m-%d %H:%M})" for id_, type_, by, at in rows]
    if said:
        return gettext("changed since the preview: {changes}; look at a new preview").format(
            changes="; ".join(said)
        )
    return gettext("what comes of it is no longer what the preview showed; look at a new preview")


def _versions(token: str) -> dict[str, int]:
    """The versions in a token; none in one that the hub did not make."""
    try:
        versions, _ = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return {str(UUID(id_)): version for id_, version in versions.items()}
    except (AttributeError, TypeError, ValueError):
        return {}
