"""Charts as a file of their own, with the stylesheet inside: a report that people send around."""

from pathlib import Path

from matching.charts.markup import Markup, joined, tag

STYLESHEET = Path(__file__).parent.parent / "static" / "matching" / "charts.css"


def page(title: str, *charts: Markup) -> Markup:
    """A whole HTML page."""
    head = tag(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta name="color-scheme" content="light dark">'),
        tag("title", title),
        tag("style", Markup(STYLESHEET.read_text(encoding="utf-8"))),
    )
    body = tag("body", tag("main", tag("h1", title), *charts), class_="match-chart-page")
    return joined(Markup("<!doctype html>\n"), tag("html", head, body, lang="en"), Markup("\n"))
