"""The inbox: which stewardship tasks wait, narrowed by what an address says, in order of rank."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy

from mdm.bulk import fetch
from mdm.domains import entity_type
from mdm.governance import access
from stewardship.models import StewardshipTask, StewardshipTaskQuerySet

PAGE = 50
COUNTED = 10_000
"""Up to here counts are exact."""
BANDS = {
    "likely": (gettext_lazy("Likely the same, 80 % and more"), 2.0, None),
    "even": (gettext_lazy("Could be either, 20 to 80 %"), -2.0, 2.0),
    "unlikely": (gettext_lazy("Likely different, under 20 %"), None, -2.0),
}
"""Bands of match probability, by the match weights in bits at which they begin and end."""
AGES = {
    "day": (gettext_lazy("A day or more"), 1),
    "week": (gettext_lazy("A week or more"), 7),
    "month": (gettext_lazy("A month"), 30),
}
WHOSE = {"me": gettext_lazy("Mine"), "nobody": gettext_lazy("Nobody's")}
WHEN = {"overdue": gettext_lazy("Overdue"), "deferred": gettext_lazy("Put off until later")}


@dataclass(frozen=True, slots=True)
class Filters:
    """What an address asks of the inbox; "" asks nothing."""

    kind: str = ""
    domain: str = ""
    system: str = ""
    band: str = ""
    age: str = ""
    assignee: str = ""
    when: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> "Filters":
        """What is asked, without what the inbox does not know."""
        known = {
            "kind": StewardshipTask.Kind.values,
            "band": BANDS,
            "age": AGES,
            "when": WHEN,
        }
        said = {each.name: str(asked.get(each.name, ""))[:150] for each in fields(cls)}
        return cls(
            **{name: value for name, value in said.items() if value in known.get(name, [value])}
        )

    @property
    def query(self) -> str:
        """As an address writes them; "" for none."""
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        return urlencode({name: value for name, value in said.items() if value})

    def without(self, name: str) -> "Filters":
        return replace(self, **{name: ""})


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads the inbox, and when."""

    actor: access.Actor
    name: str
    at: datetime

    @property
    def domains(self) -> list[str]:
        return access.domains(self.actor)

    @property
    def kinds(self) -> list[str]:
        """The kinds of tasks that the reader may see."""
        hidden = () if self.actor.has_perm(access.FEEDS) else (StewardshipTask.Kind.QUARANTINE,)
        return [kind for kind in StewardshipTask.Kind.values if kind not in hidden]


def waiting(reader: Reader, filters: Filters) -> StewardshipTaskQuerySet:
    """The stewardship tasks that the reader may see and the filters let through."""
    today = timezone.localdate(reader.at)
    found = StewardshipTask.objects
    tasks = found.put_off(today) if filters.when == "deferred" else found.due(today)
    tasks = tasks.filter(domain__in=reader.domains)
    tasks = tasks.filter(kind__in=reader.kinds) if len(reader.kinds) < len(_ALL) else tasks
    if filters.when == "overdue":
        tasks = tasks.overdue(reader.at)
    if filters.band:
        _, least, most = BANDS[filters.band]
        tasks = tasks.filter(match_weight__isnull=False)
        tasks = tasks.filter(match_weight__gte=least) if least is not None else tasks
        tasks = tasks.filter(match_weight__lt=most) if most is not None else tasks
    if filters.age:
        tasks = tasks.filter(opened_at__lte=reader.at - timedelta(days=AGES[filters.age][1]))
    if filters.assignee:
        names = {"me": reader.name, "nobody": ""}
        tasks = tasks.filter(assignee=names.get(filters.assignee, filters.assignee))
        tasks = tasks if filters.assignee == "nobody" else tasks.exclude(assignee="")
    if filters.system:
        tasks = tasks.filter(systems__contains=[filters.system])
    asked = {"kind": filters.kind, "domain": filters.domain}
    return tasks.filter(**{name: value for name, value in asked.items() if value})


_ALL = StewardshipTask.Kind.values


def page(reader: Reader, filters: Filters, after: str = "") -> tuple[list[StewardshipTask], str]:
    """A page of tasks after the place `after`, and the place after which the next one begins."""
    found = list(_after(waiting(reader, filters), after).order_by("rank", "id")[: PAGE + 1])
    return found[:PAGE], place(found[PAGE - 1]) if len(found) > PAGE else ""


def following(reader: Reader, filters: Filters, after: str = "") -> StewardshipTask | None:
    """The task to go on with after one is settled: one that nobody else has on the screen.

    After the last one it begins again with the first.
    """
    free = waiting(reader, filters).filter(
        Q(held_until=None) | Q(held_until__lt=reader.at) | Q(held_by=reader.name),
        Q(assignee__in=("", reader.name)) if not filters.assignee else Q(),
    )
    ordered = _after(free, after).order_by("rank", "id")
    return ordered.first() or (free.order_by("rank", "id").first() if after else None)


def place(task: StewardshipTask) -> str:
    """Where a task stands in the inbox."""
    return f"{task.rank!r}~{task.pk}"


def _after(tasks: StewardshipTaskQuerySet, after: str) -> QuerySet[StewardshipTask]:
    rank, _, id_ = after.partition("~")
    try:
        where = float(rank), int(id_)
    except ValueError:
        return tasks
    beyond = "(rank, stewardship_stewardshiptask.id) > (%s, %s)"
    return tasks.extra(where=[beyond], params=where)  # noqa: S610


def in_words(count: int) -> str:
    """A count, exact up to COUNTED."""
    shown = number_format(min(count, COUNTED), force_grouping=True)
    return f"{shown}+" if count > COUNTED else shown


_A_KIND = "any one kind"


@dataclass(frozen=True, slots=True)
class Queue:
    """How many tasks of a kind wait, at most COUNTED and one more, and the oldest since when."""

    count: int
    oldest_at: datetime


def counted_by_kind(reader: Reader, *asked: Filters) -> list[dict[str, int]]:
    """For each of the filters how many of each kind they let through, as `queues` counts them."""
    return [
        {kind: queue.count for kind, queue in found.items()} for found in queues(reader, *asked)
    ]


def queues(reader: Reader, *asked: Filters) -> list[dict[str, Queue]]:
    """For each of the filters what of each kind they let through.

    What the filters say of kinds goes unheard, and kinds of which none waits are left out. One
    statement, whose parts are planned for a kind each and stop once they have counted far enough:
    then alone the oldest is looked for in the index by age, where so common a kind comes soon.
    """
    parts, parameters = [], list[Any]()
    for place, filters in enumerate(asked):
        some = waiting(reader, replace(filters, kind=_A_KIND)).order_by().values("opened_at")
        few, said = some[: COUNTED + 1].query.sql_with_params()
        oldest, _ = some.order_by("opened_at")[:1].query.sql_with_params()
        for kind in reader.kinds:
            parts.append(
                f"SELECT {place}, %s, count(*), CASE WHEN count(*) > {COUNTED} THEN ({oldest})"  # noqa: S608
                f" ELSE min(opened_at) END FROM ({few}) few"
            )
            about = [kind if each == _A_KIND else each for each in said]
            parameters += [kind, *about, *about]
    found: list[dict[str, Queue]] = [{} for _ in asked]
    for place, kind, count, oldest_at in fetch(" UNION ALL ".join(parts), parameters):
        if count:
            found[place][kind] = Queue(count, oldest_at)
    return found


_TITLES = """
    SELECT 'match_review', p.id::text, array_agg(g.title ORDER BY l.record_id)
    FROM matching_matchpair p
    JOIN mdm_crosswalklink l ON l.record_id IN (p.left_id, p.right_id) AND l.unlinked_at IS NULL
    JOIN mdm_goldenrecord g ON g.id = l.golden_id
    WHERE p.id = ANY(%s::bigint[]) GROUP BY p.id
    UNION ALL
    SELECT 'suspect_cluster', s.id::text, ARRAY[g.title] FROM matching_suspectcluster s
    JOIN mdm_goldenrecord g ON g.id = s.golden_id WHERE s.id = ANY(%s::bigint[])
    UNION ALL
    SELECT 'contested_pin', o.id::text, ARRAY[g.title] FROM mdm_override o
    JOIN mdm_goldenrecord g ON g.id = o.golden_id WHERE o.id = ANY(%s::bigint[])
    UNION ALL
    SELECT 'proposed_change', b.id::text, ARRAY[g.title] FROM mdm_ownershipbreach b
    JOIN mdm_crosswalklink l ON l.record_id = b.record_id AND l.unlinked_at IS NULL
    JOIN mdm_goldenrecord g ON g.id = l.golden_id WHERE b.id = ANY(%s::bigint[])
    UNION ALL
    SELECT 'contested_rate', g.id::text, ARRAY[g.title] FROM mdm_goldenrecord g
    WHERE g.id = ANY(%s::uuid[])
"""


_NAMED = ("match_review", "suspect_cluster", "contested_pin", "proposed_change", "contested_rate")


def titles(actor: access.Actor, tasks: Sequence[StewardshipTask]) -> dict[int, list[str]]:
    """What each task is about, by name, as far as the actor may see names."""
    subjects = [[each.subject for each in tasks if each.kind == kind] for kind in _NAMED]
    found = {(kind, subject): named for kind, subject, named in fetch(_TITLES, subjects)}
    return {
        each.pk: [
            access.title_for(actor, entity_type(each.domain), title)
            for title in found.get((each.kind, each.subject), [])
        ]
        for each in tasks
    }


def assignable(names: Collection[str], mine: str) -> list[str]:
    """People to whom a task can be given, the reader first."""
    return [mine, *sorted(set(names) - {mine})]
