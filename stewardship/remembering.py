"""What an action of a steward needs to be undone: ids and nothing else, written and read here."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from matching.decisions import Made, numbered
from matching.models import Decision
from mdm import golden
from mdm.bulk import execute
from mdm.cause import Cause
from mdm.golden import Link
from stewardship.models import StewardAction

Kind = StewardAction.Kind


def hold(ids: Collection[UUID]) -> dict[UUID, list[Link]]:
    """The live links of golden records; feeds and deciders wait for their source records."""
    lock(link.record_id for links in golden.links_of(ids).values() for link in links)
    return golden.links_of(ids)


def lock(record_ids: Iterable[int]) -> None:
    """Lock source records, before golden records and in the order of ids, as feeds do."""
    execute(
        "SELECT FROM mdm_sourcerecord WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
        [sorted(record_ids)],
    )


def note(
    kind: StewardAction.Kind,
    domain: str,
    content: Mapping[str, Any],
    cause: Cause,
    batch: UUID | None = None,
) -> StewardAction:
    """Keep an action with the ids that its undoing needs."""
    return StewardAction.objects.create(
        kind=kind,
        domain=domain,
        content=content,
        batch=batch,
        done_by=cause.by,
        done_at=cause.at,
        correlation_id=cause.correlation_id,
    )


def note_regrouping(
    kind: StewardAction.Kind,
    domain: str,
    before: Mapping[UUID, Sequence[Link]],
    made: Sequence[Made],
    superseded: Sequence[Made],
    batch: UUID | None,
    cause: Cause,
) -> StewardAction:
    """Keep an action that moved links, or only decided, with the links and decisions before it."""
    links = {
        str(id_): [
            [each.record_id, each.method, each.match_weight, each.rule_version,
             [str(way) for way in each.via]]
            for each in rows
        ]
        for id_, rows in before.items()
    }  # fmt: skip
    content = {"before": links, "made": _named(made), "superseded": _named(superseded)}
    return note(kind, domain, content, cause, batch)


def links_before(action: StewardAction) -> dict[UUID, list[Link]]:
    """The links of the golden records that the action regrouped, as they were."""
    return {
        UUID(id_): [
            Link(record_id, method, weight, rule, tuple(map(UUID, via)))
            for record_id, method, weight, rule, via in rows
        ]
        for id_, rows in action.content["before"].items()
    }


def decisions_of(action: StewardAction, what: str) -> list[Made]:
    """The decisions that the action "made", or that it "superseded"."""
    return _numbered(action.content[what])


def name_of(decision: Made) -> str:
    """A decision as forms name it."""
    return f"{'pair' if isinstance(decision, Decision) else 'group'}-{decision.pk}"


def renewed_as(ended: Iterable[Made]) -> list[Made]:
    """The decisions that hold in place of those that undoing brought back; else the same ones."""
    holding = list(ended)
    while renewed := _renewed(holding):
        holding = [renewed.get(name_of(each), each) for each in holding]
    return holding


def _renewed(ended: Collection[Made]) -> dict[str, Made]:
    """What undoing brought decisions back as, by the names of those that ended."""
    if not ended:
        return {}
    named = {name_of(each) for each in ended}
    undone = StewardAction.objects.filter(
        domain__in={each.domain for each in ended},
        undone_at__isnull=False,
        content__renewed__has_any_keys=list(named),
    )
    became = {
        name: (name.partition("-")[0], number)
        for renewed in undone.values_list("content__renewed", flat=True)
        for name, number in renewed.items()
        if name in named
    }
    found = {name_of(each): each for each in _numbered(became.values())}
    return {name: found[f"{kind}-{number}"] for name, (kind, number) in became.items()}


def _numbered(named: Collection[tuple[str, int]]) -> list[Made]:
    return numbered(
        [pk for kind, pk in named if kind == "pair"], [pk for kind, pk in named if kind == "group"]
    )


def _named(made: Sequence[Made]) -> list[tuple[str, int]]:
    return [("pair" if isinstance(each, Decision) else "group", each.pk) for each in made]
