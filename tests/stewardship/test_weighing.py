"""What hangs on what waits decides what comes first."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mdm import work
from mdm.models import Event, ExposureFact, SourceRecord
from stewardship import inbox
from stewardship.inbox import Filters
from stewardship.models import StewardshipTask
from tests.factories import NOW, cause, feed, golden_record, load, match, record
from tests.stewardship.test_inbox import reader
from tests.stewardship.waiting import review, suspect_of, task

pytestmark = pytest.mark.django_db


def hangs_on(key, amount, currency="GBP", kind="open_receivables", days=1):
    ExposureFact.objects.create(
        record=SourceRecord.objects.get(source_key=key), kind=kind, amount=amount,
        currency=currency, as_of=timezone.now().date() - timedelta(days=days),
    )  # fmt: skip


def weigh_again(domain="client", **content):
    event = Event.objects.create(type="match_run.finished", domain=domain, at=NOW, content=content)
    work.enqueue("weigh tasks again", event.pk, cause=cause())
    work.drain()


def in_order(**filters):
    tasks, _ = inbox.page(reader(), Filters(**filters))
    return [each.pk for each in tasks]


def test_what_hangs_on_both_sides_of_a_pair_is_at_stake_by_currency():
    waits = review()
    hangs_on("A", 100, days=9)
    hangs_on("A", "250.50")
    hangs_on("A", 9, kind="unbilled_work")
    hangs_on("B", 70, "USD")

    weigh_again()

    waits.refresh_from_db()
    assert waits.at_stake == {"GBP": "259.50", "USD": "70.00"}
    assert waits.most_at_stake == 259.5


def test_ten_times_the_money_goes_ahead_like_ten_days_of_waiting(steward):
    opened = timezone.now() - timedelta(hours=1)
    poor, rich, old = (
        review(number, match_weight=1.5, opened_at=opened - timedelta(days=days))
        for number, days in ((1, 0), (2, 0), (3, 29))
    )
    hangs_on("A2", 999)

    weigh_again()

    assert in_order() == [rich.pk, old.pk, poor.pk]
    StewardshipTask.objects.filter(pk=old.pk).update(opened_at=opened - timedelta(days=31))
    assert in_order() == [old.pk, rich.pk, poor.pk]


def test_doubt_counts_as_much_as_money(steward):
    at = timezone.now()
    sure, doubtful = (
        review(number, match_weight=bits, opened_at=at) for number, bits in ((1, 8), (2, 0))
    )
    assert in_order() == [doubtful.pk, sure.pk]
    hangs_on("A1", 1_000_000)

    weigh_again()

    assert in_order() == [sure.pk, doubtful.pk]


def test_what_is_grave_comes_first_whatever_hangs_on_the_rest(steward):
    long_ago = timezone.now() - timedelta(days=3_000)
    ordinary = review(opened_at=long_ago)
    hangs_on("A", 10**12)
    first, second = record("C"), record("D")
    suspect = suspect_of(golden_record(first, second), [[first.pk], [second.pk]])
    grave = task("suspect_cluster", suspect.pk)
    hangs_on("C", 5)

    weigh_again()

    assert in_order() == [grave.pk, ordinary.pk]
    grave.refresh_from_db()
    assert grave.at_stake == {"GBP": "5.00"}


def test_a_task_on_which_nothing_hangs_is_weighed_once():
    waits = review()

    work.enqueue("weigh new tasks", "client", cause=cause())
    work.drain()
    waits.refresh_from_db()
    assert waits.at_stake == {}

    hangs_on("A", 100)
    work.enqueue("weigh new tasks", "client", cause=cause())
    work.drain()
    waits.refresh_from_db()
    assert waits.at_stake == {}


def test_an_inbox_says_what_is_at_stake(steward):
    review()
    hangs_on("A", 1_250_000)
    weigh_again()

    assert "1,250,000 GBP at stake" in steward.get("/inbox").content.decode()


def test_money_that_a_feed_brings_moves_what_waits():
    waits = review()
    money = {"kind": "pipeline", "amount": "Open", "currency": {"value": "EUR"}, "as_of": "Day"}
    names = [{"attribute": "legal_name", "column": "Name"}]
    crm = feed(mapping={"key": "Id", "attributes": names, "exposures": [money]})

    load(crm, "Id,Name,Open,Day\nZ,Quite another,1200,2026-01-31\n")
    assert ExposureFact.objects.count() == 1
    load(crm, "Id,Name,Open,Day\nA,Acme Brands,1200,2026-01-31\n")

    waits.refresh_from_db()
    assert waits.at_stake == {"EUR": "1200.00"}


def test_a_question_is_weighed_when_it_is_asked():
    hangs_on(record("A", legal_name="AAAAA Ltd").source_key, 7)
    record("E", source="ERP", legal_name="AAAAA Group Ltd")

    match()

    (asked,) = StewardshipTask.objects.open()
    assert asked.at_stake == {"GBP": "7.00"}
