"""All charts: nothing that a strict page forbids, and nothing told by a picture alone."""

import re

import pytest

from matching.charts import Markup, page
from matching.charts.page import STYLESHEET
from tests.matching.charts.drawings import classes, every_chart, of_class, parsed, words

CHARTS = ["waterfall", "model", "histogram", "precision-recall", "passes"]


@pytest.fixture(params=CHARTS)
def chart(request):
    return every_chart()[request.param]


def test_nothing_in_it_needs_a_script_or_a_style_of_its_own(chart):
    for element in parsed(chart).iter():
        assert element.tag not in ("script", "style", "foreignObject", "image", "a")
        assert not [name for name in element.attrib if name == "style" or name.startswith("on")]


def test_every_drawing_is_an_image_with_a_name(chart):
    drawings = [each for each in parsed(chart).iter("svg") if not each.get("aria-hidden")]

    assert drawings
    for drawing in drawings:
        assert drawing.get("role") == "img"
        assert drawing.get("aria-label") == drawing.find("title").text
        assert len(drawing.get("aria-label")) > 5


def test_its_numbers_stand_in_a_table_with_headings(chart):
    table = parsed(chart).find(".//table")

    assert words(table.find("caption")) == words(parsed(chart).find("figcaption"))
    assert all(each.get("scope") == "col" for each in table.find("thead").iter("th"))
    rows = [row for row in table.find("tbody") if len(row) > 1]
    assert rows
    assert all(row[0].get("scope") == "row" for row in rows)


def test_colours_come_from_the_page_or_from_a_class(chart):
    painted = [
        value
        for element in parsed(chart).iter()
        for value in (element.get("fill"), element.get("stroke"))
        if value
    ]

    assert set(painted) <= {"currentColor", "none"}


def test_every_class_is_in_the_stylesheet_and_meant_for_charts(chart):
    css = STYLESHEET.read_text()
    plain = {"match-chart-histogram", "match-chart-precision-recall", "match-chart-waterfall"}
    plain |= {"match-chart-dot-merge", "match-chart-dot-review"}

    used = {name for element in parsed(chart).iter() for name in classes(element)}

    assert all(name.startswith("match-chart") for name in used)
    assert all(re.search(rf"\.{name}\b", css) for name in used - plain)


def test_a_template_takes_it_as_it_is(chart):
    assert chart.__html__() == chart


def test_a_page_of_charts_holds_them_all_and_the_stylesheet():
    whole = page("Clients & contacts", *every_chart().values())

    assert whole.startswith("<!doctype html>")
    assert "<title>Clients &amp; contacts</title>" in whole
    assert whole.count("<figure") == len(CHARTS)
    assert "--chart-for" in whole
    assert isinstance(whole, Markup)


def test_the_stylesheet_knows_the_dark():
    assert "@media (prefers-color-scheme: dark)" in STYLESHEET.read_text()


def test_bars_of_one_table_share_one_scale():
    rows = of_class(parsed(every_chart()["model"]), "match-chart-bar")
    zero = {line.get("x1") for row in rows for line in of_class(row, "match-chart-line-zero")}

    assert len(zero) == 1
