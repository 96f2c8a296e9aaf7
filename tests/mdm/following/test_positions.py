import threading

import pytest
from django.db import connection, transaction

from mdm.bulk import execute, fetch
from mdm.events import Change, record_changes
from mdm.following import positions
from mdm.following.positions import place_events
from mdm.models import Event, EventPosition, UnplacedEvent
from tests.concurrency import in_background
from tests.factories import cause, golden_record

INSERT = """
    INSERT INTO mdm_event (type, domain, content, at, by, correlation_id)
    SELECT 'golden.changed', 'client', '{}', clock_timestamp(), %s, 'x'
    FROM generate_series(1, %s)
"""


def placed():
    return fetch("SELECT position, event_id FROM mdm_eventposition ORDER BY position")


@pytest.mark.django_db
def test_events_get_positions_from_one_on_in_the_order_of_their_ids():
    golden_record()
    golden_record()
    ids = list(Event.objects.order_by("pk").values_list("pk", flat=True))

    assert place_events() == len(ids)

    assert placed() == list(enumerate(ids, 1))
    assert not UnplacedEvent.objects.exists()
    assert place_events() == 0


@pytest.mark.django_db
def test_many_events_are_placed_in_chunks(monkeypatch):
    monkeypatch.setattr(positions, "CHUNK", 7)
    execute(INSERT, ["x", 30])

    assert place_events() == 30
    assert [position for position, _ in placed()] == list(range(1, 31))


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_leaves_no_gap():
    execute(INSERT, ["x", 2])
    with transaction.atomic():
        execute(INSERT, ["y", 5])
        transaction.set_rollback(True)
    execute(INSERT, ["x", 2])

    place_events()

    assert [position for position, _ in placed()] == [1, 2, 3, 4]


@pytest.mark.django_db(transaction=True)
def test_a_long_transaction_gets_its_positions_when_it_commits():
    other = connection.copy()
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute(INSERT, ["slow", 3])
    execute(INSERT, ["quick", 2])

    place_events()
    before = placed()
    other.commit()
    other.close()
    place_events()

    said = dict(Event.objects.values_list("pk", "by"))
    assert placed()[:2] == before
    assert [said[id_] for _, id_ in placed()] == ["quick", "quick", "slow", "slow", "slow"]


@pytest.mark.django_db(transaction=True)
def test_no_reader_skips_or_repeats_a_position_while_many_write():
    writers, rounds, each = 6, 25, 4
    total, read, done = writers * rounds * each, [], threading.Event()

    def write(name):
        for turn in range(rounds):
            with transaction.atomic():
                execute(INSERT, [name, each])
                if turn % 5 == 0:
                    execute("SELECT pg_sleep(0.05)")
            if turn % 7 == 0:
                with transaction.atomic():
                    execute(INSERT, ["nobody", 1])
                    transaction.set_rollback(True)

    def place():
        while not done.is_set():
            place_events()

    def follow():
        after = 0
        while len(read) < total:
            rows = fetch(
                "SELECT position, event_id FROM mdm_eventposition WHERE position > %s"
                " ORDER BY position LIMIT 50",
                [after],
            )
            read.extend(rows)
            after = rows[-1][0] if rows else after

    with in_background() as start:
        placing = [start(place) for _ in range(2)]
        following = start(follow)
        for writing in [start(write, f"writer {number}") for number in range(writers)]:
            writing.result()
        following.result(timeout=60)
        done.set()
        for each_one in placing:
            each_one.result()

    assert [position for position, _ in read] == list(range(1, total + 1))
    assert len({event_id for _, event_id in read}) == total == Event.objects.count()


@pytest.mark.django_db(transaction=True)
def test_the_changes_of_one_golden_record_are_placed_in_their_order():
    made = golden_record()

    def change(_number):
        with transaction.atomic():
            [(version,)] = fetch(
                "SELECT version FROM mdm_goldenrecord WHERE id = %s FOR UPDATE", [made.pk]
            )
            record_changes(
                [Change("golden.changed", "client", made.pk, version + 1, {})], cause=cause()
            )
            execute("UPDATE mdm_goldenrecord SET version = version + 1 WHERE id = %s", [made.pk])
        place_events()

    with in_background() as start:
        for changing in [start(change, number) for number in range(12)]:
            changing.result()

    order = EventPosition.objects.order_by("position").values_list("event__sequence", flat=True)
    assert list(order) == list(range(1, 14))
