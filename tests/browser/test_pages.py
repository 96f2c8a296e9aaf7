"""Golden records and batches in a real browser: found, read and released."""

import pytest
from playwright.sync_api import expect

from mdm.feeds import batches
from tests.factories import cause, feed, golden_record, load, record


@pytest.fixture
def addresses(page, enter):
    """A signed-in steward's pages, of a hub that holds something on each of them."""
    made = golden_record(
        record("A 1", legal_name="Acme Rocket Company of North America"),
        record("1", source="ERP", legal_name="ACME Rocket Co."),
    )
    batch = load(feed(), "Id,Name\n1,Acme\n2,\n3,Beta\n")
    enter("steward")
    return ["/", "/client", f"/client/{made.pk}", "/feeds/batches", f"/feeds/batches/{batch.pk}"]


def test_a_search_finds_a_client_by_a_part_of_its_name_and_by_an_id(page, addresses):
    for words in ("rocket", "A 1"):
        page.goto("/client")
        page.get_by_placeholder("Name, or id in any system").fill(words)
        page.get_by_role("button", name="Search").click()
        page.get_by_role("link", name="Acme Rocket Company").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Acme Rocket Company")


def test_a_golden_record_shows_which_source_each_value_came_from(page, addresses):
    page.goto(addresses[2])

    name = page.get_by_role("row", name="Legal name")
    expect(name).to_contain_text("ACME Rocket Co.")
    expect(name.locator(".wins")).to_have_count(1)
    expect(page.get_by_role("row", name="ERP 1 First of its golden record")).to_be_visible()


def test_a_row_in_quarantine_says_what_is_wrong_and_what_would_mend_it(page, addresses):
    page.goto(addresses[4])

    row = page.get_by_role("row", name="Row 3, Name")
    expect(row).to_contain_text("the legal name is empty")
    expect(row).to_contain_text("Fill it in")


def test_a_batch_that_would_end_too_much_waits_until_it_is_released(page, enter):
    crm = feed(largest_inactivated_share=0.1)
    load(crm, "Id,Name\n" + "".join(f"{key},Client {key}\n" for key in range(40)))
    waiting = load(crm, "Id,Name\n1,Client 1\n")
    assert waiting.state == "waiting"
    enter("domain-owner")

    page.goto(f"/feeds/batches/{waiting.pk}")
    expect(page.get_by_role("alert")).to_contain_text("39")
    page.get_by_role("button", name="Apply it all the same").click()

    expect(page.get_by_role("button", name="Apply it all the same")).to_be_hidden()
    waiting.refresh_from_db()
    assert waiting.state == "applying"
    with pytest.raises(batches.BatchStateError):
        batches.discard(waiting.pk, cause=cause())
