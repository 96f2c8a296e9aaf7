"""Histogram and precision-recall: what is drawn and told agrees with the pairs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from matching.charts import precision_recall, weight_histogram
from matching.charts.markup import chance
from matching.charts.precision_recall import at_threshold, points
from tests.matching.charts.drawings import (
    MODEL,
    bits,
    every_chart,
    matched,
    of_class,
    parsed,
    words,
)

finite = some.floats(-60, 90).map(lambda value: round(value, 3))


def counts(chart):
    """The pairs of each row of the table of numbers."""
    return [int(bits(words(row[2]))) for row in parsed(chart).findall(".//tbody/tr")]


def test_a_pair_at_a_threshold_is_in_the_bar_above_it():
    chart = parsed(weight_histogram([0.0], 0.0, 6.865287178226565))  # no round part of that

    assert [bar.get("class") for bar in chart.iter("rect")] == ["match-chart-review"]


@given(some.lists(finite, max_size=60), some.floats(-20, 10), some.floats(0, 20))
@settings(deadline=None)
def test_every_pair_is_in_one_bar(weights, review_at, above):
    chart = weight_histogram(weights, review_at, review_at + above)

    assert sum(counts(chart)) == len(weights)
    bars = list(parsed(chart).iter("rect"))
    assert len(bars) == len(counts(chart))
    assert all(float(bar.get("height")) > 0 for bar in bars)


def test_what_merges_what_is_reviewed_and_what_is_below_is_told_and_coloured():
    chart = parsed(weight_histogram([-5.0, -4.5, 1.0, 6.0, 6.5, 9.0], 0.0, 4.0))

    assert words(of_class(chart, "match-chart-words")[0]) == (
        "3 pairs are at least as heavy as the threshold for merging, 1 between it and the"
        " threshold for review, 2 below."
    )
    drawn = [bar.get("class") for bar in chart.iter("rect")]
    assert drawn == [
        "match-chart-quiet", "match-chart-quiet", "match-chart-review", "match-chart-for",
        "match-chart-for", "match-chart-for",
    ]  # fmt: skip


def test_the_axis_tells_probabilities_and_the_numbers_do_too():
    chart = parsed(weight_histogram([-9.5, -1.0, 2.5, 12.0], -2.0, 6.0))

    assert "match probability" in words(chart)
    labels = [words(each) for each in chart.iter("text")]
    assert [each for each in labels if each.endswith(" %")] == [
        "1 %", "10 %", "50 %", "90 %", "99 %", "99.9 %",
    ]  # fmt: skip
    (row, *_) = chart.findall(".//tbody/tr")
    assert [words(cell) for cell in row] == ["−9.6 to −9.3", "0.1 % to 0.2 %", "1"]


@pytest.mark.parametrize(
    ("weight", "told"),
    [(0.0, "50 %"), (-1.0, "33 %"), (-6.63, "1 %"), (9.97, "99.9 %"), (8.0, "99.6 %"),
     (90.0, "99.99999 %"), (-1e9, "0.00001 %")],
)  # fmt: skip
def test_a_probability_is_told_as_far_as_people_tell_it_apart(weight, told):
    assert chance(weight) == told


def test_thresholds_lie_between_bars():
    chart = parsed(weight_histogram(np.linspace(-31.3, 48.9, 2_000), -2.0, 5.0))
    edges = [float(bar.get("x")) for bar in chart.iter("rect")]

    for kind in ("review", "merge"):
        (threshold,) = of_class(chart, f"match-chart-line-{kind}")
        place = float(threshold.get("x1"))
        assert min(abs(edge - place) for edge in edges) < 1


def test_pairs_of_one_weight_may_be_given_together():
    each = weight_histogram([-5.0, -4.5, -4.5, 1.0, 9.0, 9.0, 9.0], 0.0, 4.0)
    together = weight_histogram([-5.0, -4.5, 1.0, 9.0], 0.0, 4.0, pairs=[1, 2, 1, 3])

    assert together == each


def test_few_among_very_many_can_be_seen():
    chart = parsed(weight_histogram([-3.0] * 9_000 + [1.0, 8.0], 0.0, 4.0))

    heights = [float(bar.get("height")) for bar in chart.iter("rect")]

    assert "pairs, in powers of ten" in words(chart)
    assert min(heights) > 8


@pytest.mark.parametrize("weights", [[], [2.0]])
def test_hardly_any_pair_is_a_chart_too(weights):
    assert counts(weight_histogram(weights, 0.0, 4.0)) == [1] * len(weights)
    assert parsed(precision_recall(weights, [True] * len(weights), 1, 0.0, 4.0)) is not None


def test_a_threshold_that_is_never_reached_is_left_out():
    chart = parsed(weight_histogram([1.0, 2.0], 0.0, float("inf")))

    assert of_class(chart, "match-chart-line-merge") == []
    assert len(of_class(chart, "match-chart-line-review")) == 1


pairs = some.lists(some.tuples(finite, some.booleans()), min_size=1, max_size=50)


@given(pairs, some.integers(0, 20), finite)
@settings(deadline=None)
def test_precision_and_recall_are_those_of_counting(scored, never_found, threshold):
    weights = np.array([weight for weight, _ in scored])
    same = np.array([right for _, right in scored])
    true_pairs = int(same.sum()) + never_found

    kept = [right for weight, right in scored if weight >= threshold]
    point = at_threshold(weights, same, true_pairs, threshold)

    assert (point.pairs, point.right) == (len(kept), sum(kept))
    assert point.precision == (sum(kept) / len(kept) if kept else 1.0)
    assert point.recall == (sum(kept) / true_pairs if true_pairs else 0.0)
    for each in points(weights, same, true_pairs):
        assert each == at_threshold(weights, same, true_pairs, each.threshold)


def test_the_thresholds_of_the_model_are_marked_and_told():
    _, _, found, same, true_pairs = matched()
    chart = parsed(every_chart()["precision-recall"])
    merge = at_threshold(found.match_weight, same, true_pairs, MODEL.merge_at)

    assert words(of_class(chart, "match-chart-words")[0]).startswith(
        f"At the threshold for merge (4.0 bits) precision is {merge.precision:.3f} and recall"
        f" {merge.recall:.3f}."
    )
    assert len(list(chart.iter("circle"))) == 2


def test_all_that_is_drawn_lies_within_the_drawing():
    for name in ("histogram", "precision-recall"):
        drawing = parsed(every_chart()[name]).find("svg")
        _, _, width, height = map(float, drawing.get("viewBox").split())
        for element in drawing.iter():
            for key, most in (
                ("x", width),
                ("cx", width),
                ("x1", width),
                ("y", height),
                ("cy", height),
            ):
                if element.get(key) is not None:
                    assert 0 <= float(element.get(key)) <= most, (name, element.attrib)
