"""What charts are drawn of in tests, and how a drawing is read back."""

import re
from functools import cache
from xml.etree import ElementTree

import numpy as np

from matching.charts import (
    model_weights,
    pairs_per_pass,
    precision_recall,
    waterfall,
    weight_histogram,
)
from matching.engine.blocking_study import explain_blocking
from matching.engine.explain import Explainer
from matching.engine.match import find_pairs
from matching.engine.weights import Weights
from tests.matching.engine.invented import frame_of, people_and_truth, small_model

MODEL = small_model(block_limit=20)


@cache
def matched():
    """Frame, weights, scored pairs, whether each is right, and how many right ones there are."""
    columns, truth = people_and_truth(400)
    frame, weights = frame_of(MODEL, **columns), Weights.of(MODEL)
    found = find_pairs(frame, MODEL, weights, keep_at=-20.0)
    entity = np.array(truth)
    sizes = np.bincount(entity)
    true_pairs = int((sizes * (sizes - 1) // 2).sum())
    return frame, weights, found, entity[found.left] == entity[found.right], true_pairs


@cache
def explanations():
    frame, weights, found, _, _ = matched()
    ends = list(zip(found.left.tolist(), found.right.tolist(), strict=True))
    return Explainer(frame, MODEL, weights).explain(ends)


@cache
def every_chart():
    frame, weights, found, same, true_pairs = matched()
    thresholds = MODEL.review_at, MODEL.merge_at
    return {
        "waterfall": waterfall(explanations()[0]),
        "model": model_weights(MODEL, weights),
        "histogram": weight_histogram(found.match_weight, *thresholds),
        "precision-recall": precision_recall(found.match_weight, same, true_pairs, *thresholds),
        "passes": pairs_per_pass(explain_blocking(frame, MODEL)),
    }


def parsed(chart):
    """The chart as a tree: it is well-formed, so it can stand in any page."""
    return ElementTree.fromstring(chart)  # noqa: S314 (our own output)


def classes(element):
    return element.get("class", "").split()


def of_class(tree, name):
    return [each for each in tree.iter() if name in classes(each)]


def words(element):
    """All text within an element, on one line."""
    return " ".join(" ".join(element.itertext()).split())


def bits(text):
    """The number that a cell shows: "−2.0" is -2.0."""
    return float(re.sub(",", "", text).replace("−", "-"))
