"""Blocking passes: how many pairs there are to compare after each."""

from collections.abc import Iterator, Sequence

from matching.charts.bars import Bar, Row, bar_scale, bar_table
from matching.charts.markup import Markup, figure, joined, tag
from matching.engine.blocking_study import PassFindings


def pairs_per_pass(
    findings: Sequence[PassFindings], title: str = "Pairs to compare, pass by pass"
) -> Markup:
    """The pairs that each pass adds to those that the passes before it found."""
    scale = bar_scale([0, *(each.all_pairs for each in findings)])
    headings = ["Pass", "New pairs", "So far", "Found before, and new"]
    return figure(title, bar_table(title, headings, _rows(findings), scale), kind="passes")


def _rows(findings: Sequence[PassFindings]) -> Iterator[Row]:
    for each in findings:
        before = each.all_pairs - each.new_pairs
        bars = [Bar(before, each.all_pairs, "for")] if each.new_pairs else []
        if before:
            bars.insert(0, Bar(0, before, "quiet"))
        yield Row(
            heading=joined(each.report.name, *_capped(each)),
            numbers=[f"{each.new_pairs:,}", f"{each.all_pairs:,}"],
            bars=bars,
            words=f"{each.new_pairs:,} new pairs, {each.all_pairs:,} so far",
        )


def _capped(found: PassFindings) -> Iterator[Markup]:
    if found.report.oversized:
        blocks = "block" if found.report.oversized == 1 else "blocks"
        words = f"{found.report.oversized:,} {blocks} capped, {found.left_out:,} pairs left out"
        yield tag("small", words)
