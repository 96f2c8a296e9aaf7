"""The smallest change that flips an outcome does flip it, and no smaller one does."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from matching.engine.flips import Change, flips, outcome_of, reachable_levels
from matching.engine.model import Identifier
from matching.engine.weights import Weights
from tests.matching.engine.invented import small_model

MODEL = small_model()
WEIGHTS = Weights.of(MODEL)
REACHABLE = reachable_levels(MODEL, WEIGHTS)
NAMES = [comparison.name for comparison in MODEL.comparisons]

codes = some.tuples(*(some.integers(0, len(each.levels) + 1) for each in MODEL.comparisons))
rarities = some.lists(some.floats(-6, 6), min_size=len(NAMES), max_size=len(NAMES))


def evidence(levels, rarity=None):
    """The level and bits of each comparison."""
    rarity = rarity or [0.0] * len(levels)
    return [
        (comparison.label(code), float(WEIGHTS.bits(comparison)[code]) + more)
        for comparison, code, more in zip(MODEL.comparisons, levels, rarity, strict=True)
    ]


def single_changes(said):
    """Bits of all changes of one comparison between two levels that are not *missing*."""
    for comparison, (label, weight) in zip(MODEL.comparisons, said, strict=True):
        if label == "missing":
            continue
        for code, bits in enumerate(WEIGHTS.bits(comparison).tolist()):
            if code and comparison.label(code) != label:
                yield bits - weight


@given(codes, rarities, some.floats(-20, 5), some.floats(0, 12))
@settings(deadline=None)
def test_a_flip_changes_the_outcome_and_its_numbers_sum(levels, rarity, review_at, above):
    model = replace(MODEL, review_at=review_at, merge_at=review_at + above)
    said = evidence(levels, rarity)
    weight = MODEL.prior + sum(bits for _, bits in said)

    for flip in flips(model, REACHABLE, weight, said):
        assert flip.outcome != outcome_of(model, weight)
        assert flip.outcome == outcome_of(model, flip.match_weight)
        assert flip.match_weight == weight + sum(change.bits for change in flip.changes)
        assert len({change.comparison for change in flip.changes}) == len(flip.changes)
        for change in flip.changes:
            label, bits = said[NAMES.index(change.comparison)]
            assert (change.instead_of, change.level != label) == (label, True)
            comparison = MODEL.comparison(change.comparison)
            new = next(
                each
                for code, each in enumerate(WEIGHTS.bits(comparison).tolist())
                if comparison.label(code) == change.level
            )
            assert change.bits == pytest.approx(new - bits)


@given(codes, rarities)
@settings(deadline=None)
def test_no_smaller_change_of_one_comparison_flips_the_outcome(levels, rarity):
    said = evidence(levels, rarity)
    weight = MODEL.prior + sum(bits for _, bits in said)
    now = outcome_of(MODEL, weight)
    for direction in (1, -1):
        flipping = [
            abs(bits)
            for bits in single_changes(said)
            if bits * direction > 0 and outcome_of(MODEL, weight + bits) != now
        ]

        found = [
            flip.changes[0].bits
            for flip in flips(MODEL, REACHABLE, weight, said)
            if len(flip.changes) == 1 and flip.changes[0].bits * direction > 0
        ]

        assert not flipping or [abs(bits) for bits in found] == pytest.approx([min(flipping)])


def test_a_pair_under_review_is_told_what_would_merge_it_and_what_would_end_it():
    said = evidence((1, 1, 2))  # same given and family name, another town
    weight = MODEL.prior + sum(bits for _, bits in said)

    up, down = sorted(flips(MODEL, REACHABLE, weight, said), key=lambda flip: -flip.match_weight)

    assert outcome_of(MODEL, weight) == "review"
    assert up.outcome == "merge"
    assert up.changes == (Change("town", "same", "different", pytest.approx(3 + np.log2(4.5))),)
    assert up.sentence == "Would merge (5.3 bits) if town were “same” instead of “different”."
    assert down.outcome == "no match"


def test_where_one_change_is_not_enough_the_fewest_are_named():
    said = evidence((3, 4, 2))  # nothing agrees
    weight = MODEL.prior + sum(bits for _, bits in said)

    (flip,) = flips(MODEL, REACHABLE, weight, said)

    assert flip.outcome == "review"
    assert len(flip.changes) == 2
    assert " and " in flip.sentence


def test_what_both_records_say_is_changed_before_what_one_of_them_lacks():
    said = evidence((0, 1, 2))  # given name missing, same family name, another town
    weight = MODEL.prior + sum(bits for _, bits in said)
    enough = replace(MODEL, review_at=weight + 5, merge_at=90.0)
    too_much = replace(MODEL, review_at=weight + 8, merge_at=90.0)

    (town,) = flips(enough, REACHABLE, weight, said)
    (both,) = flips(too_much, REACHABLE, weight, said)

    assert [change.comparison for change in town.changes] == ["town"]
    assert {change.instead_of for change in both.changes} == {"different", "missing"}


def test_that_an_identifier_differs_is_a_veto_and_no_matter_of_bits():
    model = small_model(identifiers=(Identifier("town", "town"),), review_at=0.0, merge_at=4.0)
    said = evidence((1, 1, 1))
    weight = model.prior + sum(bits for _, bits in said)

    changed = {
        change.comparison
        for flip in flips(model, REACHABLE, weight, said)
        for change in flip.changes
    }

    assert changed
    assert "town" not in changed


def test_nothing_is_said_where_no_change_is_enough():
    model = replace(MODEL, review_at=90.0, merge_at=90.0)

    assert flips(model, REACHABLE, 0.0, evidence((1, 1, 1))) == ()


def test_a_veto_is_the_one_thing_that_would_have_to_be_otherwise():
    said = evidence((1, 1, 1))

    (flip,) = flips(MODEL, REACHABLE, 5.3, said, ["tax number", "LEI"])

    assert (flip.outcome, flip.changes) == ("merge", ())
    assert flip.sentence == "Would merge (5.3 bits) if the tax number and the LEI did not differ."


def test_without_the_veto_it_may_still_be_no_match():
    (flip,) = flips(MODEL, REACHABLE, -3.0, evidence((1, 1, 2)), ["LEI"])

    assert flip.sentence == "Would be no match (-3.0 bits) if the LEI did not differ."
