"""The page of a pair: what differs is marked letter by letter, what does not is folded away."""

import re

import pytest

from tests.stewardship.waiting import waiting_pair

pytestmark = pytest.mark.django_db


def page_of(steward, pair):
    return " ".join(steward.get(f"/pairs/{pair.pk}").content.decode().split())


def test_letters_that_only_one_of_two_values_has_are_marked(steward):
    page = page_of(steward, waiting_pair())

    assert "Acme <del>Brands</del>" in page
    assert "Acme <ins>Group</ins>" in page


def test_rows_that_do_not_differ_are_folded_and_counted(steward):
    same = {"industry": "Tools", "website": "https://acme.example"}

    page = page_of(steward, waiting_pair(**same))

    before, _, folded = page.partition('<details class="alike">')
    assert "2 more that do not differ" in folded
    assert [each in folded for each in same.values()] == [True, True]
    assert [each in before for each in same.values()] == [False, False]
    assert re.findall(r'<tr class="differs"> <th[^>]*>([^<]+)', before) == ["Legal name"]


def test_nothing_is_folded_where_everything_differs(steward):
    assert "more that do" not in page_of(steward, waiting_pair())


def test_the_preview_fills_the_rows_that_are_shown_and_no_others(steward):
    pair = waiting_pair(industry="Tools")

    asked = set(re.findall(r'id="(then-\w+)"', page_of(steward, pair)))
    answer = steward.post(f"/pairs/{pair.pk}/preview").content.decode()

    assert set(re.findall(r'id="(then-\w+)"', answer)) == asked == {"then-legal_name"}
