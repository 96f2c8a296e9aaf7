"""Whatever happened in whatever order: the past is answered as a plain model noted it then."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from mdm import crosswalk, golden, history, invariants
from mdm.bulk import fetch
from mdm.crosswalk import Asked
from mdm.golden import Link, Merge
from mdm.models import GoldenRecord
from tests.factories import NOW, cause, record

STEP = timedelta(hours=1)
pytestmark = pytest.mark.django_db

# Each step is an action and two numbers that choose among what there is.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["create", "create", "attach", "merge", "separate"]),
        st.integers(0, 1_000),
        st.integers(0, 1_000),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


class World:
    """A hub, and what a plain model noted of it after each step."""

    def __init__(self):
        self.members = {}
        self.born = {}
        self.keys = {}
        self.notes = []

    def arrive(self):
        made = record(f"K{len(self.keys)}")
        self.keys[made.pk] = made.source_key
        return made.pk

    def take(self, action, one, other, at):
        standing = sorted(self.members)
        if action == "create" or not standing:
            record_id = self.arrive()
            (id_,) = golden.create("client", [[Link(record_id, "new")]], cause=cause(at=at))
            self.members[id_] = {record_id}
        elif action == "attach":
            id_, record_id = standing[one % len(standing)], self.arrive()
            golden.attach("client", {id_: [Link(record_id, "match")]}, cause=cause(at=at))
            self.members[id_].add(record_id)
        elif action == "merge" and len(standing) > 1:
            ids = {standing[one % len(standing)], standing[other % len(standing)]}
            if len(ids) == 2:
                self.merge(ids, at)
        elif action == "separate":
            id_ = standing[one % len(standing)]
            if len(self.members[id_]) > 1:
                self.separate(id_, sorted(self.members[id_])[other % len(self.members[id_])], at)

    def merge(self, ids, at):
        merge = Merge(frozenset(ids), "match")
        (survivor,) = golden.merge("client", [merge], cause=cause(at=at))
        (loser,) = ids - {survivor}
        self.members[survivor] |= self.members.pop(loser)

    def separate(self, id_, record_id, at):
        parts = golden.separate(
            "client", {id_: [[record_id]]}, method="steward", cause=cause(at=at)
        )
        away, stays = parts[id_]
        everyone = self.members.pop(id_)
        self.members[away], self.members[stays] = {record_id}, everyone - {record_id}

    def note(self, at):
        """What the hub says at this moment, read from its present alone."""
        rows = GoldenRecord.objects.values_list(
            "id", "version", "status", "attributes", "provenance", "merged_into_id"
        )
        says = {id_: rest for id_, *rest in rows}
        home = {each: id_ for id_, held in self.members.items() for each in held}
        leads = {id_: crosswalk.follow(id_) for id_ in says}
        self.notes.append((at, says, {k: set(v) for k, v in self.members.items()}, home, leads))


class TestHistory(TestCase):
    @given(steps=STEPS)
    @settings(max_examples=25)
    def test_the_past_is_answered_as_it_was_noted(self, steps):
        world, at = World(), NOW
        for action, one, other, pause in steps:
            at += STEP if pause or not world.notes else timedelta()
            world.take(action, one, other, at)
            if world.notes and world.notes[-1][0] == at:
                world.notes.pop()
            world.note(at)

        for moment, says, members, home, leads in world.notes:
            self.check(world, moment, says, members, home, leads)
        for name in ("what a golden record said at each", "a source record was in one golden"):
            (query,) = (q for known, q in invariants.INVARIANTS.items() if known.startswith(name))
            assert fetch(query) == []

    def check(self, world, moment, says, members, home, leads):
        found = history.as_of_many(GoldenRecord.objects.values_list("pk", flat=True), moment)
        assert found.keys() == says.keys()
        for id_, state in found.items():
            told = [state.version, state.status, state.attributes, state.provenance]
            assert [*told, state.merged_into] == says[id_]
            assert set(state.members) == members.get(id_, set())
            assert crosswalk.follow(id_, moment) == leads[id_]
            means = crosswalk.resolve_golden(id_, moment)
            assert means.golden_id == leads[id_] or means.status == "split"
            assert {each.source_key for each in means.identifiers} == {
                world.keys[each] for each in members[means.golden_id]
            }
        asked = [Asked("CRM", "client", key, moment) for key in world.keys.values()]
        for record_id, answer in zip(world.keys, crosswalk.resolve_many(asked), strict=True):
            assert answer.golden_id == home.get(record_id)
