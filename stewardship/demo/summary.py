"""What the demo did, so that a person can check it."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Count
from rich.console import RenderableType
from rich.table import Table

from matching.domains import MODELS
from matching.explaining import explanation_of
from matching.models import MatchPair
from mdm import crosswalk
from mdm.domains import ENTITY_TYPES
from mdm.management.console import console
from mdm.models import FeedBatch, FeedRow, GoldenRecord, SourceRecord
from stewardship.demo import truth
from stewardship.demo.truth import Quality

_SAMPLED_PAIRS = 3


def show(batches: Sequence[FeedBatch], seconds: dict[str, float]) -> None:
    """Print the ledgers, what became of the records, how right that is, and how long it took."""
    _say(
        "Feed batches: rows received, and what became of them (* generated rows)",
        *_ledgers(batches),
    )
    _say("Golden records", _golden_records())
    _say("Against the known truth, over pairs of records of two systems", _qualities())
    _say("The most instructive pairs that wait for a person", *map(_in_words, _instructive_pairs()))
    _say("One cross-reference, both ways", *_crossreference())
    _say(
        "Wall time",
        *(f"  {stage:<42} {spent:5.1f} s" for stage, spent in seconds.items()),
        f"  {'together':<42} {sum(seconds.values()):5.1f} s",
    )


def _say(title: str, *content: RenderableType) -> None:
    console.print(f"\n[bold]{title}[/bold]")
    for part in content:
        console.print(part)


def _table(*headings: str) -> Table:
    """A plain table whose first column is text, the others numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("  " + headings[0])
    for heading in headings[1:]:
        table.add_column(heading, justify="right", vertical="bottom")
    return table


def _ledgers(batches: Sequence[FeedBatch]) -> Iterator[str]:
    for batch in batches:
        name = batch.feed.name + ("*" if batch.feed.synthetic else "")
        yield f"  {name:<33} {batch.received:>5,} = {_sum_of(batch)}"
        if batch.out_of_scope:
            yield f"    out of scope: {_out_of_scope(batch)}"


def _sum_of(batch: FeedBatch) -> str:
    counts = ((count, name.replace("_", " ")) for name, count in batch.ledger.items())
    return " + ".join(f"{count:,} {name}" for count, name in counts if count) or "0"


def _out_of_scope(batch: FeedBatch) -> str:
    """Why rows are none of the feed's business, the most frequent reason first."""
    outside = batch.rows.filter(outcome=FeedRow.Outcome.OUT_OF_SCOPE).values_list("message")
    counted = outside.annotate(count=Count("pk")).order_by("-count", "message")
    return ", ".join(f"{message.partition(',')[0]} {count:,}" for message, count in counted)


def _golden_records() -> Table:
    table = _table(
        "domain", "source\nrecords", "golden\nrecords", "merged\nby itself", "waiting\nfor review",
        "kept apart\nby a veto",
    )  # fmt: skip
    sources = _counted(SourceRecord.objects.values("domain"))
    golden = _counted(GoldenRecord.objects.standing().values("domain"))
    pending = _counted(MatchPair.objects.filter(state="pending").values("domain"))
    vetoed = _counted(MatchPair.objects.filter(state="vetoed").values("domain"))
    for domain in ENTITY_TYPES:
        all_, standing = sources.get(domain, 0), golden.get(domain, 0)
        counts = (all_, standing, all_ - standing, pending.get(domain, 0), vetoed.get(domain, 0))
        table.add_row(f"  {domain}", *(f"{count:,}" for count in counts))
    return table


def _qualities() -> Table:
    table = _table(
        "set", "merge,\nreview at", "true\npairs", "\nprecision", "\nrecall", "recall with\nreview",
        "reviews\nper find",
    )  # fmt: skip
    for title, domain, quality in _measured():
        model = MODELS[domain]
        table.add_row(
            f"  {title}",
            f"{model.merge_at:g}, {model.review_at:g} bits",
            f"{quality.true:,}",
            f"{quality.precision:.4f}",
            f"{quality.recall:.4f}",
            f"{quality.recall_with_review:.4f}",
            f"{quality.asked_per_find:.2f}",
        )
    return table


def _measured() -> Iterator[tuple[str, str, Quality]]:
    for title, domain, entities in truth.SETS:
        yield title, domain, truth.measure(domain, entities())


def _instructive_pairs() -> list[MatchPair]:
    """Pending client pairs in which strong evidence stands on both sides, each in its own way."""
    waiting = MatchPair.objects.filter(state="pending", domain="client")
    pairs = waiting.select_related("run", "left__system", "right__system")

    def tension(pair: MatchPair) -> float:
        bits = pair.weights
        return min(sum(b for b in bits if b > 0), -sum(b for b in bits if b < 0))

    ways: dict[tuple[int, ...], MatchPair] = {}
    for pair in sorted(pairs, key=lambda pair: (-tension(pair), pair.pk)):
        ways.setdefault(tuple(pair.levels), pair)
    return list(ways.values())[:_SAMPLED_PAIRS]


def _in_words(pair: MatchPair) -> str:
    explained = explanation_of(pair)
    left, right = (
        f"{record.attributes.get('legal_name')} ({record})" for record in (pair.left, pair.right)
    )
    return f"  {left}\n  {right}\n    {explained.sentence}"


def _crossreference() -> Iterator[str]:
    """From the CRM to the ERP and back, for a client that both know."""
    there = crosswalk.resolve("CRM", "client", "GOOGL")
    yield _as_reference("CRM:GOOGL", there)
    key = next((each.source_key for each in there.identifiers if each.system == "ERP"), None)
    if key:
        yield _as_reference(f"ERP:{key}", crosswalk.resolve("ERP", "client", key))


def _as_reference(asked: str, found: crosswalk.Resolution) -> str:
    keys = ", ".join(f"{each.system}:{each.source_key}" for each in found.identifiers)
    return f"  {asked} is {found.title}, golden record {found.golden_id},\n    known as {keys}"


def _counted(grouped: Any) -> dict[str, int]:
    return dict(grouped.annotate(count=Count("pk")).values_list("domain", "count"))
