"""Runs beside each other: pairs that are new, gone, or graded otherwise, and changed weights."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from matching.engine.document import from_dict
from matching.engine.model import MatchModel
from matching.engine.weights import Weights
from matching.models import MatchPair, MatchRun
from mdm.bulk import fetch

_LEAST_BITS = 0.05

_NET = """
    WITH changed AS (
        SELECT left_id, right_id, before, after, weight_before, weight_after, c.run_id
        FROM matching_pairchange c JOIN matching_matchrun r ON r.id = c.run_id
        WHERE r.domain = %s AND c.run_id > %s AND c.run_id <= %s
    ), net AS (
        SELECT left_id, right_id,
               (array_agg(before ORDER BY run_id))[1] AS before,
               (array_agg(after ORDER BY run_id DESC))[1] AS after,
               (array_agg(weight_before ORDER BY run_id))[1] AS weight_before,
               (array_agg(weight_after ORDER BY run_id DESC))[1] AS weight_after
        FROM changed GROUP BY left_id, right_id
    )
"""
_COUNTED = f"""
    {_NET}
    SELECT before, after, count(*) FROM net WHERE before <> after
    AND NOT (before = '' AND after = 'obsolete') GROUP BY 1, 2 ORDER BY 3 DESC
"""  # noqa: S608 - constants only
_LISTED = f"""
    {_NET}
    SELECT p.id, a.code || ':' || l.source_key, b.code || ':' || r.source_key,
           net.before, net.after, net.weight_before, net.weight_after
    FROM net JOIN matching_matchpair p USING (left_id, right_id)
    JOIN mdm_sourcerecord l ON l.id = p.left_id JOIN mdm_sourcesystem a ON a.id = l.system_id
    JOIN mdm_sourcerecord r ON r.id = p.right_id JOIN mdm_sourcesystem b ON b.id = r.system_id
    WHERE net.before = %s AND net.after = %s AND p.id > %s ORDER BY p.id LIMIT %s
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class Moved:
    """How many pairs went from one state to another; "" is not kept."""

    before: str
    after: str
    pairs: int


@dataclass(frozen=True, slots=True)
class MovedPair:
    """A pair that stands otherwise; records as SYSTEM:KEY."""

    pair_id: int
    left: str
    right: str
    before: str
    after: str
    weight_before: float | None
    weight_after: float


@dataclass(frozen=True, slots=True)
class MovedLevel:
    """What a level of a comparison says in bits in one run and in the other; None where none."""

    comparison: str
    level: str
    before: float | None
    after: float | None


def model_of(run: MatchRun) -> MatchModel:
    """The model that a run used."""
    return from_dict(run.report["model"])


def moved(earlier: MatchRun, later: MatchRun) -> list[Moved]:
    """What the runs after `earlier`, up to `later`, changed in all, the most frequent first."""
    rows = fetch(_COUNTED, [later.domain, earlier.pk, later.pk])
    return [Moved(*row) for row in rows]


def moved_pairs(
    earlier: MatchRun, later: MatchRun, before: str, after: str, *, behind: int, limit: int
) -> Sequence[MovedPair]:
    """Pairs that went from one state to another, in the order of their ids behind `behind`."""
    rows = fetch(_LISTED, [later.domain, earlier.pk, later.pk, before, after, behind, limit])
    return [MovedPair(*row) for row in rows]


def moved_levels(earlier: MatchRun, later: MatchRun) -> list[MovedLevel]:
    """The levels that weigh otherwise, the one that moved most first."""
    one, other = _bits(earlier), _bits(later)
    changed = [
        MovedLevel(*name, one.get(name), other.get(name))
        for name in dict.fromkeys([*one, *other])
        if abs((one.get(name) or 0.0) - (other.get(name) or 0.0)) >= _LEAST_BITS
    ]
    return sorted(changed, key=lambda each: -abs((each.before or 0.0) - (each.after or 0.0)))


def in_words(state: str) -> str:
    """A state of a pair as a person reads it."""
    return str(MatchPair.State(state).label) if state else gettext("Not found")


def _bits(run: MatchRun) -> dict[tuple[str, str], float]:
    if "model" not in run.report or not run.weights:
        return {}
    model, weights = model_of(run), Weights.from_dict(run.weights)
    found = {("prior", "before anything is compared"): weights.prior}
    for comparison in model.comparisons:
        for code, bits in enumerate(weights.bits(comparison).tolist()[1:], 1):
            found[comparison.name, comparison.label(code)] = bits
    return found
