"""No page is forgotten where every page is looked at in a browser."""

import pytest
from django.urls import resolve

from mdm.governance import access
from stewardship.urls import urlpatterns
from tests.stewardship.every_screen import every_screen

NO_PAGES = {
    "login": "seen before anybody signs in",
    "logout": "only posted to",
    "language": "only posted to",
    "arrange": "only posted to",
    "undo": "only posted to",
    "certify": "only posted to",
    "next-task": "leads to the first task",
    "ownership-register": "a workbook",
    "batch-progress": "a part of a page",
    "run-progress": "a part of a page",
    "bulk-progress": "a part of a page",
    "closes-progress": "a part of a page",
    "report-progress": "a part of a page",
    "quality-progress": "a part of a page",
    "presence": "a part of a page",
    "golden-company": "a part of a page",
    "row-company": "a part of a page",
    "pair-preview": "a part of a page",
    "search-alike": "a part of a page",
}


@pytest.mark.django_db
def test_every_page_is_looked_at_and_there_is_something_to_see(sign_in):
    addresses = every_screen()
    everybody = sign_in(*access.roles())

    seen = {resolve(each.partition("?")[0]).url_name for each in addresses} - {"api-docs"}

    assert seen.isdisjoint(NO_PAGES)
    assert seen | NO_PAGES.keys() == {each.name for each in urlpatterns}
    for address in addresses:
        assert everybody.get(address, follow=True).status_code == 200, address
