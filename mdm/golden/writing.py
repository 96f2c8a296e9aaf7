"""Writing golden records as they are derived, with one event for each change."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from mdm import rates, relationships
from mdm.bulk import copy_in, copy_into, execute
from mdm.cause import Cause
from mdm.derivation import Derived, Stored, derive
from mdm.events import Change, record_changes
from mdm.golden.linking import Links
from mdm.golden_ids import Member
from mdm.models import GoldenRecord
from mdm.moment import evaluated_at
from mdm.pins import note_rivals

Details = Mapping[UUID, dict[str, Any]]
"""What the event of a golden record says besides what changed."""


@dataclass(slots=True)
class LinkChanges:
    """Source records that joined or left golden records, for the event."""

    linked: dict[UUID, list[int]] = field(default_factory=dict)
    unlinked: dict[UUID, list[int]] = field(default_factory=dict)


def not_before(stored: Mapping[UUID, Stored], cause: Cause) -> Cause:
    """The cause, not before the last change: who waited for a lock read the clock before that."""
    return cause.later(max([cause.at, *(each.changed_at for each in stored.values())]))


def write_new(domain: str, joined: Links, details: Details, cause: Cause) -> None:
    """Golden records under new ids, of source records that are linked to them already."""
    if not joined:
        return
    states = derive(domain, list(joined), evaluated_at(domain, cause.at))
    _insert(domain, states, cause)
    record_changes(
        (
            Change(
                "golden.created",
                domain,
                id_,
                1,
                {
                    "attributes": sorted(states[id_].content.attributes),
                    "linked": [link.record_id for link in links],
                    **_status_content(states[id_]),
                    **details.get(id_, {}),
                },
            )
            for id_, links in joined.items()
        ),
        cause=cause,
    )
    refresh_projections(domain, list(joined), [], cause)


def write(
    domain: str,
    stored: Mapping[UUID, Stored],
    changes: LinkChanges,
    type_: str,
    details: Details,
    cause: Cause,
) -> list[UUID]:
    """Bring the locked golden records in `stored` in step with their facts.

    Returns those that changed; one whose content and links are as before is left alone.
    """
    if not stored:
        return []
    states = derive(domain, list(stored), evaluated_at(domain, cause.at))
    note_rivals(domain, (pin for state in states.values() for pin in state.pinned), cause=cause)
    touched = changes.linked.keys() | changes.unlinked.keys()
    changed = {
        id_: state for id_, state in states.items() if id_ in touched or stored[id_].differs(state)
    }
    _update(changed, stored, cause)
    record_changes(
        (
            Change(
                type_,
                domain,
                id_,
                stored[id_].version + 1,
                {
                    **_change_content(stored[id_], state),
                    "linked": changes.linked.get(id_, []),
                    "unlinked": changes.unlinked.get(id_, []),
                    **details.get(id_, {}),
                },
            )
            for id_, state in changed.items()
        ),
        cause=cause,
    )
    refresh_projections(domain, list(changed), [], cause)
    return list(changed)


def retire(
    domain: str,
    into: Mapping[UUID, UUID],
    stored: Mapping[UUID, Stored],
    members: Mapping[UUID, Sequence[Member]],
    cause: Cause,
) -> None:
    """Make golden records redirects: without members they have no values of their own."""
    if not into:
        return
    losers = sorted(into)
    _keep_versions(losers, cause)
    execute(
        """
        UPDATE mdm_goldenrecord g
        SET status = 'merged', merged_into_id = r.survivor, attributes = '{}', provenance = '{}',
            search_text = '', version = g.version + 1, changed_at = %s
        FROM unnest(%s::uuid[], %s::uuid[]) AS r(loser, survivor) WHERE g.id = r.loser
        """,
        [cause.at, losers, [into[loser] for loser in losers]],
    )
    record_changes(
        (
            Change(
                "golden.redirected",
                domain,
                loser,
                stored[loser].version + 1,
                {
                    "into": str(into[loser]),
                    "unlinked": [member.record_id for member in members.get(loser, ())],
                },
            )
            for loser in losers
        ),
        cause=cause,
    )
    refresh_projections(domain, losers, [], cause)


def reinstate(ids: Collection[UUID], cause: Cause) -> None:
    """Let retired ids stand again, before what they say is derived: pins follow redirects."""
    if not ids:
        return
    _keep_versions(ids, cause)
    execute(
        "UPDATE mdm_goldenrecord SET status = 'active', merged_into_id = NULL WHERE id = ANY(%s)",
        [list(ids)],
    )


def redirect(domain: str, target: Mapping[UUID, tuple[UUID, int]], cause: Cause) -> None:
    """Lead retired ids to other golden records; `target` has each id's version besides."""
    if not target:
        return
    _keep_versions(target, cause)
    execute(
        """
        UPDATE mdm_goldenrecord g
        SET merged_into_id = r.target, version = g.version + 1,
            changed_at = greatest(%s, g.changed_at)
        FROM unnest(%s::uuid[], %s::uuid[]) AS r(id, target) WHERE g.id = r.id
        """,
        [cause.at, list(target), [into for into, _ in target.values()]],
    )
    record_changes(
        (
            Change("golden.redirected", domain, id_, version + 1, {"into": str(into)})
            for id_, (into, version) in target.items()
        ),
        cause=cause,
    )


def refresh_projections(
    domain: str, ids: Sequence[UUID], moved: Sequence[int], cause: Cause
) -> None:
    """Keep the typed projections in step with what was derived, and with records that moved."""
    if domain == "rate":
        rates.project(ids, cause=cause)
    elif moved and domain in rates.REFERRED:
        rates.project_referring(domain, moved, cause=cause)
    relationships.follow(domain, moved, cause=cause)


def _insert(domain: str, states: dict[UUID, Derived], cause: Cause) -> None:
    at = cause.at.isoformat()
    copy_in(
        GoldenRecord,
        (
            "id", "domain", "title", "search_text", "attributes", "provenance", "status",
            "version", "created_at", "changed_at",
        ),
        (
            (
                id_,
                domain,
                state.title,
                state.search_text,
                _json(state.content.attributes),
                _json(state.content.provenance),
                state.status,
                1,
                at,
                at,
            )
            for id_, state in states.items()
        ),
    )  # fmt: skip


def _keep_versions(ids: Iterable[UUID], cause: Cause) -> None:
    """Keep what golden records say before it changes, unless that is kept already."""
    execute(
        """
        INSERT INTO mdm_goldenrecordversion (golden_id, number, title, attributes, provenance,
            status, merged_into_id, since_at, until_at)
        SELECT id, version, title, attributes, provenance, status, merged_into_id, changed_at,
            greatest(%s, changed_at) FROM mdm_goldenrecord WHERE id = ANY(%s) ON CONFLICT DO NOTHING
        """,
        [cause.at, list(ids)],
    )


def _update(states: Mapping[UUID, Derived], stored: Mapping[UUID, Stored], cause: Cause) -> None:
    if not states:
        return
    _keep_versions(states, cause)
    columns = ("id", "title", "search_text", "attributes", "provenance", "status", "version")
    execute(
        "CREATE TEMP TABLE derived (id uuid, title text, search_text text, attributes jsonb,"
        " provenance jsonb, status text, version int) ON COMMIT DROP"
    )
    copy_into(
        "derived",
        columns,
        (
            (
                id_,
                state.title,
                state.search_text,
                _json(state.content.attributes),
                _json(state.content.provenance),
                state.status,
                stored[id_].version + 1,
            )
            for id_, state in states.items()
        ),
    )
    execute(
        """
        UPDATE mdm_goldenrecord g
        SET title = d.title, search_text = d.search_text, attributes = d.attributes,
            provenance = d.provenance, status = d.status, version = d.version, changed_at = %s
        FROM derived d WHERE g.id = d.id
        """,
        [cause.at],
    )
    execute("DROP TABLE derived")


def _change_content(stored: Stored, state: Derived) -> dict[str, Any]:
    """Names of the attributes whose values changed; never the values."""
    before, after = stored.attributes, state.content.attributes
    changed = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    status = {"status": state.status} if state.status != stored.status else {}
    return {"attributes": sorted(changed), **status}


def _status_content(state: Derived) -> dict[str, str]:
    return {} if state.status == GoldenRecord.Status.ACTIVE else {"status": state.status}


def _json(value: dict[str, Any]) -> str:
    return orjson.dumps(value).decode()
