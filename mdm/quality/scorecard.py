"""How good the data is by the last scoring of each domain, and how that went day by day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mdm.bulk import fetch
from mdm.domains import entity_type
from mdm.governance import access
from mdm.models import QualityRun
from mdm.quality.rules import QualityRule, rules_of
from mdm.schema import Dimension

DAYS = 30
GOLDEN = ""
"""Stands for golden records where a source system has its code."""

_LINES = """
    SELECT run.domain, coalesce(s.code, ''), q.rule, q.checked, q.failed, q.weight, q.accountable,
           q.steward
    FROM (SELECT DISTINCT ON (domain) id, domain FROM mdm_qualityrun
          WHERE domain = ANY(%s) AND scored_at <= %s ORDER BY domain, scored_at DESC, id DESC) run
    JOIN mdm_qualityscore q ON q.run_id = run.id
    LEFT JOIN mdm_sourcesystem s ON s.id = q.system_id
    ORDER BY run.domain, q.id
"""
_TREND = """
    SELECT run.domain, run.day, q.dimension, sum(q.checked)::bigint, sum(q.failed)::bigint,
           max(q.weight)
    FROM (SELECT DISTINCT ON (domain, day) id, domain, day
          FROM mdm_qualityrun, LATERAL (SELECT (scored_at AT TIME ZONE 'UTC')::date AS day) of
          WHERE domain = ANY(%s) AND scored_at > %s AND scored_at <= %s
          ORDER BY domain, day, scored_at DESC, id DESC) run
    JOIN mdm_qualityscore q ON q.run_id = run.id
    WHERE NOT run.domain || ' ' || q.rule = ANY(%s)
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many records of a dimension were looked at and failed, and what it weighs."""

    dimension: Dimension
    checked: int
    failed: int
    weight: int

    @property
    def share(self) -> float:
        """The share that did not fail, from 0 to 1."""
        return 1 - self.failed / self.checked


@dataclass(frozen=True, slots=True)
class Line(Tally):
    """What one rule found in one system, or in golden records, and who answers for it."""

    domain: str
    system: str
    rule: QualityRule
    accountable: str
    steward: str


def runs(domains: Sequence[str], as_of: datetime) -> dict[str, QualityRun]:
    """The last scoring of each domain at a moment; domains that never had one are left out."""
    found = QualityRun.objects.filter(domain__in=domains, scored_at__lte=as_of)
    newest = found.order_by("domain", "-scored_at", "-pk").distinct("domain")
    return {each.domain: each for each in newest}


def lines(actor: access.Actor, domains: Sequence[str], as_of: datetime) -> list[Line]:
    """What those scorings found, by the rules whose attributes the actor may see."""
    seen = {domain: visible_rules(actor, domain) for domain in domains}
    return [
        Line(
            dimension=seen[domain][rule].dimension,
            checked=checked,
            failed=failed,
            weight=weight,
            domain=domain,
            system=system,
            rule=seen[domain][rule],
            accountable=accountable,
            steward=steward,
        )
        for domain, system, rule, checked, failed, weight, accountable, steward in fetch(
            _LINES, [list(domains), as_of]
        )
        if rule in seen[domain]
    ]


def trend(
    actor: access.Actor, domains: Sequence[str], as_of: datetime
) -> dict[str, dict[date, list[Tally]]]:
    """The last scoring of each of the last days, by domain; as `lines` has it for one moment."""
    hidden = [
        f"{domain} {code}"
        for domain in domains
        for code in rules_of(entity_type(domain)).keys() - visible_rules(actor, domain).keys()
    ]
    found: dict[str, dict[date, list[Tally]]] = {}
    since = as_of - timedelta(days=DAYS)
    for domain, day, dimension, *counts in fetch(_TREND, [list(domains), since, as_of, hidden]):
        days = found.setdefault(domain, {})
        days.setdefault(day, []).append(Tally(Dimension(dimension), *counts))
    return found


def visible_rules(actor: access.Actor, domain: str) -> dict[str, QualityRule]:
    """The rules of a domain whose attributes the actor may see, by code."""
    declared = entity_type(domain)
    return {
        code: rule
        for code, rule in rules_of(declared).items()
        if all(access.may_see(actor, declared[name]) for name in rule.reads)
    }


def by_dimension(tallies: Iterable[Tally]) -> dict[Dimension, Tally]:
    """The tallies of each dimension added up; dimensions in which nothing was checked are not."""
    added: dict[Dimension, Tally] = {}
    for each in tallies:
        before = added.get(each.dimension, Tally(each.dimension, 0, 0, each.weight))
        checked, failed = before.checked + each.checked, before.failed + each.failed
        added[each.dimension] = Tally(each.dimension, checked, failed, each.weight)
    return {each: added[each] for each in Dimension if each in added}


def score(tallies: Iterable[Tally]) -> float | None:
    """The weighted mean of the shares of each dimension, from 0 to 1; None where nothing weighs."""
    parts = by_dimension(tallies).values()
    weight = sum(each.weight for each in parts)
    return sum(each.share * each.weight for each in parts) / weight if weight else None
