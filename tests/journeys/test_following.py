"""Those who follow the hub, through everything that goes on while they do."""

import os
import subprocess
import threading
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from mdm import golden, invariants
from mdm.bulk import execute
from mdm.embedded.account import server_account
from mdm.embedded.binaries import find_postgres
from mdm.golden import Merge
from tests.concurrency import in_background
from tests.factories import cause, golden_record, merge_goldens, record
from tests.mdm.following.follower import Follower, golden_table, live_links

pytestmark = pytest.mark.django_db(transaction=True)

ALL = ("*:read", "see:internal", "see:personal", "see:restricted")


def test_a_follower_keeps_step_with_many_writers_and_a_long_transaction(machine):
    caller = machine(*ALL)
    sources = [[record(f"{name}{number}") for number in range(8)] for name in "abcd"]
    done = threading.Event()

    def write(members):
        made = [golden_record(each, at=timezone.now()) for each in members]
        for one, two in zip(made[::2], made[1::2], strict=True):
            ids = frozenset({one.pk, two.pk})
            with transaction.atomic():
                golden.merge("client", [Merge(ids, "steward")], cause=cause(at=timezone.now()))
                execute("SELECT pg_sleep(0.1)")

    def follow():
        follower = Follower(caller)
        while not done.is_set():
            follower.follow(limit=7, wait=0.1)
        return follower.follow()

    with in_background() as start:
        following = [start(follow) for _ in range(2)]
        for writing in [start(write, members) for members in sources]:
            writing.result()
        done.set()
        followers = [each.result(timeout=60) for each in following]

    for follower in followers:
        assert follower.positions == list(range(1, len(follower.positions) + 1))
        assert follower.golden == golden_table()
        assert follower.crosswalk == live_links()
    assert {each.name: each.rows for each in invariants.check() if each.count} == {}


def test_cursors_hold_through_a_dump_and_a_restore(machine, elsewhere):
    caller = machine(*ALL)
    merge_goldens(golden_record(record("A")), golden_record(record("B")))
    follower = Follower(caller).follow(limit=2)
    golden_record(record("C"))  # not placed yet, when the dump is taken
    later = record("D")

    with elsewhere():
        assert follower.cursor.startswith("4-")
        golden_record(later)
        follower.follow()
        assert follower.positions == list(range(1, 7))
        assert follower.golden == golden_table()

    for _ in range(2):  # here history ends before the cursor, and then goes on differently
        stale = caller.get("/api/v1/changes", {"after": follower.cursor})
        assert stale.status_code == 410
        golden_record()


@pytest.fixture
def elsewhere(tmp_path):
    """Restores the database under another name, and lets the hub work there for a while."""
    programs = find_postgres(server_account()).folder
    made = []

    def run(program, *arguments):
        subprocess.run([programs / program, *arguments], check=True, env=environment())

    def environment():
        names = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "PASSWORD": "PGPASSWORD"}
        said = {there: str(connection.settings_dict[here]) for here, there in names.items()}
        return {**os.environ, **{name: value for name, value in said.items() if value}}

    class Elsewhere:
        def __enter__(self):
            self.here = connection.settings_dict["NAME"]
            self.there = f"restored_{uuid4().hex[:8]}"
            made.append(self.there)
            dump = str(tmp_path / "hub.dump")
            run("pg_dump", "--format=custom", f"--file={dump}", self.here)
            run("createdb", self.there)
            run("pg_restore", f"--dbname={self.there}", "--exit-on-error", dump)
            self.go(self.there)

        def __exit__(self, *_):
            self.go(self.here)

        def go(self, name):
            connection.close()
            connection.settings_dict["NAME"] = name

    yield Elsewhere
    for name in made:
        run("dropdb", "--force", name)
