"""Which golden id each part of a separated golden record gets, as docs/unmerge.md promises."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from mdm.golden_ids import Member

Members = tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Members that stay together under `id`, or under a new one where that is None."""

    id: UUID | None
    members: Members


def part(
    golden_id: UUID, groups: Sequence[Sequence[Member]], standing: Collection[UUID]
) -> list[Part]:
    """The parts of golden record `golden_id`, one for each of the non-empty `groups` of members.

    An id belongs to the records to which it was given first: the golden id goes on with the group
    that holds most members that did not come by a merge, and each other group reclaims the retired
    id that held most of it. Ids in `standing` are in use elsewhere and cannot be reclaimed.
    """
    ids: list[UUID | None] = [None] * len(groups)
    ids[_keeper(groups)] = golden_id
    for id_, place in _claims(groups, standing):
        if ids[place] is None and id_ not in ids:
            ids[place] = id_
    gone = {id_ for id_ in ids if id_} | set(standing)
    return [
        Part(id_, tuple(_under(id_, member, gone) for member in group))
        for id_, group in zip(ids, groups, strict=True)
    ]


def brought_together(members: Sequence[Member], record_id: int) -> Members:
    """The members that came in the same merge as `record_id`, itself among them."""
    last = {member.record_id: member.via[-1:] for member in members}
    return tuple(each for each in members if each.via[-1:] == last[record_id])


def _keeper(groups: Sequence[Sequence[Member]]) -> int:
    """The group that holds most own members; then the larger, then the one with the oldest."""

    def claim(place: int) -> tuple[int, int, int]:
        group = groups[place]
        own = sum(not member.via for member in group)
        return own, len(group), -min(member.record_id for member in group)

    return max(range(len(groups)), key=claim)


def _claims(
    groups: Sequence[Sequence[Member]], standing: Collection[UUID]
) -> list[tuple[UUID, int]]:
    """Retired ids with the group that may claim each, the strongest claim first."""
    held: dict[UUID, list[int]] = {}
    for place, group in enumerate(groups):
        for member in group:
            for id_ in set(member.via) - set(standing):
                held.setdefault(id_, [0] * len(groups))[place] += 1
    claims = [
        (-count, sum(counts), id_, place)
        for id_, counts in held.items()
        for place, count in enumerate(counts)
        if count
    ]
    return [(id_, place) for _, _, id_, place in sorted(claims)]


def _under(id_: UUID | None, member: Member, gone: Collection[UUID]) -> Member:
    """The member under its part's id: it no longer came by that id, nor by others in use."""
    via = member.via[: member.via.index(id_)] if id_ in member.via else member.via
    return replace(member, via=tuple(each for each in via if each not in gone))
