import threading
import time

import jsonschema
import pytest
from cloudevents.core.v1.event import CloudEvent
from django.utils import timezone

from mdm import events, golden, lifecycle, sources
from mdm.api import waiting
from mdm.bulk import execute
from mdm.following import reading
from mdm.following.positions import place_events
from mdm.following.vocabulary import EVENT_TYPES
from tests.concurrency import in_background
from tests.factories import (
    LATER,
    cause,
    feed,
    golden_record,
    load,
    merge_goldens,
    ownership,
    record,
    send_again,
)
from tests.mdm.following.follower import Follower, golden_table, live_links

pytestmark = pytest.mark.django_db

ALL = ("*:read", "see:internal", "see:personal", "see:restricted")
PUBLIC = {each.public_name: each for each in EVENT_TYPES.values()}


def changes_of(caller, **query):
    answer = caller.get("/api/v1/changes", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_change_is_a_cloud_event_that_says_what_the_golden_record_says(machine):
    made = golden_record(record("A", legal_name="Acme Ltd"))

    found = changes_of(machine(*ALL))

    [change] = found["changes"]
    assert change["type"] == "touchstone.golden.created.v1"
    assert change["subject"] == str(made.pk)
    assert (change["sequence"], change["position"]) == ("0000000001", "1")
    assert change["correlationid"] == "ts-test"
    assert change["data"]["attributes"]["legal_name"] == "Acme Ltd"
    assert change["data"]["linked"] == [{"system": "CRM", "source_key": "A"}]
    assert found["more"] is False


def test_every_change_is_a_valid_cloud_event_with_the_data_that_its_schema_says(machine):
    ownership("client", "ERP", "CRM")
    load(feed("crm"), "Id,Name\nA,Acme Tools Ltd\nB,Borealis Shipping Ltd\nB,again\n")
    one, two = golden_record(record("C")), golden_record(record("D"))
    merge_goldens(one, two)

    found = changes_of(machine(*ALL, "feeds:read"))["changes"]

    assert {"touchstone.feed_batch.applied.v1", "touchstone.golden.redirected.v1"} <= {
        each["type"] for each in found
    }
    for each in found:
        attributes = {name: value for name, value in each.items() if name != "data"}
        CloudEvent({**attributes, "time": timezone.datetime.fromisoformat(each["time"])})
        jsonschema.validate(each["data"], PUBLIC[each["type"]].schema)
    assert len({each["id"] for each in found}) == len(found)


def test_a_follower_from_zero_has_the_golden_table_and_the_crosswalk(machine):
    ownership("client", "ERP", "CRM")
    follower = Follower(machine(*ALL))
    one, two, three = record("A"), record("B"), record("1", source="ERP")
    goldens = [golden_record(one), golden_record(two), golden_record(three)]
    follower.follow(limit=1)

    survivor = merge_goldens(*goldens)
    separate(survivor, two)
    send_again(one, at=timezone.now(), legal_name="Another name")
    lifecycle.set_condition([one.pk, three.pk], "draft", cause=cause(at=timezone.now()))
    sources.inactivate([two.pk], cause=cause(at=timezone.now()))
    golden.rebuild("client", golden.fed_by([two.pk]), cause=cause(at=timezone.now()))
    follower.follow(limit=2)

    assert {"draft", "inactive", "merged"} <= {
        each["lifecycle"] for each in follower.golden.values()
    }
    assert follower.golden == golden_table()
    assert follower.crosswalk == live_links()
    assert follower.positions == sorted(set(follower.positions))
    again = Follower(machine(*ALL)).follow()
    assert (again.golden, again.crosswalk) == (follower.golden, follower.crosswalk)


def test_a_cursor_goes_on_where_it_ended_and_a_page_ends_where_it_must(machine):
    made = [golden_record() for _ in range(5)]
    caller = machine(*ALL)

    first = changes_of(caller, limit=2)
    second = changes_of(caller, limit=3, after=first["next"])

    subjects = [each["subject"] for page in (first, second) for each in page["changes"]]
    assert subjects == [str(each.pk) for each in made]
    assert (first["more"], second["more"]) == (True, False)
    assert changes_of(caller, after=second["next"]) == {
        "changes": [], "next": second["next"], "more": False,
    }  # fmt: skip


def test_a_domain_that_the_key_may_not_see_is_left_out_and_the_cursor_goes_past_it(machine):
    golden_record(record("P", domain="project", name="Bridge"))
    seen = golden_record()
    golden_record(record("Q", domain="project", name="Tunnel"))

    found = changes_of(machine("client:read"))

    assert [each["subject"] for each in found["changes"]] == [str(seen.pk)]
    assert found["next"].startswith("3-")
    assert found["more"] is False


def test_feeds_are_followed_by_those_who_may_see_feeds(machine):
    load(feed("crm"), "Id,Name\nA,Acme Tools Ltd\n")

    def types(*scopes):
        return {each["type"] for each in changes_of(machine(*scopes))["changes"]}

    assert "touchstone.feed_batch.applied.v1" in types("*:read", "feeds:read")
    assert not any("feed_batch" in each for each in types("*:read"))


def test_values_that_the_key_may_not_see_are_masked(machine):
    golden_record(record("P1", domain="contact", family_name="Turing", emails=["a@b.example"]))

    [masked] = changes_of(machine("contact:read"))["changes"]
    [plain] = changes_of(machine(*ALL))["changes"]

    assert "Turing" in str(plain)
    assert "Turing" not in str(masked)
    assert masked["data"]["attributes"]["family_name"] == "•••"
    assert masked["data"]["title"] == "•••"


def test_a_rare_type_is_looked_for_in_windows_that_end_a_page(machine, monkeypatch):
    monkeypatch.setattr(reading, "WINDOW", 3)
    for _ in range(7):
        golden_record()
    follower = Follower(machine(*ALL))

    page = changes_of(follower.ask, type="golden.merged")
    follower.follow(type="golden.merged")

    assert (page["changes"], page["more"]) == ([], True)
    assert follower.cursor.startswith("7-")
    assert follower.types == []


def test_pages_cost_the_same_number_of_statements_however_long(machine, django_assert_num_queries):
    caller = machine(*ALL)
    for _ in range(3):
        golden_record()
    changes_of(caller)  # the key is known from now on

    with django_assert_num_queries(4):  # what waits, bounds, events, identifiers
        changes_of(caller, limit=1)
    with django_assert_num_queries(4):
        changes_of(caller, limit=100)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"after": "x"}, "after"),
        ({"after": "٣-1"}, "after"),
        ({"limit": "many"}, "limit"),
        ({"wait": "long"}, "wait"),
        ({"domain": "planet"}, "domain"),
        ({"type": "golden.exploded"}, "type"),
    ],
)
def test_a_question_that_makes_no_sense_is_told_so(machine, query, field):
    answer = machine(*ALL).get("/api/v1/changes", query)

    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("cursor", ["1-00000000", "9-00000000", "999999999999-00000000"])
def test_a_cursor_of_another_state_of_the_hub_is_refused(machine, cursor):
    golden_record()

    answer = machine(*ALL).get("/api/v1/changes", {"after": cursor})

    assert answer.status_code == 410
    assert answer.json()["type"] == "/problems/stale-cursor"
    assert "from the start" in answer.json()["detail"]


def test_whoever_waits_is_answered_when_the_time_is_over(machine):
    started = time.monotonic()

    found = changes_of(machine(*ALL), wait=0.5)

    assert found == {"changes": [], "next": "0", "more": False}
    assert time.monotonic() - started >= 0.5


def test_when_too_many_wait_others_are_answered_at_once(machine, monkeypatch):
    monkeypatch.setattr(waiting, "_places", threading.BoundedSemaphore(1))
    waiting._places.acquire()
    started = time.monotonic()

    changes_of(machine(*ALL), wait=20)

    assert time.monotonic() - started < 10


@pytest.mark.django_db(transaction=True)
def test_whoever_waits_is_told_as_soon_as_something_happens(machine):
    caller = machine(*ALL)
    source = record("A")
    with in_background() as start:
        waiting = start(lambda: changes_of(caller, wait=20))
        time.sleep(0.5)
        made = golden_record(source)
        found = waiting.result(timeout=15)

    assert [each["subject"] for each in found["changes"]] == [str(made.pk)]


def test_every_type_is_served_with_its_schema(machine):
    caller = machine("client:read")

    types = caller.get("/api/v1/events").json()["types"]

    assert {each["type"] for each in types} == PUBLIC.keys()
    one = caller.get("/api/v1/events/touchstone.golden.merged.v1")
    assert one.json() == EVENT_TYPES["golden.merged"].schema
    assert caller.get("/api/v1/events/touchstone.golden.merged.v9").status_code == 404


def test_the_lag_of_the_feed_is_measured(client, settings):
    settings.METRICS_TOKEN = "a token of the house"
    execute(
        "INSERT INTO mdm_event (type, domain, content, at, by, correlation_id)"
        " VALUES ('x', '', '{}', now() - interval '90 seconds', 'x', 'x')"
    )
    headers = {"authorization": f"Bearer {settings.METRICS_TOKEN}"}

    behind = client.get("/metrics", headers=headers).content.decode()
    place_events()
    level = client.get("/metrics", headers=headers).content.decode()

    assert "touchstone_changes_lag_seconds 90." in behind
    assert "touchstone_changes_lag_seconds 0.0" in level


def separate(golden_id, *members):
    golden.separate(
        "client",
        {golden_id: [[each.pk for each in members]]},
        method="steward",
        cause=cause(at=LATER.replace(year=2027)),
    )


def test_that_the_hub_is_broken_is_in_the_feed_of_those_who_may_hear_it(machine):
    broken = {"invariants": {"positions count without gaps": 1}}
    events.record("hub.broken", content=broken, cause=cause())

    [change] = changes_of(machine("client:read", "quality:read"))["changes"]

    jsonschema.validate(change["data"], PUBLIC[change["type"]].schema)
    assert (change["type"], change["data"]["domain"]) == ("touchstone.hub.broken.v1", "")
    assert changes_of(machine("client:read"))["changes"] == []
    assert changes_of(machine("client:read", "quality:read"), domain="client")["changes"] == []
