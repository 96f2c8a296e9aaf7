"""Every page in light and dark, in English and German, at each width: readable by everybody."""

import pytest
from playwright.sync_api import expect

from mdm.governance import access
from tests.browser.screens import PHONE, SECONDS, WIDE, faults, faults_here, moving
from tests.stewardship.every_screen import every_screen


@pytest.mark.parametrize(
    ("scheme", "language", "window"), [("light", "en", WIDE), ("dark", "de", PHONE)]
)
def test_no_page_keeps_anybody_out_jumps_or_is_wider_than_the_window(
    page, enter, scheme, language, window
):
    addresses = every_screen()
    enter(*access.roles())
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_extra_http_headers({"Accept-Language": language})
    page.set_default_timeout(SECONDS)

    assert faults(page, addresses, window) == []
    page.context.clear_cookies()
    assert faults(page, ["/login"], window) == []
    assert page.locator("html").get_attribute("lang") == language


def test_whoever_does_not_ask_for_rest_sees_things_move(page):
    page.emulate_media(reduced_motion="no-preference")
    page.goto("/login")

    assert moving(page)


def test_a_wrong_password_is_told_to_everybody(page):
    page.goto("/login")
    page.get_by_label("Name").fill("nobody")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()

    assert list(faults_here(page)) == []


def test_a_new_secret_is_told_to_everybody(page, enter):
    enter("integrator")
    page.goto("/webhooks")
    page.get_by_label("Name", exact=True).fill("PSA")
    page.get_by_label("Address (https)").fill("https://9.9.9.9/never-asked")
    page.get_by_label("Scopes").select_option("client:read")
    page.get_by_role("button", name="Tell this address").click()
    expect(page.get_by_role("heading", name="Secret of PSA")).to_be_visible()

    assert list(faults_here(page)) == []


@pytest.mark.parametrize(
    ("address", "status"), [("/inbox", 403), ("/nowhere/at/all", 404), ("/search?q=%00", 400)]
)
def test_what_is_refused_is_told_to_everybody(browser, page, enter, live_server, address, status):
    enter("viewer")
    with browser.new_context(
        base_url=live_server.url, storage_state=page.context.storage_state()
    ) as context:
        refused = context.new_page()

        assert refused.goto(address).status == status
        expect(refused.get_by_role("link", name="To the first page")).to_be_visible()
        assert list(faults_here(refused)) == []
