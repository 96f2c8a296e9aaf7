"""What blocking passes are worth: the counts agree with what a run compares."""

from dataclasses import replace

import pytest

from matching.domains import MODELS
from matching.engine.blocking import Blocking
from matching.engine.blocking_study import explain_blocking
from tests.matching.engine.benchmark_records import generated_frame
from tests.matching.engine.invented import frame_of, people, small_model


def crowd(size):
    """So many Lees, of whom two are in Oslo, and a Berg whose town is unknown."""
    return {
        "given": ["Ann"] * size + ["Bob"],
        "family": ["Lee"] * size + ["Berg"],
        "town": ["Oslo"] * 2 + [f"town {n}" for n in range(size - 2)] + [None],
    }


@pytest.mark.parametrize("model", [small_model(), small_model(block_limit=4, window=2)])
def test_new_pairs_are_those_that_no_earlier_pass_finds(model):
    frame = frame_of(model, **people(300))
    blocking = Blocking.of(frame, model)
    seen, counts = set(), []
    for number in range(len(model.passes)):
        pairs = {
            pair
            for part in blocking.pairs_of(number)
            for pair in zip(part.left.tolist(), part.right.tolist(), strict=True)
        }
        counts.append(len(pairs - seen))
        seen |= pairs

    found = explain_blocking(frame, model)

    assert [each.new_pairs for each in found] == counts
    assert found[-1].all_pairs == len(seen)
    assert [each.report for each in found] == list(blocking.reports)


def test_a_large_block_is_shown_with_what_its_records_share():
    model = small_model()

    families, towns = explain_blocking(frame_of(model, **crowd(6)), model)

    (block,) = families.largest
    assert (block.records, block.pairs, block.capped) == (6, 15, False)
    assert (block.values, block.rows) == (("lee",), (0, 1, 2))
    assert towns.largest[0].values == ("ann", "oslo")
    assert (towns.new_pairs, towns.all_pairs) == (0, 15)


def test_a_capped_block_says_how_many_pairs_it_leaves_out():
    model = small_model(block_limit=5, window=1)

    families, _ = explain_blocking(frame_of(model, **crowd(6)), model)

    assert families.largest[0].capped
    assert families.largest[0].pairs == 5
    assert families.left_out == 10
    assert families.report.oversized == 1


def test_records_without_a_column_of_the_pass_are_counted():
    model = small_model()

    families, towns = explain_blocking(frame_of(model, **crowd(6)), model)

    assert (families.without_key, towns.without_key) == (0, 1)


def test_the_largest_blocks_come_first_and_no_more_than_are_asked_for():
    model = small_model()
    frame = frame_of(model, **people(300))

    sizes = [block.records for block in explain_blocking(frame, model, largest=5)[0].largest]

    assert len(sizes) == 5
    assert sizes == sorted(sizes, reverse=True)
    assert explain_blocking(frame, model, largest=0)[0].largest == ()


def test_no_record_no_pair():
    model = small_model()

    assert [each.all_pairs for each in explain_blocking(frame_of(model, given=[]), model)] == [0, 0]


def test_generated_contacts_share_what_the_pass_demands():
    model = replace(MODELS["contact"], block_limit=10)
    frame, _ = generated_frame(model, 1_000)

    for each in explain_blocking(frame, model, largest=2):
        for block in each.largest:
            assert all(block.values), each.report.name
            assert block.capped == (block.records > 10)
