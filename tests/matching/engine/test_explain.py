"""Explanations: the numbers sum, any pair has one, and no value is stored."""

import json

import numpy as np
import pytest

from matching.engine.explain import Compared, Explainer, Explanation
from matching.engine.match import find_pairs
from matching.engine.model import Identifier
from matching.engine.weights import Weights
from tests.matching.domains.two_records import explained
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


def test_an_explanation_stored_before_it_said_what_would_flip_it_can_be_read(explainer):
    (explanation,) = explainer.explain([(0, 1)])
    stored = explanation.to_dict()
    del stored["flips"], stored["missed"]

    assert Explanation.from_dict(stored).evidence == explanation.evidence


def test_the_values_that_are_compared_are_shown_beside_the_explanation(explainer):
    given, family, town = explainer.compared(0, 1)

    assert given == Compared("given", "given", ("ann",), ("ann",))
    assert family.left == family.right == ("leeson",)
    assert (town.left, town.right) == (("oslo",), ("rome",))
    assert explainer.compared(2, 3)[1].right == ()


def test_every_identifier_that_differs_would_have_to_agree():
    identifiers = (Identifier("number", "number"), Identifier("country", "country"))
    model = small_model(identifiers=identifiers)
    two = frame_of(
        model,
        given=["Ann"] * 2,
        family=["Lee"] * 2,
        town=["Oslo"] * 2,
        number=["1", "2"],
        country=["NO", "SE"],
    )

    (explanation,) = Explainer(two, model, Weights.of(model)).explain([(0, 1)])

    assert explanation.veto == "number"
    assert explanation.flips[0].without_vetoes == ("number", "country")
    assert explanation.flips[0].outcome == "merge"


RELATIONS = [
    (("Ann", "Leeson", "Oslo"), "same"),
    (("Ann", "Leeson", "Rome"), "possibly same"),
    (("Bob", "Leeson", "Rome"), "possibly related"),
    (("Bob", "Quist", "Rome"), "unrelated"),
]


@pytest.mark.parametrize(("other", "relation"), RELATIONS)
def test_two_records_stand_in_one_of_four_relations(other, relation):
    model = small_model()
    given, family, town = zip(("Ann", "Leeson", "Oslo"), other, strict=True)
    two = frame_of(model, given=given, family=family, town=town)

    (explanation,) = Explainer(two, model, Weights.of(model)).explain([(0, 1)])

    assert explanation.relation == relation


def test_parent_and_subsidiary_with_one_domain_are_related_and_not_the_same():
    explanation = explained(
        "client",
        {"legal_name": "Norvik Holding AG", "website": "norvik.example", "lei": "A" * 20},
        {"legal_name": "Norvik Logistics GmbH", "website": "norvik.example", "lei": "B" * 20},
    )

    assert (explanation.outcome, explanation.relation) == ("kept apart", "possibly related")


def test_many_pairs_are_explained_at_once(explainer):
    rows = [(0, 1), (0, 2), (1, 2)]

    assert [item.match_weight for item in explainer.explain(rows)] == [
        explainer.explain([pair])[0].match_weight for pair in rows
    ]
    assert explainer.explain([]) == []
    assert np.isfinite([item.match_weight for item in explainer.explain(rows)]).all()
