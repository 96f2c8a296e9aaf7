"""Signing in, as a person sees it."""

import re

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


def test_a_language_is_chosen_by_keyboard_and_kept(page, enter):
    page.goto("/login")
    page.get_by_role("button", name="Deutsch").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Anmelden")).to_be_visible()
    page.get_by_role("button", name="English").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    enter("steward")

    page.goto("/inbox?age=week")
    page.get_by_role("button", name="Deutsch").press("Enter")

    expect(page).to_have_url(re.compile(r"/inbox\?age=week$"))
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("lang", "de")


def test_a_language_is_chosen_with_scripts_off(browser, live_server):
    with browser.new_context(base_url=live_server.url, java_script_enabled=False) as context:
        plain = context.new_page()
        plain.goto("/login")
        plain.get_by_role("button", name="Deutsch").click()

        expect(plain.get_by_role("button", name="Anmelden")).to_be_visible()
