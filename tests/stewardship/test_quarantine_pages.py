"""Rows in quarantine: repaired, sent again, dismissed, by themselves and by the filter."""

import pytest

from mdm import work
from mdm.models import Event, FeedBatch, FeedRow, GoldenRecord, SourceRecord
from stewardship.models import StewardshipTask
from tests.factories import feed, load, system
from tests.stewardship.waiting import review

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


# From one row to the next, and on with the inbox


def waiting_rows(lines, into=None):
    """The open rows of feeds, of which a batch more came; its task waits in the inbox."""
    load(into or feed(), f"Id,Name\n{lines}")
    work.drain()
    return list(FeedRow.objects.filter(state="open").order_by("pk"))


def test_the_page_of_a_batch_with_rows_to_repair_says_whose_task_it_is(sign_in):
    browser = sign_in("steward")
    first, *_ = waiting_rows("1,\n2,\n")
    task = StewardshipTask.objects.get(kind="quarantine")

    page = text(browser.get(f"{task.address()}?inbox=kind%3Dquarantine"))

    assert f'action="/inbox/{task.pk}"' in page
    assert "Put off" in page
    assert "Give it to" in page
    rows = f"batch={first.batch_id}&amp;inbox=kind%3Dquarantine"
    assert f'href="/feeds/quarantine/{first.pk}?{rows}"' in page


def test_a_batch_without_rows_to_repair_is_no_task(sign_in):
    load(feed(), "Id,Name\n1,Acme\n")

    page = text(sign_in("steward").get(f"/feeds/batches/{FeedBatch.objects.get().pk}"))

    assert 'id="task"' not in page


def test_after_a_row_comes_the_next_and_after_the_last_the_next_task(sign_in):
    browser = sign_in("steward")
    first, second, third = waiting_rows("1,\n2,\n3,\n")
    pair = review()
    batch = f"batch={first.batch_id}"
    said = {"action": "dismiss", "reason": "a test"}

    assert browser.post(f"/feeds/quarantine/{second.pk}?{batch}", said).url == (
        f"/feeds/quarantine/{third.pk}?{batch}"
    )
    assert browser.post(f"/feeds/quarantine/{third.pk}?{batch}", said).url == (
        f"/feeds/quarantine/{first.pk}?{batch}"  # nobody has looked at it yet
    )
    mended = {"cell0": "1", "cell1": "Acme", "action": "resubmit"}
    assert browser.post(f"/feeds/quarantine/{first.pk}?{batch}", mended).url.startswith(
        pair.address()
    )
    assert StewardshipTask.objects.get(kind="quarantine").done_by == "user:steward"


def test_the_next_row_is_one_of_the_list_from_which_the_page_was_opened(sign_in):
    one = feed(mode="delta")
    waiting_rows("1,\n", one), waiting_rows("5,\n")
    first, between, last = waiting_rows("7,\n", one)

    page = text(sign_in("steward").get(f"/feeds/quarantine/{first.pk}?feed={one.code}"))

    assert f'href="/feeds/quarantine/{last.pk}?feed={one.code}"' in page
    assert f"/feeds/quarantine/{between.pk}?" not in page


def test_after_the_last_row_of_a_cause_come_the_other_rows_of_the_batch(sign_in):
    first, last = waiting_rows("1,\n2,\n")
    FeedRow.objects.filter(pk=last.pk).update(cause="reference")
    narrowed = f"cause=reference&batch={last.batch_id}"

    answer = sign_in("steward").post(
        f"/feeds/quarantine/{last.pk}?{narrowed}", {"action": "dismiss", "reason": "a test"}
    )

    assert answer.url == f"/feeds/quarantine/{first.pk}?batch={first.batch_id}"


def test_all_rows_of_a_batch_are_dismissed_at_once_and_the_inbox_goes_on(sign_in):
    browser = sign_in("steward")
    first, _ = waiting_rows("1,\n2,\n")
    pair = review()

    answer = browser.post(
        f"/feeds/quarantine?batch={first.batch_id}",
        {"all": "1", "action": "dismiss", "reason": "test rows"},
    )

    assert answer.url.startswith(pair.address())
    assert not FeedRow.objects.filter(state="open").exists()


def test_whoever_has_no_inbox_stays_with_the_feeds(sign_in):
    browser = sign_in("integrator")
    (row,) = waiting_rows("1,\n")

    answer = browser.post(
        f"/feeds/quarantine/{row.pk}?batch={row.batch_id}",
        {"cell0": "1", "cell1": "Acme", "action": "resubmit"},
    )

    assert answer.url == f"/feeds/batches/{FeedBatch.objects.latest('pk').pk}"
