"""The pages of data quality: figures lead to the very records, for those who may see them."""

import csv
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone

from mdm import work
from mdm.models import HubCheck, QualityRun, QualityScore, QualityWeight
from mdm.quality import scoring
from mdm.schema import Dimension
from stewardship.reports.quality import percent
from tests.factories import cause, golden_record, ownership, record

pytestmark = pytest.mark.django_db

VAT = "GB123456789"


def text(answer):
    return answer.content.decode()


def score(*domains):
    scoring.ask(domains or ["client"], cause=cause(at=timezone.now()))
    work.drain()


@pytest.fixture
def clients():
    ownership("client", "CRM", "ERP")
    golden_record(record("A", tax_id=VAT, industry="Law"), record("1", source="ERP", industry="X"))
    golden_record(record("B", tax_id=VAT))
    golden_record(record("C", phone="+442079460000"))
    score()


def test_the_scorecard_takes_few_queries_and_leads_to_rules_and_records(
    sign_in, clients, django_assert_max_num_queries
):
    owner = sign_in("domain-owner")
    with django_assert_max_num_queries(12):
        page = text(owner.get("/quality"))
    assert "/quality/client?dimension=uniqueness&amp;system=CRM" in page
    with django_assert_max_num_queries(12):
        rules = text(owner.get("/quality/client?dimension=uniqueness&system=CRM"))
    assert "/quality/client/failing?rule=uniqueness.tax_id&amp;system=CRM" in rules
    with django_assert_max_num_queries(12):
        rows = text(owner.get("/quality/client/failing?rule=uniqueness.tax_id&system=CRM"))
    assert "CRM:A" in rows
    assert "CRM:B" in rows
    assert "CRM:C" not in rows
    assert VAT in rows


def test_failing_golden_records_are_listed_with_their_query(sign_in, clients):
    page = text(sign_in("auditor").get("/quality/client/failing?rule=consistency.industry&system="))

    assert page.count("golden record<span") == 1
    assert "differs_industry" in page
    assert "OVER golden" in page


def test_pages_of_what_fails_follow_each_other(sign_in, monkeypatch):
    monkeypatch.setattr("stewardship.failing_page.PAGE", 2)
    for number in range(5):
        golden_record(record(f"K{number}"))
    score()
    steward, address, seen = sign_in("steward"), "?rule=completeness.tax_id&system=CRM", []
    while address:
        page = text(steward.get(f"/quality/client/failing{address}"))
        seen += re.findall(r"CRM:K\d", page)
        found = re.search(r'href="(\?[^"]+)">Next page', page)
        address = found[1].replace("&amp;", "&") if found else ""

    assert seen == [f"CRM:K{number}" for number in range(5)]


@pytest.mark.parametrize(
    "asked",
    ["", "?rule=nonsense", "?rule=completeness.tax_id&system=NONE",
     "?rule=timeliness.touched&system=", "?rule=completeness.tax_id&system=CRM&after=x",
     "?rule=completeness.tax_id&after=x"],
)  # fmt: skip
def test_what_there_is_not_is_not_found(sign_in, clients, asked):
    assert sign_in("steward").get(f"/quality/client/failing{asked}").status_code == 404


HIDDEN = "zzyzx@hidden.example"


@pytest.fixture
def contacts():
    golden_record(
        record("P", domain="contact", family_name="Zzyzx", national_id="77", emails=[HIDDEN]),
        record("Q", source="ERP", domain="contact", family_name="Zzyzx", emails=[HIDDEN]),
    )
    golden_record(record("R", domain="contact", family_name="Zzyzx", national_id="77"))
    score("contact")


def test_rules_about_values_that_one_may_not_see_are_left_out(sign_in, contacts):
    administrator, auditor = sign_in("administrator"), sign_in("auditor")

    assert "National number" in text(auditor.get("/quality/contact"))
    assert "&quot;77&quot;" not in text(auditor.get("/quality/contact"))
    for address in ("/quality", "/quality/contact", "/quality/contact?format=csv"):
        page = text(administrator.get(address))
        assert "National number" not in page
        assert "Zzyzx" not in page
    assert "left out" in text(administrator.get("/quality/contact"))
    for rule in ("uniqueness.national_id", "completeness.emails", "consistency.family_name"):
        failing = f"/quality/contact/failing?rule={rule}&system=CRM"
        assert administrator.get(failing).status_code == 403
        assert auditor.get(failing).status_code == 200
    shown = text(administrator.get("/quality/contact/failing?rule=completeness.client&system=CRM"))
    assert "CRM:P" in shown
    assert "Zzyzx" not in shown


def test_figures_of_a_kind_of_record_that_one_may_not_see_are_not_shown(sign_in, clients):
    person = sign_in()
    person_named = User.objects.get(username="nobody")
    person_named.user_permissions.set(
        Permission.objects.filter(codename__in=["view_quality", "view_contact"])
    )

    assert "Clients" not in text(person.get("/quality"))
    assert person.get("/quality/client").status_code == 403
    assert person.get("/quality/client/failing?rule=completeness.tax_id").status_code == 403


def test_scoring_is_asked_for_watched_and_done(sign_in, clients):
    administrator = sign_in("administrator")
    before = QualityRun.objects.count()

    page = text(administrator.post("/quality", follow=True))
    assert "waits for a worker" in page
    assert "HX-Refresh" not in administrator.get("/quality/progress")
    work.drain()

    assert administrator.get("/quality/progress")["HX-Refresh"] == "true"
    assert QualityRun.objects.count() == before + 1
    assert sign_in("finance").post("/quality").status_code == 403


def test_weights_are_changed_by_those_who_may_and_scored_anew(sign_in, clients):
    owner = sign_in("domain-owner")
    wanted = {f"weight_{each}": "1" for each in Dimension} | {"weight_uniqueness": "7"}

    said = text(owner.post("/quality/client", wanted, follow=True))
    work.drain()

    assert "Weighed so" in said
    assert QualityWeight.objects.get(dimension="uniqueness").weight == 7
    newest = QualityRun.objects.latest("pk")
    assert set(newest.scores.filter(dimension="uniqueness").values_list("weight", flat=True)) == {7}
    assert sign_in("steward").post("/quality/client", wanted).status_code == 403
    for wrong in ("", "-1", "101", "x", "1.5", "²"):
        page = text(owner.post("/quality/client", wanted | {"weight_validity": wrong}, follow=True))
        assert "Nothing was changed" in page
    zeros = dict.fromkeys(wanted, "0")
    assert "Nothing was changed" in text(owner.post("/quality/client", zeros, follow=True))


def test_the_trend_has_the_last_scoring_of_each_of_thirty_days(sign_in, clients):
    run = QualityRun.objects.get()
    lines = list(run.scores.all())
    for days in (2, 29, 40):
        run.pk, run.scored_at = None, timezone.now() - timedelta(days=days)
        run.save()
        for each in lines:
            each.pk, each.run, each.failed = None, run, each.checked
        QualityScore.objects.bulk_create(lines)

    page = text(sign_in("auditor").get("/quality/client"))

    begins = timezone.now() - timedelta(days=29)
    assert f"Score: 0.00 % on {begins:%Y-%m-%d}" in page
    [points] = re.findall(r'<title>Score:[^<]*</title><polyline points="([^"]*)"', page)
    assert len(points.split()) == 3


@pytest.mark.parametrize(
    ("kind", "begins"), [("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK"), ("pdf", b"%PDF")]
)
def test_the_scorecard_is_given_as_a_file(sign_in, clients, kind, begins):
    answer = sign_in("steward").get(f"/quality/client?system=ERP&format={kind}")

    assert answer.content.startswith(begins)
    if kind == "csv":
        rows = list(csv.DictReader(text(answer).lstrip("\ufeff").splitlines()))
        assert {each["System"] for each in rows} == {"ERP"}
        tax = next(each for each in rows if each["Attribute"] == "Tax number")
        assert (tax["Checked"], tax["Failed"], tax["Holds, %"]) == ("1", "1", "0.00")


def test_attributes_of_which_nothing_is_known_are_listed(sign_in, clients):
    page = text(sign_in("auditor").get("/quality"))

    [said] = re.findall(r"<dt>Clients</dt><dd>(.*?)</dd>", page)
    assert said.startswith("no rule: Former names, Parent; no value: ")
    assert "LEI" in said
    assert "Tax number" not in said


def test_what_broke_in_the_hub_is_shown_to_those_who_run_it(sign_in):
    broken = [{"name": "links are sound", "count": 3, "rows": ["client CRM A 0"]}]
    HubCheck.objects.create(checked_at=timezone.now(), seconds=1, invariants=30, broken=broken)

    page = text(sign_in("auditor").get("/quality"))
    assert "1 of 30 invariants does not hold" in page
    assert "client CRM A 0" in page
    assert "must always hold" in text(sign_in("administrator").get("/"))
    assert "must always hold" not in text(sign_in("steward").get("/"))


def test_shares_that_are_not_all_are_never_written_as_all():
    assert str(percent(0.999999)) == "99.99"
    assert str(percent(1.0)) == "100.00"
    assert str(percent(0.5)) == "50.00"
