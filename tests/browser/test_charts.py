"""Charts in a real browser: under the hub's strict policy, at every width, in light and dark."""

import pytest
from django.conf import settings

from matching.charts.page import STYLESHEET
from tests.browser.screens import faults_here
from tests.matching.charts.drawings import every_chart

TABLER = settings.ROOT / "stewardship" / "static" / "vendor" / "tabler-1.6.1" / "tabler.min.css"
HUB = "https://hub.example/"
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'"
PAGE = """<!doctype html><html lang="en"><head><title>Charts</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="stylesheet" href="/tabler.css"><link rel="stylesheet" href="/charts.css">
</head><body data-bs-theme="{scheme}"><main class="container-xl py-4"><h1>Charts</h1>{charts}
</main></body></html>"""


@pytest.fixture(params=["light", "dark"])
def charts(browser, request):
    """A page of all charts, and what the browser complained about."""
    complaints = []
    answers = {
        "tabler.css": (TABLER.read_text(), "text/css"),
        "charts.css": (STYLESHEET.read_text(), "text/css"),
        "": (
            PAGE.format(scheme=request.param, charts="".join(every_chart().values())),
            "text/html",
        ),
    }

    def answer(route):
        body, kind = answers[route.request.url.removeprefix(HUB)]
        headers = {"Content-Security-Policy": POLICY, "Content-Type": f"{kind}; charset=utf-8"}
        route.fulfill(body=body, headers=headers)

    with browser.new_context(color_scheme=request.param) as context:
        context.route("**/*", answer)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text))
        page.goto(HUB)
        yield page
    assert complaints == []


@pytest.mark.parametrize("width", [1440, 768, 390, 320])
def test_charts_fit_the_screen(charts, width):
    charts.set_viewport_size({"width": width, "height": 800})

    assert charts.evaluate("document.documentElement.scrollWidth") <= width
    for drawing in charts.locator("figure svg[role=img]").all():
        box = drawing.bounding_box()
        assert box["width"] > 20
        assert box["height"] > 5


def test_charts_keep_nobody_out(charts):
    assert list(faults_here(charts)) == []


def test_bars_have_the_colours_of_the_stylesheet(charts):
    fills = {
        charts.locator(f".match-chart-{kind}").first.evaluate("e => getComputedStyle(e).fill")
        for kind in ("for", "against", "quiet")
    }

    assert len(fills) == 3
    assert "rgb(0, 0, 0)" not in fills


def test_words_in_drawings_are_large_enough_to_read_on_a_phone(charts):
    charts.set_viewport_size({"width": 390, "height": 800})

    heights = charts.locator(".match-chart-text").evaluate_all(
        "texts => texts.map(text => text.getBoundingClientRect().height)"
    )

    assert min(heights) >= 12
