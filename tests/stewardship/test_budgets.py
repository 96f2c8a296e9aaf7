"""Every page asks the database at most twelve things, and no more of many rows than of few."""

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mdm.governance import roles
from stewardship.urls import urlpatterns
from tests.stewardship.pages import PAGES
from tests.stewardship.screens import steward_screens

pytestmark = pytest.mark.django_db

MOST = 12
MORE = {
    # what would happen, which comes after the page: it is done, told and undone
    **dict.fromkeys([f"{page}: the plan" for page in ("merge", "take-out", "suspect")], 70),
}
ELSEWHERE = {
    "login": "for visitors, of whom nothing is read",
    **dict.fromkeys(
        ["logout", "language", "arrange", "pair-preview", "undo", "certify"],
        "only takes what is sent to it",
    ),
}


@pytest.fixture
def browser(settings):
    """Somebody who may do everything by their roles: they are read, unlike those of a superuser."""
    settings.WEBHOOKS_MAY_BE_PRIVATE = True
    roles.ensure()
    ann = User.objects.create_user("ann")
    ann.groups.set(Group.objects.exclude(name="viewer"))
    browser = Client()
    browser.force_login(ann, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def queries(browser, address):
    """What a page asks of the database, once all that is read once and kept has been read."""
    browser.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code in (200, 204, 302), address
    return [" ".join(str(each["sql"]).split())[:160] for each in captured]


def told(asked):
    return "\n".join(asked)


def test_every_page_is_looked_at():
    walked = {name.partition(":")[0] for name in PAGES}

    assert walked | set(ELSEWHERE) == {each.name for each in urlpatterns}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_keeps_to_its_budget_however_much_it_shows(browser, name):
    few = queries(browser, PAGES[name](2))
    many = queries(browser, PAGES[name](5))

    assert len(many) == len(few), told(many)
    assert len(many) <= MORE.get(name, MOST), told(many)


def test_every_screen_of_a_steward_keeps_to_its_budget(browser):
    for address in steward_screens():
        asked = queries(browser, address)
        assert len(asked) <= MOST, f"{address}\n{told(asked)}"
