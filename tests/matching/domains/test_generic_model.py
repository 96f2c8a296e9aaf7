"""A domain without a model of its own is matched by its name and its keys."""

import pytest

from matching.domains.generic import generic_model
from matching.engine.explain import Explainer
from matching.engine.weights import Weights
from tests.matching.domains.two_records import frame_of_records

CONTRACT = generic_model("contract", name="title", keys=["contract_number", "lot"])

CASES = [
    ({"contract_number": "GS-35F"}, {"contract_number": "gs 35f"}, "merge"),
    (
        {"title": "Audit", "contract_number": "GS-35F"},
        {"title": "Review", "contract_number": "GS35F"},
        "merge",
    ),
    ({"title": "Frame agreement"}, {"title": "Frame Agreement"}, "review"),
    (
        {"title": "Frame agreement", "contract_number": "1"},
        {"title": "Frame agreement", "contract_number": "2"},
        "no match",
    ),
    ({"title": "Frame agreement"}, {"title": "Cleaning"}, "no match"),
]


@pytest.mark.parametrize(("left", "right", "expected"), CASES)
def test_two_records_of_a_throw_away_domain(left, right, expected):
    frame = frame_of_records(CONTRACT, [left, right])

    (explanation,) = Explainer(frame, CONTRACT, Weights.of(CONTRACT)).explain([(0, 1)])

    assert explanation.outcome == expected


def test_a_generic_model_reads_only_what_it_was_given():
    assert CONTRACT.paths == ("title", "contract_number", "lot")
    assert generic_model("x", keys=["code"]).paths == ("code",)
    assert generic_model("x", name="name").paths == ("name",)
