"""Settings for Splink say what the model says; what Splink's settings say beyond it is refused."""

import copy
import json
from dataclasses import replace

import pytest

from matching.domains import MODELS
from matching.engine.model import Column, Comparison, Level, equal, similar
from matching.engine.splink_import import model_of_splink
from matching.engine.splink_settings import (
    SplinkError,
    functions_needed,
    splink_settings,
    splink_table,
    without_own_measures,
)
from matching.engine.weights import Weights
from tests.matching.engine.invented import frame_of, small_model


def settings_of(model):
    return json.loads(json.dumps(splink_settings(model, Weights.of(model))))


@pytest.mark.parametrize("model", [*MODELS.values(), small_model()], ids=lambda model: model.domain)
def test_a_model_comes_back_from_the_settings_as_it_was(model):
    again, weights = model_of_splink(settings_of(model), like=model)

    assert again == model
    assert weights.m == Weights.of(model).m
    assert weights.u == Weights.of(model).u
    assert weights.prior == pytest.approx(model.prior)


def test_levels_keep_their_words_and_their_m_and_u():
    given = settings_of(small_model())["comparisons"][0]

    assert given["output_column_name"] == "given"
    assert given["comparison_levels"] == [
        {
            "sql_condition": '("given_l" IS NULL OR "given_r" IS NULL)',
            "label_for_charts": "missing",
            "is_null_level": True,
        },
        {
            "sql_condition": '"given_l" = "given_r"',
            "label_for_charts": "same",
            "m_probability": 0.8,
            "u_probability": 0.05,
            "tf_adjustment_column": "given_for_given_1",
            "tf_adjustment_weight": 1.0,
            "tf_minimum_u_value": 0.05 / 64,
            "disable_tf_exact_match_detection": True,
        },
        {
            "sql_condition": 'jaro_winkler_similarity("given_l", "given_r") >= 0.8',
            "label_for_charts": "alike",
            "m_probability": 0.1,
            "u_probability": 0.05,
        },
        {
            "sql_condition": "ELSE",
            "label_for_charts": "different",
            "m_probability": pytest.approx(0.1),
            "u_probability": pytest.approx(0.9),
        },
    ]


def test_a_column_of_several_values_is_a_list_that_blocking_takes_apart():
    model = small_model()
    frame = frame_of(
        model,
        given=["Ann", "Ann", "Bob"],
        family=["Lee", "Lee", None],
        town=["Oslo", None, None],
        other_town=["Rome", None, "Oslo"],
        number=[None] * 3,
        country=[None] * 3,
    )

    table = splink_table(frame, model, Weights.of(model)).to_pydict()

    assert table["unique_id"] == [0, 1, 2]
    assert table["town"] == [["oslo", "rome"], None, ["oslo"]]
    assert table["family"] == ["lee", "lee", None]
    assert table["tf_family_for_family_1"][2] is None
    assert settings_of(model)["blocking_rules_to_generate_predictions"][1] == {
        "blocking_rule": 'l."given" = r."given" AND l."town" = r."town"',
        "sql_dialect": "duckdb",
        "arrays_to_explode": ["town"],
    }


def test_what_duckdb_has_no_measure_for_is_named_and_can_be_left_out():
    model = small_model()

    left, weights = without_own_measures(model, Weights.of(model))

    assert functions_needed(model) == ["touchstone_indel"]
    assert functions_needed(left) == []
    assert [level.label for level in left.comparison("family").levels] == ["same"]
    assert weights.m["family"] == pytest.approx((0.8, 0.2))
    assert weights.u["family"] == pytest.approx((0.01, 0.99))
    weights.check(left)


def test_a_model_of_our_measures_alone_is_not_for_splink_alone():
    levels = (Level("alike", (similar("family", "indel", 0.9),), 0.9, 0.1),)
    model = small_model(comparisons=(Comparison("family", levels),))

    with pytest.raises(SplinkError, match="every level of 'person' needs a measure"):
        without_own_measures(model, Weights.of(model))


def test_two_names_that_are_one_in_sql_are_refused():
    columns = (*small_model().columns, Column("Given", ("given",)))

    with pytest.raises(SplinkError, match="'given' and 'Given' are both 'given' in SQL: rename"):
        settings_of(small_model(columns=columns))


def test_settings_that_splinks_own_library_writes_are_understood():
    model = small_model()
    settings = {
        "probability_two_random_records_match": 0.001,
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": '(l."family" = r."family") AND (l."town" = r."town")'},
            'l."number" = r."number"',
        ],
        "comparisons": [
            {
                "output_column_name": "given",
                "comparison_levels": [
                    {"sql_condition": '"given_l" IS NULL OR "given_r" IS NULL', "is_null_level": 1},
                    {
                        "sql_condition": '"given_l" = "given_r"',
                        "label_for_charts": "Exact match on given",
                        "m_probability": 0.7,
                        "u_probability": 0.02,
                        "tf_adjustment_column": "given",
                    },
                    {
                        "sql_condition": 'jaro_winkler_similarity("given_l", "given_r") >= 0.92',
                        "m_probability": 0.2,
                        "u_probability": 0.01,
                    },
                    {"sql_condition": "ELSE", "m_probability": 0.1, "u_probability": 0.97},
                ],
            }
        ],
    }

    read, weights = model_of_splink(settings, like=model, records=5_000)

    assert [each.columns for each in read.passes] == [("family", "town"), ("number",)]
    assert [each.when for each in read.comparison("given").levels] == [
        (equal("given"),),
        (similar("given", "jaro_winkler", 0.92),),
    ]
    assert read.comparison("given").levels[0].frequency_of == "given"
    assert read.identifiers == model.identifiers
    assert weights.m["given"] == (0.7, 0.2, 0.1)
    assert weights.prior == pytest.approx(-9.9644, abs=1e-4)
    assert weights.trained_on == 5_000


def changed(change):
    settings = copy.deepcopy(settings_of(small_model()))
    change(settings)
    return settings


def level(settings, number):
    return settings["comparisons"][0]["comparison_levels"][number]


REFUSED = [
    (lambda s: s.pop("comparisons"), "no comparisons: is this a model saved by Splink"),
    (
        lambda s: level(s, 2).update(sql_condition='levenshtein("given_l", "given_r") <= 1'),
        "comparison 'given', level 'alike': .* is nothing that our measures say; use equality",
    ),
    (
        lambda s: level(s, 1).update(sql_condition='"nick_l" = "nick_r"'),
        "level 'same' names the column 'nick', .* use one of given, family",
    ),
    (lambda s: level(s, 1).pop("m_probability"), "a level without m or u: train it in Splink"),
    (lambda s: s["comparisons"][0]["comparison_levels"].pop(), "its last level is not ELSE"),
    (lambda s: s["comparisons"][0]["comparison_levels"].pop(0), "needs one level with is_null"),
    (
        lambda s: level(s, 1).update(tf_adjustment_column="number"),
        "for which that column of our model needs a chance",
    ),
    (
        lambda s: s["blocking_rules_to_generate_predictions"].append("l.given = substr(r.given,1)"),
        "blocking rule 3: .* make a column of what it computes",
    ),
]


@pytest.mark.parametrize(("change", "words"), REFUSED)
def test_what_ours_cannot_say_is_refused_with_its_place_and_a_remedy(change, words):
    with pytest.raises(SplinkError, match=words):
        model_of_splink(changed(change), like=small_model())


def test_a_prior_of_many_records_is_the_prior_of_the_settings():
    model = replace(small_model(), prior=-10.0)

    settings = splink_settings(model, Weights.of(model), records=40_000)

    share = settings["probability_two_random_records_match"]
    assert share / (1 - share) == pytest.approx(2**-11)
