"""What was sent is read again under the present standardiser, and only what differs changes."""

import pytest
from django.core.management import call_command
from django.utils import timezone

from mdm import invariants, sources, work
from mdm.feeds import restandardising
from mdm.models import (
    BlockedValue,
    Event,
    FeedBatch,
    FeedMapping,
    GoldenRecord,
    SourceRecord,
    SourceRecordVersion,
    Work,
)
from tests.factories import NOW, cause, feed, load, work_in_hand

pytestmark = pytest.mark.django_db

PHONES = {
    "key": "Id",
    "reading": {"country": "GB"},
    "attributes": [
        {"attribute": "legal_name", "column": "Name"},
        {"attribute": "phone", "column": "Phone", "optional": True},
        {"attribute": "industry", "column": "Trade"},
    ],
}
ROWS = "Id,Name,Phone,Trade\nA,Acme Ltd,020 7946 0958,Tools\nB,Beta LLP,020 7946 0000,\n"


@pytest.fixture
def crm():
    made = feed(mapping=PHONES)
    load(made, ROWS)
    return made


def test_where_nothing_is_read_otherwise_nothing_changes(crm):
    before = counts()

    read_again()

    assert counts() == before
    assert attributes("A") == {
        "legal_name": "Acme Ltd", "phone": "+442079460958", "industry": "Tools",
    }  # fmt: skip


def test_a_new_mapping_is_followed_by_what_was_sent_before(crm):
    remap(crm, {"attribute": "trading_name", "column": "Trade"})
    version = golden("A").version

    read_again()

    assert attributes("A")["trading_name"] == "Tools"
    assert golden("A").attributes["trading_name"] == "Tools"
    assert golden("A").version == version + 1
    assert golden("B").version == 1
    assert sound()


def test_a_new_placeholder_takes_away_what_it_makes_meaningless(crm):
    BlockedValue.objects.create(value="020 7946 0000", domain="client", attribute="phone")

    read_again()

    assert "phone" not in attributes("B")
    assert "phone" not in golden("B").attributes
    assert "phone" in attributes("A")
    assert sound()


def test_a_record_that_says_something_else_has_one_more_version_in_a_batch_that_is_matched(crm):
    remap(crm, {"attribute": "trading_name", "column": "Trade"})

    read_again()

    first, second = SourceRecordVersion.objects.filter(record__source_key="A").order_by("number")
    batch = second.batch
    assert (second.raw, second.content_hash) == (first.raw, first.content_hash)
    assert second.changed_values
    assert (batch.received, batch.updated, batch.state) == (1, 1, "applied")
    assert batch.matched_at is not None
    assert SourceRecordVersion.objects.filter(record__source_key="B").count() == 1


def test_the_same_file_is_still_unchanged_afterwards():
    crm = feed(mapping=PHONES)
    load(crm, ROWS)
    BlockedValue.objects.create(value="020 7946 0000", domain="client", attribute="phone")
    read_again()

    again = load(crm, ROWS)

    assert again.unchanged == 2


def test_what_a_source_cleared_does_not_come_back(crm):
    load(crm, "Id,Name,Phone,Trade\nA,Acme Ltd,,Tools\nB,Beta LLP,020 7946 0000,\n")

    read_again()

    assert "phone" not in attributes("A")


def test_what_a_source_no_longer_mentions_is_read_again_from_when_it_did(crm):
    crm.mode = "delta"
    crm.save()
    load(crm, '{"Id": "A", "Name": "Acme Ltd", "Trade": "Hammers"}\n', "delta.jsonl")
    assert attributes("A")["phone"] == "+442079460958"
    BlockedValue.objects.create(value="020 7946 0958", domain="client", attribute="phone")

    read_again()

    assert "phone" not in attributes("A")
    assert attributes("A")["industry"] == "Hammers"


def test_what_can_no_longer_be_read_stays_as_it_is(crm):
    remap(crm, {"attribute": "status", "column": "Trade"})

    read_again()

    assert attributes("A")["phone"] == "+442079460958"
    assert "status" not in attributes("A")


def test_a_deleted_record_is_read_again_and_stays_deleted(crm):
    sources.inactivate([SourceRecord.objects.get(source_key="A").pk], cause=cause())
    remap(crm, {"attribute": "trading_name", "column": "Trade"})

    read_again()

    record = SourceRecord.objects.get(source_key="A")
    assert record.attributes["trading_name"] == "Tools"
    assert record.inactive_at is not None


def test_chunks_follow_each_other_and_a_worker_that_died_repeats_nothing(crm, monkeypatch):
    monkeypatch.setattr(restandardising, "RECORDS_IN_A_CHUNK", 1)
    remap(crm, {"attribute": "trading_name", "column": "Name"})
    restandardising.ask(["client"], cause=cause(at=timezone.now()))
    job = work_in_hand("restandardise")

    restandardising.restandardise(job)
    restandardising.restandardise(job)
    work.drain()

    assert SourceRecordVersion.objects.count() == 4
    assert Work.objects.filter(kind="restandardise").count() == 3
    assert sound()


def test_the_command_says_how_much_changed(crm, capsys):
    remap(crm, {"attribute": "trading_name", "column": "Name"})

    call_command("restandardise", "client")

    assert capsys.readouterr().out == "2 source records say something else now.\n"
    asked = Event.objects.get(type="restandardising.asked")
    assert asked.rule_version.startswith("standardiser-")


def read_again():
    restandardising.ask(["client"], cause=cause(at=timezone.now()))
    work.drain()


def remap(of, *lines):
    specification = PHONES | {"attributes": [*PHONES["attributes"], *lines]}
    FeedMapping.objects.create(
        feed=of, version=2, specification=specification, created_at=NOW, created_by="ann"
    )


def attributes(key):
    return SourceRecord.objects.get(source_key=key).attributes


def golden(key):
    return GoldenRecord.objects.get(links__record__source_key=key, links__unlinked_at=None)


def counts():
    tables = (Event.objects.exclude(type="restandardising.asked"), SourceRecordVersion, FeedBatch)
    return [getattr(each, "objects", each).count() for each in tables]


def sound():
    return not [each.name for each in invariants.check() if each.count]
