"""Signing in, as a person sees it."""

from playwright.sync_api import expect

from tests.factories import golden_record, record


def test_a_steward_signs_in_and_sees_the_golden_records(enter):
    golden_record(record("A"), record("1", source="ERP"))

    page = enter("steward")

    expect(page).to_have_title("Home · Touchstone")
    expect(page.get_by_role("heading", level=1)).to_have_text("What waits for you")
    expect(page.get_by_role("link", name="Clients 1 from 2 source records")).to_be_visible()


def test_the_pages_wear_their_own_style(enter):
    page = enter("steward")

    card = page.locator(".card").first

    expect(card).to_have_css("display", "flex")  # as the vendored style sheet has it
    assert page.evaluate("htmx.version") == "2.0.11"
