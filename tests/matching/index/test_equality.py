"""What the index says of a pair is what a run over the whole domain says."""

from contextlib import contextmanager

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching.engine.match import find_pairs
from matching.engine.weights import Weights
from matching.frames import load
from matching.index import comparing
from matching.index.building import build, refresh
from matching.index.searching import Search, Sought
from mdm.models import SourceRecord
from tests.factories import NOW
from tests.matching.index.invented import clients, crowded_model, store

pytestmark = pytest.mark.django_db
in_a_database = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@contextmanager
def undone():
    """The database is afterwards as it was before."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def pairs_of_a_run(model):
    """For every pair that a full run keeps, by both of its records: what it says of it."""
    frame = load(model).frame
    pairs = find_pairs(frame, model, Weights.of(model))
    said = {}
    for pair in range(len(pairs)):
        ends = frame.record_ids[[pairs.left[pair], pairs.right[pair]]].tolist()
        says = (
            model.passes[pairs.blocking[pair]].name,
            tuple(pairs.levels[pair].tolist()),
            model.identifiers[pairs.veto[pair]].name if pairs.veto[pair] >= 0 else None,
            pytest.approx(float(pairs.match_weight[pair]), abs=1e-9),
        )
        said[tuple(ends)] = said[tuple(reversed(ends))] = says
    return said


def pairs_of_searches(model, sought):
    """The same, by searching for each record among the others."""
    found = Search(model, Weights.of(model)).find(sought)
    return {
        (each.record_id, candidate.record_id): (
            candidate.found_by, candidate.levels, candidate.veto, candidate.match_weight
        )
        for each, candidates in zip(sought, found, strict=True)
        for candidate in candidates
    }  # fmt: skip


def stored_ones(ids):
    held = dict(SourceRecord.objects.filter(pk__in=ids).values_list("pk", "attributes"))
    return [Sought(held[record_id], record_id) for record_id in ids]


@in_a_database
@given(st.lists(clients, min_size=2, max_size=24))
def test_searching_for_each_stored_record_finds_the_pairs_of_a_full_run(records):
    model = crowded_model()
    with undone():
        ids = store(records)
        build(model, at=NOW)

        found = pairs_of_searches(model, stored_ones(ids))

        assert found == pairs_of_a_run(model)


@in_a_database
@given(st.lists(clients, min_size=1, max_size=20), clients)
def test_a_new_record_finds_what_a_full_run_says_once_it_is_stored(records, new):
    model = crowded_model()
    with undone():
        store(records)
        build(model, at=NOW)

        (found,) = Search(model, Weights.of(model)).find([Sought(new)])

        (id_,) = store([new])
        expected = {pair: says for pair, says in pairs_of_a_run(model).items() if pair[0] == id_}
        assert {
            (id_, each.record_id): (each.found_by, each.levels, each.veto, each.match_weight)
            for each in found
        } == expected


@in_a_database
@given(st.lists(clients, min_size=2, max_size=20), st.lists(clients, max_size=4))
def test_a_thousand_pairs_are_weighed_as_a_few_are(records, new):
    model = crowded_model()
    with undone(), pytest.MonkeyPatch.context() as patched:
        sought = [*stored_ones(store(records)), *map(Sought, new)]
        build(model, at=NOW)
        few = Search(model, Weights.of(model)).find(sought, keep_at=-100)
        patched.setattr(comparing, "_FEW", -1)

        many = Search(model, Weights.of(model)).find(sought, keep_at=-100)

        assert few == many  # to the last bit


@in_a_database
@given(
    st.lists(clients, min_size=1, max_size=14),
    st.lists(clients, max_size=6),
    st.lists(clients, max_size=6),
)
def test_an_index_that_was_refreshed_is_as_good_as_a_new_one(records, changed, added):
    model = crowded_model()
    with undone():
        ids = store(records)
        build(model, at=NOW)
        later = [*ids[: len(changed)], *store(added)]
        for record_id, attributes in zip(ids, changed, strict=False):
            SourceRecord.objects.filter(pk=record_id).update(attributes=attributes, version=2)

        refresh(model, later, at=NOW)

        every = list(SourceRecord.objects.order_by("pk").values_list("pk", flat=True))
        assert pairs_of_searches(model, stored_ones(every)) == pairs_of_a_run(model)
