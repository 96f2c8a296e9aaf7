"""Agreement levels: the first that holds counts, and missing is a level of its own."""

import numpy as np
import pytest

from matching.engine.levels import Comparer
from matching.engine.model import Comparison, Level, absent, equal, similar
from tests.matching.engine.invented import frame_of, small_model


def level_of(comparison: Comparison, left: dict, right: dict) -> str:
    model = small_model(comparisons=(comparison,))
    columns = {path: [left.get(path), right.get(path)] for path in {*left, *right}}
    comparer = Comparer(frame_of(model, **columns), model)
    (code,) = comparer.levels(comparison, comparer.ends(np.array([0]), np.array([1])))
    return comparison.label(int(code))


FAMILY = Comparison(
    "family",
    (
        Level("same", (equal("family"),), 0.8, 0.01),
        Level("nearly", (similar("family", "indel", 0.85),), 0.1, 0.01),
        Level("alike", (similar("family", "indel", 0.6),), 0.05, 0.05),
    ),
)
BOTH = Comparison(
    "both",
    (
        Level("both same", (equal("given"), equal("family")), 0.5, 0.001),
        Level("town, family alike", (equal("town"), similar("family", "indel", 0.6)), 0.2, 0.01),
        Level("no given name", (absent("given"), equal("family")), 0.1, 0.01),
        Level("same town", (equal("town"),), 0.1, 0.1),
    ),
)


@pytest.mark.parametrize(
    ("left", "right", "label"),
    [
        ("Smith", "SMITH", "same"),
        ("Smithson", "Smithsen", "nearly"),
        ("Smith", "Smyth", "alike"),
        ("Smith", "Jones", "different"),
        ("Smith", None, "missing"),
        (None, None, "missing"),
    ],
)
def test_the_strongest_level_that_holds_counts(left, right, label):
    assert level_of(FAMILY, {"family": left}, {"family": right}) == label


@pytest.mark.parametrize(
    ("left", "right", "label"),
    [
        (("ann", "lee", "oslo"), ("ann", "lee", "rome"), "both same"),
        (("ann", "leeson", "oslo"), ("bob", "leesen", "oslo"), "town, family alike"),
        (("ann", "lee", "oslo"), (None, "lee", "rome"), "no given name"),
        (("ann", "lee", "oslo"), ("bob", "kim", "oslo"), "same town"),
        (("ann", "lee", "oslo"), ("bob", "kim", "rome"), "different"),
        (("ann", None, None), (None, "lee", "rome"), "missing"),
    ],
)
def test_a_level_may_need_several_columns(left, right, label):
    paths = ("given", "family", "town")

    assert (
        level_of(BOTH, dict(zip(paths, left, strict=True)), dict(zip(paths, right, strict=True)))
        == label
    )


def test_records_agree_when_any_two_of_their_values_do():
    town = Comparison("town", (Level("same", (equal("town"),), 0.8, 0.1),))
    left = {"town": "Oslo", "other_town": "Rome"}
    right = {"town": "Paris", "other_town": "Oslo"}

    assert level_of(town, left, right) == "same"


def test_the_rarest_shared_value_is_the_one_that_counts():
    model = small_model()
    frame = frame_of(
        model, town=["Oslo", "Oslo", "Oslo", "Oslo"], other_town=["Rome", "Rome", None, None]
    )
    ends = Comparer(frame, model).ends(np.array([0]), np.array([1]))

    (code,) = ends.shared("town")

    assert frame.columns["town"].values[int(code)].as_py() == "rome"
