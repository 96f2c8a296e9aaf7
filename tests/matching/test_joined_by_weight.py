"""What the machine joined weighs enough by the model that joined it; people join as they like."""

from dataclasses import replace

import pytest

from matching.decisions import decide
from matching.domains import MODELS
from matching.models import MatchRun
from mdm import golden, invariants
from mdm.models import CrosswalkLink
from tests.factories import LATER, cause, golden_of, match, record

pytestmark = pytest.mark.django_db

WEIGHS = "what the machine joined weighs what the version of its model asked for"
ACME, COUSIN, STRANGER = "Acme Tools Ltd", "Acme Tools Group Ltd", "Zebra GmbH"


def too_light():
    return {each.name: each.count for each in invariants.check()}[WEIGHS]


def joined(one, other):
    return len(set(golden_of(one, other))) == 1


@pytest.mark.parametrize("name", [COUSIN, STRANGER])
def test_what_a_run_joined_because_a_person_said_so_may_weigh_nothing(name):
    one, other = record("A", legal_name=ACME), record("B", legal_name=name)
    decide(one.pk, other.pk, "match", cause=cause())

    match()

    assert joined(one, other)
    assert set(CrosswalkLink.objects.values_list("method", flat=True)) == {"match"}
    assert too_light() == 0


def test_a_later_version_that_asks_for_more_says_nothing_of_what_an_earlier_one_joined(
    monkeypatch,
):
    one, other = record("A", legal_name=ACME), record("B", legal_name=ACME)
    match()
    weight = CrosswalkLink.objects.filter(method="match").earliest("pk").match_weight
    stricter = replace(MODELS["client"], version=99, merge_at=weight + 1)
    monkeypatch.setitem(MODELS, "client", stricter)
    record("C", legal_name=STRANGER)
    match()

    assert joined(one, other)
    assert MatchRun.objects.filter(model_version="client-99").exists()
    assert too_light() == 0
    CrosswalkLink.objects.filter(method="match").update(rule_version="client-99")
    assert too_light() == 2


def test_records_that_many_support_need_that_much_less_each():
    MatchRun.objects.create(
        domain="contact", model_version="contact-9", review_at=0, merge_at=8, started_at=LATER,
        report={"model": {"joining": {"support": 2.0}}},
    )  # fmt: skip
    one = record("A", domain="contact", family_name="Doe")
    other = record("B", domain="contact", family_name="Doe")
    link = golden.Link(other.pk, "match", 6.5, "contact-9")
    golden.create("contact", [[golden.Link(one.pk, "new"), link]], cause=cause())

    assert too_light() == 0
    CrosswalkLink.objects.filter(method="match").update(match_weight=5.5)
    assert too_light() == 1
