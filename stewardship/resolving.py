"""Settling a pair as one thing: merged at once, with the values that a person chose, undone as one.

The token of a preview is not asked for: what was settled about the two records when the person
looked (`seen`) is what must not have changed.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.utils.translation import gettext

from matching import decisions, judging
from matching.conflicts import refuse_if_changed
from matching.decisions import Made
from matching.models import ClusterDecision, Decision, MatchPair
from mdm import crosswalk, golden, overrides, preview
from mdm.again import atomically
from mdm.cause import Cause
from mdm.golden import Merge, MergeRefusedError
from mdm.models import GoldenRecord, SourceRecord
from mdm.preview import Preview
from mdm.schema import Attribute, EntityType
from stewardship import review
from stewardship.asked import whole
from stewardship.consenting import Wish
from stewardship.models import StewardAction

Picks = Mapping[str, int]
"""For attributes by name the source record whose value is to survive."""

_CHOSEN = "chosen when the records were merged"


def may_be_picked(attribute: Attribute, value: object) -> bool:
    """Whether a person can choose this value: a pin holds one value, not a list."""
    return not attribute.many and isinstance(value, str | int | float)


@atomically
def preview_pair(
    pair: MatchPair, picks: Picks, *, supersedes: Sequence[Made] = (), cause: Cause
) -> Preview:
    """The golden record that merging the pair would make, with chosen values. Nothing stays."""
    ids = _two_homes(pair)

    def verb() -> list[UUID]:
        decisions.supersede(supersedes, cause=cause)
        golden.merge(pair.domain, [Merge(frozenset(ids), review.STEWARD)], cause=cause)
        _pin(ids, pair, picks, cause)
        return _standing(ids)

    return preview.preview(ids, verb, cause=cause)


@atomically
def merge_pair(
    pair: MatchPair,
    picks: Picks,
    *,
    supersedes: Sequence[Made] = (),
    seen: str | None = None,
    cause: Cause,
) -> StewardAction:
    """Merge the golden records of a pair; chosen values become pins. One undo takes all back.

    Raises DecisionConflictError when somebody settled something since `seen`, MergeRefusedError,
    SecondPersonNeededError and ContradictionError as `review.merge` does.
    """
    if seen is not None:
        refuse_if_changed((pair.left_id, pair.right_id), seen)
    ids = _two_homes(pair)
    token = review.preview_merge(pair.domain, ids, supersedes=supersedes, cause=cause).token
    wish = _wish(pair, ids, token, picks)
    action = review.merge(pair.domain, ids, token, supersedes=supersedes, wish=wish, cause=cause)
    if pins := _pin(ids, pair, picks, cause):
        action.content["pins"] = pins
        action.save(update_fields=["content"])
    return action


def keeping_apart(ids: Sequence[UUID]) -> list[Made]:
    """The decisions that keep golden records apart, and that may be superseded."""
    members = records_of(ids)
    pairs = Decision.objects.live().filter(
        verdict=Decision.Verdict.NO_MATCH, left__in=members, right__in=members
    )
    groups = ClusterDecision.objects.live().filter(
        verdict=ClusterDecision.Verdict.NO_MATCH, members__record__in=members
    )
    return [*pairs, *groups.distinct()]


def records_of(ids: Sequence[UUID]) -> list[int]:
    """The source records that golden records are made of."""
    return [link.record_id for links in golden.links_of(ids).values() for link in links]


def made(named: Sequence[str], domain: str, record_ids: Sequence[int]) -> list[Made]:
    """Live decisions as forms name them, "pair-12" or "group-3".

    Those of another domain are left out, and those that touch neither the source records at hand
    nor what is one thing with them.
    """
    if not named:
        return []
    ids = [(kind, whole(number)) for kind, _, number in (each.rpartition("-") for each in named)]
    found = decisions.numbered(
        [id_ for kind, id_ in ids if kind == "pair" and id_ is not None],
        [id_ for kind, id_ in ids if kind == "group" and id_ is not None],
    )
    joining = (each.records for each in judging.around(record_ids) if each.joins)
    at_hand = set(record_ids).union(*joining)
    return [
        each
        for each in found
        if each.superseded_at is None
        and each.domain == domain
        and decisions.records_of(each) & at_hand
    ]


def picked(declared: EntityType, pair: MatchPair, asked: Mapping[str, str]) -> dict[str, int]:
    """What a form picks: `pick-legal_name=12`, where 12 is one of the pair's records."""
    ids = {str(pair.left_id): pair.left_id, str(pair.right_id): pair.right_id}
    return {
        each.name: ids[said]
        for each in declared.attributes
        if (said := asked.get(f"pick-{each.name}", "")) in ids
    }


def homes_of(pair: MatchPair) -> list[UUID]:
    """The golden records to which a pair's records belong: one or two."""
    references = [(each.system.code, each.source_key) for each in (pair.left, pair.right)]
    found = crosswalk.resolve_references(pair.domain, references)
    return list(dict.fromkeys(found[each] for each in references if each in found))


def _two_homes(pair: MatchPair) -> list[UUID]:
    found = homes_of(pair)
    if len(found) < 2:
        raise MergeRefusedError(gettext("they are one golden record already"))
    return found


def _standing(ids: Sequence[UUID]) -> list[UUID]:
    standing = GoldenRecord.objects.standing().filter(pk__in=ids)
    return list(standing.values_list("pk", flat=True))


def _wish(pair: MatchPair, ids: Sequence[UUID], token: str, picks: Picks) -> Wish:
    """What whoever merges a pair wants: the chosen values, too."""
    asked = {f"pick-{name}": [str(record_id)] for name, record_id in sorted(picks.items())}
    seen = f"{token} {asked}" if asked else token
    return Wish(pair.domain, ids, seen, {"page": "pair", "pair": pair.pk, "asked": asked})


def _pin(ids: Sequence[UUID], pair: MatchPair, picks: Picks, cause: Cause) -> list[int]:
    """Pin the chosen values that would not survive by themselves; the ids of the pins."""
    if not picks:
        return []
    (survivor,) = _standing(ids)
    records = SourceRecord.objects.in_bulk([pair.left_id, pair.right_id])
    pins = []
    for attribute, record_id in picks.items():
        value = records[record_id].attributes.get(attribute)
        stands = GoldenRecord.objects.values_list("attributes", flat=True).get(pk=survivor)
        if value is not None and stands.get(attribute) != value:
            reason = cause.reason or _CHOSEN
            said = overrides.set_override(survivor, attribute, value, reason=reason, cause=cause)
            pins.append(said.pk)
    return pins
