"""Two people on one thing: each sees the other at once, and nothing that was typed is lost."""

import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import expect

from mdm.governance import roles
from stewardship.models import StewardshipTask
from tests.browser.conftest import PASSWORD
from tests.factories import golden_record, record
from tests.stewardship.waiting import review

expect.set_options(timeout=20_000)


@pytest.fixture
def other(browser, live_server):
    """The page of a second steward."""
    roles.ensure()
    person = User.objects.create_user("ann", password=PASSWORD)
    person.groups.set(Group.objects.filter(name="steward"))
    with browser.new_context(base_url=live_server.url) as context:
        page = context.new_page()
        page.goto("/login")
        page.get_by_label("Name").fill("ann")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda address: "/login" not in address)
        yield page


def test_two_people_at_one_record_see_each_other_and_keep_what_they_typed(page, enter, other):
    made = golden_record(record("S1", legal_name="Suspect One"))
    enter("steward")
    page.goto(f"/client/{made.pk}/pin/legal_name")
    page.get_by_label("Value").fill("Suspect 1")
    page.get_by_label("Reason").fill("by their letterhead")
    page.get_by_label("Reason").focus()

    other.goto(f"/client/{made.pk}/pin/legal_name")
    expect(other.locator("#presence")).to_contain_text("steward has this on the screen too")
    expect(page.locator("#presence")).to_contain_text("ann has this on the screen too")
    other.get_by_label("Value").fill("Suspect First")
    other.get_by_label("Reason").fill("by the register")
    other.get_by_role("button", name="Pin").click()

    expect(page.locator("#presence")).to_contain_text("was changed after you opened it")
    expect(page.get_by_label("Reason")).to_be_focused()
    page.get_by_role("button", name="Pin").click()
    expect(page.get_by_role("alert")).to_contain_text("It was changed meanwhile")
    expect(page.get_by_label("Reason")).to_have_value("by their letterhead")
    expect(page.get_by_text("Now it is Suspect First")).to_be_visible()


def test_a_task_is_taken_and_given_away_without_losing_what_was_typed(page, enter, other):
    waits = review()
    enter("steward")
    page.goto(waits.address())
    page.get_by_label("In your words").fill("same letterhead")

    page.get_by_role("button", name="Take it").press("Enter")
    expect(page.locator("#task")).to_contain_text("yours")
    expect(page.locator("#announcer")).to_contain_text("It is yours")
    expect(page.get_by_role("button", name="Release")).to_be_focused()
    page.keyboard.press("l")
    page.get_by_label("Give it to").fill("ann")
    page.keyboard.press("Escape")
    page.keyboard.press("v")
    expect(page.locator("#task")).to_contain_text("given to ann")

    expect(page.get_by_label("In your words")).to_have_value("same letterhead")
    assert StewardshipTask.objects.get(pk=waits.pk).assignee == "ann"
