"""Golden records that may hold two things: found after each run, for a person to look at."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson
from django.db import transaction
from django.utils.translation import gettext, gettext_noop

from matching import judging
from matching.domains import MODELS
from matching.engine.arrays import MISSING
from matching.engine.identifiers import held_identifiers
from matching.engine.judgements import Things, chain, clashes
from matching.engine.suspects import Suspicion, suspicion
from matching.engine.weights import Weights
from matching.frames import load
from matching.index.building import recipe_of
from matching.index.comparing import Comparing
from matching.models import MatchIndex, MatchRun, SuspectCluster
from matching.pairs import OF_THEIR_CLUSTERS
from mdm import events, golden
from mdm.bulk import fetch
from mdm.cause import Cause
from mdm.models import Event
from mdm.work import Job

_AT_A_TIME = 5_000
_DECIDED_APART = "decisions about its records keep them apart"
_OTHER_FITS = "a record is as close to another golden record, whose {} differs"


class SuspectSettledError(RuntimeError):
    """A suspect cluster that is no longer as it was found: look at what became of it."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A golden record with what is odd about it."""

    golden_id: UUID
    members: tuple[int, ...]
    suspicion: Suspicion

    @property
    def content(self) -> str:
        """What a person who says that it is fine has seen."""
        said = [list(self.members), list(self.suspicion.findings)]
        return hashlib.sha256(orjson.dumps(said)).hexdigest()


def find_suspects(job: Job) -> None:
    """Work: look at the golden records that a run concerned, and say which are suspect."""
    event = Event.objects.get(pk=int(job.subject))
    run = MatchRun.objects.get(pk=event.content["run"])
    concerned = _concerned(run)
    found: dict[UUID, _Found] = {}
    for start in range(0, len(concerned), _AT_A_TIME):
        job.progress(gettext_noop("looking at clusters"), start, len(concerned))
        part = concerned[start : start + _AT_A_TIME]
        found |= {each.golden_id: each for each in _odd(run, part)}
    for others in (_decided_apart(run.domain), _between(run)):
        found |= {each.golden_id: each for each in others if each.golden_id not in found}
    with transaction.atomic():
        job.hold()
        _keep(run, found.values(), job.cause)
        changed = _settle_changed(run.domain, job.cause)
        if found or changed:
            events.record("suspects.found", domain=run.domain, content={}, cause=job.cause)


@transaction.atomic
def mark_fine(suspect_id: int, *, reason: str = "", cause: Cause) -> SuspectCluster:
    """A person looked, and it is one thing: it is not asked again while it is as it was."""
    suspect = _open(suspect_id)
    suspect.settled_at, suspect.fine_by, suspect.fine_because = cause.at, cause.by, reason
    suspect.save(update_fields=["settled_at", "fine_by", "fine_because"])
    _tell(suspect, cause)
    return suspect


@transaction.atomic
def settle(suspect_id: int, *, cause: Cause) -> SuspectCluster:
    """A person is about to split it. Raises SuspectSettledError when it has changed since."""
    suspect = _open(suspect_id)
    suspect.settled_at = cause.at
    suspect.save(update_fields=["settled_at"])
    _tell(suspect, cause)
    return suspect


def _open(suspect_id: int) -> SuspectCluster:
    suspect = SuspectCluster.objects.select_for_update().get(pk=suspect_id)
    members = golden.members_of([suspect.golden_id]).get(suspect.golden_id, [])
    if suspect.settled_at or [member.record_id for member in members] != suspect.members:
        raise SuspectSettledError(
            gettext(
                "golden record {golden_id} is no longer as it was found; look at it anew"
            ).format(golden_id=suspect.golden_id)
        )
    return suspect


def _tell(suspect: SuspectCluster, cause: Cause) -> None:
    content = {"suspect": suspect.pk, "golden": str(suspect.golden_id)}
    events.record("suspect.settled", domain=suspect.domain, content=content, cause=cause)


def _concerned(run: MatchRun) -> list[UUID]:
    """The golden records that a run said may be odd."""
    rows = fetch(
        "SELECT DISTINCT golden_id FROM mdm_crosswalklink"
        " WHERE record_id = ANY(%s) AND unlinked_at IS NULL ORDER BY 1",
        [run.report.get("odd", [])],
    )
    return [row[0] for row in rows]


def _odd(run: MatchRun, ids: Sequence[UUID]) -> Iterator[_Found]:
    members = {
        id_: tuple(each.record_id for each in listed)
        for id_, listed in golden.members_of(ids).items()
    }
    links = _links(ids)
    confirmed = judging.confirmed(ids)
    held = _held(run, [record for listed in members.values() for record in listed])
    for golden_id, listed in members.items():
        here = {
            name: {record: values[record] for record in listed if record in values}
            for name, values in held.items()
        }
        found = suspicion(listed, links.get(golden_id, []), here)
        if found and (golden_id not in confirmed or " differs" in found.findings[0]):
            yield _Found(golden_id, listed, found)


def _links(ids: Sequence[UUID]) -> dict[UUID, list[tuple[int, int, float]]]:
    """The pairs within golden records that are alike at all."""
    links: dict[UUID, list[tuple[int, int, float]]] = defaultdict(list)
    for golden_id, *link in fetch(
        "SELECT own.golden_id, p.left_id, p.right_id, p.match_weight FROM mdm_crosswalklink own"
        " JOIN matching_matchpair p ON p.left_id = own.record_id AND p.state <> 'obsolete'"
        " JOIN mdm_crosswalklink other ON other.record_id = p.right_id"
        "  AND other.unlinked_at IS NULL AND other.golden_id = own.golden_id"
        " WHERE own.golden_id = ANY(%s) AND own.unlinked_at IS NULL",
        [list(ids)],
    ):
        left, right, weight = link
        links[golden_id].append((left, right, weight))
    return links


def _held(run: MatchRun, record_ids: Sequence[int]) -> dict[str, dict[int, tuple[int, int]]]:
    """The identifiers that records hold; values that too many records share are none."""
    model = MODELS[run.domain]
    if not model.identifiers or not record_ids:
        return {}
    frame = load(model, record_ids).frame
    index = MatchIndex.objects.filter(domain=model.domain, recipe=recipe_of(model)).first()
    if index is not None and len(frame):
        frame = Comparing(model, Weights.of(model)).within(index, frame)
    ids = frame.record_ids.tolist()
    return {
        each.identifier.name: {
            id_: (scope, value)
            for id_, scope, value in zip(ids, each.scope.tolist(), each.value.tolist(), strict=True)
            if value != MISSING
        }
        for each in held_identifiers(frame, model)
    }


def _between(run: MatchRun) -> Iterator[_Found]:
    """Golden records with a record that is as close to another one, were it not for its number."""
    rows = fetch(
        """
        SELECT p.left_id, p.right_id, a.golden_id, b.golden_id FROM matching_matchpair p
        JOIN mdm_crosswalklink a ON a.record_id = p.left_id AND a.unlinked_at IS NULL
        JOIN mdm_crosswalklink b ON b.record_id = p.right_id AND b.unlinked_at IS NULL
        WHERE p.run_id = %s AND p.state = 'vetoed' AND p.kept_apart_by = %s
          AND p.match_weight >= %s AND a.golden_id <> b.golden_id
        ORDER BY p.match_weight DESC, p.id
        """,
        [run.pk, OF_THEIR_CLUSTERS, run.merge_at],
    )
    members = {
        id_: tuple(each.record_id for each in listed)
        for id_, listed in golden.members_of({id_ for row in rows for id_ in row[2:]}).items()
    }
    confirmed = judging.confirmed(members)
    held = _held(run, [record for listed in members.values() for record in listed])
    seen = set[UUID]()
    for left, right, *ids in rows:
        for record, other, golden_id in ((left, right, ids[0]), (right, left, ids[1])):
            listed = members[golden_id]
            names = _different(held, listed, members[ids[1] if golden_id == ids[0] else ids[0]])
            own = any(record in held[name] for name in names)
            if len(listed) < 2 or not names or own or {golden_id} & (seen | confirmed):
                continue
            seen.add(golden_id)
            rest = tuple(each for each in listed if each != record)
            finding = _OTHER_FITS.format(" and ".join(names))
            yield _Found(
                golden_id, listed, Suspicion((finding,), (rest, (record,)), (record, other))
            )
            break


def _decided_apart(domain: str) -> Iterator[_Found]:
    """Golden records that nobody confirmed, and that decisions about other records part.

    A and B were linked by the machine; then people decided that A is C, and that B is not.
    """
    judgements = judging.of_whole_domain(domain, "all")
    said = {each.name for each in judging.of_whole_domain(domain)}
    settled = [each for each in judgements if each.name in said]
    things, known = Things(settled), {each.name for each in clashes(settled)}
    for ends in clashes(judgements):
        torn = [each for each in chain(judgements, ends) if each.name not in said]
        if ends.name in known or not torn:
            continue
        golden_id = UUID(torn[0].name.rpartition(" ")[2])
        members = tuple(each.record_id for each in golden.members_of([golden_id])[golden_id])
        one = things.of_all(ends.sides[0]) | things.of_all(ends.sides[1])
        leaving = tuple(each for each in members if things.of(each) in one)[:1]
        rest = tuple(each for each in members if each not in leaving)
        yield _Found(golden_id, members, Suspicion((_DECIDED_APART,), (rest, leaving)))


def _different(
    held: dict[str, dict[int, tuple[int, int]]], mine: Iterable[int], theirs: Iterable[int]
) -> list[str]:
    """The identifiers of which two golden records hold different values."""
    names = []
    for name, values in held.items():
        one, other = ({values[id_] for id_ in side if id_ in values} for side in (mine, theirs))
        scopes = {scope for scope, _ in one} & {scope for scope, _ in other}
        if scopes and not one & other:
            names.append(name)
    return names


def _keep(run: MatchRun, found: Iterable[_Found], cause: Cause) -> None:
    """Suspect clusters are open, unless a person found the same to be fine."""
    for each in found:
        suspect, made = SuspectCluster.objects.get_or_create(
            content=each.content,
            defaults={
                "domain": run.domain,
                "golden_id": each.golden_id,
                "members": list(each.members),
                "findings": list(each.suspicion.findings),
                "parts": [list(part) for part in each.suspicion.parts],
                "bridge": list(each.suspicion.bridge),
                "run": run,
                "found_at": cause.at,
            },
        )
        if not made and suspect.settled_at and not suspect.fine_by:
            SuspectCluster.objects.filter(pk=suspect.pk).update(
                settled_at=None, golden_id=each.golden_id, run=run, found_at=cause.at
            )


def _settle_changed(domain: str, cause: Cause) -> int:
    """What is open, but no longer as it was found, is settled."""
    still = SuspectCluster.objects.filter(domain=domain, settled_at=None)
    members = golden.members_of(still.values_list("golden_id", flat=True))
    changed = [
        each.pk
        for each in still
        if [member.record_id for member in members.get(each.golden_id, [])] != each.members
    ]
    return SuspectCluster.objects.filter(pk__in=changed).update(settled_at=cause.at)
