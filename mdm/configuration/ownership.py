"""Who owns what from when on, brought in step with what a configuration says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from mdm import events, moment
from mdm.cause import Cause
from mdm.configuration.document import ConfigurationError, Document, Line, told_where
from mdm.domains import entity_type
from mdm.governance import trade
from mdm.governance.ownership import beginnings, ranking, subject_of
from mdm.models import OwnershipRule, OwnershipSegment, SourceSystem

_SINCE_EVER = date(2000, 1, 1)
NOBODY = "nobody"
"""In the place of systems: on purpose nobody owns it."""
INHERITED = "inherited"
"""In the place of systems: no rule of its own from then on, so that a wider one decides."""

_SAID = ("system_id", "place", "on_breach", *OwnershipRule.PEOPLE, "review_on", "valid_on")

Subject = tuple[str, str, str]
"""Domain, attribute or group of them, and segment; the latter two may be empty."""


@dataclass(frozen=True, slots=True)
class _Stage:
    """What one line says: the order of systems from a date on, and what goes with it."""

    since: date
    systems: list[int | None]
    said: dict[str, Any]

    def rules(self, until: date | None) -> list[dict[str, Any]]:
        period = DateRange(self.since, until)
        return [
            {**self.said, "system_id": system, "place": place, "valid_on": period}
            for place, system in enumerate(self.systems, 1)
        ]


def bring_in_step(
    lines: Sequence[Line], *, segments: Sequence[Line] = (), cause: Cause
) -> list[str]:
    """Make the ownership register what the lines say; returns what changed, in words.

    Several lines about one attribute, or one domain, are its history. What was in force before
    the first of their dates stays, and ends there.
    """
    for domain in sorted({str(line["domain"]) for _, line in (*segments, *lines)}):
        moment.hold(domain)
    told = [(line["domain"], _segment(place, line)) for place, line in segments]
    subjects: dict[Subject, list[Line]] = {}
    for place, line in lines:
        with told_where(place):
            subjects.setdefault(subject_in(line), []).append((place, line))
    said = {subject: _history(subject, about, cause.at) for subject, about in subjects.items()}
    moved = {domain for domain, change in told if change.moves}
    moved |= {domain for (domain, *_), words in said.items() if words}
    for domain in sorted(moved):
        _refuse_cycle(domain, cause.at.date())
        events.record("ownership.changed", domain=domain, content={}, cause=cause)
    return [*(change.words for _, change in told), *said.values()]


@dataclass(frozen=True, slots=True)
class _Change:
    """What became of a segment, in words; whether it may hold other golden records now."""

    words: str = ""
    moves: bool = False


def _segment(place: str, line: Document) -> _Change:
    """Make a segment what the line says."""
    with told_where(place):
        declared = entity_type(line["domain"])
        declared[line["attribute"]]
        values = line["is_one_of"]
        if not isinstance(values, list):
            raise ValueError("is_one_of is a list of values, any of which makes it one")
    named = {"domain": line["domain"], "code": line["code"]}
    wanted = {
        "label": line["label"],
        "attribute": line["attribute"],
        "part": line.get("part") or "",
        "is_one_of": [str(each) for each in values],
    }
    known = OwnershipSegment.objects.filter(**named)
    before = known.values(*wanted).first()
    if before is None:
        OwnershipSegment.objects.create(**named, **wanted)
        return _Change(f"segment {line['code']} created")
    changed = [name for name in wanted if before[name] != wanted[name]]
    if not changed:
        return _Change()
    known.update(**wanted)
    words = f"segment {line['code']} has another {', '.join(changed)}".replace("_", " ")
    return _Change(words, moves=changed != ["label"])


def subject_in(line: Document) -> Subject:
    """What a line is about. Raises ValueError where there is no such thing."""
    domain, attribute = line["domain"], line.get("attribute") or ""
    segment = line.get("segment") or ""
    if domain not in trade.OBJECTS:
        raise ValueError(f"there is no {domain!r}; use one of {', '.join(trade.OBJECTS)}")
    if attribute:
        attribute = _attribute(domain, attribute)
    if segment and not OwnershipSegment.objects.filter(domain=domain, code=segment).exists():
        raise ValueError(f"there is no segment {segment!r} of {domain}; list it under segments")
    return domain, attribute, segment


def _attribute(domain: str, name: str) -> str:
    """What a rule about `name` is kept under: a group stands for each of its attributes."""
    declared = entity_type(domain)
    groups = {each.group for each in declared.attributes}
    return name if name in groups else subject_of(declared, declared[name].name)


def _refuse_cycle(domain: str, today: date) -> None:
    """Refuse a register by which, now or from a later day on, a value's owner depends on itself."""
    if not trade.is_mastered(domain):
        return
    for on in beginnings(domain, today):
        with told_where(f"ownership of {domain} on {on}"):
            ranking(domain, on).units()


def _history(subject: Subject, lines: Sequence[Line], at: datetime) -> str:
    stages = [_stage(*line) for line in lines]
    starts = [stage.since for stage in stages]
    if sorted(set(starts)) != starts:
        raise ConfigurationError(
            f"{lines[-1][0]}: lines about one subject follow each other; give each a later since"
        )
    wanted = [
        rule
        for stage, until in zip(stages, [*starts[1:], None], strict=True)
        for rule in stage.rules(until)
    ]
    if not _replace(subject, wanted, starts[0], at):
        return ""
    domain, attribute, segment = subject
    codes = lines[-1][1]["systems"]
    owner = codes if isinstance(codes, str) else codes[0]
    return f"{owner} owns {domain}.{attribute or '*'}{f' of {segment}' if segment else ''}"


def _stage(place: str, line: Document) -> _Stage:
    with told_where(place):
        codes = line["systems"]
        on_breach = line.get("on_breach") or OwnershipRule.OnBreach.IGNORE
        if on_breach not in OwnershipRule.OnBreach.values:
            raise ValueError(f"on_breach is one of {', '.join(OwnershipRule.OnBreach.values)}")
        said = {
            "on_breach": str(on_breach),
            "review_on": _date(line["review_on"]) if line.get("review_on") else None,
            **{person: str(line.get(person) or "") for person in OwnershipRule.PEOPLE},
        }
        since = _date(line.get("since"))
        if codes in (NOBODY, INHERITED):
            return _Stage(since, [None] if codes == NOBODY else [], said)
        if not isinstance(codes, list) or len(set(map(str, codes))) < len(codes):
            raise ValueError(
                "systems is a list of codes, each once, the owner first; nobody; or inherited"
            )
        return _Stage(since, [registered(code).pk for code in codes], said)


def _replace(subject: Subject, wanted: list[dict[str, Any]], since: date, at: datetime) -> bool:
    """Make the rules from `since` on the wanted ones; False when they are already."""
    domain, attribute, segment = subject
    rules = OwnershipRule.objects.of(domain).filter(attribute=attribute, segment=segment)
    later = rules.filter(valid_on__startswith__gte=since)
    before = list(rules.filter(valid_on__startswith__lt=since, valid_on__contains=since))
    if set(later.values_list(*_SAID)) == {_said(rule) for rule in wanted} and not before:
        return False
    ending = [
        {**{name: getattr(rule, name) for name in _SAID}, "valid_on": DateRange(start, since)}
        for rule in before
        if (start := rule.valid_on.lower)
    ]
    withdrawn = [*before, *later]
    rules.filter(pk__in=[each.pk for each in withdrawn]).update(withdrawn_at=at)
    OwnershipRule.objects.bulk_create(
        OwnershipRule(domain=domain, attribute=attribute, segment=segment, recorded_at=at, **rule)
        for rule in (*ending, *wanted)
    )
    return True


def _said(rule: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(rule[name] for name in _SAID)


def registered(code: Any) -> SourceSystem:
    """The source system of that code; ValueError says which ones there are."""
    system = SourceSystem.objects.filter(code=str(code)).first()
    if system is None:
        codes = SourceSystem.objects.order_by("code").values_list("code", flat=True)
        raise ValueError(
            f"there is no source system {code!r}; list it under systems, or use one of"
            f" {', '.join(codes)}"
        )
    return system


def _date(given: Any) -> date:
    if given is None:
        return _SINCE_EVER
    try:
        text = given.isoformat() if isinstance(given, date) else str(given)
        if isinstance(given, datetime):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"since {given!r} is no date; write it like 2026-01-31") from None
