"""What people hold against source records; golden records take their status from it."""

from collections.abc import Sequence

from django.db import transaction

from mdm import events, golden
from mdm.bulk import execute, fetch
from mdm.cause import Cause
from mdm.models import SourceRecord

Condition = SourceRecord.Condition


@transaction.atomic
def set_condition(record_ids: Sequence[int], condition: str, *, cause: Cause) -> list[int]:
    """Make source records a draft, suspect, withdrawn or sound ("") and rebuild what they feed.

    Returns the ids of those that were not so before. Raises ValueError for another condition.
    """
    changed = _update(Condition(condition), record_ids, cause)
    for domain in sorted(set(changed.values())):
        ids = sorted(id_ for id_, its in changed.items() if its == domain)
        content = {"records": ids, "condition": condition}
        events.record("source_records.condition", domain=domain, content=content, cause=cause)
        golden.rebuild(domain, golden.fed_by(ids), cause=cause)
    return sorted(changed)


def _update(condition: Condition, record_ids: Sequence[int], cause: Cause) -> dict[int, str]:
    """Set the condition of the records that have another one; returns their domains by id."""
    execute(
        "SELECT id FROM mdm_sourcerecord WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
        [list(record_ids)],
    )
    query = """
        UPDATE mdm_sourcerecord SET condition = %s, changed_at = %s
        WHERE id = ANY(%s) AND condition <> %s RETURNING id, domain
    """
    return dict(fetch(query, [condition.value, cause.at, list(record_ids), condition.value]))
