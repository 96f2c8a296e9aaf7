"""Resolving a whole cluster in one save: members move in and out, and the rest stays as it was."""

from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

from django.utils.translation import gettext

from matching.conflicts import DecisionConflictError, refuse_if_changed
from mdm import golden
from mdm.again import atomically
from mdm.cause import Cause
from mdm.golden import Link
from mdm.models import GoldenRecord
from stewardship import review
from stewardship.consenting import Wish
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
    which one undo takes back. Raises what `review.separate` and `review.merge` raise: where that is
    SecondPersonNeededError, the second person has to want all of it. Raises DecisionConflictError
    when other source records belong to them than `part_of` names, or when something was settled
    about them since the person looked (`seen`, as `seen_of` said).
    """
    batch, done = uuid4(), list[StewardAction]()
    homes: dict[int, list[UUID]] = {}
    before = hold(ids)
    record_ids = [link.record_id for links in before.values() for link in links]
    if {*record_ids} != {*part_of} or not before.keys() >= {*ids}:
        raise DecisionConflictError(gettext("other records belong to them by now"))
    if seen is not None:
        refuse_if_changed(record_ids, seen)
    wish = _wish(domain, ids, before, part_of)
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
            done.append(review.merge(domain, together, token, batch=batch, wish=wish, cause=cause))
    return done


def _wish(
    domain: str,
    ids: Sequence[UUID],
    before: Mapping[UUID, Sequence[Link]],
    part_of: Mapping[int, int],
) -> Wish:
    """What whoever saves a cluster wants: these golden records, as they are, in these parts."""
    versions = GoldenRecord.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "version")
    parts: dict[int, list[int]] = {}
    for record_id in sorted(link.record_id for links in before.values() for link in links):
        parts.setdefault(part_of[record_id], []).append(record_id)
    seen = f"{[(str(id_), version) for id_, version in versions]} {sorted(parts.values())}"
    asked = {f"part{record_id}": [str(part)] for record_id, part in sorted(part_of.items())}
    return Wish(domain, ids, seen, {"page": "cluster", "asked": asked})
