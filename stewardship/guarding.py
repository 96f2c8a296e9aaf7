"""What a bulk decision leaves out by itself: where a person has to look at each pair."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_noop

from matching import judging
from matching.domains import MODELS
from matching.engine.judgements import Things
from matching.models import Decision, MatchPair
from mdm.attribute_types import Choice
from mdm.domains import entity_type
from mdm.models import CrosswalkLink, SourceRecord
from mdm.vetoes import vetoes
from stewardship.consenting import above

MOST_TOGETHER = 10
"""More golden records than that are not merged unseen."""
TELLING_TYPES = ("legal form",)
"""Comparisons in which a difference means another type of thing."""

_SETTLED = gettext_noop("settled meanwhile")
_NOT_LINKED = gettext_noop("not in a golden record yet")
_OF_ANOTHER_TYPE = gettext_noop("of another type")
_MANY = gettext_noop("would bring too many golden records together")
_TOGETHER = gettext_noop("in one golden record already")
_TWO_PEOPLE = gettext_noop("so much money hangs on them that two people merge them")
_DECIDED = gettext_noop("people decided that they are one thing")


class Placed(NamedTuple):
    """What is guarded of a pair, with the golden record that each of its ends is in, if any."""

    pk: int
    state: str
    left_id: int
    right_id: int
    match_weight: float
    levels: Sequence[int]
    left_golden: UUID | None
    right_golden: UUID | None


@dataclass(slots=True)
class Guarded:
    """The pairs that may be decided, why others may not, and what would be merged."""

    kept: list[Placed] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    groups: list[frozenset[UUID]] = field(default_factory=list)


def placed(pairs: QuerySet[MatchPair]) -> list[Placed]:
    """Each pair with the golden records of its ends."""
    return list(map(Placed._make, with_golden(pairs).values_list(*Placed._fields)))


def with_golden(pairs: QuerySet[MatchPair]) -> QuerySet[MatchPair]:
    """Pairs with the golden records of their ends, as `left_golden` and `right_golden`."""
    live = CrosswalkLink.objects.filter(unlinked_at=None)
    return pairs.annotate(
        left_golden=Subquery(live.filter(record=OuterRef("left_id")).values("golden_id")),
        right_golden=Subquery(live.filter(record=OuterRef("right_id")).values("golden_id")),
    )


def guarded(domain: str, pairs: Iterable[Placed], verdict: Decision.Verdict) -> Guarded:
    """The pairs on which the verdict may be given without a look at each."""
    found = Guarded()
    waiting = []
    for pair in pairs:
        if pair.state == MatchPair.State.PENDING:
            waiting.append(pair)
        else:
            found.left_out[_SETTLED] += 1
    golden = _golden_of(waiting)
    if verdict == Decision.Verdict.MATCH:
        _guard_merges(domain, waiting, golden, found)
    else:
        _guard_partings(waiting, golden, found)
    return found


def in_components(pairs: Sequence[Placed]) -> list[list[Placed]]:
    """Pairs: those together that have a golden record in common, also by others."""
    golden = _golden_of(pairs)
    return list(_by_group(pairs, golden).values())


def _guard_merges(
    domain: str, pairs: Sequence[Placed], golden: dict[int, UUID], found: Guarded
) -> None:
    unlike = _of_another_type(domain, pairs)
    linked = []
    for pair in pairs:
        if pair.left_id not in golden or pair.right_id not in golden:
            found.left_out[_NOT_LINKED] += 1
        elif pair.pk in unlike:
            found.left_out[_OF_ANOTHER_TYPE] += 1
        else:
            linked.append(pair)
    grouped = {
        frozenset(golden[end] for pair in group for end in (pair.left_id, pair.right_id)): group
        for group in _by_group(linked, golden).values()
    }
    forbidden: dict[UUID, str] = {}
    for veto in vetoes(domain, [ids for ids in grouped if 1 < len(ids) <= MOST_TOGETHER]):
        forbidden |= dict.fromkeys(veto.ids, veto.rule)
    weighty = above(domain, grouped)
    for ids, group in grouped.items():
        rules = sorted({forbidden[id_] for id_ in ids if id_ in forbidden})
        if len(ids) > MOST_TOGETHER:
            found.left_out[_MANY] += len(group)
        elif ids in weighty:
            found.left_out[_TWO_PEOPLE] += len(group)
        elif rules:
            found.left_out[rules[0]] += len(group)
        else:
            found.kept += group
            found.groups += [ids] if len(ids) > 1 else []


def _guard_partings(pairs: Sequence[Placed], golden: dict[int, UUID], found: Guarded) -> None:
    records = {end for pair in pairs for end in (pair.left_id, pair.right_id)}
    things = Things(judging.around(records)) if records else Things()
    for pair in pairs:
        home = golden.get(pair.left_id)
        if home is not None and home == golden.get(pair.right_id):
            found.left_out[_TOGETHER] += 1
        elif things.of(pair.left_id) == things.of(pair.right_id):
            found.left_out[_DECIDED] += 1
        else:
            found.kept.append(pair)


def _of_another_type(domain: str, pairs: Sequence[Placed]) -> set[int]:
    """Pairs that differ in what tells types apart: the legal form, or a required choice."""
    model, declared = MODELS[domain], entity_type(domain)
    places = [
        (place, len(each.levels) + 1)
        for place, each in enumerate(model.comparisons)
        if each.name in TELLING_TYPES
    ]
    choices = [
        each.name for each in declared.attributes if each.required and isinstance(each.type, Choice)
    ]
    said: dict[int, dict[str, object]] = {}
    if choices:
        ends = [end for pair in pairs for end in (pair.left_id, pair.right_id)]
        said = dict(SourceRecord.objects.filter(pk__in=ends).values_list("pk", "attributes"))
    return {
        pair.pk
        for pair in pairs
        if any(pair.levels[place] == different for place, different in places)
        or any(_differ(said[pair.left_id], said[pair.right_id], name) for name in choices)
    }


def _differ(one: dict[str, object], other: dict[str, object], name: str) -> bool:
    return name in one and name in other and one[name] != other[name]


def _by_group(pairs: Sequence[Placed], golden: dict[int, UUID]) -> dict[int, list[Placed]]:
    """Pairs by what they would bring together; a golden record is known by one of its records."""
    first: dict[UUID, int] = {}
    for record_id, id_ in golden.items():
        first.setdefault(id_, record_id)
    home = {record_id: first[id_] for record_id, id_ in golden.items()}
    things = Things()
    ends = [
        (home.get(pair.left_id, pair.left_id), home.get(pair.right_id, pair.right_id))
        for pair in pairs
    ]
    for both in ends:
        things.join(both)
    grouped: dict[int, list[Placed]] = defaultdict(list)
    for pair, (left, _) in zip(pairs, ends, strict=True):
        grouped[things.of(left)].append(pair)
    return grouped


def _golden_of(pairs: Iterable[Placed]) -> dict[int, UUID]:
    """The golden record of each end that is in one."""
    found: dict[int, UUID | None] = {}
    for pair in pairs:
        found[pair.left_id], found[pair.right_id] = pair.left_golden, pair.right_golden
    return {record_id: id_ for record_id, id_ in found.items() if id_}
