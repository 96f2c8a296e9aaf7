"""Applying one chunk of a batch: standardise rows, store records, rebuild what they feed."""

from collections import Counter
from dataclasses import replace
from typing import Any

import orjson

from mdm import crosswalk, golden, sources
from mdm.attribute_types import AttributeType, Reference
from mdm.cause import Cause
from mdm.domains import entity_type
from mdm.feeds.landing import store_rows
from mdm.feeds.mapping import Mapping, compile_mapping
from mdm.feeds.readers import ABSENT, RowProblem, excerpt
from mdm.feeds.standardising import Standardised, Standardiser, Surroundings
from mdm.models import BlockedValue, Feed, FeedBatch, FeedRow, SourceSystem
from mdm.sources import Arrival
from mdm.standardise.text import fold

Counts = dict[str, int]


def mapping_of(batch: FeedBatch) -> Mapping:
    """The compiled mapping with which a batch is read."""
    return compile_mapping(batch.specification, entity_type(batch.feed.domain))


def surroundings(feed: Feed) -> Surroundings:
    """What the standardiser must know of the hub for a feed."""
    blocked: dict[str, set[str]] = {}
    for each in BlockedValue.objects.filter(domain__in=("", feed.domain)):
        blocked.setdefault(each.attribute, set()).add(fold(each.value))
    return Surroundings(
        systems=frozenset(SourceSystem.objects.values_list("code", flat=True)),
        blocked={attribute: frozenset(values) for attribute, values in blocked.items()},
        time_zone=feed.system.time_zone,
    )


def apply(batch: FeedBatch, content: dict[str, Any], *, cause: Cause) -> Counts:
    """Apply a chunk's content in the caller's transaction; returns rows per outcome.

    A dry run standardises and judges every row, and stores only the rows with problems.
    """
    if "missing" in content:
        return _inactivate(batch, content["missing"], cause)
    chunk = _Chunk(batch, content)
    if batch.dry_run:
        outcomes = sources.preview(batch.feed, chunk.arrivals)
    else:
        upserted = sources.upsert(batch.feed, batch, chunk.arrivals, cause=cause)
        outcomes = upserted.outcomes
        _rebuild(batch.feed.domain, upserted.changed_ids, cause)
    return chunk.settle(outcomes)


def arrivals(batch: FeedBatch, content: dict[str, Any]) -> list[Arrival]:
    """The records that the rows of a chunk's content make, without those that have problems."""
    return _Chunk(batch, content).arrivals if "rows" in content else []


def _inactivate(batch: FeedBatch, record_ids: list[int], cause: Cause) -> Counts:
    if not batch.dry_run:
        sources.inactivate(record_ids, cause=cause)
        _rebuild(batch.feed.domain, record_ids, cause)
    return {"inactivated": len(record_ids)}


def _rebuild(domain: str, record_ids: list[int], cause: Cause) -> None:
    """Derive again the golden records that linked source records feed."""
    if record_ids:
        golden.rebuild(domain, golden.fed_by(record_ids), cause=cause)


class _Chunk:
    """The rows of one chunk, on their way to become arrivals."""

    def __init__(self, batch: FeedBatch, content: dict[str, Any]) -> None:
        self.batch = batch
        self.columns, self.numbers = content["columns"], content["numbers"]
        self.rows, self.keys = content["rows"], content["keys"]
        standardiser = Standardiser(mapping_of(batch), self.columns, surroundings(batch.feed))
        records, self.problems = standardiser.standardise(self.numbers, self.rows)
        self._check_references(standardiser.mapping, records)
        self.places = [at for at, problem in enumerate(self.problems) if problem is None]
        self.arrivals = [
            self._arrival(at, records[at], bytes.fromhex(content["hashes"][at]))
            for at in self.places
        ]

    def settle(self, outcomes: list[str]) -> Counts:
        """Store the rows that were not applied; returns rows per outcome."""
        quarantined = [
            replace(problem, source_key=key)
            for problem, key in zip(self.problems, self.keys, strict=True)
            if problem
        ]
        stale: list[RowProblem] = []
        counts = Counter(outcomes)
        for at, outcome in zip(self.places, outcomes, strict=True):
            if outcome in _REFUSALS:
                quarantined.append(self._problem(at, *_REFUSALS[outcome]))
            elif outcome == sources.STALE:
                stale.append(self._problem(at, *_STALE))
        store_rows(self.batch, quarantined, FeedRow.Outcome.QUARANTINED)
        store_rows(self.batch, stale, FeedRow.Outcome.STALE)
        kept = {outcome: count for outcome, count in counts.items() if outcome not in _REFUSALS}
        return {**kept, "quarantined": len(quarantined)}

    def _check_references(self, mapping: Mapping, records: list[Standardised]) -> None:
        """Find references that must lead to a source record and do not."""
        for entry in mapping.entries:
            if not entry.must_exist:
                continue
            name = entry.attribute.name
            references = [record.attributes.get(name) for record in records]
            known = _known_references(entry.attribute.type, references)
            for at, reference in enumerate(references):
                if reference and (reference["system"], reference["key"]) not in known:
                    self.problems[at] = self.problems[at] or self._problem(
                        at, *_DANGLING, column=entry.column(), reference=reference
                    )

    def _arrival(self, at: int, record: Standardised, content_hash: bytes) -> Arrival:
        return Arrival(
            source_key=self.keys[at],
            raw=orjson.dumps(self._raw(at)).decode(),
            content_hash=content_hash,
            attributes=record.attributes,
            source_updated_at=record.source_updated_at,
            exposures=record.exposures,
            doubtful=record.doubtful,
        )

    def _raw(self, at: int) -> dict[str, Any]:
        """The row as it came; empty cells of the batch's columns go without saying."""
        cells = zip(self.columns, self.rows[at], strict=True)
        return {column: cell for column, cell in cells if cell != "" and cell != ABSENT}

    def _problem(
        self, at: int, cause: str, message: str, remedy: str, column: str = "", **said: Any
    ) -> RowProblem:
        number, key, system = self.numbers[at], self.keys[at], self.batch.feed.system.code
        message = message.format(number=number, key=key, system=system, column=column, **said)
        cells = zip(self.columns, self.rows[at], strict=True)
        raw = excerpt({name: cell for name, cell in cells if cell != ABSENT})
        return RowProblem(number, column, cause, message, remedy, raw, key)


def _known_references(
    type_: AttributeType, references: list[dict[str, str] | None]
) -> set[tuple[str, str]]:
    """The (system, key) pairs among `references` under which a source record exists."""
    if not isinstance(type_, Reference):
        return set()
    pairs = {(each["system"], each["key"]) for each in references if each}
    return set(crosswalk.records_of(type_.domain, pairs))


_DANGLING = (
    "reference",
    "Row {number}, {column}: {reference[system]} has no record with the key {reference[key]!r}.",
    "Correct the key, or load that record first and resubmit this row.",
)
_STALE = (
    "stale",
    "Row {number}: a newer version of {key!r} arrived before.",
    "Nothing is to be done; the newer version stands.",
)
_REFUSALS = {
    sources.UNKNOWN_KEY: (
        "reference",
        "Row {number}: {system} has no record with the key {key!r}.",
        "Correct the key, or load the record first and resubmit this row.",
    ),
    sources.INCOMPLETE: (
        "missing",
        "Row {number}: {key!r} is new, and a required value is missing.",
        "Fill it in, or load the record first and resubmit this row.",
    ),
}
