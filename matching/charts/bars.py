"""Tables whose last column is a bar: words wrap as they like, and bars share one scale."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matching.charts.markup import Child, Markup, joined, tag
from matching.charts.scale import Scale

_WIDTH, _HEIGHT = 100, 20
_TOP, _BOTTOM = 4, 16  # of a bar within its row
_LEAST = 0.6  # the width of a bar that would be too thin to see


@dataclass(frozen=True, slots=True)
class Line:
    """A line through all rows at a value: a threshold, or nothing."""

    at: float
    kind: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar from one value to another; `kind` is its colour: for, against, quiet."""

    begins: float
    ends: float
    kind: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what it is about, its numbers as text, and its bars, told in `words` too.

    `joins` are values at which a fine line leads from the row above, and to the row below.
    """

    heading: Child
    numbers: Sequence[str]
    bars: Sequence[Bar]
    words: str
    kind: str = ""
    joins: tuple[float | None, float | None] = (None, None)


def bar_scale(values: Iterable[float]) -> Scale:
    """A scale for the bars of one table."""
    return Scale.around(values, 0, _WIDTH, 0.04)


def bar_table(
    caption: str,
    headings: Sequence[str],
    rows: Iterable[Row | str],
    scale: Scale,
    lines: Sequence[Line] = (),
) -> Markup:
    """The rows under their headings; a text among the rows begins a group of them."""
    wide = len(headings)
    body = (_group(row, wide) if isinstance(row, str) else _row(row, scale, lines) for row in rows)
    return tag(
        "table",
        tag("caption", caption, class_="match-chart-hidden"),
        tag("thead", tag("tr", *(_heading(each) for each in headings))),
        tag("tbody", *body),
        class_="match-chart-bars",
    )


def _heading(words: str) -> Markup:
    return tag("th", words, scope="col") if words else tag("td")


def key(lines: Sequence[Line]) -> Markup:
    """What the lines mean, under the chart."""
    return tag("p", *(_sample(line) for line in lines if line.words), class_="match-chart-key")


def _group(heading: str, wide: int) -> Markup:
    return tag("tr", tag("th", heading, scope="rowgroup", colspan=wide), class_="match-chart-group")


def _row(row: Row, scale: Scale, lines: Sequence[Line]) -> Markup:
    drawing = tag(
        "svg",
        tag("title", row.words),
        *(_line(scale(line.at), line.kind) for line in lines if scale.holds(line.at)),
        *_joins(row, scale),
        *(_bar(bar, scale) for bar in row.bars),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=row.words,
    )
    return tag(
        "tr",
        tag("th", row.heading, scope="row"),
        *(tag("td", each, class_="match-chart-number") for each in row.numbers),
        tag("td", drawing, class_="match-chart-bar"),
        class_=f"match-chart-{row.kind}" if row.kind else None,
    )


def _bar(bar: Bar, scale: Scale) -> Markup:
    one, other = sorted((scale(bar.begins), scale(bar.ends)))
    wide = max(other - one, _LEAST)
    return tag(
        "rect",
        x=one,
        y=_TOP,
        width=wide,
        height=_BOTTOM - _TOP,
        fill="currentColor",
        class_=f"match-chart-{bar.kind}",
    )


def _joins(row: Row, scale: Scale) -> Iterable[Markup]:
    ends = ((0, _TOP), (_BOTTOM, _HEIGHT)) if row.bars else ((0, _HEIGHT), (0, 0))
    for value, (top, bottom) in zip(row.joins, ends, strict=True):
        if value is not None:
            yield _line(scale(value), "join", top, bottom)


def _line(x: float, kind: str, top: float = 0, bottom: float = _HEIGHT) -> Markup:
    return tag(
        "line",
        x1=x,
        x2=x,
        y1=top,
        y2=bottom,
        stroke="currentColor",
        vector_effect="non-scaling-stroke",
        class_=f"match-chart-line match-chart-line-{kind}",
    )


def _sample(line: Line) -> Markup:
    drawing = tag("svg", _line(6, line.kind), viewBox=f"0 0 12 {_HEIGHT}", aria_hidden="true")
    return tag("span", joined(drawing, line.words))
