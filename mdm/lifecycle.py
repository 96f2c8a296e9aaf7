"""What people and rules hold against source records; golden records take their status from it."""

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
    wanted = Condition(condition)
    return _change("condition", wanted.value, record_ids, cause)


@transaction.atomic
def isolate(record_ids: Sequence[int], *, isolated: bool = True, cause: Cause) -> list[int]:
    """Let source records take no part in matching, or take part again; returns those changed."""
    return _change("isolated", isolated, record_ids, cause)


def _change(column: str, value: str | bool, record_ids: Sequence[int], cause: Cause) -> list[int]:
    changed = _update(column, value, record_ids, cause)
    for domain in sorted(set(changed.values())):
        ids = sorted(id_ for id_, its in changed.items() if its == domain)
        content = {"records": ids, column: value}
        events.record(f"source_records.{column}", domain=domain, content=content, cause=cause)
        golden.rebuild(domain, golden.fed_by(ids), cause=cause)
    return sorted(changed)


def _update(
    column: str, value: str | bool, record_ids: Sequence[int], cause: Cause
) -> dict[int, str]:
    """Set a column of the records that have another value there; returns their domains by id."""
    execute(
        "SELECT id FROM mdm_sourcerecord WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
        [list(record_ids)],
    )
    query = f"""
        UPDATE mdm_sourcerecord SET {column} = %s, changed_at = %s
        WHERE id = ANY(%s) AND {column} <> %s RETURNING id, domain
    """  # noqa: S608
    return dict(fetch(query, [value, cause.at, list(record_ids), value]))
