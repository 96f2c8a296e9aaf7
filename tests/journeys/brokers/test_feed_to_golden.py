"""From two files to golden records through real workers, on each broker."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain

import psycopg
import pytest

from mdm.bulk import fetch
from mdm.models import Work
from tests.journeys.brokers import contacts
from tests.journeys.brokers.contacts import FEEDS, RECORDS, Outcome, unlike
from tests.journeys.brokers.crew import Crew

NOT_THERE = "redis://127.0.0.1:1/0"


def test_two_feeds_become_golden_records(crew, feeds, made_undisturbed):
    crew.start("first", "second")

    for code in FEEDS:
        load(code, feeds, crew)

    outcome = contacts.outcome()
    assert_it_is_whole(outcome)
    assert_it_is_the_same(outcome, made_undisturbed)


def test_a_worker_killed_in_the_middle_of_a_chunk_loses_and_doubles_nothing(
    crew, feeds, made_undisturbed
):
    crm, erp = FEEDS
    crew.start("doomed", "second")

    with chunks_half_applied(crew):
        batch = contacts.receive(crm, feeds)
        crew.wait_until(lambda: waiting_in_the_middle_of_a_chunk() == 2)
        crew.kill("doomed")
    crew.start("fresh")
    crew.wait_until(lambda: contacts.is_golden(batch))
    load(erp, feeds, crew)

    outcome = contacts.outcome()
    assert_it_is_whole(outcome)
    assert_it_is_the_same(outcome, made_undisturbed)
    assert Work.objects.filter(kind="apply chunk", attempts=2).exists()


@pytest.mark.parametrize("broker", ["Valkey"], indirect=True)
def test_a_feed_received_while_the_broker_is_away_is_done_when_it_is_back(crew, feeds, ring_at):
    ring_at(NOT_THERE)
    batch = contacts.receive("crm-contacts", feeds)

    crew.start("first")
    crew.wait_until(lambda: contacts.is_golden(batch))

    assert contacts.outcome().broken_invariants == []


def load(code: str, feeds, crew: Crew) -> None:
    """Receive a feed's file, and wait until the workers have made golden records of it."""
    batch = contacts.receive(code, feeds)
    crew.wait_until(lambda: contacts.is_golden(batch))


@contextmanager
def chunks_half_applied(crew: Crew) -> Iterator[None]:
    """Within the block, workers store the records of a chunk and then wait to store versions."""
    with psycopg.connect(crew.environment["DATABASE_URL"]) as bystander:
        bystander.execute("LOCK TABLE mdm_sourcerecordversion IN EXCLUSIVE MODE")
        yield


def waiting_in_the_middle_of_a_chunk() -> int:
    [(count,)] = fetch(
        "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
        " WHERE d.datname = current_database() AND NOT l.granted"
        " AND l.relation = 'mdm_sourcerecordversion'::regclass"
    )
    return int(count)


def assert_it_is_whole(outcome: Outcome) -> None:
    """Every row is accounted for, and every source record is in exactly one golden record."""
    for received, *others in (ledger.values() for ledger in outcome.ledgers.values()):
        assert received == sum(others)
    assert len(outcome.versions) == RECORDS
    assert sorted(chain.from_iterable(outcome.golden)) == sorted(outcome.versions)
    assert outcome.broken_invariants == []


def assert_it_is_the_same(outcome: Outcome, expected: Outcome) -> None:
    assert outcome.ledgers == expected.ledgers
    assert unlike(outcome.versions, expected.versions) == []
    assert unlike(outcome.golden, expected.golden) == []
    assert len(outcome.golden) < 0.8 * RECORDS
