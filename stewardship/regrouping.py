"""Resolving a whole cluster in one save: members move in and out, and the rest stays as it was."""

from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

from matching.conflicts import DecisionConflictError, refuse_if_changed
from mdm import golden
from mdm.again import atomically
from mdm.cause import Cause
from stewardship import review
from stewardship.models import StewardAction
from stewardship.remembering import hold


@atomically
def regroup(
    domain: str,
    ids: Sequence[UUID],
    part_of: Mapping[int, int],
    *,
    seen: str | None = None,
    cause: Cause,
) -> list[StewardAction]:
    """Make of golden records one for each part; what is in different parts is kept apart.

    `part_of` says in which part each of their source records is. All that is done is one batch,
    which one undo takes back. Raises what `review.separate` and `review.merge` raise, and
    DecisionConflictError when other source records belong to them than `part_of` names, or when
    something was settled about them since the person looked (`seen`, as `seen_of` said).
    """
    batch, done = uuid4(), list[StewardAction]()
    homes: dict[int, list[UUID]] = {}
    before = hold(ids)
    record_ids = [link.record_id for links in before.values() for link in links]
    if {*record_ids} != {*part_of} or not before.keys() >= {*ids}:
        raise DecisionConflictError("other records belong to them by now")
    if seen is not None:
        refuse_if_changed(record_ids, seen)
    for golden_id, members in before.items():
        groups: dict[int, list[int]] = {}
        for link in members:
            groups.setdefault(part_of[link.record_id], []).append(link.record_id)
        stays, *leave = sorted(groups, key=lambda part: (-len(groups[part]), part))
        homes.setdefault(stays, []).append(golden_id)
        if leave:
            leaving = [groups[part] for part in leave]
            token = review.preview_separation(domain, golden_id, leaving, cause=cause).token
            done.append(
                review.separate(domain, golden_id, leaving, token, batch=batch, cause=cause)
            )
            for part in leave:
                homes.setdefault(part, []).extend(golden.fed_by(groups[part]))
    for _, together in sorted(homes.items()):
        if len(together) > 1:
            token = review.preview_merge(domain, together, cause=cause).token
            done.append(review.merge(domain, together, token, batch=batch, cause=cause))
    return done
