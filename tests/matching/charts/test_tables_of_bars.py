"""The charts of a model and of its passes show the numbers that the engine has."""

import pytest

from matching.charts import model_weights, pairs_per_pass
from matching.domains import MODELS
from matching.engine.blocking_study import explain_blocking
from matching.engine.weights import Weights
from tests.matching.charts.drawings import MODEL, bits, matched, of_class, parsed, words
from tests.matching.engine.invented import frame_of, small_model


def cells(chart):
    """The texts of each row that has numbers."""
    rows = parsed(chart).findall(".//tbody/tr")
    return [[words(cell) for cell in row[:-1]] for row in rows if len(row) > 1]


@pytest.mark.parametrize("domain", MODELS)
def test_a_model_shows_every_level_with_its_bits(domain):
    model, weights = MODELS[domain], Weights.of(MODELS[domain])

    shown = cells(model_weights(model, weights))

    expected = [("prior: before anything is compared", model.prior)]
    for comparison in model.comparisons:
        for code, each in enumerate(weights.bits(comparison).tolist()[1:], 1):
            expected.append((comparison.label(code), each))
    assert [row[0] for row in shown] == [" ".join(label.split()) for label, _ in expected]
    assert [bits(row[-1]) for row in shown] == pytest.approx(
        [each for _, each in expected], abs=0.051
    )


def test_comparisons_head_their_levels():
    groups = of_class(parsed(model_weights(MODEL, Weights.of(MODEL))), "match-chart-group")

    assert [words(group) for group in groups] == ["given", "family", "town"]


def test_a_bar_for_agreement_goes_right_of_zero_and_against_it_left():
    chart = parsed(model_weights(MODEL, Weights.of(MODEL)))
    zero = float(of_class(chart, "match-chart-line-zero")[0].get("x1"))

    for bar in of_class(chart, "match-chart-for"):
        assert float(bar.get("x")) >= zero - 0.01
    for bar in of_class(chart, "match-chart-against"):
        assert float(bar.get("x")) + float(bar.get("width")) <= zero + 0.61  # the least width


def test_passes_show_new_pairs_and_pairs_so_far():
    findings = explain_blocking(matched()[0], MODEL)

    shown = cells(pairs_per_pass(findings))

    assert [[bits(each) for each in row[1:]] for row in shown] == [
        [each.new_pairs, each.all_pairs] for each in findings
    ]


def test_a_capped_pass_says_so_beside_its_name():
    model = small_model(block_limit=3, window=1)
    frame = frame_of(model, given=["Ann"] * 5, family=["Lee"] * 5, town=["Oslo"] * 5)

    shown = cells(pairs_per_pass(explain_blocking(frame, model)))

    assert shown[0][0] == "same family name 1 block capped, 6 pairs left out"


def test_no_records_no_bars_but_every_pass():
    findings = explain_blocking(frame_of(MODEL, given=[]), MODEL)

    chart = pairs_per_pass(findings)

    assert [row[1:] for row in cells(chart)] == [["0", "0"], ["0", "0"]]
    assert list(parsed(chart).iter("rect")) == []
