"""The report on one golden record, recomputed from its source records and the register."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from mdm import overrides
from mdm.models import FeedMapping, GoldenRecord, OwnershipRule
from tests.factories import (
    LATER,
    cause,
    feed,
    golden_record,
    load,
    merge_goldens,
    ownership,
    record,
    send_again,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    """A client of two systems: owned by the ERP, its industry by the PSA, which has none."""
    ownership("client", "ERP", "CRM")
    ownership("client", "PSA", "CRM", attribute="industry")
    OwnershipRule.objects.filter(attribute="industry", place=1).update(
        accountable="Ina", steward="Sue", technical_owner="Tom", deputy="Dan"
    )
    return golden_record(
        record("A", legal_name="Acme", industry="Law", website="acme.example"),
        record("1", source="ERP", legal_name="Acme Ltd"),
    )


def rows_of(answer, sheet="Rows"):
    found = load_workbook(BytesIO(answer.content))[sheet].values
    return [[each or "" for each in row] for row in found]


def said(browser, made, asked=""):
    """What the workbook says of each attribute."""
    head, *rows = rows_of(browser.get(f"/client/{made.pk}/ownership?format=xlsx{asked}"))
    return {row[0]: dict(zip(head, row, strict=True)) for row in rows}


def test_each_value_says_who_owns_it_what_wrote_it_and_what_it_beat(sign_in, acme):
    found = said(sign_in("viewer"), acme)

    assert found.keys() == {"Legal name", "Industry", "Website"}
    assert found["Legal name"] == {
        "Attribute": "Legal name", "Value": "Acme Ltd", "Owner": "ERP", "Rule": "inherited",
        "From its owner": "yes", "Written by": "ERP:1", "What it beat": "CRM:A: Acme",
        "Why it won": found["Legal name"]["Why it won"], "Accountable": "Ann", "Steward": "",
        "Technical owner": "", "Deputy": "",
    }  # fmt: skip
    assert found["Industry"] == {
        "Attribute": "Industry", "Value": "Law", "Owner": "PSA", "Rule": "explicit",
        "From its owner": "no", "Written by": "CRM:A", "What it beat": "",
        "Why it won": found["Industry"]["Why it won"], "Accountable": "Ina", "Steward": "Sue",
        "Technical owner": "Tom", "Deputy": "Dan",
    }  # fmt: skip


def test_the_totals_tie_to_the_rows_and_the_page_leads_to_the_source(sign_in, acme):
    browser = sign_in("viewer")
    found = said(browser, acme).values()
    about = dict(rows_of(browser.get(f"/client/{acme.pk}/ownership?format=xlsx"), "About"))
    page = browser.get(f"/client/{acme.pk}/ownership").content.decode()

    assert about["Values"] == len(found) == 3
    assert about["From their owner"] == [each["From its owner"] for each in found].count("yes")
    assert about["Not from their owner"] == [each["From its owner"] for each in found].count("no")
    assert about["Beat another value"] == 1
    assert "UTC" in about["As of"]
    assert 'href="/client/records/' in page
    assert "match-chart" in page
    assert f"/client/{acme.pk}/ownership" in browser.get(f"/client/{acme.pk}").content.decode()


@pytest.mark.parametrize(("kind", "begins"), [("csv", b"\xef\xbb\xbf"), ("pdf", b"%PDF")])
def test_it_is_given_as_a_file(sign_in, acme, kind, begins):
    answer = sign_in("viewer").get(f"/client/{acme.pk}/ownership?format={kind}")

    assert answer.content.startswith(begins)


def test_a_pin_is_written_by_who_set_it_and_beats_what_sources_say(sign_in, acme):
    overrides.set_override(
        acme.pk, "legal_name", "Acme plc", reason="register", cause=cause(at=LATER)
    )

    found = said(sign_in("viewer"), acme)["Legal name"]

    assert (found["Written by"], found["From its owner"]) == ("user:ann", "no")
    assert found["What it beat"] == "CRM:A: Acme; ERP:1: Acme Ltd"


def test_values_that_a_person_may_not_see_are_masked_wherever_they_stand(sign_in):
    one = record("P", domain="contact", family_name="Secret")
    made = golden_record(one, record("Q", source="ERP", domain="contact", family_name="Hidden"))
    address = f"/contact/{made.pk}/ownership"
    viewer, steward = sign_in("viewer"), sign_in("steward")

    for asked in ("", f"?as_of={timezone.now():%Y-%m-%d}"):
        with_kind = f"{address}{asked}{'&' if asked else '?'}format="
        texts = [
            viewer.get(address + asked).content.decode(),
            viewer.get(f"{with_kind}csv").content.decode(),
            str(rows_of(viewer.get(f"{with_kind}xlsx"))),
        ]
        for text in texts:
            assert "•••" in text
            assert "Secret" not in text
            assert "Hidden" not in text
    assert "Secret" in steward.get(address).content.decode()


def test_a_moment_is_told_the_same_whatever_changes_later(sign_in, acme):
    browser = sign_in("viewer")
    then = f"{LATER:%Y-%m-%dT%H:%M:%SZ}"
    address = f"/client/{acme.pk}/ownership?as_of={then}&format=pdf"
    before = browser.get(address).content
    OwnershipRule.objects.update(withdrawn_at=timezone.now())
    crm = acme.links.get(record__system__code="CRM").record
    later = LATER + timedelta(days=1)
    send_again(crm, at=later, legal_name="Acme", industry="Audit")
    other = golden_record(record("Z", source="PSA", industry="Tax"), at=later)
    survivor = merge_goldens(acme, other, at=later + timedelta(days=1))

    assert browser.get(address).content == before
    found = said(browser, acme, f"&as_of={then}")
    assert [found["Industry"][each] for each in ("Value", "Owner", "Written by", "Rule")] == [
        "Law", "PSA", "CRM:A", "explicit",
    ]  # fmt: skip
    assert found["Legal name"]["From its owner"] == "yes"
    assert survivor
    assert browser.get(f"/client/{acme.pk}/ownership?as_of=1999-01-01").status_code == 404


def test_a_record_of_another_domain_or_none_is_not_found(sign_in, acme):
    browser = sign_in("viewer")

    for asked in ("", "?as_of=2030-01-01"):
        assert browser.get(f"/contact/{acme.pk}/ownership{asked}").status_code == 404


def test_what_a_value_beat_at_a_moment_is_what_was_sent_until_then(sign_in):
    crm, erp = (feed(code, source=code) for code in ("CRM", "ERP"))
    ownership("client", "ERP", "CRM")
    load(erp, "Id,Name\n1,Acme Ltd\n")
    load(crm, "Id,Name\nA,Acme Limited\n")
    home = GoldenRecord(merge_goldens(*GoldenRecord.objects.standing(), at=timezone.now()))
    between = timezone.now()
    load(crm, "Id,Name\nA,Acme Holdings\n")
    browser = sign_in("viewer")

    then = said(browser, home, f"&as_of={between:%Y-%m-%dT%H:%M:%S.%fZ}")
    now = said(browser, home)

    assert then["Legal name"]["What it beat"] == "CRM:A: Acme Limited"
    assert now["Legal name"]["What it beat"] == "CRM:A: Acme Holdings"
    assert then["Legal name"]["Written by"] == now["Legal name"]["Written by"] == "ERP:1"
    gone = {"key": "Id", "attributes": [{"attribute": "gone", "column": "Name"}]}
    FeedMapping.objects.update(specification=gone)
    assert said(browser, home, f"&as_of={between:%Y-%m-%dT%H:%M:%S.%fZ}")["Legal name"] == {
        **then["Legal name"], "What it beat": "",
    }  # fmt: skip
