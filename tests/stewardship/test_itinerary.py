import pytest
from django.utils import translation

from matching.models import ClusterDecision
from mdm.models import SourceSystem
from stewardship import itinerary, review
from stewardship.itinerary import Dependant
from tests.factories import LATER, cause, golden_record, record, system

pytestmark = pytest.mark.django_db

SAID = cause(at=LATER, reason="looked up")


@pytest.fixture
def merged():
    """A client merged of a CRM and an ERP record, each with a contact of its own."""
    crm, erp = record("A", legal_name="Acme"), record("1", source="ERP", legal_name="Acme Ltd")
    goldens = [golden_record(crm), golden_record(erp)]
    for key, source in (("A", "CRM"), ("1", "ERP")):
        works_for = {"system": source, "key": key}
        contact = record(f"c{key}", source=source, domain="contact", family_name="Doe",
                         client=works_for)  # fmt: skip
        golden_record(contact)
    ids = [each.pk for each in goldens]
    token = review.preview_merge("client", ids, cause=SAID).token
    review.merge("client", ids, token, cause=SAID)
    return crm, erp, ids


def test_each_stop_says_which_id_comes_back_and_which_children_go_with_it(merged):
    _, erp, (first, second) = merged

    plan = itinerary.of_separation("client", first, [[erp.pk]], cause=SAID)

    assert [(stop.outcome.id, stop.outcome.returns, stop.identifiers) for stop in plan.stops] == [
        (first, False, ("CRM:A",)),
        (second, True, ("ERP:1",)),
    ]
    assert [stop.dependants for stop in plan.stops] == [(Dependant("works_for", "contact", 1),)] * 2


@pytest.mark.parametrize(
    ("dependant", "english", "german"),
    [
        (
            Dependant("works_for", "contact", 2),
            "2 contacts (works for)",
            "2 Kontakte (arbeitet für)",
        ),
        (Dependant("parent_of", "client", 1), "1 client (is held by)", "1 Kunde (gehört zu)"),
        (Dependant("rate", "rate", 2), "2 rates", "2 Honorarsätze"),
    ],
)
def test_children_are_told_in_the_language_of_the_page(dependant, english, german):
    assert dependant.words == english
    with translation.override("de"):
        assert dependant.words == german


def test_it_says_which_decisions_no_longer_hold(merged):
    _, erp, (first, _) = merged

    plan = itinerary.of_separation("client", first, [[erp.pk]], cause=SAID)

    assert list(plan.broken) == [ClusterDecision.objects.get()]
    assert plan.kept == ()


def test_it_says_who_must_be_told(merged):
    _, erp, (first, _) = merged
    system("WAREHOUSE", direction=SourceSystem.Direction.RECEIVE)

    plan = itinerary.of_separation("client", first, [[erp.pk]], cause=SAID)

    assert plan.tell == {"CRM": ("A",), "ERP": ("1",), "WAREHOUSE": ()}


def test_a_merge_says_which_ids_will_lead_elsewhere():
    first, second = golden_record(record("A")), golden_record(record("B"))

    plan = itinerary.of_merge("client", [first.pk, second.pk], cause=SAID)

    assert plan.led_elsewhere == {second.pk: first.pk}
    assert [each.pk for each in plan.before] == [first.pk, second.pk]
