"""All kept pairs: how many weigh how much, with both thresholds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log2, log10

import numpy as np

from matching.charts.axes import (
    BOTTOM,
    HEIGHT,
    LEFT,
    TOP,
    WIDTH,
    Axis,
    across,
    drawing,
    line,
    text,
    upwards,
)
from matching.charts.markup import Markup, chance, figure, number, table, tag
from matching.charts.scale import Scale
from matching.engine.arrays import Floats
from matching.engine.words import mark, say, write

_BARS = 60
_ROUND = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
_UNEVEN = 50  # times as many pairs in the fullest bar as in the middle one: then in powers of ten
_GAP = 0.4
_WORD = 60  # about how wide the name of a threshold is
_LABEL = 46  # about how wide a probability is, with some room
_NINES = 5
"""Up to 99.999 % a probability has a place of its own on the axis."""


@dataclass(frozen=True, slots=True)
class _Bin:
    begins: float
    ends: float
    pairs: int


def weight_histogram(
    match_weights: Floats | Sequence[float],
    review_at: float,
    merge_at: float,
    title: str = "",
    pairs: Floats | Sequence[float] | None = None,
) -> Markup:
    """How many pairs lie in each step of bits; what is done with them is told by the colour.

    `pairs` says how many have each of the weights; by default one.
    """
    title = title or say("How probable the pairs are that runs kept")
    weights = np.asarray(match_weights, np.float64)
    held = np.ones(len(weights)) if pairs is None else np.asarray(pairs, np.float64)
    bins = _bins(weights, held, review_at, merge_at)
    words = _in_words(weights, held, review_at, merge_at)
    rows: list[list[str | float]] = [
        [_span(each), _chances(each), write(each.pairs, ",")] for each in bins if each.pairs
    ]
    return figure(
        title,
        tag("p", words, class_="match-chart-words"),
        _drawn(bins, words, review_at, merge_at),
        tag(
            "details",
            tag("summary", say("The numbers")),
            table(title, [say("Bits"), say("Probability"), say("Pairs")], rows),
        ),
        kind="histogram",
    )


def _bins(weights: Floats, pairs: Floats, review_at: float, merge_at: float) -> list[_Bin]:
    """Steps of equal width; the thresholds lie on edges wherever steps are fine enough for it."""
    finite = [at for at in (review_at, merge_at) if isfinite(at)]
    ends = np.append(weights, finite) if len(weights) or finite else np.zeros(1)
    low, high = float(ends.min()), float(ends.max())
    step, origin = _step(high - low, finite), finite[-1] if finite else 0.0
    first, last = floor((low - origin) / step) - 1, floor((high - origin) / step) + 2
    edges = [_on(origin + step * place, finite, step) for place in range(first, last + 1)]
    counts = np.histogram(weights, edges, weights=pairs)[0].astype(np.int64).tolist()
    bins = [_Bin(*each) for each in zip(edges[:-1], edges[1:], counts, strict=True)]
    return [each for each in bins if each.pairs or (each.ends > low and each.begins <= high)]


def _on(edge: float, thresholds: Sequence[float], step: float) -> float:
    """The threshold that an edge is meant for: else rounding puts a pair on its wrong side."""
    return next((at for at in thresholds if abs(edge - at) < step * 1e-6), edge)


def _step(span: float, thresholds: Sequence[float]) -> float:
    """Bits of a bar: a whole part of the distance between the thresholds, or else a round number.

    Not finer than a quarter of a bit, and no more bars than can be told apart.
    """
    between = thresholds[-1] - thresholds[0] if thresholds else 0.0
    parts = [between / count for count in range(1, 41)]
    fitting = [each for each in (*parts, *_ROUND) if each >= 0.25 and span / each <= _BARS]
    of_parts = [each for each in fitting if each in parts]
    return min(of_parts or fitting, default=_ROUND[-1])


def _in_words(weights: Floats, pairs: Floats, review_at: float, merge_at: float) -> str:
    merged = int(pairs[weights >= merge_at].sum())
    reviewed = int(pairs[weights >= review_at].sum()) - merged
    below = int(pairs.sum()) - merged - reviewed
    one = mark(
        "1 pair is at least as heavy as the threshold for merging, {reviewed} between it and the"
        " threshold for review, {below} below."
    )
    many = mark(
        "{merged} pairs are at least as heavy as the threshold for merging, {reviewed} between it"
        " and the threshold for review, {below} below."
    )
    counts = {"merged": merged, "reviewed": reviewed, "below": below}
    written = {name: write(count, ",") for name, count in counts.items()}
    return say(one if merged == 1 else many, **written)


def _span(each: _Bin) -> str:
    return say("{begins} to {ends}", begins=number(each.begins), ends=number(each.ends))


def _chances(each: _Bin) -> str:
    return say("{begins} to {ends}", begins=chance(each.begins), ends=chance(each.ends))


def _drawn(bins: list[_Bin], words: str, review_at: float, merge_at: float) -> Markup:
    x = across(bins[0].begins, bins[-1].ends)
    most = max(1, *(each.pairs for each in bins))
    middle = float(np.median([each.pairs for each in bins if each.pairs] or [1]))
    y = _in_powers(most) if most > _UNEVEN * middle else _evenly(most)
    bars = (_bar(each, x, y.scale, review_at, merge_at, y.name) for each in bins if each.pairs)
    thresholds = _thresholds(x, review_at, merge_at)
    axis = Axis(x, _round_chances(x), chance, mark("match probability, in equal steps of bits"))
    return drawing(words, axis, y, *bars, *thresholds)


def _round_chances(x: Scale) -> list[float]:
    """The bits of 50 %, 1 and 99 %, and so on, as far as they lie apart from those before them."""
    nines = sorted(range(1, _NINES + 1), key=lambda count: (count == 1, count))  # 90 % comes last
    odds = [0.0, *(side * log2(10**count - 1) for count in nines for side in (1, -1))]
    shown = list[float]()
    for bits in odds:
        if x.holds(bits) and all(abs(x(bits) - x(each)) >= _LABEL for each in shown):
            shown.append(bits)
    return sorted(shown)


def _evenly(most: int) -> Axis:
    scale = upwards(0, most)
    ticks = [each for each in scale.ticks(4) if each == int(each)]
    return Axis(scale, ticks, lambda value: write(value, ",.0f"), mark("pairs"))


def _in_powers(most: int) -> Axis:
    """Powers of ten; one pair stands a little above the floor."""
    scale = upwards(-0.3, log10(most))
    ticks = range(ceil(log10(most)) + 1)
    shown = [float(each) for each in ticks if scale.holds(each)]
    return Axis(
        scale, shown, lambda value: write(10**value, ",.0f"), mark("pairs, in powers of ten")
    )


def _bar(each: _Bin, x: Scale, y: Scale, review_at: float, merge_at: float, counted: str) -> Markup:
    top = y(each.pairs) if counted == "pairs" else y(log10(each.pairs))
    middle = (each.begins + each.ends) / 2
    kind = "for" if middle >= merge_at else "review" if middle >= review_at else "quiet"
    words = say(
        "{span} bits, {chances}: {count} pairs",
        span=_span(each),
        chances=_chances(each),
        count=write(each.pairs, ","),
    )
    return tag(
        "rect",
        tag("title", words),
        x=x(each.begins) + _GAP,
        y=top,
        width=max(1.0, x(each.ends) - x(each.begins) - 2 * _GAP),
        height=max(0.5, HEIGHT - BOTTOM - top),
        fill="currentColor",
        class_=f"match-chart-{kind}",
    )


def _thresholds(x: Scale, review_at: float, merge_at: float) -> Iterator[Markup]:
    for at, kind, anchor, aside in (
        (review_at, mark("review"), "end", -3),
        (merge_at, mark("merge"), "start", 3),
    ):
        if isfinite(at):
            place = x(at)
            yield line(place, TOP - 8, place, HEIGHT - BOTTOM, kind)
            if place > WIDTH - _WORD:
                anchor, aside = "end", -3
            elif place < LEFT + _WORD:
                anchor, aside = "start", 3
            yield text(say(kind), place + aside, TOP - 14, anchor, "match-chart-mark")
