"""Who owns what from when on, brought in step with what a configuration says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from mdm import events, moment
from mdm.cause import Cause
from mdm.configuration.document import ConfigurationError, Document, Line, told_where
from mdm.domains import entity_type
from mdm.models import OwnershipRule, SourceSystem

_SINCE_EVER = date(2000, 1, 1)

Rule = tuple[int, int, str, Any]
"""Place, system id, who is accountable, and from when until when."""


@dataclass(frozen=True, slots=True)
class _Stage:
    """What one line says: the order of systems from a date on."""

    since: date
    systems: list[SourceSystem]
    accountable: str


def bring_in_step(lines: Sequence[Line], *, cause: Cause) -> list[str]:
    """Make the ownership register what the lines say; returns what changed, in words.

    Several lines about one attribute, or one domain, are its history. What was in force before
    the first of their dates stays, and ends there.
    """
    subjects: dict[tuple[str, str], list[Line]] = {}
    for place, line in lines:
        subject = (line["domain"], line.get("attribute") or "")
        subjects.setdefault(subject, []).append((place, line))
    for domain in sorted({domain for domain, _ in subjects}):
        moment.hold(domain)
    said = {subject: _subject(*subject, about) for subject, about in subjects.items()}
    for domain in sorted({domain for (domain, _), words in said.items() if words}):
        events.record("ownership.changed", domain=domain, content={}, cause=cause)
    return list(said.values())


def _subject(domain: str, attribute: str, lines: Sequence[Line]) -> str:
    with told_where(lines[0][0]):
        declared = entity_type(domain)
        if attribute:
            declared[attribute]
    stages = [_stage(*line) for line in lines]
    starts = [stage.since for stage in stages]
    if sorted(set(starts)) != starts:
        raise ConfigurationError(
            f"{lines[-1][0]}: lines about one subject follow each other; give each a later since"
        )
    wanted: set[Rule] = {
        (place, system.pk, stage.accountable, DateRange(since, until))
        for stage, (since, until) in zip(stages, pairwise([*starts, None]), strict=True)
        for place, system in enumerate(stage.systems, 1)
    }
    if not _replace(domain, attribute, wanted, starts[0]):
        return ""
    return f"{stages[-1].systems[0].code} owns {domain}.{attribute or '*'}"


def _stage(place: str, line: Document) -> _Stage:
    with told_where(place):
        codes = line["systems"]
        if not isinstance(codes, list) or len(set(map(str, codes))) < len(codes):
            raise ValueError("systems is a list of codes, each once, the owner first")
        return _Stage(_date(line.get("since")), list(map(registered, codes)), line["accountable"])


def _replace(domain: str, attribute: str, wanted: set[Rule], since: date) -> bool:
    """Make the rules from `since` on the wanted ones; False when they are already."""
    rules = OwnershipRule.objects.of(domain).filter(attribute=attribute)
    later = rules.filter(valid_on__startswith__gte=since)
    kept = {(each.place, each.system_id, each.accountable, each.valid_on) for each in later}
    before = list(rules.filter(valid_on__startswith__lt=since, valid_on__contains=since))
    if kept == wanted and not before:
        return False
    for rule in before:
        rule.valid_on = DateRange(rule.valid_on.lower, since)
        rule.save(update_fields=["valid_on"])
    later.delete()
    OwnershipRule.objects.bulk_create(
        OwnershipRule(
            domain=domain,
            attribute=attribute,
            place=place,
            system_id=system,
            accountable=accountable,
            valid_on=period,
        )
        for place, system, accountable, period in wanted
    )
    return True


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
