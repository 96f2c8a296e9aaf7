"""Where the truth is known: how many pairs are right, and how many of the right ones are found."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite

import numpy as np

from matching.charts.axes import Axis, across, drawing, text, upwards
from matching.charts.markup import Markup, figure, joined, number, table, tag
from matching.engine.arrays import Floats, Ints, Mask
from matching.engine.words import mark, say, write

_ROWS = 12  # of the table of numbers, about


@dataclass(frozen=True, slots=True)
class Point:
    """What a threshold would give: so many pairs, of which so many are right."""

    threshold: float
    pairs: int
    right: int
    true_pairs: int

    @property
    def precision(self) -> float:
        return self.right / self.pairs if self.pairs else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.true_pairs if self.true_pairs else 0.0


def points(match_weights: Floats, same: Mask, true_pairs: int) -> tuple[Point, ...]:
    """A point for every match weight that occurs, the highest first.

    `same` says which pairs are truly one thing, `true_pairs` how many such pairs there are in all,
    those that no pass found included.
    """
    order = np.argsort(-match_weights, kind="stable")
    heavy = match_weights[order]
    right: Ints = np.cumsum(same[order])
    last = np.flatnonzero(np.append(np.diff(heavy) != 0, True)) if len(heavy) else np.zeros(0, int)
    return tuple(
        Point(float(heavy[place]), int(place) + 1, int(right[place]), true_pairs)
        for place in last.tolist()
    )


def precision_recall(
    match_weights: Floats | Sequence[float],
    same: Mask | Sequence[bool],
    true_pairs: int,
    review_at: float,
    merge_at: float,
    title: str = "",
) -> Markup:
    """Precision over recall as the threshold falls, with the model's two thresholds marked.

    The drawing leaves out what is far less precise than both; the numbers have all of it.
    """
    title = title or say("Precision and recall at every threshold")
    weights, right = np.asarray(match_weights, np.float64), np.asarray(same, np.bool_)
    curve = points(weights, right, true_pairs)
    marks = [
        (name, at_threshold(weights, right, true_pairs, at))
        for name, at in (("merge", merge_at), ("review", review_at))
        if isfinite(at)
    ]
    words = " ".join(
        say(
            "At the threshold for {name} ({bits} bits) precision is {precision} and recall"
            " {recall}.",
            name=say(name),
            bits=number(mark.threshold),
            precision=write(mark.precision, ".3f"),
            recall=write(mark.recall, ".3f"),
        )
        for name, mark in marks
    )
    rows: list[list[str | float]] = [
        [
            number(each.threshold),
            write(each.pairs, ","),
            write(each.precision, ".4f"),
            write(each.recall, ".4f"),
        ]
        for each in _steps(weights, right, true_pairs)
    ]
    headings = [say("Bits"), say("Pairs"), say("Precision"), say("Recall")]
    return figure(
        title,
        tag("p", words, class_="match-chart-words"),
        _drawn(curve, marks, words or title),
        tag("details", tag("summary", say("The numbers")), table(title, headings, rows)),
        kind="precision-recall",
    )


def at_threshold(weights: Floats, same: Mask, true_pairs: int, threshold: float) -> Point:
    """What one threshold gives."""
    kept = weights >= threshold
    return Point(threshold, int(kept.sum()), int((same & kept).sum()), true_pairs)


def _steps(weights: Floats, same: Mask, true_pairs: int) -> list[Point]:
    """Round thresholds from the highest weight to the lowest."""
    if not len(weights):
        return []
    low, high = floor(float(weights.min())), floor(float(weights.max()))
    step = max(1, ceil((high - low) / _ROWS))
    return [
        at_threshold(weights, same, true_pairs, float(at)) for at in range(high, low - 1, -step)
    ]


def _drawn(curve: Sequence[Point], marks: Sequence[tuple[str, Point]], words: str) -> Markup:
    lowest = min((mark.precision for _, mark in marks), default=0.0)
    x, y = across(0.0, 1.0), upwards(max(0.0, floor(lowest * 10 - 1) / 10), 1.0)
    shown = [each for each in curve if y.holds(each.precision)]
    line = " ".join(f"{x(each.recall):.1f},{y(each.precision):.1f}" for each in _thinned(shown))
    path = tag(
        "polyline", points=line, fill="none", stroke="currentColor", class_="match-chart-curve"
    )
    return drawing(
        words,
        Axis(x, x.ticks(5), lambda value: number(value), mark("recall")),
        Axis(y, y.ticks(5), lambda value: number(value, 2), mark("precision")),
        path,
        *(_mark(name, x(mark.recall), y(mark.precision)) for name, mark in marks),
    )


def _thinned(curve: Sequence[Point]) -> Sequence[Point]:
    """No more points than the drawing has dots, the first and the last among them."""
    every = max(1, len(curve) // 400)
    return [*curve[:-1:every], *curve[-1:]]


def _mark(name: str, x: float, y: float) -> Markup:
    dot = tag(
        "circle",
        cx=x,
        cy=y,
        r=4.5,
        fill="currentColor",
        class_=f"match-chart-dot match-chart-dot-{name}",
    )
    return joined(dot, text(say(name), x - 8, y + 16, "end", "match-chart-mark"))
