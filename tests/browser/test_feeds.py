"""A file in a real browser: dropped, tried, applied, a row of it repaired, and seen in golden."""

import re

from playwright.sync_api import expect

from mdm import work
from mdm.models import FeedRow, GoldenRecord
from tests.factories import feed, load
from tests.stewardship.reviews import review_of, two
from tests.stewardship.waiting import review

BROKEN = "Id,Name\n1,Acme Rockets\n2,\n3,Beta Partners\n"


def press(page, button):
    """Press a button, and wait until the answer is there."""
    with page.expect_navigation(timeout=60_000):
        page.get_by_role("button", name=button).click()


def chosen(page, text, name="clients.csv"):
    """Choose a file as a person does, and send it."""
    file = {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    page.get_by_label("Drop a file here").set_input_files(file)
    press(page, "Try it")


def test_a_broken_file_is_tried_applied_and_its_row_repaired_until_it_is_golden(page, enter):
    crm = feed("crm-clients", mode="delta")
    enter("steward")

    page.goto("/feeds/crm-clients")
    chosen(page, BROKEN)
    work.drain()  # the page finds out by itself
    expect(page.get_by_role("heading", name="What applying it would do")).to_be_visible()
    expect(page.get_by_role("row", name="Row 3, Name: the legal name is empty.")).to_be_visible()
    assert not GoldenRecord.objects.exists()

    press(page, "Apply this file")
    work.drain()
    expect(page.get_by_text("Applied", exact=True).first).to_be_visible()
    page.get_by_role("link", name="Repair", exact=True).click()
    page.get_by_label(re.compile("^Name")).fill("Gamma Holdings")
    press(page, "Send it again")
    work.drain()

    page.goto("/client")
    expect(page.get_by_role("link", name="Gamma Holdings")).to_be_visible()
    assert not FeedRow.objects.filter(batch__feed=crm, state="open").exists()


def test_a_decision_leads_to_the_rows_of_a_batch_and_from_one_to_the_next(page, enter):
    load(feed("crm-clients"), "Id,Name\n1,\n2,\n")
    work.drain()
    review(match_weight=0.0, at_stake={}, most_at_stake=1e9)  # it comes first
    enter("steward")
    page.goto("/inbox/next")

    page.keyboard.press("n")
    expect(page.get_by_text("Rows that were not applied")).to_be_visible()
    line = page.locator(".page-line").evaluate("line => getComputedStyle(line).display")
    assert line == "flex"
    page.get_by_role("link", name="Repair", exact=True).first.click()
    for row in (2, 3):
        expect(page.get_by_role("heading", name=f"Row {row}", exact=True)).to_be_visible()
        page.get_by_label("Or why it is dismissed").fill("a test row")
        press(page, "Dismiss it")

    expect(page.get_by_text("Nothing waits for you.")).to_be_visible()


def test_the_focus_stays_where_it_is_while_progress_is_shown(page, enter):
    feed("crm-clients")
    enter("steward")
    page.goto("/feeds/crm-clients")
    chosen(page, BROKEN)

    page.get_by_role("link", name="Look again").focus()
    for _ in range(2):
        with page.expect_response("**/progress"):
            pass
    page.wait_for_timeout(200)

    expect(page.get_by_role("link", name="Look again")).to_be_focused()
    expect(page.locator("#announcer")).not_to_be_empty()


def test_a_file_is_dropped_onto_its_field(page, enter):
    feed("crm-clients")
    enter("steward")
    page.goto("/feeds/crm-clients")

    dropped = page.evaluate_handle(
        """() => {
            const dropped = new DataTransfer();
            dropped.items.add(new File(["Id,Name\\n1,Acme\\n"], "dropped.csv"));
            return dropped;
        }"""
    )
    page.dispatch_event("[data-drop]", "drop", {"dataTransfer": dropped})
    page.get_by_role("button", name="Try it").click()

    expect(page.get_by_role("heading", name="dropped.csv")).to_be_visible()


def test_a_file_is_brought_without_any_script(browser, page, enter, live_server):
    feed("crm-clients")
    enter("steward")
    page.goto("/feeds")
    cookies = page.context.cookies()

    with browser.new_context(base_url=live_server.url, java_script_enabled=False) as context:
        context.add_cookies(cookies)
        plain = context.new_page()
        plain.goto("/feeds/crm-clients")
        chosen(plain, BROKEN)
        work.drain()
        plain.get_by_role("link", name="Look again").click()

        expect(plain.get_by_role("button", name="Apply this file")).to_be_visible()


def test_reviews_are_accepted_in_bulk_and_taken_back(page, enter):
    for number in range(3):
        review_of(*two(number))
    before = set(GoldenRecord.objects.standing().values_list("pk", flat=True))
    enter("steward")

    page.goto("/bulk")
    page.get_by_role("link", name="Clients 3 reviews wait").click()
    press(page, "Show what that is")
    expect(page.get_by_role("heading", name="3 reviews would be decided")).to_be_visible()
    page.get_by_label("Why", exact=True).fill("same name in both systems")
    press(page, "Merge all 3")
    work.drain()
    expect(page.get_by_role("button", name="Take all of it back")).to_be_visible()
    assert GoldenRecord.objects.standing().count() == 3

    press(page, "Take all of it back")
    work.drain()
    expect(page.get_by_text("Taken back", exact=True).first).to_be_visible()
    assert set(GoldenRecord.objects.standing().values_list("pk", flat=True)) == before
