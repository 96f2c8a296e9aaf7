"""What the demo did, so that a person can check it."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Count
from rich.table import Table

from matching.domains import MODELS
from matching.explaining import explanation_of
from matching.models import MatchPair
from mdm import crosswalk
from mdm.domains import ENTITY_TYPES
from mdm.management.console import console
from mdm.models import LEDGER, FeedBatch, GoldenRecord, SourceRecord
from stewardship.demo import truth
from stewardship.demo.truth import Quality

_SAMPLED_PAIRS = 3
_LEDGER_TITLES = [name.replace("_", " ") for name in LEDGER]


def show(batches: Sequence[FeedBatch], seconds: dict[str, float]) -> None:
    """Print the ledgers, what became of the records, how right that is, and how long it took."""
    console.print(_ledgers(batches))
    console.print(_golden_records())
    console.print(_qualities())
    console.print("The most instructive pairs that wait for a person:")
    for pair in _instructive_pairs():
        console.print(_pair_in_words(pair))
    console.print("One cross-reference, both ways:")
    for line in _crossreference():
        console.print(f"  {line}")
    stages = ", ".join(f"{stage} {spent:.1f} s" for stage, spent in seconds.items())
    console.print(f"Wall time: {stages}; together {sum(seconds.values()):.1f} s.")


def _ledgers(batches: Sequence[FeedBatch]) -> Table:
    table = Table(title="Feed batches: received = the sum of what follows", title_justify="left")
    table.add_column("feed")
    for name in ("received", *_LEDGER_TITLES):
        table.add_column(name, justify="right")
    for batch in batches:
        table.add_row(
            batch.feed.name + (" (synthetic)" if batch.feed.synthetic else ""),
            f"{batch.received:,}",
            *(f"{count:,}" for count in batch.ledger.values()),
        )
    return table


def _golden_records() -> Table:
    table = Table(title="Golden records", title_justify="left")
    table.add_column("domain")
    for name in (
        "source records", "golden records", "records merged", "wait for review",
        "kept apart by a veto",
    ):  # fmt: skip
        table.add_column(name, justify="right")
    sources = _counted(SourceRecord.objects.values("domain"))
    golden = _counted(GoldenRecord.objects.standing().values("domain"))
    pending = _counted(MatchPair.objects.filter(state="pending").values("domain"))
    vetoed = _counted(MatchPair.objects.filter(state="vetoed").values("domain"))
    for domain in ENTITY_TYPES:
        all_, standing = sources.get(domain, 0), golden.get(domain, 0)
        counts = (all_, standing, all_ - standing, pending.get(domain, 0), vetoed.get(domain, 0))
        table.add_row(domain, *(f"{count:,}" for count in counts))
    return table


def _qualities() -> Table:
    table = Table(
        title="Against the known truth, over pairs of records of two systems", title_justify="left"
    )
    table.add_column("set")
    for name in (
        "merge at", "review at", "true pairs", "precision", "recall", "recall with review",
        "reviews per find",
    ):  # fmt: skip
        table.add_column(name, justify="right")
    for title, domain, quality in _measured():
        model = MODELS[domain]
        table.add_row(
            title,
            f"{model.merge_at:g} bits",
            f"{model.review_at:g} bits",
            f"{quality.true:,}",
            f"{quality.precision:.4f}",
            f"{quality.recall:.4f}",
            f"{quality.recall_with_review:.4f}",
            f"{quality.asked_per_find:.2f}",
        )
    return table


def _measured() -> Iterator[tuple[str, str, Quality]]:
    sets = (
        ("S&P 500 members and exchange listings", "client", truth.listed_members()),
        ("people (febrl 4)", "contact", truth.people()),
        ("contacts (synthetic)", "contact", truth.synthetic("contact")),
        ("projects (synthetic)", "project", truth.synthetic("project")),
    )
    for title, domain, entities in sets:
        yield title, domain, truth.measure(domain, entities)


def _instructive_pairs() -> list[MatchPair]:
    """Pending client pairs in which strong evidence stands on both sides."""
    waiting = MatchPair.objects.filter(state="pending", domain="client")
    pairs = waiting.select_related("run", "left__system", "right__system")

    def tension(pair: MatchPair) -> float:
        bits = pair.weights
        return min(sum(b for b in bits if b > 0), -sum(b for b in bits if b < 0))

    return sorted(pairs, key=lambda pair: (-tension(pair), pair.pk))[:_SAMPLED_PAIRS]


def _pair_in_words(pair: MatchPair) -> str:
    explained = explanation_of(pair)
    left, right = (
        f"{record.attributes.get('legal_name')} ({record})" for record in (pair.left, pair.right)
    )
    return f"  {left}\n  {right}\n    {explained.sentence}"


def _crossreference() -> Iterator[str]:
    """From the CRM to the ERP and back, for a client that both know."""
    there = crosswalk.resolve("CRM", "client", "GOOGL")
    yield f"CRM client GOOGL is {there.title} ({there.golden_id}), known as " + _known_as(there)
    key = next((each.source_key for each in there.identifiers if each.system == "ERP"), None)
    if key:
        back = crosswalk.resolve("ERP", "client", key)
        yield f"ERP client {key} is {back.title} ({back.golden_id}), known as " + _known_as(back)


def _known_as(found: crosswalk.Resolution) -> str:
    return ", ".join(f"{each.system}:{each.source_key}" for each in found.identifiers)


def _counted(grouped: Any) -> dict[str, int]:
    return dict(grouped.annotate(count=Count("pk")).values_list("domain", "count"))
