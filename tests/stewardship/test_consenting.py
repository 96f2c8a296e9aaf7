"""Where more money hangs on golden records than one person may merge, two people do."""

import re
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from mdm.models import ExposureFact, GoldenRecord
from stewardship import review
from stewardship.consenting import SecondPersonNeededError
from stewardship.guarding import guarded
from stewardship.models import MergeConsent, StewardshipTask
from tests.factories import NOW, cause, golden_of, golden_record, record
from tests.stewardship.waiting import waiting_pair

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def limit(settings):
    settings.SECOND_PERSON_ABOVE = {("client", "GBP"): Decimal(100)}


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
    page = browser.get(f"{address}?with={other.pk}").content.decode()
    token = re.search(r'name="token" value="([^"]+)"', page)[1]
    said = {"with": [str(other.pk)], "token": token, "reason": "one firm"}
    return browser.post(address, said, follow=True).content.decode()


def standing():
    return GoldenRecord.objects.standing().count()


def test_the_first_person_is_noted_and_the_second_one_merges(sign_in):
    one, other = two()
    first = sign_in("steward")

    assert "two people merge them" in merge_on_page(first, one, other)
    assert "two people merge them" in merge_on_page(first, one, other)
    assert standing() == 2
    task = StewardshipTask.objects.get(kind="second_person")
    second = another("second")
    assert f"with={other.pk}" in second.get(task.address()).url
    merge_on_page(second, one, other)

    assert standing() == 1
    task.refresh_from_db()
    assert (task.state, task.done_by) == ("done", "user:second")


def test_nobody_is_both_people_not_even_a_superuser(sign_in):
    one, other = two()
    boss = sign_in("steward", is_superuser=True)

    for _ in range(2):
        merge_on_page(boss, one, other)

    assert standing() == 2
    assert MergeConsent.objects.count() == 1


def test_what_hangs_together_up_to_the_amount_takes_one_person(sign_in):
    merge_on_page(sign_in("steward"), *two(amount=50))

    assert standing() == 1


def test_a_consent_holds_for_what_was_seen_and_nothing_else(sign_in):
    one, other = two()
    merge_on_page(sign_in("steward"), one, other)
    third = golden_record(record("C"))
    merge_on_page(another("helper"), one, third)

    merge_on_page(another("second"), one, other)

    assert standing() > 1


def test_a_machine_is_neither_of_the_two_people(machine):
    one, other = two()
    ids = [str(one.pk), str(other.pk)]
    caller = machine("client:read", "client:steward", "see:internal")
    send = {"content_type": "application/json"}
    seen = caller.post("/api/v1/golden/client/merge/preview", {"ids": ids}, **send).json()
    body = {"ids": ids, "token": seen["token"], "reason": "one firm"}

    answers = [caller.post("/api/v1/golden/client/merge", body, **send) for _ in range(2)]

    assert [each.status_code for each in answers] == [409, 409]
    assert standing() == 2
    with pytest.raises(SecondPersonNeededError):
        review.merge("client", [one.pk, other.pk], seen["token"], cause=cause(by="user:ann"))


def test_bulk_decisions_leave_them_to_two_people():
    pair = waiting_pair()
    weighty(pair.left, pair.right)

    found = guarded("client", [pair], "match")

    assert not found.kept
    assert dict(found.left_out) == {"so much money hangs on them that two people merge them": 1}
    assert len(set(golden_of(pair.left, pair.right))) == 2
