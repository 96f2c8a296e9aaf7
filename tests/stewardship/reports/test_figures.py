"""What the reports say, recomputed from the raw tables in another way."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.contrib.auth.models import User
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from mdm.domains import ENTITY_TYPES
from mdm.governance import trade
from mdm.models import (
    CrosswalkLink,
    EffectiveRate,
    ExposureFact,
    GoldenRecord,
    OwnershipBreach,
    OwnershipRule,
    OwnershipSegment,
    SourceRecord,
    SourceSystem,
)
from stewardship.reports import REPORTS
from tests.factories import (
    NOW,
    golden_record,
    ownership,
    record,
    reference,
    send_again,
    system,
)
from tests.stewardship.waiting import waiting_pair

pytestmark = pytest.mark.django_db

VAT, OTHER = "GB123456789", "GB987654321"


class Everybody:
    def has_perm(self, permission):
        return True


class Nobody:
    def has_perm(self, permission):
        return "view_" in permission


def made(code, actor=None, as_of=None):
    return REPORTS[code].make(as_of or timezone.now(), actor or Everybody())


def column(report, name):
    place = [each.name for each in report.columns].index(name)
    return [row.values[place] for row in report.rows]


def lines(report, *names):
    return list(zip(*(column(report, name) for name in names), strict=True))


@pytest.fixture
def kinds():
    record("X", domain="client")
    record("Y", source="ERP", domain="client")
    SourceSystem.objects.filter(code="CRM").update(kind="crm")
    SourceSystem.objects.filter(code="ERP").update(kind="erp")


def test_the_matrix_has_each_attribute_of_each_domain_once_and_its_totals_tie():
    ownership("client", "CRM", "ERP")
    ownership("client", "ERP", attribute="tax_id")
    ownership("invoice", "ERP")
    OwnershipRule.objects.create(
        domain="client", attribute="size", accountable="Ann", valid_on=DateRange(date(2000, 1, 1))
    )

    found = made("ownership")

    attributes = sum(len(each.attributes) for each in ENTITY_TYPES.values())
    others = len(trade.OBJECTS) - len(ENTITY_TYPES)
    totals = dict(found.totals)
    hows = Counter(column(found, "how"))
    assert len(found.rows) == totals["Attributes"] == attributes + others
    assert totals["With a rule of their own"] == hows["explicit"] == 2
    assert totals["Inherited"] == hows["inherited"] == len(ENTITY_TYPES["client"].attributes) - 2
    assert totals["Nobody's on purpose"] == hows["nobody, on purpose"] == 1
    assert totals["Gaps"] == len(found.rows) - 3 - hows["inherited"]
    owners = {(a, b): c for a, b, c in lines(found, "domain", "attribute", "owner")}
    assert owners["Clients", "Tax number"] == "ERP"
    assert owners["Clients", "Legal name"] == "CRM"
    assert owners["Invoices", "all of it"] == "ERP"


def test_the_matrix_of_a_moment_says_what_the_register_said_then():
    ownership("client", "CRM")
    then = timezone.now()
    OwnershipRule.objects.update(withdrawn_at=timezone.now())

    assert dict(made("ownership").totals)["Inherited"] == 0
    assert dict(made("ownership", as_of=then).totals)["Inherited"] > 0


def test_gaps_name_who_is_missing_who_has_left_and_what_is_due():
    User.objects.create_user("ann", is_active=False)
    today = timezone.now().date()
    rule = {"domain": "client", "system": None, "steward": "Sue", "technical_owner": "Tom"}
    for attribute, more in {
        "size": {"accountable": "ann", "deputy": "Dan", "review_on": today - timedelta(days=1)},
        "industry": {"accountable": "Ben", "review_on": today + timedelta(days=9)},
        "website": {"accountable": "Ben", "deputy": "Dan", "review_on": today.replace(year=2099)},
    }.items():
        until = today + timedelta(days=3) if attribute == "website" else None
        period = DateRange(date(2000, 1, 1), until)
        OwnershipRule.objects.create(attribute=attribute, valid_on=period, **rule, **more)

    found = made("gaps")

    own = {row for row in lines(found, "what", "attribute", "who") if row[0] != "no owner"}
    assert own == {
        ("has left", "Size", "ann"),
        ("review overdue", "Size", "ann"),
        ("no deputy", "Industry", "Ben"),
        ("review coming", "Industry", "Ben"),
        ("ends without a successor", "Website", "Ben"),
    }
    totals = dict(found.totals)
    matrix = dict(made("ownership").totals)
    assert totals["no owner"] == matrix["Gaps"]


def test_a_rule_of_a_whole_domain_whose_people_have_left_is_a_gap_once():
    User.objects.create_user("ann", is_active=False)
    OwnershipRule.objects.create(
        domain="client", accountable="ann", valid_on=DateRange(date(2000, 1, 1)), steward="Sue",
        system=system("CRM"), technical_owner="Tom", deputy="Dan", review_on=date(2099, 1, 1),
    )  # fmt: skip

    found = made("gaps")

    of_clients = [row for row in lines(found, "what", "domain", "attribute", "who") if row[3]]
    assert of_clients == [("has left", "Clients", "all of it", "ann")]


@pytest.fixture
def broken():
    """Three breaches by the CRM on two golden records, with money on one of them."""
    ownership("client", "CRM", "ERP")
    ownership("client", "ERP", attribute="tax_id")
    for number in (1, 2):
        crm = record(f"A{number}", tax_id=VAT)
        erp = record(f"{number}", source="ERP", tax_id=VAT)
        golden_record(crm, erp)
        if number == 1:
            for kind in ("open_receivables", "unbilled_work"):
                ExposureFact.objects.create(
                    record=erp, kind=kind, as_of=NOW.date(), amount=Decimal("100.50"),
                    currency="GBP",
                )  # fmt: skip
        for value in [OTHER, "GB555"][: 3 - number]:
            send_again(crm, legal_name=f"Client A{number}", tax_id=value)


def test_breaches_are_counted_by_system_and_attribute_and_money_once_a_golden_record(broken):
    found = made("breaches")

    assert lines(found, "system", "owner", "attribute", "breaches", "records", "goldens") == [
        ("CRM", "ERP", "Tax number", 3, 2, 2)
    ]
    assert column(found, "money_gbp") == [Decimal("201.00")]
    assert dict(found.totals)["Breaches"] == OwnershipBreach.objects.count() == 3
    assert len(made("breach-list").rows) == 3
    assert sum(column(found, "breaches")) == dict(made("breach-list").totals)["Breaches"]


def test_before_a_moment_there_were_no_breaches(broken):
    before = OwnershipBreach.objects.earliest("at").at - timedelta(seconds=1)

    assert made("breaches", as_of=before).rows == ()
    assert made("breach-list", as_of=before).rows == ()


def test_values_of_breaches_are_masked_for_those_who_may_not_see_them(broken):
    assert set(column(made("breach-list"), "owned")) == {VAT}
    assert set(column(made("breach-list", Nobody()), "owned")) == {"•••"}


def test_loose_ends_are_those_that_a_count_by_record_finds(kinds):
    both = golden_record(record("A"), record("1", source="ERP"))
    golden_record(record("B"))
    golden_record(record("2", source="ERP"))
    known = SourceRecord.objects.get(source_key="A")
    whole = record(
        "P1", source="ERP", domain="project", name="Audit", client=reference(known),
        contract_number="C-1",
    )  # fmt: skip
    golden_record(whole)
    golden_record(record("P2", source="ERP", domain="project", name="Tax"))

    found = made("loose-ends")

    expected = Counter()
    for golden in GoldenRecord.objects.filter(domain="client"):
        links = CrosswalkLink.objects.filter(golden=golden, unlinked_at=None)
        codes = set(links.values_list("record__system__code", flat=True))
        expected["client in ERP, not in CRM"] += codes == {"ERP"}
        expected["client in CRM, not in ERP"] += codes == {"CRM"}
    projects = GoldenRecord.objects.filter(domain="project")
    expected["project without a client"] = sum("client" not in p.attributes for p in projects)
    expected["project without a contract"] = sum(
        "contract_number" not in p.attributes for p in projects
    )
    expected["project without a rate"] = projects.count()
    totals = dict(found.totals)
    assert totals.pop("duplicate still open") == 0
    assert totals == expected
    assert Counter(column(found, "what")) == +expected
    assert both.title not in column(found, "record")


def test_a_project_whose_client_has_a_rate_has_one(kinds):
    known = record("A")
    client = golden_record(known)
    golden_record(
        record("P1", source="ERP", domain="project", name="Audit", client=reference(known))
    )
    EffectiveRate.objects.create(
        golden=client, scope="client", scope_key=str(client.pk), role="audit", unit="hour",
        labour_category="Audit", currency="GBP", amount=100, period=DateRange(date(2026, 1, 1)),
    )  # fmt: skip

    assert dict(made("loose-ends").totals)["project without a rate"] == 0


def test_conflicts_are_golden_records_of_which_systems_say_different_things():
    golden_record(
        record("A", legal_name="Acme", industry="Law"),
        record("1", source="ERP", legal_name="Acme Ltd", industry="Law"),
    )
    golden_record(record("B", legal_name="Beta"), record("2", source="ERP", legal_name="Beta"))
    golden_record(record("C", legal_name="Gamma"), record("D", legal_name="Delta"))

    found = made("conflicts")

    assert lines(found, "attribute", "disagree", "shared") == [("Legal name", 1, 2)]
    assert dict(found.totals)["Conflicts"] == 1
    assert made("conflicts", Nobody()).rows != ()


@pytest.fixture
def priced():
    """Ten rates of a category, one of which is far off; one period missing; two systems differ."""
    for number in range(10):
        amount = 900 if number == 9 else 100 + number
        rate(f"R{number}", amount, role=f"auditor {number}")
    rate("G1", 50, role="tester", category="Tester", days=(date(2026, 1, 1), date(2026, 2, 1)))
    rate("G2", 50, role="tester", category="Tester", days=(date(2026, 3, 1), None))
    differing = [
        record(
            key, source=source, domain="rate", scope="firm", labour_category="Partner",
            unit="hour", currency="USD", amount=amount, start_date="2026-01-01",
        )
        for key, source, amount in (("P", "CRM", "400"), ("Q", "ERP", "425.50"))
    ]  # fmt: skip
    golden_record(*differing)


def rate(key, amount, *, role, category="Auditor", days=(date(2026, 1, 1), None)):
    home = golden_record(record(key))
    EffectiveRate.objects.create(
        golden=home, scope="firm", scope_key="", role=role, unit="hour", labour_category=category,
        currency="USD", amount=amount, period=DateRange(*days),
    )  # fmt: skip


def test_rates_that_disagree_leave_gaps_or_stand_out_are_found(priced):
    found = made("rates")

    assert dict(found.totals) == {
        "systems disagree": 1, "periods overlap": 0, "period missing": 1, "stands out": 1,
    }  # fmt: skip
    assert lines(found, "what", "low", "high", "difference") == [
        ("systems disagree", Decimal(400), Decimal("425.50"), Decimal("25.50")),
        ("period missing", Decimal(50), Decimal(50), Decimal(0)),
        ("stands out", Decimal("104.5"), Decimal(900), Decimal("795.5")),
    ]


def test_amounts_of_rates_are_for_those_who_may_see_them(priced):
    found = made("rates", Nobody())

    assert set(column(found, "low")) == {None}
    assert set(column(found, "detail")) == {""}


def test_a_pair_that_waits_is_a_duplicate_that_is_still_open_with_the_money_on_both_sides():
    pair = waiting_pair()
    for record_id, amount in ((pair.left_id, 100), (pair.right_id, 25)):
        ExposureFact.objects.create(
            record_id=record_id, kind="open_receivables", as_of=NOW.date(), amount=amount,
            currency="GBP",
        )  # fmt: skip

    found = made("loose-ends")

    assert dict(found.totals)["duplicate still open"] == 1
    [open_one] = [row for row in found.rows if row.values[0] == "duplicate still open"]
    assert open_one.values[1:] == ("Acme Brands / Acme Group", Decimal(125))
    assert open_one.url == f"/pairs/{pair.pk}"


def test_prices_of_several_currencies_disagree_but_are_never_subtracted():
    said = {
        "scope": "firm", "labour_category": "Partner", "unit": "hour", "amount": "400",
        "start_date": "2026-01-01",
    }  # fmt: skip
    golden_record(*(
        record(key, source=source, domain="rate", currency=currency, **said)
        for key, source, currency in (("P", "CRM", "USD"), ("Q", "ERP", "EUR"))
    ))  # fmt: skip

    found = made("rates")

    assert lines(found, "what", "low", "high", "difference", "currency") == [
        ("systems disagree", None, None, None, "several")
    ]
    assert column(found, "detail") == ["CRM 400 USD per hour, ERP 400 EUR per hour"]


def test_money_at_stake_counts_once_a_row_and_once_in_all():
    ownership("client", "ERP")
    crm = record("A", tax_id=VAT, industry="Law")
    erp = record("1", source="ERP", tax_id=VAT, industry="Law")
    golden_record(crm, erp)
    ExposureFact.objects.create(
        record=erp, kind="open_receivables", as_of=NOW.date(), amount=70, currency="GBP"
    )
    send_again(crm, legal_name="Client A", tax_id=OTHER, industry="Audit")

    found = made("breaches")

    assert dict(zip(column(found, "attribute"), column(found, "money_gbp"), strict=True)) == {
        "Tax number": Decimal(70), "Industry": Decimal(70),
    }  # fmt: skip
    assert dict(found.totals)["At stake, GBP"] == Decimal(70)


def test_a_row_of_breaches_leads_to_exactly_those_that_it_counts():
    ownership("client", "ERP")
    golden_record(crm := record("A", tax_id=VAT, industry="Law"),
                  record("1", source="ERP", tax_id=VAT, industry="Law"))  # fmt: skip
    send_again(crm, legal_name="Client A", tax_id=OTHER, industry="Audit")
    send_again(crm, legal_name="Client A", tax_id="GB555", industry="Audit")

    found = made("breaches")

    assert sorted(column(found, "breaches")) == [1, 2]
    for row, count in zip(found.rows, column(found, "breaches"), strict=True):
        wanted = dict(parse_qsl(urlsplit(row.url).query))
        assert len(made("breach-list").filtered(wanted).rows) == count


def test_breaches_are_for_those_who_may_see_the_domain(broken):
    class Blind:
        def has_perm(self, permission):
            return "view_client" not in permission

    assert made("breaches", Blind()).rows == ()
    assert set(dict(made("breaches", Blind()).totals).values()) == {0}


def test_the_matrix_names_the_systems_that_fill_in_and_who_owns_a_segment():
    ownership("client", "CRM", "ERP")
    ownership("client", "PSA", attribute="industry")
    OwnershipSegment.objects.create(
        domain="client", code="uk", label="United Kingdom", attribute="addresses",
        part="country", is_one_of=["GB"],
    )  # fmt: skip
    ownership("client", "ERP", segment="uk")

    found = made("ownership")

    said = {
        (a, of): (owner, then, how)
        for a, of, owner, then, how in lines(found, "attribute", "segment", "owner", "then", "how")
        if a in {"Industry", "Legal name"}
    }
    assert said["Industry", ""] == ("PSA", "CRM, ERP", "explicit")
    assert said["Legal name", ""] == ("CRM", "ERP", "inherited")
    assert said["Legal name", "uk"][:2] == ("ERP", "CRM")
    assert said["Industry", "uk"][:2] == ("PSA", "ERP, CRM")


def test_groups_are_told_from_the_top_down_with_the_money_of_all_below():
    top = record("T", legal_name="Top")
    middle = record("M", legal_name="Middle", parent=reference(top))
    low = record("L", legal_name="Low", parent=reference(middle))
    also = record("L2", source="ERP", legal_name="Low", parent=reference(top))
    golden_record(top), golden_record(middle), golden_record(low, also)
    golden_record(record("X", legal_name="Alone"))
    for of, amount, currency in ((top, 1, "GBP"), (low, 50, "GBP"), (also, 7, "EUR")):
        ExposureFact.objects.create(
            record=of, kind="pipeline", as_of=NOW.date(), amount=amount, currency=currency
        )

    found = made("groups")

    assert lines(found, "group", "level", "client", "parent", "children", "below_money_gbp") == [
        ("Top", 0, "Top", "", 2, 51),
        ("Top", 1, "Low", "Top", 0, 50),
        ("Top", 1, "Middle", "Top", 1, 50),
        ("Top", 2, "Low", "Middle", 0, 50),
    ]
    assert column(found, "money_eur") == [0, 7, 0, 7]
    assert dict(found.totals) == {
        "Groups": 1, "Clients in groups": 3, "With several parents": 1,
    }  # fmt: skip


def test_groups_are_for_those_who_may_see_clients():
    class Blind:
        def has_perm(self, permission):
            return "view_client" not in permission

    parent = record("T")
    golden_record(parent), golden_record(record("C", parent=reference(parent)))

    assert made("groups").rows != ()
    assert made("groups", Blind()).rows == ()
