"""Two feeds of the same people, and what the hub makes of them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from matching.domains import MODELS
from matching.engine.weights import Weights
from matching.models import MatchRun
from mdm import configuration, invariants
from mdm.bulk import fetch
from mdm.cause import Cause, mint_correlation_id
from mdm.feeds import batches
from mdm.feeds.generator.benchmark import write_benchmark
from mdm.models import Feed, FeedBatch, Work
from stewardship.demo import samples

FEEDS = {"crm-contacts": "contacts_crm.csv", "erp-contacts": "contacts_erp.csv"}
RECORDS = 3_000
ROWS_IN_A_CHUNK = 250

SourceKey = tuple[str, str]


@dataclass(frozen=True)
class Outcome:
    """What the hub made of the feeds, in terms that every run shares: systems, keys and values."""

    ledgers: dict[str, dict[str, int]]
    versions: dict[SourceKey, int]
    golden: dict[frozenset[SourceKey], str]
    broken_invariants: list[str]


def write(folder: Path) -> Path:
    """Write the files of both feeds into a folder."""
    write_benchmark("contact", RECORDS, seed=2, folder=folder)
    return folder


def register() -> None:
    """Register both feeds as the demo does, but without employers, as no client is loaded."""
    forget_everything()
    document = samples.document()
    feeds = [_without_employers(each) for each in document["feeds"] if each["code"] in FEEDS]
    configuration.apply({**document, "feeds": feeds}, cause=_cause())
    _know_the_weights()


def forget_everything() -> None:
    """Empty all tables, also of dead rows of other tests, by which the planner is misled."""
    call_command("flush", interactive=False, verbosity=0)


def _without_employers(feed: dict[str, Any]) -> dict[str, Any]:
    mapping = feed["mapping"]
    kept = [each for each in mapping["attributes"] if each["attribute"] != "client"]
    return {**feed, "mapping": {**mapping, "attributes": kept}}


def _know_the_weights() -> None:
    """Let matching find weights to go on with: those it learns depend on the order of arrival."""
    model = MODELS["contact"]
    MatchRun.objects.create(
        domain="contact",
        correlation_id=mint_correlation_id(),
        model_version=f"{model.domain}-{model.version}",
        weights=Weights.of(model).to_dict(),
        review_at=model.review_at,
        merge_at=model.merge_at,
        records=RECORDS,
        state=MatchRun.State.FINISHED,
        started_at=timezone.now(),
    )


def receive(code: str, folder: Path) -> int:
    """Receive the file of a feed; returns the id of the batch."""
    feed = Feed.objects.select_related("system").get(code=code)
    parts = _parts(folder / FEEDS[code])
    return batches.receive(feed, FEEDS[code], parts, cause=_cause()).pk


def _parts(path: Path) -> Iterator[bytes]:
    yield path.read_bytes()


def _cause() -> Cause:
    return Cause(timezone.now(), "user:ann", mint_correlation_id())


def is_golden(batch_id: int) -> bool:
    """Whether a batch is matched, and nothing else is left to do either."""
    open_work = Work.objects.filter(state__in=[Work.State.WAITING, Work.State.RUNNING])
    matched = FeedBatch.objects.exclude(matched_at=None)
    return matched.filter(pk=batch_id).exists() and not open_work.exists()


def outcome() -> Outcome:
    """How the hub stands now."""
    return Outcome(
        ledgers={
            batch.feed.code: {"received": batch.received, **batch.ledger}
            for batch in FeedBatch.objects.select_related("feed")
        },
        versions=_versions(),
        golden=_golden(),
        broken_invariants=[each.name for each in invariants.check() if each.count],
    )


def unlike(found: Mapping[Any, Any], expected: Mapping[Any, Any]) -> list[Any]:
    """Some of the keys under which two mappings differ, few enough to be read."""
    keys = found.keys() | expected.keys()
    return [key for key in keys if found.get(key) != expected.get(key)][:5]


def _versions() -> dict[SourceKey, int]:
    rows = fetch(
        "SELECT s.code, r.source_key, r.version FROM mdm_sourcerecord r"
        " JOIN mdm_sourcesystem s ON s.id = r.system_id"
    )
    return {(system, key): version for system, key, version in rows}


def _golden() -> dict[frozenset[SourceKey], str]:
    """The attributes of each standing golden record, by the source records linked to it."""
    rows = fetch(
        """
        SELECT g.attributes::text, array_agg(s.code), array_agg(r.source_key)
        FROM mdm_goldenrecord g
        JOIN mdm_crosswalklink l ON l.golden_id = g.id AND l.unlinked_at IS NULL
        JOIN mdm_sourcerecord r ON r.id = l.record_id
        JOIN mdm_sourcesystem s ON s.id = r.system_id
        WHERE g.merged_into_id IS NULL GROUP BY g.id
        """
    )
    return {
        frozenset(zip(systems, keys, strict=True)): _as_text(json.loads(attributes))
        for attributes, systems, keys in rows
    }


def _as_text(attributes: dict[str, Any]) -> str:
    """Attributes with their lists sorted: items of equal rank stand in the order of arrival."""
    ordered = {
        name: sorted(value) if isinstance(value, list) else value
        for name, value in attributes.items()
    }
    return json.dumps(ordered, sort_keys=True)
