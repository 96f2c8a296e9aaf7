"""A run in shards through real workers, one of which is killed in the middle of a range."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from matching.models import MatchRange, MatchRun, MatrixPiece
from mdm.bulk import execute, fetch
from mdm.models import Work
from tests.journeys.brokers import contacts
from tests.journeys.brokers.crew import Crew
from tests.journeys.brokers.test_feed_to_golden import (
    assert_it_is_the_same,
    assert_it_is_whole,
    load,
)

PAIRS_IN_A_RANGE = 200
_GATE = 4711  # an advisory lock that every finished range passes


@pytest.fixture
def sharing_crew(crew: Crew) -> Crew:
    crew.environment |= {
        "MATCH_PAIRS_OF_ONE_WORKER": "0",
        "MATCH_PAIRS_IN_A_RANGE": str(PAIRS_IN_A_RANGE),
        "TOUCHSTONE_STATE": str(crew.folder),
    }
    return crew


@pytest.mark.parametrize("broker", ["Valkey"], indirect=True)
def test_a_worker_killed_in_the_middle_of_a_range_loses_and_doubles_nothing(
    sharing_crew, feeds, made_undisturbed
):
    crew = sharing_crew
    crew.start("doomed", "second")

    with ranges_half_compared(crew):
        batch = contacts.receive("crm-contacts", feeds)
        crew.wait_until(lambda: waiting_at_the_gate() == 2)
        crew.kill("doomed")
    crew.start("fresh")
    crew.wait_until(lambda: contacts.is_golden(batch))
    load("erp-contacts", feeds, crew)

    outcome = contacts.outcome()
    assert_it_is_whole(outcome)
    assert_it_is_the_same(outcome, made_undisturbed)
    assert Work.objects.filter(kind="compare range", attempts=2).exists()
    assert Work.objects.filter(kind="compare range").count() > 10
    assert set(MatchRun.objects.values_list("state", flat=True)) == {"finished"}
    assert not MatchRange.objects.exists()
    assert not MatrixPiece.objects.exists()
    assert list(crew.folder.glob("match/*.matrix")) == []


@contextmanager
def ranges_half_compared(crew: Crew) -> Iterator[None]:
    """Within the block, workers compare a range and then wait before they hand in its pairs."""
    with psycopg.connect(crew.environment["DATABASE_URL"]) as bystander:
        bystander.execute("SELECT pg_advisory_lock(%s)", [_GATE])
        execute(
            "CREATE FUNCTION pass_the_gate() RETURNS trigger LANGUAGE plpgsql AS $$"
            f" BEGIN PERFORM pg_advisory_xact_lock_shared({_GATE}); RETURN NEW; END $$"
        )
        execute(
            "CREATE TRIGGER gate BEFORE UPDATE ON matching_matchrange"
            " FOR EACH ROW EXECUTE FUNCTION pass_the_gate()"
        )
        try:
            yield
        finally:
            bystander.execute("SELECT pg_advisory_unlock(%s)", [_GATE])
            execute("DROP FUNCTION pass_the_gate() CASCADE")


def waiting_at_the_gate() -> int:
    [(count,)] = fetch(
        "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
        " WHERE d.datname = current_database() AND l.locktype = 'advisory'"
        f" AND l.objid = {_GATE} AND NOT l.granted"
    )
    return int(count)
