"""Explanations: the numbers sum, any pair has one, and no value is stored."""

import json

import numpy as np
import pytest

from matching.engine.explain import Explainer, Explanation
from matching.engine.match import find_pairs
from matching.engine.weights import Weights
from tests.matching.engine.invented import frame_of, people, small_model


@pytest.fixture
def explainer():
    model = small_model()
    frame = frame_of(
        model,
        given=["Ann", "Ann", "Bob", "Ann"],
        family=["Leeson", "Leeson", "Leeson", None],
        town=["Oslo", "Rome", "Oslo", None],
        number=["111", None, "222", None],
        country=["x"] * 4,
    )
    return Explainer(frame, model, Weights.of(model))


def test_the_prior_and_the_evidence_sum_to_the_weight(explainer):
    (explanation,) = explainer.explain([(0, 1)])

    total = explanation.prior + sum(item.bits + item.rarity for item in explanation.evidence)
    assert explanation.match_weight == pytest.approx(total, abs=1e-9)


def test_every_pair_of_a_run_weighs_what_its_explanation_says():
    model = small_model()
    frame = frame_of(model, **people(300))
    pairs = find_pairs(frame, model, Weights.of(model))

    explanations = Explainer(frame, model, Weights.of(model)).explain(
        list(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    )

    assert [item.match_weight for item in explanations] == pairs.match_weight.tolist()
    labels = [
        tuple(c.label(code) for c, code in zip(model.comparisons, codes, strict=True))
        for codes in pairs.levels.tolist()
    ]
    assert [tuple(e.level for e in item.evidence) for item in explanations] == labels
    assert [item.found_by for item in explanations] == [
        model.passes[number].name for number in pairs.blocking.tolist()
    ]


def test_a_pair_that_was_never_compared_is_explained_too(explainer):
    (explanation,) = explainer.explain([(2, 3)])

    assert explanation.found_by is None
    assert explanation.outcome == "no match"
    assert "no blocking pass brings them together" in explanation.sentence


def test_a_veto_is_named(explainer):
    (explanation,) = explainer.explain([(0, 2)])

    assert (explanation.veto, explanation.outcome) == ("number", "kept apart")
    assert explanation.sentence.startswith("Kept apart, as the number differs")


def test_the_order_of_the_two_records_does_not_matter(explainer):
    one, other = explainer.explain([(0, 1), (1, 0)])

    assert one == other


def test_a_sentence_says_what_speaks_for_and_against(explainer):
    (explanation,) = explainer.explain([(0, 1)])

    assert explanation.sentence == (
        "Perhaps one person (0.2 bits, reviewed from 0); for one person speak family: same (+6.3),"
        " given: same (+4.0); against it town: different (-2.2)."
    )


def test_what_is_stored_holds_no_value_and_can_be_read_again(explainer):
    (explanation,) = explainer.explain([(0, 1)])

    stored = json.dumps(explanation.to_dict())

    assert "leeson" not in stored.lower()
    assert Explanation.from_dict(json.loads(stored)) == explanation


def test_many_pairs_are_explained_at_once(explainer):
    rows = [(0, 1), (0, 2), (1, 2)]

    assert [item.match_weight for item in explainer.explain(rows)] == [
        explainer.explain([pair])[0].match_weight for pair in rows
    ]
    assert explainer.explain([]) == []
    assert np.isfinite([item.match_weight for item in explainer.explain(rows)]).all()
