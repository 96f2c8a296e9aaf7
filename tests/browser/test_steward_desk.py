"""A steward's day: reviews decided by keyboard, a merge taken back, two people on one pair."""

from playwright.sync_api import expect

from matching.models import Decision
from mdm.models import GoldenRecord
from stewardship.models import StewardshipTask
from tests.factories import golden_of, golden_record, record
from tests.stewardship.waiting import review

expect.set_options(timeout=20_000)


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def test_ten_reviews_are_decided_by_keyboard_from_the_first_sign_in(page, sign_in):
    for number in range(10):
        review(number, match_weight=number / 10)
    sign_in("steward")
    pressed = []

    def keys(*names):
        pressed.extend(names)
        press(page, *names)

    page.goto("/login")
    page.keyboard.type("steward")
    keys("Tab")
    page.keyboard.type("x")
    keys("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("What waits for you")
    keys("g", "i")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Inbox")
    keys("s")
    for done in range(10):
        expect(page.get_by_role("heading", level=1)).to_have_text("One client, or two?")
        expect(page.locator("#presence")).to_be_attached()
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            keys("n" if done % 2 else "m")
        expect(page.locator("#announcer")).to_contain_text("Undo")
        page.evaluate("document.getElementById('announcer').textContent = ''")

    expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
    assert Decision.objects.filter(verdict="no_match").count() == 5
    assert GoldenRecord.objects.standing().count() == 15
    assert len(pressed) == 5 + 10  # to get there, and one for each


def test_focus_goes_to_the_heading_and_what_was_done_is_said(page, enter):
    review(1), review(2)
    enter("steward")
    page.goto("/inbox/next")

    press(page, "u")

    expect(page.locator("#announcer")).to_contain_text("Left open until there is new evidence")
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_keys_are_listed_and_can_be_switched_off_and_do_nothing_while_one_types(page, enter):
    review()
    enter("steward")
    page.goto("/inbox/next")

    press(page, "w")
    page.keyboard.type("mnu")
    expect(page.get_by_label("In your words")).to_have_value("mnu")
    press(page, "Escape", "?")
    expect(page.get_by_role("dialog")).to_contain_text("Different")
    page.get_by_label("Single keys work").uncheck()
    page.get_by_role("button", name="Close").click()
    press(page, "n")

    page.wait_for_timeout(200)
    assert not Decision.objects.exists()


def test_the_keys_of_rows_are_listed_and_act_on_the_row_that_one_stepped_to(page, enter):
    review(1), review(2)
    enter("steward")
    page.goto("/inbox")

    press(page, "?")
    expect(page.get_by_role("dialog")).to_contain_text("Go to the next row")
    expect(page.get_by_role("dialog")).to_contain_text("Take it, in the row you are at")
    press(page, "Escape", "j", "j", "t")

    expect(page.get_by_role("button", name="Release")).to_be_visible()
    assert StewardshipTask.objects.filter(assignee="steward").count() == 1


def test_a_merge_is_found_by_its_old_id_and_taken_out_again(page, enter):
    one, other = record("A", legal_name="Acme Brands"), record("B", legal_name="Acme Group")
    homes = [golden_record(one).pk, golden_record(other).pk]
    enter("steward")

    page.goto(f"/client/{homes[0]}/merge?with={homes[1]}")
    page.get_by_label("Why they are one thing").fill("same register")
    page.get_by_role("button", name="Merge m", exact=True).click()
    expect(page.locator(".told")).to_contain_text("Merged")
    (survivor,) = set(golden_of(one, other))
    (old,) = set(homes) - {survivor}
    page.get_by_label("Search everything").fill(str(old))
    press(page, "Enter")
    page.get_by_role("link", name="Take out CRM:B").click()
    page.get_by_label("Why it is another thing").fill("two firms")
    page.get_by_role("button", name="Take out").click()
    expect(page.locator(".told")).to_contain_text("Took out")

    assert len(set(golden_of(one, other))) == 2


def test_of_two_stewards_on_one_pair_the_second_is_told_and_keeps_what_she_typed(
    page, enter, sign_in, browser, live_server
):
    waits = review()
    enter("steward")
    page.goto(f"/pairs/{waits.subject}")
    page.get_by_label("In your words").fill("I think that they are one")
    heading = page.get_by_role("heading", level=1)
    stood = heading.bounding_box()

    colleague = sign_in("steward", "viewer")
    colleague.post(f"/pairs/{waits.subject}", {"verdict": "no_match", "reason": "two firms"})
    expect(page.locator("#presence")).to_contain_text("steward-viewer settled this")
    assert heading.bounding_box() == stood
    page.get_by_role("button", name="Same: merge").click()

    expect(page.get_by_role("alert")).to_contain_text(": steward-viewer decided not a match")
    expect(page.get_by_label("In your words")).to_have_value("I think that they are one")
    expect(page.get_by_text("no match", exact=False).first).to_be_attached()
    assert Decision.objects.live().get().verdict == "no_match"


def test_a_chosen_value_is_shown_before_it_is_kept(page, enter):
    waits = review()
    enter("steward")
    page.goto(f"/pairs/{waits.subject}")
    then = page.locator("#then-legal_name")
    expect(then).to_have_text("Acme Brands")

    page.get_by_role("radio", name="keep this Legal name").nth(1).check()
    expect(then).to_have_text("Acme Group")
    page.get_by_role("button", name="Same: merge").click()

    expect(page.locator(".told")).to_contain_text("Merged")
    assert GoldenRecord.objects.standing().get().attributes["legal_name"] == "Acme Group"


def test_enter_while_one_types_or_chooses_decides_nothing(page, enter):
    waits = review()
    enter("steward")
    page.goto(f"/pairs/{waits.subject}")

    page.get_by_label("In your words").fill("not the same firm")
    press(page, "Enter")
    page.get_by_role("radio", name="keep this Legal name").nth(1).check()
    press(page, "Enter")
    page.wait_for_timeout(500)

    assert not Decision.objects.exists()
    assert GoldenRecord.objects.standing().count() == 2


def test_a_key_that_is_held_decides_on_one_case_only(page, enter):
    review(1), review(2)
    enter("steward")
    page.goto("/inbox/next")

    page.keyboard.down("u")
    expect(page.locator("#announcer")).to_contain_text("Left open")
    for _ in range(3):
        page.keyboard.down("u")
    page.wait_for_timeout(500)
    page.keyboard.up("u")

    assert Decision.objects.count() == 1


def test_a_request_that_fails_is_told(browser, live_server, enter, page):
    waits = review()
    enter("steward")
    cookies = page.context.cookies()
    with browser.new_context(base_url=live_server.url) as context:
        context.add_cookies(cookies)
        other = context.new_page()
        other.goto(f"/pairs/{waits.subject}")
        expect(other.locator("#then-legal_name")).to_have_text("Acme Brands")

        other.route("**/preview", lambda route: route.fulfill(status=500))
        other.get_by_role("radio", name="keep this Legal name").nth(1).check()
        expect(other.get_by_role("alert")).to_contain_text("refused this, with the code 500")
        other.route("**/preview", lambda route: route.abort())
        other.get_by_role("radio", name="keep this Legal name").nth(0).check()
        expect(other.get_by_role("alert")).to_contain_text("cannot be reached")
        expect(other.locator("#announcer")).to_contain_text("cannot be reached")


def test_a_review_is_done_with_scripts_off(browser, live_server, enter, page):
    waits = review()
    enter("steward")
    cookies = page.context.cookies()
    with browser.new_context(base_url=live_server.url, java_script_enabled=False) as context:
        context.add_cookies(cookies)
        plain = context.new_page()
        plain.goto("/inbox")
        plain.get_by_role("link", name="Start with the first one").click()
        plain.get_by_role("button", name="Different").click()
        expect(plain.get_by_text("Kept apart for good")).to_be_visible()

    assert Decision.objects.get().verdict == "no_match"
    assert StewardshipTask.objects.get(pk=waits.pk).state == "done"
