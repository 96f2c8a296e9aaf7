"""Elements of HTML and SVG as text; everything that is not an element is escaped."""

from html import escape
from math import ceil, isfinite, log2, log10

from matching.engine.weights import probability
from matching.engine.words import write

_SURE = log2(10**7 - 1)  # bits: beyond that, a probability is 0 or 1 to whoever reads it
_SPACES = {code: " " for code in (*range(32), 127) if chr(code) not in "\n\t"}

Child = str | float
Attribute = str | float | None


class Markup(str):
    """Text that is HTML already: Django's templates, too, take it as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def tag(name: str, *children: Child, **attributes: Attribute) -> Markup:
    """An element. `class_` is the class, `stroke_width` is stroke-width; None is left out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_text(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{written}>{joined(*children)}</{name}>")


def joined(*children: Child) -> Markup:
    """Elements and texts one after the other."""
    return Markup("".join(map(_text, children)))


def number(value: float, places: int = 1) -> str:
    """A number for people, with a real minus: 1234.5 is "1,234.5"."""
    return write(value, f",.{places}f").replace("-", "−")


def signed(value: float, places: int = 1) -> str:
    """Bits that are added or taken away: "+9.3", "−2.0"."""
    return write(value, f"+,.{places}f").replace("-", "−")


def chance(bits: float) -> str:
    """The probability that a match weight means, as far as people tell it apart: "0.1 %", "97 %".

    Odds double with each bit, so that bits that are far from 0 get more decimal places.
    """
    bits = max(-_SURE, min(_SURE, bits))
    places = max(0, ceil(abs(bits) * log10(2) - 2.01))
    return f"{number(100 * probability(bits), places)} %"


def small(value: float) -> str:
    """A share of any size: "0.62", "0.00001"."""
    return write(value, ".2g") if value >= 1e-4 else write(value, ".1e").replace("e-0", "e-")


def table(caption: str, headings: list[str], rows: list[list[Child]]) -> Markup:
    """Rows of numbers under headings; the first cell of a row names it."""
    head = joined(*(tag("th", each, scope="col") for each in headings))
    body = (
        tag("tr", tag("th", first, scope="row"), *(tag("td", each) for each in rest))
        for first, *rest in rows
    )
    return tag(
        "table",
        tag("caption", caption, class_="match-chart-hidden"),
        tag("thead", tag("tr", head)),
        tag("tbody", *body),
        class_="match-chart-numbers",
    )


def figure(title: str, *parts: Child, kind: str) -> Markup:
    """A chart with its title above."""
    heading = tag("figcaption", title, class_="match-chart-title")
    return tag("figure", heading, *parts, class_=f"match-chart match-chart-{kind}")


def _text(value: Child) -> str:
    if isinstance(value, Markup):
        return value
    if isinstance(value, str):
        return escape(value.translate(_SPACES))
    if not isfinite(value):
        raise ValueError(f"{value} cannot be drawn")
    return f"{value:.2f}".rstrip("0").rstrip(".")
