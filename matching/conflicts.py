"""Two people who decide on the same records at once: the second is told what the first one did."""

import re
from collections.abc import Sequence

from django.db.models import Q
from django.utils.translation import gettext, gettext_lazy

from matching.models import Decision
from matching.telling import labels_of
from mdm.bulk import fetch
from mdm.words import inside, moment, person

_NUMBER = r"[0-9]{1,18}"
_SEEN = re.compile(rf"{_NUMBER}\.{_NUMBER}-{_NUMBER}\.{_NUMBER}-({_NUMBER}(\.{_NUMBER})*)?")
_CHANGED = gettext_lazy("what is settled about the records has changed since you looked")


class DecisionRefusedError(RuntimeError):
    """A decision that cannot stand as things are: why, in words for the person who decides."""


class DecisionConflictError(DecisionRefusedError):
    """Somebody else settled something about the records since the person looked at them."""


def seen_of(*record_ids: int) -> str:
    """What is settled about source records, in short: handed back with a decision on them."""
    decided, grouped, links = _settled(record_ids)
    return f"{decided[0]}.{decided[1]}-{grouped[0]}.{grouped[1]}-{'.'.join(map(str, links))}"


def _settled(record_ids: Sequence[int]) -> tuple[tuple[int, int], tuple[int, int], list[int]]:
    """The last decision on pairs and on groups with how many are in force, and the live links."""
    ids = list(record_ids)
    (row,) = fetch(_SETTLED, [ids] * 4)
    return (row[0], row[1]), (row[2], row[3]), row[4]


_SETTLED = """
    SELECT decided.*, grouped.*, ARRAY(
        SELECT id FROM mdm_crosswalklink WHERE record_id = ANY(%s) AND unlinked_at IS NULL
        ORDER BY 1)
    FROM (
        SELECT coalesce(max(id), 0), count(*) FILTER (WHERE superseded_at IS NULL)
        FROM matching_decision WHERE left_id = ANY(%s) OR right_id = ANY(%s)
    ) decided, (
        SELECT coalesce(max(d.id), 0), count(DISTINCT d.id) FILTER (WHERE superseded_at IS NULL)
        FROM matching_clusterdecision d JOIN matching_decidedmember m ON m.decision_id = d.id
        WHERE m.record_id = ANY(%s)
    ) grouped
"""


def refuse_if_changed(record_ids: Sequence[int], seen: str) -> None:
    """Raises DecisionConflictError unless what is settled is as `seen_of` said."""
    if seen_of(*record_ids) == seen:
        return
    if not _SEEN.fullmatch(seen):
        raise DecisionConflictError(str(_CHANGED))
    last = int(seen.split(".")[0])
    on_them = Q(left__in=record_ids) | Q(right__in=record_ids)
    newer = Decision.objects.filter(on_them, pk__gt=last).order_by("pk").last()
    if newer is not None:
        labels = labels_of({newer.left_id, newer.right_id})
        raise DecisionConflictError(
            gettext(
                "{who} decided {verdict} on {left} and {right} at {at}, since you looked"
            ).format(
                who=person(newer.decided_by),
                verdict=inside(newer.get_verdict_display()),
                left=labels[newer.left_id],
                right=labels[newer.right_id],
                at=moment(newer.decided_at),
            )
        )
    raise DecisionConflictError(_who_linked(record_ids, seen) or _who_decided(record_ids))


def _who_linked(record_ids: Sequence[int], seen: str) -> str:
    """Who linked one of the records anew; "" when they are linked as they were."""
    before = [int(link) for link in seen.rsplit("-", 1)[1].split(".") if link]
    rows = fetch(
        """
        SELECT DISTINCT ON (l.id) e.by, e.at, l.golden_id FROM mdm_crosswalklink l
        JOIN mdm_event e ON e.golden_id = l.golden_id AND e.at >= l.linked_at
        WHERE l.record_id = ANY(%s) AND l.unlinked_at IS NULL AND NOT l.id = ANY(%s)
        ORDER BY l.id DESC, e.id
        """,
        [list(record_ids), before],
    )
    for by, at, golden_id in rows:
        return gettext("{who} linked one of them to {golden_id} at {at}, since you looked").format(
            who=person(by), golden_id=golden_id, at=moment(at)
        )
    return ""


def _who_decided(record_ids: Sequence[int]) -> str:
    """Who last withdrew a decision on the records, or decided on a group with one of them."""
    rows = fetch(
        """
        SELECT coalesce(nullif(d.superseded_by, ''), d.decided_by),
               coalesce(d.superseded_at, d.decided_at)
        FROM matching_clusterdecision d JOIN matching_decidedmember m ON m.decision_id = d.id
        WHERE m.record_id = ANY(%s)
        UNION ALL
        SELECT superseded_by, superseded_at FROM matching_decision
        WHERE superseded_at IS NOT NULL AND (left_id = ANY(%s) OR right_id = ANY(%s))
        ORDER BY 2 DESC LIMIT 1
        """,
        [list(record_ids)] * 3,
    )
    for by, at in rows:
        return gettext("{who} decided on them, or withdrew that, at {at}, since you looked").format(
            who=person(by), at=moment(at)
        )
    return str(_CHANGED)
