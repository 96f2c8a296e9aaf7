from dataclasses import replace

import orjson
import pytest
from django.core import serializers
from django.db import IntegrityError

from matching.domains import MODELS
from matching.explaining import explanation_of
from matching.models import Decision, MatchPair, MatchRun
from mdm.models import Event
from stewardship.models import StewardshipTask
from tests.factories import load, match, pair_of, record

pytestmark = pytest.mark.django_db

PERSON = {"given_name": "Zebulon", "family_name": "Quackenbush", "emails": ["zeb@quack.example"]}


@pytest.fixture
def alike():
    """Two records about which a steward is asked."""
    one = record("A", legal_name="Acme Ltd")
    other = record("1", source="ERP", legal_name="Acme Group Ltd")
    match()
    return one, other


def test_a_pair_holds_a_level_and_bits_for_each_comparison_and_the_versions_compared(alike):
    pair = pair_of(*alike)

    comparisons = MODELS["client"].comparisons
    assert len(pair.levels) == len(pair.weights) == len(comparisons)
    assert comparisons[0].label(pair.levels[0]) == "name but for Group"
    assert (pair.left_version, pair.right_version) == (1, 1)
    assert pair.found_by in {each.name for each in MODELS["client"].passes}


def test_an_explanation_adds_up_to_the_match_weight(alike):
    pair = pair_of(*alike)

    explained = explanation_of(pair)

    assert explained.match_weight == pair.match_weight
    total = explained.prior + sum(each.weight for each in explained.evidence)
    assert total == pytest.approx(pair.match_weight)
    assert explained.prior == pytest.approx(pair.run.weights["prior"], abs=0.001)
    assert explained.outcome == "review"


def test_an_explanation_is_a_sentence_about_levels(alike):
    sentence = explanation_of(pair_of(*alike)).sentence

    assert sentence.startswith("Perhaps one client (")
    assert "name and reach: name but for Group" in sentence


def test_the_explanation_of_a_veto_names_the_identifier():
    one = record("A", legal_name="Acme Ltd", tax_id="GB123456789")
    other = record("1", source="ERP", legal_name="Acme Ltd", tax_id="GB999999973")
    match()

    explained = explanation_of(pair_of(one, other))

    assert explained.outcome == "kept apart"
    assert explained.sentence.startswith("Kept apart, as the tax number differs (")


def test_the_identifier_of_a_record_keeps_its_whole_cluster_apart():
    names = {"legal_name": "Acme Ltd"}
    one = record("A", **names, tax_id="GB123456789", lei="5299000J2N45DDNE4Y28")
    sibling = record("B", **names, lei="5299000J2N45DDNE4Y28")
    other = record("1", source="ERP", **names, tax_id="GB999999973")
    match()

    pair = pair_of(sibling, other)

    assert pair_of(one, other).kept_apart_by == "tax number differs"
    assert pair.kept_apart_by == "identifier of their clusters differs"
    assert explanation_of(pair).sentence.startswith(
        "Kept apart, as the identifier of their clusters differs ("
    )


def test_an_explanation_stays_as_it_was_when_the_model_changes(alike, monkeypatch):
    before = explanation_of(pair_of(*alike))
    model = MODELS["client"]
    changed = replace(model, version=2, comparisons=model.comparisons[1:])

    monkeypatch.setitem(MODELS, "client", changed)

    assert explanation_of(pair_of(*alike)) == before


def test_nothing_that_is_stored_about_a_pair_holds_a_value_of_its_records():
    one = record("P", domain="contact", **PERSON)
    other = record("7", source="ERP", domain="contact", **PERSON)
    match("contact")
    assert pair_of(one, other) is not None

    stored = "".join(
        serializers.serialize("json", model.objects.all())
        for model in (MatchPair, MatchRun, Decision, Event, StewardshipTask)
    )
    explained = orjson.dumps(explanation_of(pair_of(one, other)).to_dict()).decode()

    for value in ("zebulon", "quackenbush", "quack.example"):
        assert value not in stored.lower()
        assert value not in explained.lower()


def test_a_pair_is_judged_again_when_one_of_its_records_changes(alike):
    one, other = alike
    before = pair_of(one, other)

    load(other.home_feed, "Id,Name\n1,Acme Grp Holdings Ltd\n")

    after = pair_of(one, other)
    assert after.pk == before.pk
    assert sorted((after.left_version, after.right_version)) == [1, 2]


def test_a_pair_that_is_no_longer_alike_is_obsolete_and_asks_nobody(alike):
    one, other = alike
    assert StewardshipTask.objects.get().state == "open"

    load(other.home_feed, "Id,Name\n1,Zebra GmbH\n")

    assert pair_of(one, other).state == "obsolete"
    assert StewardshipTask.objects.get().state == "done"


def test_a_pair_that_became_one_golden_record_asks_nobody(alike):
    one, other = alike

    load(other.home_feed, "Id,Name\n1,Acme Ltd\n")

    assert pair_of(one, other).state == "automatic"
    assert StewardshipTask.objects.get().state == "done"


def test_a_run_over_other_records_leaves_a_waiting_pair_alone(alike):
    before = MatchPair.objects.values().get()

    record("Z", legal_name="Zebra GmbH")
    match()

    assert MatchPair.objects.values().get() == before


def test_the_database_keeps_a_pair_once_and_in_order(alike):
    pair = pair_of(*alike)

    pair.pk, pair.left_id, pair.right_id = None, pair.right_id, pair.left_id
    with pytest.raises(IntegrityError, match="a_pair_is_in_order"):
        pair.save(force_insert=True)
