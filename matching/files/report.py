"""A trial in words, line by line."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from matching.engine.arrays import MISSING
from matching.engine.match import Outcome
from matching.files.evidence import Evidence
from matching.files.guessing import Role, Use, shown
from matching.files.table import Table
from matching.files.trial import Trial
from matching.files.truth import Qualities, Quality
from mdm.standardise.reading import Reading

_EXAMPLES = 5
_LISTED = 30  # columns
_DATES = {"dmy": "day, month, year", "mdy": "month, day, year", "ymd": "year, month, day"}
_SIZES = (2, 3, 4, 10, 30, 100, 1_000)


def of_table(table: Table) -> Iterator[str]:
    """What was read, and which rows could not be."""
    yield f"{_many(len(table), 'row')} in {_many(len(table.columns), 'column')}"
    if table.unreadable:
        yield f"left out, as it cannot be read: {_many(table.unreadable, 'further row')}"
        yield from (f"  {problem.message} {problem.remedy}" for problem in table.problems)


def of_uses(uses: Sequence[Use], reading: Reading) -> Iterator[str]:
    """What is made of each column and why; columns that are ignored for one reason together."""
    for role in (Role.EVIDENCE, Role.KEY, Role.TRUTH):
        for use in uses:
            if use.role is role:
                what = f"compared as {use.target}" if use.target else role.value
                yield f"  {shown(use.column)} {what}: {use.reason}"
    ignored: dict[str, list[str]] = {}
    for use in uses:
        if use.role is Role.IGNORED:
            ignored.setdefault(use.reason, []).append(shown(use.column))
    for reason, columns in ignored.items():
        more = f" and {len(columns) - _LISTED:,} more" * (len(columns) > _LISTED)
        yield f"  {', '.join(columns[:_LISTED])}{more} ignored: {reason}"
    if any(use.target and use.target.attribute.endswith(("date", "birth")) for use in uses):
        yield f"  dates like 4/5/2024 are read as {_DATES[reading.date_order]} (--date-order)"


def of_evidence(evidence: Evidence, reading: Reading) -> Iterator[str]:
    """What could not be read, with an example and what would mend it."""
    for each in evidence.unreadable:
        values = "value is" if each.count == 1 else "values are"
        fate = "compared as written, but unusual" if each.kept else "dropped"
        yield (
            f"  {shown(each.column)}: {each.count:,} {values} {fate}, first in row {each.row}:"
            f" {each.message}; {each.remedy}"
        )
    if not reading.country and any(
        "country is not known" in each.message for each in evidence.unreadable
    ):
        yield "  --country, like --country US, reads phone numbers without a country code in full"


def of_trial(trial: Trial, table: Table) -> Iterator[str]:
    """Passes, pairs, clusters, and what was refused."""
    yield from _passes(trial)
    yield from _weights(trial)
    yield from _pairs(trial)
    yield from _clusters(trial)
    yield from _common(trial)
    yield from _refusals(trial, table)


def of_truth(qualities: Qualities, table: Table) -> Iterator[str]:
    """How right it is."""
    clusters = qualities.clusters
    judged, pairs = _many(qualities.judged, "row"), _many(clusters.true, "pair")
    yield f"against the truth of {judged}, {pairs}:"
    if qualities.judged < len(table):
        yield f"  without truth, and not counted: {_many(len(table) - qualities.judged, 'row')}"
    yield _quality("final clusters", clusters)
    yield _quality("automatic pairs", qualities.automatic)
    yield _quality("automatic and review pairs", qualities.with_review)


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" + "s" * (count != 1)


def _passes(trial: Trial) -> Iterator[str]:
    total = sum(trial.new_pairs)
    yield f"compared: {_many(total, 'pair')}, found by these passes"
    yield f"  {'pairs':>10} {'new':>10} {'largest block':>14}"
    idle = []
    for report, new in zip(trial.result.passes, trial.new_pairs, strict=True):
        if not report.records:
            idle.append(report.name)
            continue
        capped = f" ({report.oversized:,} too large, compared in part)" if report.oversized else ""
        yield f"  {report.pairs:>10,} {new:>10,} {report.largest:>14,}  {report.name}{capped}"
    if idle:
        yield f"  without values: {', '.join(idle)}"


def _weights(trial: Trial) -> Iterator[str]:
    model, weights = trial.model, trial.weights
    records = len(trial.frame)
    learned = "learned from the file" if weights.trained_on else "as the model ships with them"
    yield (
        f"weights {learned}; any two records start from {weights.prior_among(records):.1f} bits;"
        f" review from {model.review_at:g}, merge from {model.merge_at:g} bits"
    )


def _pairs(trial: Trial) -> Iterator[str]:
    outcomes = Counter(trial.result.outcomes.tolist())
    said = {
        "in one cluster": outcomes[Outcome.MERGE],
        "for a person to review": outcomes[Outcome.REVIEW],
        "kept apart by an identifier": outcomes[Outcome.VETO],
        "strong but refused": outcomes[Outcome.REFUSED],
    }
    listed = ", ".join(f"{count:,} {words}" for words, count in said.items() if count)
    yield f"{_many(len(trial.result.pairs), 'scored pair')}: {listed or 'none comes near'}"


def _clusters(trial: Trial) -> Iterator[str]:
    sizes = np.bincount(trial.cluster)[1:]
    alone = int((sizes == 1).sum())
    yield (
        f"{_many(len(trial.frame), 'record')} in {_many(len(sizes), 'cluster')}: {alone:,} alone,"
        f" {len(sizes) - alone:,} of several"
    )
    bounds = zip(_SIZES, (*_SIZES[1:], len(trial.frame) + 1), strict=True)
    for least, above in bounds:
        count = int(((sizes >= least) & (sizes < above)).sum())
        if count:
            span = f"{least}" if above == least + 1 else f"{least:,} to {above - 1:,}"
            yield f"  {count:>10,} of {span} records"
    copies = int((trial.copy_of >= 0).sum())
    if copies:
        yield f"  with another row that they repeat in every column: {_many(copies, 'row')}"


def _common(trial: Trial) -> Iterator[str]:
    """Rows that say the same and are apart: the engine takes what they say for common."""
    told = np.flatnonzero((trial.frame.matrix != MISSING).any(axis=1))
    _, alike = np.unique(trial.frame.matrix[told], axis=0, return_inverse=True)
    pairs = np.unique(np.stack([alike.ravel(), trial.cluster[told]]), axis=1)
    several = np.bincount(pairs[0]) > 1
    count = int(several[alike.ravel()].sum())
    if count:
        yield (
            f"  alike in all that is compared and yet apart: {_many(count, 'row')}, whose values"
            " are too common to prove anything; compare more columns"
        )


def _refusals(trial: Trial, table: Table) -> Iterator[str]:
    refusals = trial.result.clusters.refusals
    for reason, count in Counter(each.reason for each in refusals).items():
        first = [each for each in refusals if each.reason == reason][:_EXAMPLES]
        rows = ", ".join(
            f"{table.numbers[each.left]}–{table.numbers[each.right]}" for each in first
        )
        yield f"{_many(count, 'link')} refused, {reason}: rows {rows}{' …' * (count > len(first))}"
    for shared in trial.result.shared_identifiers[:_EXAMPLES]:
        yield f"a {shared.identifier} that {shared.records:,} rows share identifies nothing"


def _quality(what: str, quality: Quality) -> str:
    return (
        f"  {what}: precision {quality.precision:.4f}, recall {quality.recall:.4f},"
        f" F1 {quality.f1:.4f} ({quality.right:,} of {quality.found:,} found are right)"
    )
