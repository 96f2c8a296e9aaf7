"""Bringing kept pairs in step with golden records and decisions, where these have changed."""

from collections.abc import Iterable, Sequence

from django.db.models import F, Q

from matching import judging
from matching.engine.judgements import Apart, Things
from matching.models import Decision, MatchPair
from mdm.bulk import execute, fetch

State = MatchPair.State
BY_DECISION = "kept apart by decision"
_VETOED = " differs"  # with what a veto ends that the engine found


def settle(record_ids: Iterable[int]) -> list[int]:
    """Ask people about pairs only where nothing settles them.

    Of these source records, and of all that is one thing with them by link or by decision. A pair
    that was settled, and no longer is, waits for a person again, unless one of its records takes no
    part in matching any more. Returns the pairs that changed.
    """
    record_ids = set(record_ids)
    judgements = judging.around(record_ids, "all", both_ends=True)
    things = Things(judgements)
    apart = Apart(things, judgements)
    named = list(record_ids.union(*(each.records for each in judgements)))
    pairs = MatchPair.objects.filter(
        Q(left__in=named) | Q(right__in=named),
        state__in=(State.AUTOMATIC, State.PENDING, State.VETOED, State.DECIDED),
    ).annotate(
        isolated=Q(left__isolated=True) | Q(right__isolated=True),
        weak=Q(match_weight__lt=F("run__merge_at")),
    )
    decided = _decided(named)
    golden = _golden(named)
    changed = []
    for pair in pairs:
        ends = (pair.left_id, pair.right_id)
        linked = None not in (golden.get(ends[0]), golden.get(ends[1]))
        together = linked and golden[ends[0]] == golden[ends[1]]
        before = (pair.state, pair.kept_apart_by)
        pair.state, pair.kept_apart_by = _settled(
            pair,
            decided=_stands(decided.get(ends), pair),
            together=together,
            apart=apart.between(*ends) is not None,
            isolated=pair.isolated,
            weak=pair.weak,
        )
        if (pair.state, pair.kept_apart_by) != before:
            changed.append(pair)
    _save(changed)
    return sorted(pair.pk for pair in changed)


def _save(changed: Sequence[MatchPair]) -> None:
    """One statement of three arrays: Django's would name the new state once for each pair."""
    if changed:
        execute(
            "UPDATE matching_matchpair p SET state = now.state, kept_apart_by = now.kept_apart_by"
            " FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS now(id, state, kept_apart_by)"
            " WHERE p.id = now.id",
            [
                [pair.pk for pair in changed],
                [str(pair.state) for pair in changed],
                [pair.kept_apart_by for pair in changed],
            ],
        )


def _settled(
    pair: MatchPair, *, decided: bool, together: bool, apart: bool, isolated: bool, weak: bool
) -> tuple[str, str]:
    if decided:
        return State.DECIDED, pair.kept_apart_by
    if together:
        return State.AUTOMATIC, ""
    if apart and pair.state != State.VETOED:
        return State.DECIDED, BY_DECISION
    merged_along = pair.state == State.AUTOMATIC and weak  # by what joined others, now taken back
    if pair.state != State.DECIDED and not merged_along:
        return pair.state, pair.kept_apart_by
    if isolated:
        return State.OBSOLETE, ""
    vetoed = pair.kept_apart_by.endswith(_VETOED)
    return (State.VETOED, pair.kept_apart_by) if vetoed else (State.PENDING, "")


def _stands(decision: Decision | None, pair: MatchPair) -> bool:
    """Whether a decision on the pair itself stands: *unsure* only until there is new evidence."""
    if decision is None:
        return False
    undecided = decision.verdict in Decision.Verdict.undecided()
    return not undecided or decision.evidence.get("levels") == pair.levels


def _decided(record_ids: list[int]) -> dict[tuple[int, int], Decision]:
    live = Decision.objects.live().filter(Q(left__in=record_ids) | Q(right__in=record_ids))
    return {(each.left_id, each.right_id): each for each in live}


def _golden(record_ids: list[int]) -> dict[int, object]:
    """The golden record of each of these, and of those that pairs join them with."""
    rows = fetch(
        "SELECT l.record_id, l.golden_id FROM mdm_crosswalklink l"
        " WHERE l.unlinked_at IS NULL AND l.record_id IN (SELECT unnest(%s::bigint[])"
        "  UNION SELECT right_id FROM matching_matchpair WHERE left_id = ANY(%s)"
        "  UNION SELECT left_id FROM matching_matchpair WHERE right_id = ANY(%s))",
        [record_ids] * 3,
    )
    return dict(rows)
