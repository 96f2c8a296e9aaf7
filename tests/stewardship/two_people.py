"""Golden records whose merge takes two people, and the roads on which a person would merge them."""

import re
from decimal import Decimal

from django.contrib.auth.models import Group, User
from django.test import Client

from mdm.models import ExposureFact, GoldenRecord
from tests.factories import NOW, golden_of, golden_record, record
from tests.stewardship.waiting import waiting_pair


def weighty(*records, amount=60):
    for each in records:
        ExposureFact.objects.create(
            record=each, kind="open_receivables", as_of=NOW.date(), amount=Decimal(amount),
            currency="GBP",
        )  # fmt: skip


def two(amount=60):
    one, other = record("A"), record("B")
    weighty(one, other, amount=amount)
    return golden_record(one), golden_record(other)


def another(name):
    person = User.objects.create_user(name)
    person.groups.add(Group.objects.get(name="steward"))
    browser = Client()
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def merge_on_page(browser, one, other):
    address = f"/client/{one.pk}/merge"
    page = browser.get(f"{address}?with={other.pk}&plan=1").content.decode()
    token = re.search(r'name="token" value="([^"]+)"', page)[1]
    said = {"with": [str(other.pk)], "token": token, "reason": "one firm"}
    return browser.post(address, said, follow=True).content.decode()


def standing():
    return GoldenRecord.objects.standing().count()


def two_that_wait():
    """A pair of golden records that a run left to a person, with much money."""
    pair = waiting_pair()
    weighty(pair.left, pair.right)
    return pair


def on_the_merge_page(browser, pair):
    return merge_on_page(browser, *GoldenRecord.objects.in_bulk(homes(pair)).values())


def on_the_pair_page(browser, pair):
    return browser.post(f"/pairs/{pair.pk}", {"verdict": "match", "reason": "one firm"})


def on_the_cluster_page(browser, pair):
    one, other = homes(pair)
    return browser.post(f"/client/{one}/members", {"with": str(other), "reason": "one firm"})


def homes(pair):
    return sorted(golden_of(pair.left, pair.right))
