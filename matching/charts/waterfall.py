"""One pair: from the prior, piece by piece, to the match weight, with both thresholds."""

from collections.abc import Iterator
from math import isfinite

from matching.charts.bars import Bar, Line, Row, bar_scale, bar_table, key
from matching.charts.markup import Markup, figure, joined, number, signed, tag
from matching.engine.explain import Explanation
from matching.engine.words import mark, say

_SEEN = 1.0  # bits of rarity from which it has a row of its own


def waterfall(explanation: Explanation, title: str = "") -> Markup:
    """The prior and every comparison in bits, each beginning where the one before ends.

    Above stands the sentence that explains the pair, below what would change the outcome.
    """
    title = title or say("Why this match weight")
    steps = list(_steps(explanation))
    ends, total = [], 0.0
    for _, _, bits in steps:
        total += bits
        ends.append(total)
    lines = threshold_lines(explanation.review_at, explanation.merge_at)
    scale = bar_scale([0.0, *ends, *(line.at for line in lines)])
    rows = [*_rows(steps, ends), _total(explanation)]
    return figure(
        title,
        tag("p", explanation.sentence, class_="match-chart-words"),
        bar_table(title, [say("Comparison"), say("Bits"), say("Running sum")], rows, scale, lines),
        key(lines),
        *(tag("p", flip.sentence, class_="match-chart-words") for flip in explanation.flips),
        kind="waterfall",
    )


def threshold_lines(review_at: float, merge_at: float) -> list[Line]:
    """Zero and the thresholds; one at infinity is never reached and not drawn."""
    lines = [
        Line(review_at, "review", say("reviewed from {bits} bits", bits=number(review_at))),
        Line(merge_at, "merge", say("merged from {bits} bits", bits=number(merge_at))),
    ]
    return [Line(0.0, "zero"), *(line for line in lines if isfinite(line.at))]


def _steps(explanation: Explanation) -> Iterator[tuple[str, str, float]]:
    """What each row is about, its level, and the bits that it adds."""
    yield mark("prior"), mark("before anything is compared"), explanation.prior
    for item in explanation.evidence:
        if abs(item.rarity) < _SEEN:
            yield item.comparison, item.level, item.weight
            continue
        yield item.comparison, item.level, item.bits
        rare, common = mark("the shared value is rare"), mark("the shared value is common")
        yield "", rare if item.rarity > 0 else common, item.rarity


def _rows(steps: list[tuple[str, str, float]], ends: list[float]) -> Iterator[Row]:
    begins = 0.0
    for place, ((name, level, bits), after) in enumerate(zip(steps, ends, strict=True)):
        missing = level == "missing"
        kind = "for" if bits >= 0 else "against"
        yield Row(
            heading=_heading(name, level),
            numbers=["" if missing else signed(bits)],
            bars=[] if missing else [Bar(begins, after, kind)],
            words=say("from {begins} to {ends} bits", begins=number(begins), ends=number(after)),
            kind="missing" if missing else "",
            joins=(begins if place else None, after),
        )
        begins = after


def _heading(name: str, level: str) -> Markup:
    return joined(say(name), tag("small", say(level)))


def _total(explanation: Explanation) -> Row:
    weight = explanation.match_weight
    return Row(
        heading=_heading(mark("match weight"), explanation.outcome),
        numbers=[signed(weight)],
        bars=[Bar(0.0, weight, "total")],
        words=say("{bits} bits in all", bits=number(weight)),
        kind="sum",
        joins=(weight, None),
    )
