"""The rule of `settings.MERGE_VETOES`: what forbids a merge of golden records, whoever asks."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations, starmap
from uuid import UUID

import numpy as np
from django.db import connection
from django.utils.translation import gettext

from matching import judging
from matching.domains import MODELS
from matching.engine.arrays import MISSING
from matching.engine.frame import Frame
from matching.engine.identifiers import Held, held_identifiers
from matching.engine.judgements import Judgement, Things
from matching.engine.model import MatchModel
from matching.engine.weights import Weights
from matching.frames import load_members
from matching.index.building import recipe_of
from matching.index.comparing import Comparing
from matching.models import MatchIndex
from matching.telling import told
from mdm.vetoes import Veto

Groups = Sequence[frozenset[UUID]]

DECIDED = "decided apart"
ISOLATED = "isolated"


def forbidding(domain: str, groups: Groups) -> Iterator[Veto]:
    """What keeps golden records of a group apart: identifiers, decisions of people, isolation."""
    model = MODELS.get(domain)
    telling = model.identifying() if model and model.identifiers else None
    ids = list(set().union(*groups))
    members = load_members(telling, ids, hold=connection.in_atomic_block)
    if model and members.frame is not None and len(members.frame):
        yield from _differing(model, groups, members.golden_of, members.frame)
    yield from _decided_apart(groups, members.golden_of)
    yield from map(_isolated, sorted(members.isolated))


def _differing(
    model: MatchModel, groups: Groups, golden_of: dict[int, UUID], frame: Frame
) -> Iterator[Veto]:
    """An identifier that one thing has: of golden records with different ones none merge.

    Values that too many records of the domain share identify nothing.
    """
    for held, values in _values(model, golden_of, frame):
        for group in groups:
            holding = [] if group.isdisjoint(values) else sorted(group & values.keys())
            for one, other in combinations(holding, 2):
                scopes = values[one].keys() & values[other].keys()
                if any(values[one][each].isdisjoint(values[other][each]) for each in scopes):
                    name = held.identifier.name
                    reason = gettext("{one} and {other} have different ones").format(
                        one=one, other=other
                    )
                    yield Veto(frozenset((one, other)), f"{name} differs", reason)


def _decided_apart(groups: Groups, golden_of: dict[int, UUID]) -> Iterator[Veto]:
    """What people decided to be two things, though they may have looked at other members."""
    decided = judging.touching(golden_of)
    if not decided:
        return
    members: dict[UUID, list[int]] = defaultdict(list)
    for record, id_ in golden_of.items():
        members[id_].append(record)
    whole = starmap(judging.as_one, members.items())
    judgements = judging.around(golden_of, "all", known=[*decided, *whole])
    things = Things(judgements)
    held: dict[int, set[UUID]] = defaultdict(set)
    for record, id_ in golden_of.items():
        held[things.of(record)].add(id_)
    group_of = {id_: number for number, group in enumerate(groups) for id_ in group}
    for each in judgements:
        if not each.joins:
            one, other = (
                set().union(*(held.get(thing, ()) for thing in things.of_all(side)))
                for side in each.sides
            )
            yield from _decided(each, one, other, group_of)


def _isolated(id_: UUID) -> Veto:
    """Source records that take no part in matching keep their golden record to themselves."""
    said = gettext("a source record of {golden_id} is kept out of matching")
    return Veto(frozenset((id_,)), ISOLATED, said.format(golden_id=id_))


def _decided(
    judgement: Judgement, ones: set[UUID], others: set[UUID], group_of: dict[UUID, int]
) -> Iterator[Veto]:
    for one in sorted(ones):
        for other in sorted(others - {one}):
            if group_of[one] == group_of[other]:
                yield Veto(frozenset((one, other)), DECIDED, told([judgement]))


def _values(
    model: MatchModel, golden_of: dict[int, UUID], frame: Frame
) -> Iterator[tuple[Held, dict[UUID, dict[int, set[int]]]]]:
    """For each identifier the values that golden records hold, by scope."""
    index = MatchIndex.objects.filter(domain=model.domain, recipe=recipe_of(model)).first()
    if index is not None:  # it knows what many records of the domain share
        telling = model.identifying()
        frame = Comparing(telling, Weights.of(telling)).within(index, frame)
    for held in held_identifiers(frame, model):
        rows = np.flatnonzero(held.value != MISSING)
        values: dict[UUID, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
        for record, value, scope in zip(
            *(each[rows].tolist() for each in (frame.record_ids, held.value, held.scope)),
            strict=True,
        ):
            values[golden_of[record]][scope].add(value)
        yield held, values
