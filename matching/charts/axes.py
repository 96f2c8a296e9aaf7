"""The frame of a drawing with two axes: grid, labels, and room for what is drawn inside."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from matching.charts.markup import Markup, tag
from matching.charts.scale import Scale
from matching.engine.words import say

WIDTH, HEIGHT = 440, 260
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 44, 44  # room around the drawing for words

Label = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: its scale, the values that have a label, how these are written, and its name."""

    scale: Scale
    ticks: Iterable[float]
    label: Label
    name: str


def across(low: float, high: float) -> Scale:
    """Values from left to right."""
    return Scale(low, high, LEFT, WIDTH - RIGHT)


def upwards(low: float, high: float) -> Scale:
    """Values from the bottom up."""
    return Scale(low, high, HEIGHT - BOTTOM, TOP)


def drawing(words: str, x: Axis, y: Axis, *inside: Markup) -> Markup:
    """The axes with what is drawn inside; `words` say in short what there is to see."""
    return tag(
        "svg",
        tag("title", words),
        *_grid(y),
        *inside,
        *_below(x),
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        aria_label=words,
        class_="match-chart-drawing",
    )


def text(words: str, x: float, y: float, anchor: str = "middle", kind: str = "") -> Markup:
    """Words at a place."""
    return tag(
        "text",
        words,
        x=x,
        y=y,
        text_anchor=anchor,
        fill="currentColor",
        class_=f"match-chart-text {kind}".strip(),
    )


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    """A straight line."""
    classes = f"match-chart-line match-chart-line-{kind}"
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke="currentColor", class_=classes)


def _grid(y: Axis) -> Iterator[Markup]:
    for value in y.ticks:
        at = y.scale(value)
        yield line(LEFT, at, WIDTH - RIGHT, at, "grid")
        yield text(y.label(value), LEFT - 6, at + 4, "end")
    yield text(say(y.name), 4, 12, "start", "match-chart-name")


def _below(x: Axis) -> Iterator[Markup]:
    floor = HEIGHT - BOTTOM
    yield line(LEFT, floor, WIDTH - RIGHT, floor, "floor")
    for value in x.ticks:
        yield text(x.label(value), x.scale(value), floor + 17)
    yield text(say(x.name), WIDTH - RIGHT, HEIGHT - 6, "end", "match-chart-name")
