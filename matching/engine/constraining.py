"""From what people settled about records to what binds a run over their rows."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import product

import numpy as np

from matching.engine.arrays import Codes, Ints
from matching.engine.constraints import ALONE, Constraints
from matching.engine.judgements import Judgement, Things


def constraints_of(
    record_ids: Ints, groups: Codes, judgements: Collection[Judgement]
) -> Constraints:
    """What is settled about the rows of `record_ids`, which are in order.

    `groups` numbers those that are together already. Judgements on other records are left out; of
    those that contradict each other none joins anything.
    """
    base = groups.astype(np.int32)
    if not judgements:
        return Constraints.of(len(base), base)
    row = _rows_of(record_ids, judgements)
    known = [_known(each, row) for each in judgements]
    judged = [each for each in known if all(each.sides) and len(each.records) > 1]
    standing = [each for each in _standing(row.values(), base) if len(each.sides[0]) > 1]
    torn = Things([*standing, *judged])
    clashing = [each for each in judged if torn.clash(each)]
    spoilt = {torn.of(record) for each in clashing for record in each.records}
    joining = [each for each in judged if each.joins and torn.of(min(each.sides[0])) not in spoilt]
    things = Things([*standing, *joining])
    together = _together(base, things, [row for each in joining for row in each.sides[0]])
    apart = {
        (min(one, other), max(one, other))
        for each in judged
        if not each.joins
        for one, other in product(*map(things.of_all, each.sides))
        if one != other
    }
    return Constraints.of(len(base), together, sorted(apart))


def _rows_of(record_ids: Ints, judgements: Iterable[Judgement]) -> dict[int, int]:
    """The rows of the records that judgements name, as far as there are any."""
    named = np.array(sorted({id_ for each in judgements for id_ in each.records}), np.int64)
    place = np.searchsorted(record_ids, named)
    place[place == len(record_ids)] = 0
    there = record_ids[place] == named if len(record_ids) else np.zeros(len(named), np.bool_)
    return dict(zip(named[there].tolist(), place[there].tolist(), strict=True))


def _known(judgement: Judgement, row: dict[int, int]) -> Judgement:
    """The judgement on rows."""
    sides = (frozenset(row[id_] for id_ in side if id_ in row) for side in judgement.sides)
    return Judgement(judgement.name, tuple(sides))


def _standing(rows: Iterable[int], groups: Codes) -> list[Judgement]:
    """The groups of these rows that are together already, as judgements."""
    members: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        if groups[row] != ALONE:
            members[int(groups[row])].add(row)
    return [Judgement(f"group {number}", (frozenset(rows),)) for number, rows in members.items()]


def _together(groups: Codes, things: Things, joined: Sequence[int]) -> Codes:
    """`groups` with those joined that judgements make one thing."""
    together = groups.copy()
    number_of: dict[int, int] = {}
    became = np.arange(int(groups.max(initial=ALONE)) + 2, dtype=np.int32)  # the last for ALONE
    became[-1] = ALONE
    fresh = int(groups.max(initial=ALONE)) + 1
    for row in sorted(set(joined)):
        thing = things.of(row)
        group = int(groups[row])
        if thing not in number_of:
            number_of[thing] = group if group != ALONE else fresh
            fresh += group == ALONE
        if group != ALONE:
            became[group] = number_of[thing]
    together = became[together]
    for row in joined:
        together[row] = number_of[things.of(row)]
    return together
