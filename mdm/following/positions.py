"""Giving events their positions: a short sequencer under a lock, for what has been committed."""

from django.db import transaction

from mdm.bulk import execute, fetch

CHUNK = 20_000

# The lock outlives the commit, and what is not committed cannot be seen: so a position that is
# given later also becomes visible later. Ids are drawn while a golden record is locked, so that
# the changes of one golden record are placed in their own order.
_PLACE = """
    WITH taken AS (
        DELETE FROM mdm_unplacedevent WHERE event_id IN (
            SELECT event_id FROM mdm_unplacedevent ORDER BY event_id LIMIT %s
        ) RETURNING event_id
    )
    INSERT INTO mdm_eventposition (position, event_id)
    SELECT (SELECT coalesce(max(position), 0) FROM mdm_eventposition)
        + row_number() OVER (ORDER BY event_id), event_id
    FROM taken
"""


def place_events() -> int:
    """Give each committed event without a position the next one; returns how many those were."""
    placed = 0
    while fetch("SELECT EXISTS (SELECT FROM mdm_unplacedevent)") == [(True,)]:
        placed += (chunk := _place_chunk())
        if chunk < CHUNK:
            break
    return placed


@transaction.atomic
def _place_chunk() -> int:
    execute("SELECT pg_advisory_xact_lock(hashtextextended('events get positions', 0))")
    return execute(_PLACE, [CHUNK])


def lag_seconds() -> float:
    """How long the oldest committed event has waited for its position."""
    [(seconds,)] = fetch(
        "SELECT coalesce(extract(epoch FROM now() - min(e.at)), 0)::float8"
        " FROM mdm_unplacedevent u JOIN mdm_event e ON e.id = u.event_id"
    )
    return float(seconds)
