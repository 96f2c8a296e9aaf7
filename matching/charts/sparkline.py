"""How one figure went day by day, small enough to stand in a line of a table."""

from collections.abc import Sequence

from matching.charts.markup import Markup, tag
from matching.charts.scale import Scale

_WIDTH, _HEIGHT = 120, 32
_EDGE = 3


def sparkline(points: Sequence[tuple[float, float]], words: str) -> Markup:
    """A line through (day, value), the last of them marked; `words` tell what there is to see.

    Its height runs from the least value to the greatest, and is at least a hundredth of one.
    """
    days, values = [each[0] for each in points], [each[1] for each in points]
    x = Scale(min(days), max(max(days), min(days) + 1), _EDGE, _WIDTH - _EDGE)
    low = min(values)
    y = Scale(low, max(max(values), low + 0.01), _HEIGHT - _EDGE, _EDGE)
    places = [(x(day), y(value)) for day, value in points]
    line = " ".join(f"{across:.1f},{up:.1f}" for across, up in places)
    return tag(
        "svg",
        tag("title", words),
        tag(
            "polyline",
            points=line,
            fill="none",
            stroke="currentColor",
            class_="match-chart-curve",
        ),
        tag(
            "circle",
            cx=places[-1][0],
            cy=places[-1][1],
            r=2.5,
            fill="currentColor",
            class_="match-chart-dot",
        ),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        aria_label=words,
        class_="match-chart-spark",
    )
