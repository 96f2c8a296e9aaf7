"""The report on legal hierarchies: groups of clients from the top down, with what hangs on them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext

from mdm.domains import ENTITY_TYPES
from mdm.governance import access
from mdm.governance.exposure import exposure_of, together
from mdm.models import GoldenRecord
from mdm.relationships import reading
from stewardship.reports.table import Column, Kind, Report, Row, money_cells, money_columns, written

MOST = 5_000
"""How many clients in groups are listed; the totals count all."""
DOMAIN = "client"
_DEEPEST = 100


class Place(NamedTuple):
    """Where a client stands: under which top, how many steps down, and directly below whom."""

    top: UUID
    level: int
    client: UUID
    parent: UUID | None


def groups(as_of: datetime, actor: access.Actor) -> Report:
    """Each group of clients as a tree, its top first; money of its own and of all below it."""
    day = as_of.date()
    edges = reading.edges(DOMAIN, valid_on=day) if access.may_view(actor, DOMAIN) else []
    below: dict[UUID, list[UUID]] = {}
    for child, parent in edges:
        below.setdefault(parent, []).append(child)
    children = {child for child, _ in edges}
    titles = _titles(actor, {*below, *children})
    for several in below.values():
        several.sort(key=lambda id_: (titles[id_].casefold(), id_))
    tops = sorted(below.keys() - children, key=lambda id_: (titles[id_].casefold(), id_))
    places = [place for top in tops for place in _down(top, below)]
    exposure = exposure_of(titles, day)
    summed = {id_: together(_all_below(id_, below), exposure) for id_ in titles}
    own = money_columns(list(exposure.values()), gettext("Exposure"))
    with_below = money_columns(list(exposure.values()), gettext("With all below"))
    parents = Counter(child for child, _ in edges)
    return Report(
        code="groups",
        title=gettext("Groups of clients"),
        words=(
            gettext(
                "Clients and their parents, each group from its top down, with the money that hangs"
                " on each client and on all below it. One with several parents stands below each of"
                " them. Up to {most} places are listed; all are counted."
            ).format(most=written(MOST))
        ),
        as_of=as_of,
        columns=(
            Column("group", gettext("Group")),
            Column("level", gettext("Level"), Kind.NUMBER),
            Column("client", gettext("Client")),
            Column("parent", gettext("Directly below")),
            Column("children", gettext("Children"), Kind.NUMBER),
            *own,
            *(Column(f"below_{each.name}", each.label, each.kind) for each in with_below),
        ),
        rows=tuple(
            Row(
                (
                    titles[place.top],
                    place.level,
                    titles[place.client],
                    titles[place.parent] if place.parent else "",
                    len(below.get(place.client, ())),
                    *money_cells(own, exposure.get(place.client, {})),
                    *money_cells(with_below, summed[place.client]),
                ),
                reverse("golden", args=[DOMAIN, place.client]),
            )
            for place in places[:MOST]
        ),
        totals=(
            (gettext("Groups"), len(tops)),
            (gettext("Clients in groups"), len(titles)),
            (gettext("With several parents"), sum(count > 1 for count in parents.values())),
        ),
        bars="group",
    )


def _titles(actor: access.Actor, ids: set[UUID]) -> dict[UUID, str]:
    known = GoldenRecord.objects.filter(pk__in=ids).values_list("pk", "title")
    return {id_: access.title_for(actor, ENTITY_TYPES[DOMAIN], title) for id_, title in known}


def _down(top: UUID, below: Mapping[UUID, Sequence[UUID]]) -> Iterator[Place]:
    """The places of a group, a parent before its children, along each way that leads to one."""
    waiting = [Place(top, 0, top, None)]
    while waiting:
        place = waiting.pop()
        yield place
        if place.level < _DEEPEST:
            waiting += [
                Place(top, place.level + 1, child, place.client)
                for child in reversed(below.get(place.client, ()))
            ]


def _all_below(top: UUID, below: Mapping[UUID, Sequence[UUID]]) -> set[UUID]:
    """A client and everything below it."""
    seen, waiting = {top}, [top]
    while waiting:
        fresh = [child for child in below.get(waiting.pop(), ()) if child not in seen]
        seen.update(fresh)
        waiting += fresh
    return seen
