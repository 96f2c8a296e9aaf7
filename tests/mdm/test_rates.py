from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from mdm import golden, rates
from mdm.golden import Link, Merge
from mdm.models import EffectiveRate, Event
from tests.factories import LATER, cause, golden_record, record

pytestmark = pytest.mark.django_db

MAY = date(2026, 5, 4)


def rate(amount, *, scope="firm", role="Architect", start="2026-01-01", end="2026-12-31", **values):
    attributes = {
        "scope": scope,
        "labour_category": role,
        "unit": "hour",
        "currency": "USD",
        "amount": str(amount),
        "start_date": start,
        "end_date": end,
        **values,
    }
    return golden_record(record(source="RATES", domain="rate", **attributes))


def reference(of):
    return {"system": of.system.code, "key": of.source_key}


@pytest.fixture
def engagement():
    """A client in Texas, and a project of the practice Technology for it."""
    client = record("C1", addresses=[{"kind": "main", "city": "Austin", "region": "Texas"}])
    golden_record(client)
    project = record(
        "P1", domain="project", name="Roof", practice="Technology", client=reference(client)
    )
    return client, project, golden_record(project)


def test_the_narrowest_scope_with_a_rate_decides_and_the_chain_says_so(engagement):
    client, project, golden_project = engagement
    rate(300)
    rate(250, scope="practice", practice="Technology")
    rate(220, scope="region", region="texas")
    rate(210, scope="client", client=reference(client))
    rate(200, scope="project", project=reference(project))

    answer = rates.effective_rate(golden_project.pk, "architect", MAY)

    assert answer.status == "found"
    assert answer.rate.amount == Decimal(200)
    assert [(step.scope, step.found) for step in answer.chain] == [("project", 1)]


@pytest.mark.parametrize(
    ("scopes", "amount", "chain"),
    [
        (["firm", "practice", "region", "client"], 210, ["project", "client"]),
        (["firm", "practice", "region"], 220, ["project", "client", "region"]),
        (["firm", "practice"], 250, ["project", "client", "region", "practice"]),
        (["firm"], 300, ["project", "client", "region", "practice", "firm"]),
    ],
)
def test_where_a_scope_has_no_rate_the_next_wider_one_is_asked(engagement, scopes, amount, chain):
    client, _, golden_project = engagement
    card = {
        "firm": (300, {}),
        "practice": (250, {"practice": "Technology"}),
        "region": (220, {"region": "Texas"}),
        "client": (210, {"client": reference(client)}),
    }
    for scope in scopes:
        price, values = card[scope]
        rate(price, scope=scope, **values)

    answer = rates.effective_rate(golden_project.pk, "Architect", MAY)

    assert answer.rate.amount == amount
    assert [step.scope for step in answer.chain] == chain


def test_a_rate_that_is_nowhere_is_missing_and_the_chain_says_what_was_asked(engagement):
    _, _, golden_project = engagement

    answer = rates.effective_rate(golden_project.pk, "Architect", MAY)

    assert (answer.status, answer.rate) == ("missing", None)
    assert len(answer.chain) == 5


@pytest.mark.parametrize(
    ("on", "amount"),
    [
        (date(2025, 12, 31), None),
        (date(2026, 1, 1), 100),
        (date(2026, 6, 30), 100),
        (date(2026, 7, 1), 110),
    ],
)
def test_a_rate_applies_from_its_first_to_its_last_day(engagement, on, amount):
    _, _, golden_project = engagement
    rate(100, start="2026-01-01", end="2026-06-30")
    rate(110, start="2026-07-01", end=None)

    answer = rates.effective_rate(golden_project.pk, "Architect", on)

    assert (answer.rate and answer.rate.amount) == amount


def test_two_roles_of_one_category_are_ambiguous_and_never_a_guess(engagement):
    _, _, golden_project = engagement
    rate(100, level="Senior")
    rate(80, level="Junior")

    answer = rates.effective_rate(golden_project.pk, "Architect", MAY)

    assert (answer.status, answer.rate, len(answer.rates)) == ("ambiguous", None, 2)


def test_the_database_refuses_overlapping_effective_rates():
    shared = {
        "scope": "firm",
        "scope_key": "",
        "role": "architect",
        "labour_category": "architect",
        "unit": "hour",
        "currency": "USD",
        "amount": 1,
    }
    first, second = rate(1, role="a"), rate(1, role="b")
    EffectiveRate.objects.all().delete()

    def insert():
        for each, start in ((first, 1), (second, 6)):
            EffectiveRate.objects.create(
                golden=each, period=DateRange(date(2026, start, 1), None), **shared
            )
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with (
        pytest.raises(IntegrityError, match="effective_rates_do_not_overlap"),
        transaction.atomic(),
    ):
        insert()


def test_overlapping_rates_are_contested_and_answered_as_ambiguous(engagement):
    _, _, golden_project = engagement
    rate(100)
    rate(110, start="2026-03-01")

    answer = rates.effective_rate(golden_project.pk, "Architect", MAY)

    assert set(EffectiveRate.objects.values_list("state", flat=True)) == {"contested"}
    assert answer.status == "ambiguous"
    assert Event.objects.filter(type="rates.contested").exists()


def test_merging_two_clients_that_each_hold_a_rate_card_contests_what_overlaps():
    clients = [record(key) for key in ("C1", "C2")]
    goldens = [golden_record(each) for each in clients]
    for client in clients:
        rate(100, scope="client", client=reference(client))
        rate(90, scope="client", client=reference(client), role=f"Only {client.source_key}")
    assert set(EffectiveRate.objects.values_list("state", flat=True)) == {"effective"}

    golden.merge(
        "client", [Merge(frozenset(each.pk for each in goldens), "match")], cause=cause(at=LATER)
    )

    states = EffectiveRate.objects.order_by("labour_category", "pk")
    assert list(states.values_list("labour_category", "state")) == [
        ("architect", "contested"),
        ("architect", "contested"),
        ("only c1", "effective"),
        ("only c2", "effective"),
    ]
    assert set(EffectiveRate.objects.values_list("scope_key", flat=True)) == {str(goldens[0].pk)}


def test_a_rate_finds_its_client_when_that_arrives_later():
    rate(100, scope="client", client={"system": "CRM", "key": "late"})
    assert EffectiveRate.objects.get().scope_key == "CRM:late"

    client = golden_record(record("late"))

    assert EffectiveRate.objects.get().scope_key == str(client.pk)


def test_a_contest_ends_when_the_overlap_does():
    rate(100)
    other = record("R2", source="RATES", domain="rate", **overlapping("2026-03-01"))
    golden_other = golden_record(other)
    assert EffectiveRate.objects.filter(state="contested").count() == 2

    type(other).objects.filter(pk=other.pk).update(attributes=overlapping("2027-01-01"))
    golden.rebuild("rate", [golden_other.pk], cause=cause(at=LATER))

    assert EffectiveRate.objects.filter(state="contested").count() == 0


def overlapping(start):
    return {
        "scope": "firm",
        "labour_category": "Architect",
        "unit": "hour",
        "currency": "USD",
        "amount": "110",
        "start_date": start,
    }


def test_a_rate_that_is_merged_away_leaves_no_row():
    first, second = rate(100, role="a"), rate(100, role="b")

    golden.merge("rate", [Merge(frozenset([first.pk, second.pk]), "match")], cause=cause(at=LATER))

    assert EffectiveRate.objects.get().golden_id == first.pk


def test_links_keep_their_evidence():
    crm = record("A")
    (id_,) = golden.create("client", [[Link(crm.pk, "match", 17.5, "client-1")]], cause=cause())

    link = crm.links.get()
    assert (link.golden_id, link.match_weight, link.rule_version) == (id_, 17.5, "client-1")
