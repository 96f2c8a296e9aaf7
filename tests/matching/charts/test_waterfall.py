"""The waterfall of a pair: its steps begin where the one before ended, and sum to the weight."""

from dataclasses import replace

import pytest

from matching.charts import waterfall
from matching.engine.explain import Evidence, Explanation
from tests.matching.charts.drawings import bits, explanations, of_class, parsed, words

SIMPLE = Explanation(
    domain="person",
    version=1,
    match_weight=2.5,
    prior=-8.0,
    evidence=(
        Evidence("name", "same", 6.0, 3.0),
        Evidence("town", "missing", 0.0, 0.0),
        Evidence("phone", "one <digit> off", 1.5, 0.0),
    ),
    found_by="same name",
    veto=None,
    review_at=0.0,
    merge_at=4.0,
)


def rows(chart):
    return parsed(chart).findall(".//tbody/tr")


def numbers(chart):
    """The bits of every row that has some, the sum last."""
    shown = [words(row.find("td")) for row in rows(chart)]
    return [bits(text) for text in shown if text]


def ends(row):
    """Where the bar of a row begins and ends."""
    (bar,) = row.iter("rect")
    return float(bar.get("x")), float(bar.get("x")) + float(bar.get("width"))


@pytest.mark.parametrize("explanation", explanations()[::40])
def test_what_is_shown_sums_to_the_match_weight(explanation):
    *steps, total = numbers(waterfall(explanation))

    assert total == pytest.approx(explanation.match_weight, abs=0.051)
    assert sum(steps) == pytest.approx(total, abs=0.051 * (len(steps) + 1))


def test_a_bar_begins_where_the_one_before_ended():
    prior, name, rarity, _, phone, total = rows(waterfall(SIMPLE))

    assert ends(prior)[0] == pytest.approx(ends(name)[0], abs=0.02)
    assert ends(name)[1] == pytest.approx(ends(rarity)[0], abs=0.02)
    assert ends(rarity)[1] == pytest.approx(ends(phone)[0], abs=0.02)
    assert ends(phone)[1] == pytest.approx(ends(total)[1], abs=0.02)
    assert ends(prior)[1] == pytest.approx(ends(total)[0], abs=0.02)


def test_rarity_has_a_row_of_its_own_when_it_matters():
    headings = [words(row.find("th")) for row in rows(waterfall(SIMPLE))]

    assert headings == [
        "prior before anything is compared",
        "name same",
        "the shared value is rare",
        "town missing",
        "phone one <digit> off",
        "match weight review",
    ]
    little = replace(SIMPLE, evidence=(Evidence("name", "same", 6.0, 0.4),), match_weight=-1.6)
    assert numbers(waterfall(little)) == [-8.0, 6.4, -1.6]


def test_a_missing_value_has_no_bar_and_no_bits():
    missing = rows(waterfall(SIMPLE))[3]

    assert list(missing.iter("rect")) == []
    assert words(missing.find("td")) == ""


def test_both_thresholds_are_drawn_and_named():
    chart = parsed(waterfall(SIMPLE))

    assert words(of_class(chart, "match-chart-key")[0]) == (
        "reviewed from 0.0 bits merged from 4.0 bits"
    )
    per_row = len(rows(waterfall(SIMPLE)))
    assert len(of_class(chart, "match-chart-line-merge")) == per_row + 1  # and the key


def test_a_threshold_that_is_never_reached_is_not_drawn():
    chart = waterfall(replace(SIMPLE, merge_at=float("inf")))

    assert "merged from" not in words(of_class(parsed(chart), "match-chart-key")[0])


def test_labels_are_escaped():
    hostile = Evidence("<script>alert(1)</script>", 'a" onload="x\x1f', 1.0, 0.0)

    chart = waterfall(replace(SIMPLE, evidence=(hostile,), domain="<b>"))

    assert "<script" not in chart
    assert list(parsed(chart).iter("b")) == []
    assert words(rows(chart)[1].find("th")).startswith('<script>alert(1)</script> a" onload')


def test_what_would_change_the_outcome_stands_below():
    explanation = next(each for each in explanations() if each.flips)

    said = of_class(parsed(waterfall(explanation)), "match-chart-words")

    assert [words(each) for each in said] == [
        explanation.sentence,
        *(flip.sentence for flip in explanation.flips),
    ]


def test_the_sentence_is_there_for_those_who_do_not_see_the_drawing():
    (said,) = of_class(parsed(waterfall(SIMPLE)), "match-chart-words")

    assert words(said) == SIMPLE.sentence
