"""Rows in quarantine: repaired, sent again, dismissed, by themselves and by the filter."""

import pytest

from mdm import work
from mdm.models import Event, FeedRow, GoldenRecord, SourceRecord
from tests.factories import feed, load, system

pytestmark = pytest.mark.django_db


def text(answer):
    return answer.content.decode()


def test_a_repaired_row_reaches_the_golden_record(sign_in):
    browser, crm = sign_in("steward"), feed(mode="delta")
    load(crm, "Id,Name\n1,\n2,Beta\n")
    row = FeedRow.objects.get()

    answer = browser.post(
        f"/feeds/quarantine/{row.pk}", {"cell0": "1", "cell1": "Acme", "action": ""}
    )
    work.drain()

    assert answer.url.startswith("/feeds/batches/")
    assert GoldenRecord.objects.filter(title="Acme").exists()
    assert "repaired" in text(browser.get(f"/feeds/quarantine/{row.pk}")).lower()


def test_many_rows_are_sent_again_once_what_they_wait_for_is_there(sign_in):
    browser = sign_in("steward")
    system("CRM")
    child = feed(
        source="ERP",
        mode="delta",
        mapping={
            "key": "Id",
            "attributes": [
                {"attribute": "legal_name", "column": "Name"},
                {
                    "attribute": "parent",
                    "column": "Up",
                    "system": {"value": "CRM"},
                    "must_exist": True,
                },
            ],
        },
    )
    load(child, "Id,Name,Up\n1,Acme One,A\n2,Acme Two,A\n")
    assert FeedRow.objects.filter(cause="reference", state="open").count() == 2
    load(feed(), "Id,Name\nA,Acme\n")

    where = f"/feeds/quarantine?feed={child.code}&cause=reference"
    page = browser.post(where, {"all": "1", "action": "resubmit"}, follow=True)
    work.drain()

    assert "Sent 2 rows again" in text(page)
    assert SourceRecord.objects.filter(system=child.system).count() == 2
    assert not FeedRow.objects.filter(state="open").exists()


def test_rows_are_dismissed_only_with_a_reason(sign_in):
    browser = sign_in("steward")
    load(feed(), "Id,Name\n1,\n2,\n3,Gamma\n")
    ids = list(FeedRow.objects.values_list("pk", flat=True))

    browser.post("/feeds/quarantine", {"row": ids, "action": "dismiss"})
    assert FeedRow.objects.filter(state="open").count() == 2
    browser.post("/feeds/quarantine", {"row": ids, "action": "dismiss", "reason": "test rows"})

    assert FeedRow.objects.filter(state="dismissed").count() == 2
    said = Event.objects.filter(type="feed_row.dismissed").values_list("reason", flat=True)
    assert list(said) == ["test rows", "test rows"]


def test_a_filter_leaves_rows_of_other_feeds_and_causes_alone(sign_in):
    browser, one, other = sign_in("steward"), feed(), feed()
    load(one, "Id,Name\n1,\n2,Beta\n")
    load(other, "Id,Name\n5,\n6,Gamma\n")

    where = f"/feeds/quarantine?feed={one.code}&cause="
    browser.post(where, {"all": "1", "action": "dismiss", "reason": "no"})

    left = FeedRow.objects.get(state="open")
    assert left.batch.feed == other
    assert "like this" in text(browser.get(where))


def test_what_was_typed_stays_on_the_page_when_a_row_still_does_not_fit(sign_in):
    browser, crm = sign_in("steward"), feed(mode="delta")
    load(crm, "Id,Name\n1,Acme,too,many,cells\n")
    row = FeedRow.objects.get()
    line = text(browser.get(f"/feeds/quarantine/{row.pk}"))

    page = text(browser.post(f"/feeds/quarantine/{row.pk}", {"cell0": "1,Acme,still,wrong"}))

    assert "too,many" in line
    assert "Nothing was sent" in page
    assert "1,Acme,still,wrong" in page


def test_a_row_that_is_dismissed_without_a_reason_stays_on_the_screen(sign_in):
    browser = sign_in("steward")
    load(feed(), "Id,Name\n1,\n")
    row = FeedRow.objects.get()

    page = text(
        browser.post(
            f"/feeds/quarantine/{row.pk}", {"action": "dismiss", "cell0": "1", "cell1": "Acme"}
        )
    )

    assert "Say why they are dismissed" in page
    assert 'value="Acme"' in page
