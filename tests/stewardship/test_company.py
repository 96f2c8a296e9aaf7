"""Two people about to change one thing that is no stewardship task: each is told of the other."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from mdm import overrides
from mdm.models import FeedRow, GoldenRecord, Override
from stewardship.models import OnScreen
from tests.factories import cause, feed, golden_record, load, record

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(sign_in):
    """A second steward."""
    return sign_in("steward", called="other")


@pytest.fixture
def whole():
    members = [record(key, legal_name=f"Firm {key}") for key in "AB"]
    return golden_record(*members)


def text(answer):
    return answer.content.decode()


def again(page):
    """Where a page asks who else is there."""
    return re.search(r'id="presence" hx-get="([^"]+)"', page)[1].replace("&amp;", "&")


PAGES = ("members", "merge", "take-out?record={record}", "pin/legal_name")


@pytest.mark.parametrize("page", PAGES)
def test_the_second_one_sees_at_once_who_else_is_about_to_change_a_record(
    sign_in, other, whole, page
):
    member = whole.links.first().record_id
    address = f"/client/{whole.pk}/{page.format(record=member)}"
    first = text(sign_in("steward").get(address))

    second = text(other.get(f"/client/{whole.pk}/members"))

    assert "has this on the screen" not in first
    assert "<strong>steward</strong> has this on the screen too" in second


def test_the_first_one_is_told_when_a_second_one_comes_and_goes(sign_in, other, whole):
    browser = sign_in("steward")
    address = again(text(browser.get(f"/client/{whole.pk}/merge")))
    assert browser.get(address).status_code == 204

    other.get(f"/client/{whole.pk}/pin/legal_name")
    told = text(browser.get(address))
    assert "<strong>other</strong>" in told
    assert browser.get(again(told)).status_code == 204

    OnScreen.objects.filter(person="other").update(until=timezone.now() - timedelta(seconds=1))
    gone = browser.get(again(told))
    assert gone.status_code == 200
    assert "<strong>other</strong>" not in text(gone)


def test_whoever_looks_at_what_was_changed_meanwhile_is_told(sign_in, other, whole):
    browser = sign_in("steward")
    address = again(text(browser.get(f"/client/{whole.pk}/members")))

    other.post(f"/client/{whole.pk}/pin/legal_name", {"value": "Firm Z", "reason": "asked"})

    assert "was changed after you opened it" in text(browser.get(address))


def test_a_merge_is_in_the_company_of_both_records(sign_in, other, whole):
    twin = golden_record(record("T", legal_name="Twin"))
    sign_in("steward").get(f"/client/{whole.pk}/merge?with={twin.pk}")

    assert "<strong>steward</strong>" in text(other.get(f"/client/{twin.pk}/members"))


def test_what_is_long_off_the_screen_is_forgotten(sign_in, whole):
    long_ago = timezone.now() - timedelta(days=1)
    OnScreen.objects.create(subject="row 1", person="ann", until=long_ago)

    sign_in("steward").get(f"/client/{whole.pk}/members")

    assert list(OnScreen.objects.values_list("subject", flat=True)) == [str(whole.pk)]


def test_a_pin_does_not_replace_what_another_person_pinned_meanwhile(sign_in, whole):
    browser, address = sign_in("steward"), f"/client/{whole.pk}/pin/legal_name"
    said = {"value": "Mine", "reason": "my reason"}
    seen = re.search(r'name="seen" value="(\w+)"', text(browser.get(address)))[1]
    overrides.set_override(whole.pk, "legal_name", "Theirs", reason="first", cause=cause())

    page = text(browser.post(address, {**said, "seen": seen}))

    assert "It was changed meanwhile" in page
    assert "my reason" in page
    assert "<strong>Theirs</strong>" in page
    assert GoldenRecord.objects.get(pk=whole.pk).attributes["legal_name"] == "Theirs"
    seen = re.search(r'name="seen" value="(\w+)"', page)[1]
    browser.post(address, {**said, "seen": seen})
    assert Override.objects.live(timezone.now()).get().value == "Mine"


def test_two_people_at_one_row_are_told_of_each_other_and_of_its_end(sign_in, other):
    load(feed(), "Id,Name\n1,\n")
    row = FeedRow.objects.get()
    browser = sign_in("steward")
    address = again(text(browser.get(f"/feeds/quarantine/{row.pk}")))

    page = text(other.get(f"/feeds/quarantine/{row.pk}"))
    other.post(f"/feeds/quarantine/{row.pk}", {"action": "dismiss", "reason": "a test"})

    assert "<strong>steward</strong>" in page
    assert "was changed after you opened it" in text(browser.get(address))


def test_golden_records_of_another_domain_have_no_company_here(sign_in, other):
    person = golden_record(record("P", domain="contact", family_name="Quist"))
    other.get(f"/contact/{person.pk}/members")

    answer = sign_in("steward").get(f"/client/{person.pk}/company?told=changed")

    assert "<strong>other</strong>" not in text(answer)
    assert not OnScreen.objects.filter(person="steward").exists()
