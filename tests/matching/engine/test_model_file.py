"""A model and its weights travel through a YAML file that people read and change."""

import numpy as np
import pytest

from matching.domains import MODELS
from matching.engine.model import ModelError
from matching.engine.model_changes import changes
from matching.engine.model_file import from_yaml, to_yaml
from matching.engine.train import train
from matching.engine.weights import Weights, WeightsError
from tests.matching.engine.invented import frame_of, guarded_model, people, small_model


@pytest.mark.parametrize("model", [*MODELS.values(), guarded_model(6.0)], ids=lambda m: m.domain)
def test_a_file_gives_back_the_model_that_it_was_written_from(model):
    assert from_yaml(to_yaml(model)) == (model, None)
    assert from_yaml(to_yaml(model, Weights.of(model))) == (model, Weights.of(model))


def test_learned_weights_come_back_to_the_last_digit():
    model = small_model()
    weights = train(frame_of(model, **people(800)), model, np.random.default_rng(3))

    text = to_yaml(model, weights)

    assert weights.trained_on == 800
    assert "# Learned from 800 records." in text
    assert from_yaml(text) == (model, weights)


def test_a_small_thing_stands_on_one_line():
    lines = to_yaml(small_model()).splitlines()

    assert "  - {name: given, of: [given], chance: 0.05}" in lines
    assert "  - {name: same given name and town, columns: [given, town]}" in lines
    assert "      when: [{column: given, measure: jaro_winkler, at_least: 0.8}]" in lines


@pytest.mark.parametrize("written", ["1e-6", "0.000001", "1.0e-06"])
def test_a_number_may_be_written_as_people_write_it(written):
    text = to_yaml(MODELS["client"]).replace("u: 1.0e-06", f"u: {written}")

    assert from_yaml(text)[0] == MODELS["client"]


WRONG = [
    ("domain: person", "domain: [person", "this is not YAML: line 6, column 10: expected"),
    ("model:", "modell:", "the file has no model: put everything of the model under 'model:'"),
    (
        "model:",
        "colour: red\nmodel:",
        "the file has nothing called colour; there is model, weights",
    ),
    ("prior: -8.0", "prior: much", "model, prior: expected a number, not 'much'"),
    ("domain: person", "domain: no", "model, domain: expected a text .* not False"),
    ("of: [town]", "of: town", "model, columns 3, of: expected a list, not 'town'"),
    ("also: [[other_town]]", "also: [other_town]", "model, columns 3, also 1: expected a list"),
    ("at_least: 0.7}", "at_most: 0.7}", "comparisons 2, levels 3, when 1 has nothing called at_m"),
    ("measure: jaro_winkler", "measure: jaro", "unknown measure 'jaro'; there is equal, absent"),
    ("      m: 0.8", "      m: .nan", "levels 1, m: expected a number, not nan"),
    ("version: 1", "version: 1.5", "model, version: expected a whole number, not 1.5"),
    ("of: [country], form: letters", "of: [country], form: letter", "unknown form 'letter'; there"),
    ("      m: 0.8", "      m: 0.95", "the m of its levels reach 1: together they stay below it"),
]


@pytest.mark.parametrize(("there", "written", "words"), WRONG)
def test_an_error_names_the_place_and_the_remedy(there, written, words):
    text = to_yaml(small_model())
    assert there in text

    with pytest.raises(ModelError, match=words):
        from_yaml(text.replace(there, written, 1))


BAD_WEIGHTS = [
    ("    town: [0.8, 0.19999999999999996]\n", "", "comparison 'town' has 0 m in the weights, not"),
    ("    town: [0.8, 0.19999999999999996]", "    town: often", "m and u are a list of numbers"),
    ("  chance: {given: 0.05, ", "  chance: {", "without the chance of given"),
    ("  prior: -8.0\n  m:", "  m:", "weights need prior"),
    (
        "weights:\n  domain: person",
        "weights:\n  domain: client",
        "do not fit the model of 'person'",
    ),
]


@pytest.mark.parametrize(("there", "written", "words"), BAD_WEIGHTS)
def test_weights_that_do_not_fit_say_why(there, written, words):
    text = to_yaml(small_model(), Weights.of(small_model()))
    assert there in text

    with pytest.raises(WeightsError, match=words):
        from_yaml(text.replace(there, written, 1))


def test_what_is_different_between_two_models_is_said_part_by_part():
    text = to_yaml(small_model())
    text = text.replace("at_least: 0.8", "at_least: 0.9").replace("merge_at: 4.0", "merge_at: 5.0")
    text = text.replace("label: nearly", "label: close").replace(
        "columns: [family]", "columns: [town]"
    )
    changed, _ = from_yaml(text)

    assert changes(small_model(), small_model()) == []
    assert changes(small_model(), changed) == [
        "passes, 'same family name', columns: [family], now [town]",
        "comparisons, 'given', levels, 'alike', when: [given jaro_winkler 0.8],"
        " now [given jaro_winkler 0.9]",
        "comparisons, 'family', levels, 'nearly' is gone",
        "comparisons, 'family', levels, 'close' is new",
        "merge_at: 4, now 5",
    ]


def test_passes_in_another_order_are_a_change():
    model = small_model(passes=tuple(reversed(small_model().passes)))

    assert changes(small_model(), model) == ["passes: in another order"]
