"""A real browser on a live server: Debian's chromium, driven by Playwright without a download."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import Browser, Page, Request, sync_playwright

from mdm.governance import roles

CHROMIUM = shutil.which("chromium")
PATIENCE = 100
PASSWORD = "a password for tests"
SWITCHES = [
    "--no-sandbox",  # which root cannot do without
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder, so that nobody forgets."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One chromium for all tests."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed (on Debian: apt-get install chromium)")
    # Playwright runs an event loop in this thread, in which Django would refuse to query.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield chromium
        chromium.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def page(browser: Browser, live_server: Any) -> Iterator[Page]:
    """A page of a new visitor; addresses are relative to the live server.

    A test fails when a script does, or when the browser refuses or misses part of a page.
    """
    complaints: list[str] = []
    with browser.new_context(base_url=live_server.url) as context:
        page = context.new_page()
        page.set_default_timeout(10_000)
        under_way: list[Request] = []
        page.on("request", lambda request: under_way.append(request))
        for ended in ("requestfinished", "requestfailed"):
            page.on(ended, lambda request: request in under_way and under_way.remove(request))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
        yield page
        for _ in range(PATIENCE):  # a request under way would meet a database that is emptied
            if not under_way:
                break
            page.wait_for_timeout(100)
    assert complaints == []


@pytest.fixture
def enter(page: Page) -> Callable[..., Page]:
    """Signs a new person in, with the roles named, through the form."""

    def enter(*names: str) -> Page:
        roles.ensure()
        person = User.objects.create_user("-".join(names) or "nobody", password=PASSWORD)
        person.groups.set(Group.objects.filter(name__in=names))
        page.goto("/login")
        page.get_by_label("Name").fill(person.username)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda address: "/login" not in address)  # loaded: keys are heard
        return page

    return enter
