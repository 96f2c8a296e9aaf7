"""Every action of a page has a key of its own, which its button shows."""

from collections import Counter
from html.parser import HTMLParser

import pytest

from mdm.models import FeedBatch
from stewardship.models import BulkDecision
from tests.factories import NOW, batch, feed
from tests.stewardship.screens import steward_screens
from tests.stewardship.waiting import review
from tests.test_who_may_what import filled, world  # noqa: F401  (fixtures)

ROLES = ("steward", "domain-owner", "administrator", "finance", "integrator")
STEPS = {"j", "k"}


class Keys(HTMLParser):
    """The keys of a page, and what can be pressed on it: submits that do more than look."""

    def __init__(self, page):
        super().__init__()
        self.keys, self.row_keys, self.rows, self.submits = Counter(), set(), 0, []
        self._main, self._looks, self._pressed, self._kbd = False, False, None, False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        if key := named.get("data-key"):
            self.keys[key] += 1
        if key := named.get("data-row-key"):
            self.row_keys.add(key)
        self.rows += "data-row" in named
        if tag == "main":
            self._main = True
        elif tag == "form":
            self._looks = named.get("method", "get") == "get"
        elif tag == "button" and self._main and not self._looks:
            self._pressed = {"key": named.get("data-key") or named.get("data-row-key"), "says": ""}
            self._pressed["shows"] = ""
            if named.get("type", "submit") == "submit":
                self.submits.append(self._pressed)
        self._kbd = tag == "kbd"

    def handle_endtag(self, tag):
        if tag == "main":
            self._main = False
        elif tag == "form":
            self._looks = False
        elif tag == "button":
            self._pressed = None
        elif tag == "kbd":
            self._kbd = False

    def handle_data(self, text):
        if self._pressed is not None:
            self._pressed["shows" if self._kbd else "says"] += text


def wrong(page):
    """What is wrong with the keys of a page, in words."""
    found = Keys(page)
    first = {key.split()[0] for key in found.keys if " " in key}
    yield from (f"no key: {each['says']}" for each in found.submits if not each["key"])
    yield from (f"not shown: {each}" for each in found.submits if each["shows"] != each["key"])
    yield from (f"twice: {key}" for key, count in found.keys.items() if count > 1)
    yield from (f"begins another: {key}" for key in first & (found.keys.keys() | found.row_keys))
    yield from (f"of a row, too: {key}" for key in found.row_keys & found.keys.keys())
    yield from (f"a step: {key}" for key in found.row_keys & STEPS)
    if found.row_keys and not found.rows:
        yield "no row to step to"


def wrong_at(browser, addresses):
    """Of pages, what is wrong with their keys; other answers are passed over."""
    for address in addresses:
        answer = browser.get(address)
        if answer.status_code == 200 and "html" in answer["content-type"]:
            page = answer.content.decode()
            yield from ((address, each) for each in wrong(page) if "<main" in page)


@pytest.mark.django_db
def test_every_action_of_a_steward_has_a_key_of_its_own(sign_in):
    addresses = list(steward_screens())

    assert list(wrong_at(sign_in("steward"), addresses)) == []


@pytest.mark.parametrize("role", ROLES)
def test_every_action_of_every_address_has_a_key_of_its_own(sign_in, filled, role):  # noqa: F811
    addresses = [address for _, address in filled if not address.startswith("/api/")]

    assert list(wrong_at(sign_in(role), addresses)) == []


@pytest.mark.parametrize("state", FeedBatch.State.values)
@pytest.mark.parametrize("dry_run", [False, True])
def test_a_batch_has_a_key_for_all_that_can_be_done_in_its_state(sign_in, state, dry_run):
    made = batch(feed("crm-clients"), state=state, dry_run=dry_run, prediction={"rows": 1})

    address = f"/feeds/batches/{made.pk}"

    assert list(wrong_at(sign_in("domain-owner"), [address])) == []


def test_a_decision_in_bulk_is_taken_back_by_a_key(sign_in):
    made = BulkDecision.objects.create(
        id="00000000-0000-4000-8000-000000000001", domain="client", verdict="match", reason="",
        rule={"low": 1, "high": 2, "systems": [], "top": []}, state="done", done_by="user:ann",
        asked_at=NOW, correlation_id="ts-test",
    )  # fmt: skip
    page = sign_in("steward").get(f"/bulk/{made.pk}").content.decode()

    assert Keys(page).keys["r"] == 1


def test_what_is_done_in_each_row_has_one_key_for_all_rows(sign_in):
    review("1"), review("2")

    page = sign_in("steward").get("/inbox").content.decode()

    assert Keys(page).row_keys == {"t"}
    assert page.count('data-row-key="t"') == Keys(page).rows == 2


def test_stepping_through_rows_is_listed_in_words(sign_in):
    page = sign_in("steward").get("/").content.decode()

    assert 'data-down="Go to the next row" data-up="Go to the row before"' in page
