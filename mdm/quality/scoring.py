"""Scoring the records of a domain by its rules: three statements, however many records."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from mdm import events, work
from mdm.bulk import execute, fetch_named
from mdm.cause import Cause
from mdm.domains import ENTITY_TYPES, entity_type
from mdm.governance.ownership import Ranking, ranking
from mdm.models import Evaluation, QualityRun, QualityScore, QualityWeight, SourceSystem
from mdm.quality.rows import condition, rows
from mdm.quality.rules import Of, QualityRule, rules_of
from mdm.schema import Dimension
from mdm.work import Job

WORK = "score quality"
_MEMORY = "256MB"


@dataclass(frozen=True, slots=True)
class Counted:
    """How many records of a system (None: golden records) a rule was asked of, and failed."""

    rule: QualityRule
    system_id: int | None
    checked: int
    failed: int


def ask(domains: Sequence[str], *, cause: Cause) -> None:
    """Ask for a scoring of each domain; one that waits already is not asked for twice."""
    for domain in domains:
        work.enqueue(WORK, domain, cause=cause)


def ask_at_night(now: datetime) -> None:
    """Ask for the nightly scoring, once it is time for it."""
    work.ask_nightly(WORK, with_records(), now)


def with_records() -> list[str]:
    """The domains that have anything to score: those of which there ever was a golden record."""
    known = set(Evaluation.objects.values_list("domain", flat=True))
    return [name for name in ENTITY_TYPES if name in known]


def score(job: Job) -> None:
    """Work: count what fails by each rule of a domain, and keep it with weights and people."""
    domain, at = job.subject, job.cause.at
    started = time.perf_counter()
    counted: list[Counted] = []
    records = {True: 0, False: 0}
    steps = _steps(domain)
    for place, (stage, rules, golden) in enumerate(steps):
        job.progress(stage, place, len(steps))
        found, number = count(domain, rules, at, golden=golden)
        counted += found
        records[golden] = max(records[golden], number)
    with transaction.atomic():
        job.hold()
        run = QualityRun.objects.create(
            domain=domain,
            scored_at=at,
            source_records=records[False],
            golden_records=records[True],
            seconds=time.perf_counter() - started,
            correlation_id=job.cause.correlation_id,
        )
        QualityScore.objects.bulk_create(_scores(run, counted))
        events.record("quality.scored", domain=domain, content={"run": run.pk}, cause=job.cause)


def count(
    domain: str, rules: Sequence[QualityRule], at: datetime, *, golden: bool
) -> tuple[list[Counted], int]:
    """What `rules` count in one pass over the records, and how many records there are.

    Rules of the members of golden records are counted for golden and source records at once, and
    never with other rules.
    """
    sides = [(rule, "on_source") for rule in rules if rule.on_source and not golden]
    if golden or any(rule.of == Of.MEMBERS for rule in rules):
        sides += [(rule, "on_golden") for rule in rules if rule.on_golden]
    counts = ", ".join(_counts(rule, getattr(rule, side)) for rule, side in sides)
    statement = (
        f"SELECT system_id, count(*), {counts} FROM {rows(rules, golden=golden)} row GROUP BY 1"  # noqa: S608
    )
    with transaction.atomic():
        execute(f"SET LOCAL work_mem = '{_MEMORY}'")
        found = fetch_named(statement, {"domain": domain, "at": at})
    return _by_system(sides, found), sum(line[1] for line in found)


def weights(domain: str) -> dict[Dimension, int]:
    """How much each dimension weighs in the score of a domain; 1 where nobody said otherwise."""
    said = dict(QualityWeight.objects.filter(domain=domain).values_list("dimension", "weight"))
    return {each: said.get(each, 1) for each in Dimension}


@transaction.atomic
def weigh(domain: str, wanted: dict[Dimension, int], *, cause: Cause) -> None:
    """Give the dimensions of a domain other weights, and score it anew by them.

    Raises ValueError for weights that are negative or all 0.
    """
    if min(wanted.values()) < 0 or not any(wanted.values()):
        raise ValueError(gettext("weights are 0 or more, and one of them is more"))
    QualityWeight.objects.bulk_create(
        [
            QualityWeight(domain=domain, dimension=name, weight=said)
            for name, said in wanted.items()
        ],
        update_conflicts=True,
        unique_fields=["domain", "dimension"],
        update_fields=["weight"],
    )
    content = {"weights": {str(name): said for name, said in wanted.items()}}
    events.record("quality.weighed", domain=domain, content=content, cause=cause)
    ask([domain], cause=cause)


def _steps(domain: str) -> list[tuple[str, list[QualityRule], bool]]:
    """What is counted in one statement each: in words, by which rules, of golden records or not."""
    rules = list(rules_of(entity_type(domain)).values())
    each = [rule for rule in rules if rule.of == Of.EACH]
    members = [rule for rule in rules if rule.of == Of.MEMBERS]
    steps = [("source records", each, False), ("golden records", each, True)]
    return [*steps, ("what systems say of one thing", members, False)] if members else steps


def _counts(rule: QualityRule, conditions: tuple[str, str]) -> str:
    applies, fails = (condition(each, rule) for each in conditions)
    return f"count(*) FILTER (WHERE {applies}), count(*) FILTER (WHERE ({applies}) AND ({fails}))"


def _by_system(sides: list[tuple[QualityRule, str]], found: list[tuple[Any, ...]]) -> list[Counted]:
    """The counts of each rule; those of golden records are added up."""
    counted: list[Counted] = []
    for place, (rule, side) in enumerate(sides):
        pairs = [(line[0], line[2 + 2 * place], line[3 + 2 * place]) for line in found]
        if side == "on_golden":
            pairs = [(None, sum(pair[1] for pair in pairs), sum(pair[2] for pair in pairs))]
        counted += [Counted(rule, *pair) for pair in pairs if pair[1]]
    return counted


def _scores(run: QualityRun, counted: Sequence[Counted]) -> Iterator[QualityScore]:
    said = weights(run.domain)
    register = ranking(run.domain, run.scored_at.date())
    owners = dict(SourceSystem.objects.values_list("pk", "owner"))
    for each in counted:
        accountable, steward = _people(register, owners, each)
        yield QualityScore(
            run=run,
            system_id=each.system_id,
            rule=each.rule.code,
            dimension=each.rule.dimension,
            attribute=each.rule.attribute,
            checked=each.checked,
            failed=each.failed,
            weight=said[each.rule.dimension],
            accountable=accountable,
            steward=steward,
        )


def _people(register: Ranking, owners: dict[int, str], counted: Counted) -> tuple[str, str]:
    """Who answers: by the register for an attribute, the owner of the system for its promptness."""
    if not counted.rule.attribute and counted.system_id:
        return owners[counted.system_id], ""
    policy = register.policy(counted.rule.attribute)
    return (policy.accountable, policy.steward) if policy else ("", "")
