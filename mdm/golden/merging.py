"""Merging, separating, and putting back what either moved: docs/unmerge.md is the contract."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext

from mdm import golden_ids
from mdm.bulk import fetch
from mdm.cause import Cause
from mdm.derivation import retired
from mdm.golden.linking import Link, Links, former_links
from mdm.golden.regrouping import hold, regroup
from mdm.golden_ids import Member
from mdm.models import GoldenRecord
from mdm.parting import Part, part
from mdm.vetoes import vetoes


class MergeRefusedError(RuntimeError):
    """Golden records that cannot be merged: why, in words for the person who tried."""


class SeparationRefusedError(RuntimeError):
    """Source records that cannot be taken out: why, in words for the person who tried."""


@dataclass(frozen=True, slots=True)
class Merge:
    """Golden records that are one thing, with the evidence for it.

    `survivor` is the one that goes on, where a person chose it.
    """

    ids: frozenset[UUID]
    method: str
    match_weight: float | None = None
    rule_version: str = ""
    survivor: UUID | None = None

    def goes_on(self, now: Links) -> UUID:
        """The id that survives: the one chosen, else that with most records, then the oldest."""
        return self.survivor or min(self.ids, key=lambda id_: (-len(now.get(id_, ())), id_))

    def links(self, survivor: UUID, now: Links) -> list[Link]:
        """The links of the survivor: its own as they are, those of the others by this merge."""
        joined = list(now.get(survivor, ()))
        for loser in sorted(self.ids - {survivor}):
            joined += [
                Link(
                    link.record_id,
                    self.method,
                    self.match_weight,
                    self.rule_version,
                    (*link.via, loser),
                )
                for link in now.get(loser, ())
            ]
        return joined


@transaction.atomic
def merge(domain: str, merges: Sequence[Merge], *, cause: Cause) -> list[UUID]:
    """Merge each group of standing golden records into its member with most source records.

    Ties go to the oldest. Moves links; deletes nothing. The other ids redirect to the survivor for
    ever. No golden record may be in two groups. Returns the survivors, in the order of `merges`.
    Raises MergeRefusedError, and merges nothing, when one of them was merged meanwhile, or a rule
    forbids one of the merges.
    """
    wanted = {id_ for each in merges for id_ in each.ids}
    stored, now = hold(domain, wanted)
    if missing := wanted - stored.keys():
        raise MergeRefusedError(_what_became_of(missing))
    if any(each.survivor and each.survivor not in each.ids for each in merges):
        raise MergeRefusedError(
            gettext("the golden record that goes on must be one of those that merge")
        )
    if GoldenRecord.objects.filter(pk__in=wanted).exclude(domain=domain).exists():
        raise MergeRefusedError(
            gettext("only golden records of the domain {domain} merge here").format(
                domain=f"{domain!r}"
            )
        )
    if forbidden := vetoes(domain, [each.ids for each in merges]):
        raise MergeRefusedError("; ".join(map(str, forbidden)))
    survivors = [each.goes_on(now) for each in merges]
    chosen = list(zip(survivors, merges, strict=True))
    regroup(
        domain,
        stored,
        now,
        {survivor: each.links(survivor, now) for survivor, each in chosen},
        type_="golden.merged",
        details={
            survivor: {"merged": sorted(map(str, each.ids - {survivor}))}
            for survivor, each in chosen
        },
        cause=cause,
    )
    return survivors


@transaction.atomic
def separate(
    domain: str,
    leaving: Mapping[UUID, Sequence[Collection[int]]],
    *,
    method: str,
    cause: Cause,
) -> dict[UUID, list[UUID]]:
    """Take groups of source records out of golden records; returns the ids of the parts.

    What is not in a group stays together and is the last part, if anything is left. Each part gets
    the id that docs/unmerge.md says; links under a reclaimed id are as they were before, others
    get `method`. Raises SeparationRefusedError, and changes nothing, when a golden record no longer
    stands or no longer holds the records.
    """
    stored, now = hold(domain, leaving.keys())
    if missing := leaving.keys() - stored.keys():
        raise SeparationRefusedError(_what_became_of(missing))
    groups = {id_: _groups(id_, now[id_], leaving[id_]) for id_ in leaving}
    came_by = {id_ for links in now.values() for link in links for id_ in link.via}
    in_use = came_by - retired(came_by).keys()
    parts = {id_: part(id_, groups[id_], in_use) for id_ in leaving}
    ids = _with_new_ids(parts, cause)
    named = {to: each for id_ in parts for to, each in zip(ids[id_], parts[id_], strict=True)}
    regroup(
        domain,
        stored,
        now,
        _links_of_parts(named, now, method),
        type_="golden.split",
        details={
            id_: {
                "parts": {
                    str(to): [member.record_id for member in named[to].members] for to in ids[id_]
                }
            }
            for id_ in ids
        },
        cause=cause,
    )
    return ids


@transaction.atomic
def put_back(domain: str, links: Links, *, cause: Cause) -> None:
    """Link source records as they were before, when `links` were the live links.

    `links` names whole golden records. Raises SeparationRefusedError, and changes nothing, when
    these source records form golden records with others by now.
    """
    wanted = sorted(link.record_id for each in links.values() for link in each)
    homes = fetch(
        "SELECT DISTINCT golden_id FROM mdm_crosswalklink"
        " WHERE record_id = ANY(%s) AND unlinked_at IS NULL",
        [wanted],
    )
    stored, now = hold(domain, [row[0] for row in homes])
    if sorted(link.record_id for each in now.values() for link in each) != wanted:
        raise SeparationRefusedError(
            gettext("other source records have joined these, or some have left")
        )
    regroup(domain, stored, now, links, type_="golden.restored", details={}, cause=cause)


def _groups(
    golden_id: UUID, now: Sequence[Link], leaving: Sequence[Collection[int]]
) -> list[list[Member]]:
    """The members of each leaving group, and of what stays."""
    members = {link.record_id: Member(link.record_id, link.via) for link in now}
    named = [record_id for group in leaving for record_id in group]
    if len(set(named)) < len(named) or not all(leaving):
        raise SeparationRefusedError(
            gettext("a group is empty, or a source record is in two groups")
        )
    if strange := set(named) - members.keys():
        records = ", ".join(map(str, sorted(strange)))
        raise SeparationRefusedError(
            gettext(
                "source record {records} is not, or no longer, in golden record {golden_id}"
            ).format(records=records, golden_id=golden_id)
        )
    rest = members.keys() - set(named)
    groups = [*leaving, rest] if rest else list(leaving)
    if len(groups) < 2:
        raise SeparationRefusedError(
            gettext(
                "that is all of golden record {golden_id}; name the records that leave the others"
            ).format(golden_id=golden_id)
        )
    return [[members[record_id] for record_id in sorted(group)] for group in groups]


def _with_new_ids(parts: Mapping[UUID, Sequence[Part]], cause: Cause) -> dict[UUID, list[UUID]]:
    """The ids of the parts, new ones where they have no claim to an old one."""
    missing = sum(each.id is None for made in parts.values() for each in made)
    fresh = iter(golden_ids.mint(missing, cause.at))
    return {id_: [each.id or next(fresh) for each in made] for id_, made in parts.items()}


def _links_of_parts(named: Mapping[UUID, Part], now: Links, method: str) -> dict[UUID, list[Link]]:
    """The links of each part: as they are where it stays, as they were where it returns."""
    home = {link.record_id: (id_, link) for id_, links in now.items() for link in links}
    members = {id_: [member.record_id for member in each.members] for id_, each in named.items()}
    before = former_links(members)

    def link(id_: UUID, member: Member) -> Link:
        here, as_it_is = home[member.record_id]
        if here != id_:
            as_it_is = before.get((id_, member.record_id), Link(member.record_id, method))
        return replace(as_it_is, via=member.via)

    return {id_: [link(id_, member) for member in each.members] for id_, each in named.items()}


def _what_became_of(ids: Collection[UUID]) -> str:
    """Why golden records no longer stand: who merged each into which other one, and when."""
    rows = fetch(
        """
        SELECT DISTINCT ON (e.golden_id) e.golden_id, e.by, e.at, e.content->>'into'
        FROM mdm_event e WHERE e.golden_id = ANY(%s) AND e.type = 'golden.redirected'
        ORDER BY e.golden_id, e.sequence DESC
        """,
        [list(ids)],
    )
    said = {
        id_: gettext("{golden_id} no longer stands: {who} merged it into {into} at {at}").format(
            golden_id=id_, who=by, into=into, at=f"{at:%Y-%m-%d %H:%M}"
        )
        for id_, by, at, into in rows
    }
    return "; ".join(
        said.get(id_, gettext("there is no golden record {golden_id}").format(golden_id=id_))
        for id_ in sorted(ids)
    )
