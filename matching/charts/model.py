"""A model: what every level of every comparison says, in bits."""

from collections.abc import Iterator

from matching.charts.bars import Bar, Line, Row, bar_scale, bar_table
from matching.charts.markup import Markup, figure, signed, small
from matching.engine.model import Comparison, MatchModel
from matching.engine.weights import Weights
from matching.engine.words import mark, say


def model_weights(model: MatchModel, weights: Weights, title: str = "") -> Markup:
    """log2(m / u) of every level and of *different*, comparison by comparison; first the prior."""
    title = title or say("What every level says")
    bits = [bits for each in model.comparisons for bits in weights.bits(each).tolist()]
    scale = bar_scale([0.0, weights.prior, *bits])
    headings = [say("Level"), "m", "u", say("Bits"), say("Against and for")]
    return figure(
        title,
        bar_table(title, headings, _rows(model, weights), scale, [Line(0.0, "zero")]),
        kind="model",
    )


def _rows(model: MatchModel, weights: Weights) -> Iterator[Row | str]:
    yield _row(mark("prior: before anything is compared"), "", "", weights.prior)
    for comparison in model.comparisons:
        yield say(comparison.name)
        yield from _levels(comparison, weights)


def _levels(comparison: Comparison, weights: Weights) -> Iterator[Row]:
    shares = zip(weights.m[comparison.name], weights.u[comparison.name], strict=True)
    bits = weights.bits(comparison).tolist()
    for code, (m, u) in enumerate(shares, 1):
        yield _row(comparison.label(code), small(m), small(u), bits[code])


def _row(label: str, m: str, u: str, bits: float) -> Row:
    kind = "for" if bits >= 0 else "against"
    words = say("{bits} bits", bits=signed(bits))
    return Row(say(label), [m, u, signed(bits)], [Bar(0.0, bits, kind)], words)
