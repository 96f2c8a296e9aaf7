"""What stewards decide is one thing: pairs, merges of golden records, records taken out of them.

Each verb carries out what a preview showed, records the decision behind it, and keeps what it needs
to be undone.
"""

from collections.abc import Collection, Iterator, Sequence
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext

from matching import decisions, judging
from matching.decisions import Made
from matching.models import ClusterDecision, Decision
from matching.settling import settle
from mdm import golden, preview
from mdm.again import atomically
from mdm.cause import Cause
from mdm.golden import Merge, SeparationRefusedError
from mdm.models import CrosswalkLink, GoldenRecord
from mdm.parting import brought_together
from mdm.preview import Preview
from stewardship import consenting
from stewardship.consenting import Wish
from stewardship.models import StewardAction
from stewardship.remembering import Kind, hold, name_of, note_regrouping

Verdict = ClusterDecision.Verdict
STEWARD = CrosswalkLink.Method.STEWARD

Groups = Sequence[Collection[int]]
"""Source records that leave a golden record, group by group."""


@atomically
def decide(
    first_id: int,
    second_id: int,
    verdict: Decision.Verdict,
    *,
    reason_code: str = "",
    seen: str | None = None,
    supersedes: Sequence[Made] = (),
    batch: UUID | None = None,
    cause: Cause,
) -> StewardAction:
    """Record what a person says of two source records; see `matching.decisions.decide`.

    The next match run merges what is decided to be one thing: where that takes two people,
    SecondPersonNeededError is raised until another one wants the same.
    """
    left, right = sorted((first_id, second_id))
    if verdict == Decision.Verdict.MATCH:
        _refuse_alone_to_join((left, right), supersedes, cause)
    before = Decision.objects.live().filter(left=left, right=right)
    replaced = [*supersedes, *before]
    made = decisions.decide(
        left,
        right,
        verdict,
        reason=cause.reason,
        reason_code=reason_code,
        supersedes=supersedes,
        seen=seen,
        cause=cause,
    )
    return note_regrouping(Kind.DECIDE, made.domain, {}, [made], replaced, batch, cause)


@atomically
def preview_merge(
    domain: str,
    ids: Collection[UUID],
    *,
    survivor: UUID | None = None,
    supersedes: Sequence[Made] = (),
    cause: Cause,
) -> Preview:
    """What would come of merging golden records; MergeRefusedError when a rule forbids it."""

    def verb() -> list[UUID]:
        decisions.supersede(supersedes, cause=cause)
        return _merge(domain, ids, survivor, cause)

    hold(ids)
    return preview.preview(ids, verb, cause=cause)


@atomically
def merge(
    domain: str,
    ids: Collection[UUID],
    token: str,
    *,
    survivor: UUID | None = None,
    supersedes: Sequence[Made] = (),
    batch: UUID | None = None,
    wish: Wish | None = None,
    cause: Cause,
) -> StewardAction:
    """Merge golden records as previewed: a person says that all their source records are one thing.

    Raises PreviewOutdatedError when something has changed, MergeRefusedError when a rule forbids
    it, and ContradictionError when decisions do; these may be superseded. Where more money hangs on
    them than one person may merge, SecondPersonNeededError until another one wants the same, which
    is `wish` where a person wants more than this merge.
    """
    before = hold(ids)
    consenting.refuse_alone(wish or _wish(domain, ids, token, survivor, supersedes), ids, cause)
    decisions.supersede(supersedes, cause=cause)
    members = [link.record_id for links in before.values() for link in links]
    made = decisions.decide_groups(
        domain, [members], Verdict.MATCH, reason=cause.reason, cause=cause
    )
    preview.commit(ids, lambda: _merge(domain, ids, survivor, cause), token, cause=cause)
    settle(members)
    return note_regrouping(Kind.MERGE, domain, before, [made], supersedes, batch, cause)


def tree_of(golden_id: UUID, record_id: int) -> list[int]:
    """The source records that came into the golden record in the same merge as `record_id`.

    Raises SeparationRefusedError where no merge brought it.
    """
    members = golden.members_of([golden_id]).get(golden_id, [])
    if record_id not in {member.record_id for member in members}:
        raise SeparationRefusedError(
            gettext("source record {record_id} is not in {golden_id}").format(
                record_id=record_id, golden_id=golden_id
            )
        )
    tree = brought_together(members, record_id)
    if len(tree) == len(members):
        raise SeparationRefusedError(
            gettext("no merge brought this record: take it out alone, or split the cluster")
        )
    return [member.record_id for member in tree]


@atomically
def preview_separation(domain: str, golden_id: UUID, leaving: Groups, *, cause: Cause) -> Preview:
    """What would come of taking groups of source records out of a golden record."""
    hold([golden_id])
    return preview.preview(
        [golden_id], lambda: _separate(domain, golden_id, leaving, cause), cause=cause
    )


@atomically
def separate(
    domain: str,
    golden_id: UUID,
    leaving: Groups,
    token: str,
    *,
    apart: bool = True,
    batch: UUID | None = None,
    cause: Cause,
) -> StewardAction:
    """Take groups of source records out as previewed; each stays apart from all that it leaves.

    *Match* decisions between what parts are superseded. With `apart` a *no match* is left between
    each group and the rest, so that the next run does not merge them again. Raises
    PreviewOutdatedError when something has changed, SeparationRefusedError when it cannot be done.
    """
    before = hold([golden_id])
    rest = {link.record_id for link in before.get(golden_id, ())}
    broken = broken_by(leaving, rest)
    decisions.supersede(broken, cause=cause)
    preview.commit(
        [golden_id], lambda: _separate(domain, golden_id, leaving, cause), token, cause=cause
    )
    settle(rest)
    made = [*_narrowed(broken, leaving, cause)]
    for group in leaving if apart else ():
        rest -= set(group)
        if rest:
            sides = [sorted(rest), sorted(group)]
            made.append(
                decisions.decide_groups(
                    domain, sides, Verdict.NO_MATCH, reason=cause.reason, cause=cause
                )
            )
    return note_regrouping(Kind.SEPARATE, domain, before, made, broken, batch, cause)


def broken_by(leaving: Groups, members: Collection[int]) -> list[Made]:
    """The live *match* decisions between source records that would part."""
    part = {record_id: place for place, group in enumerate(leaving) for record_id in group}
    pairs = Decision.objects.live().filter(
        verdict=Verdict.MATCH, left__in=members, right__in=members
    )
    broken: list[Made] = [
        each for each in pairs if part.get(each.left_id, -1) != part.get(each.right_id, -1)
    ]
    groups = ClusterDecision.objects.live().filter(
        verdict=Verdict.MATCH, members__record__in=members
    )
    for group in groups.distinct().prefetch_related("members"):
        named = {member.record_id for member in group.members.all()} & set(members)
        if len({part.get(record_id, -1) for record_id in named}) > 1:
            broken.append(group)
    return broken


def _narrowed(broken: Sequence[Made], leaving: Groups, cause: Cause) -> Iterator[Made]:
    """What is left of *match* decisions on groups, part by part."""
    for each in broken:
        if isinstance(each, ClusterDecision):
            named = set(each.members.values_list("record_id", flat=True))
            rest = named.difference(*leaving)
            for part in (rest, *(named & set(group) for group in leaving)):
                if len(part) > 1:
                    yield decisions.decide_groups(
                        each.domain,
                        [sorted(part)],
                        Verdict.MATCH,
                        reason=each.reason,
                        reason_code=each.reason_code,
                        cause=cause,
                    )


def _refuse_alone_to_join(
    record_ids: Collection[int], supersedes: Sequence[Made], cause: Cause
) -> None:
    """Refuse one person what would join golden records on which too much money hangs."""
    if not settings.SECOND_PERSON_ABOVE:
        return
    judged = judging.around(record_ids)
    joined = set(record_ids).union(*(each.records for each in judged if each.joins))
    ids = golden.fed_by(sorted(joined))
    domain = GoldenRecord.objects.filter(pk__in=ids).values_list("domain", flat=True).first()
    if domain and len(ids) > 1 and consenting.above(domain, [ids]):
        token = preview_merge(domain, ids, supersedes=supersedes, cause=cause).token
        consenting.refuse_alone(_wish(domain, ids, token, None, supersedes), ids, cause)


def _wish(
    domain: str,
    ids: Collection[UUID],
    token: str,
    survivor: UUID | None,
    supersedes: Sequence[Made],
) -> Wish:
    """What whoever merges golden records wants, as the page of merges asks for it."""
    asked = {
        "survivor": [str(survivor)] if survivor else [],
        "supersede": [name_of(each) for each in supersedes],
    }
    return Wish(domain, ids, token, {"page": "merge", "asked": asked})


def _merge(domain: str, ids: Collection[UUID], survivor: UUID | None, cause: Cause) -> list[UUID]:
    merges = [Merge(frozenset(ids), STEWARD, survivor=survivor)]
    return golden.merge(domain, merges, cause=cause)


def _separate(domain: str, golden_id: UUID, leaving: Groups, cause: Cause) -> list[UUID]:
    parts = golden.separate(domain, {golden_id: leaving}, method=STEWARD, cause=cause)
    return parts[golden_id]
