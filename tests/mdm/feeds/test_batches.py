import pytest

from mdm import work
from mdm.feeds import batches
from mdm.models import Event, FeedBatch, FeedRow, SourceRecord, Work
from tests.factories import NOW, cause, feed, system

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_matching(settings):
    """These tests end where the batch is applied."""
    settings.REACTIONS = {}


def load(of, text, name="clients.csv", **options):
    content = text.encode() if isinstance(text, str) else text
    batch = batches.receive(of, name, [content], cause=cause(), **options)
    work.drain()
    batch.refresh_from_db()
    return batch


def rows(*numbers, header="Id,Name"):
    return "\n".join([header, *(f"{number},Client {number}" for number in numbers)]) + "\n"


def test_a_file_becomes_source_records_and_a_ledger_that_sums():
    crm = feed()

    batch = load(crm, "Id,Name\n1,Acme\n2,Beta\n3,\n1,Acme\n")

    assert batch.state == "applied"
    assert batch.received == 4
    assert batch.ledger == ledger(created=2, unchanged=1, quarantined=1)
    assert SourceRecord.objects.count() == 2


def test_loading_the_same_file_again_reports_everything_unchanged():
    crm = feed()
    load(crm, rows(1, 2, 3))

    again = load(crm, rows(1, 2, 3))

    assert again.ledger == ledger(unchanged=3)
    assert again.matched_at is not None


def test_a_quarantined_row_names_row_field_and_remedy():
    load(feed(), "Id,Name\n1,Acme\n2,\n")

    row = FeedRow.objects.get()
    assert (row.row_number, row.column, row.cause) == (3, "Name", "missing")
    assert row.message == "Row 3, Name: the legal name is empty."
    assert row.remedy == "Fill it in; a record cannot do without."
    assert row.raw == {"Id": "2", "Name": ""}


def test_a_key_that_occurs_twice_with_different_content_costs_only_the_later_row():
    batch = load(feed(), "Id,Name\n1,Acme\n1,Beta\n2,Gamma\n")

    row = FeedRow.objects.get()
    assert batch.ledger == ledger(created=2, quarantined=1)
    assert row.cause == "duplicate_key"
    assert "of row 2" in row.message


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("clients.csv", "", "The file is empty."),
        ("clients.csv", "Id,Name\n", "The file has a header and no rows; nothing was changed."),
        ("clients.csv", "Id,Client\n1,Acme\n", "Row 1 has no column 'Name'; it has Id, Client."),
        ("clients.csv", b"%PDF-1.7 ...", "clients.csv is in fact a PDF document."),
        ("clients.xlsx", "Id,Name\n1,Acme\n", "clients.xlsx is in fact CSV text."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_remedy(name, content, said):
    batch = load(feed(), content, name=name)

    assert batch.state == "refused"
    assert batch.problem.startswith(said)
    assert len(batch.problem) > len(said) + 10
    assert (batch.received, batch.ledger) == (0, ledger())


def test_a_refused_file_leaves_nothing_behind():
    batch = load(feed(), "Id,Name\n")

    assert not batch.chunks.exists()
    assert not batch.file_parts.exists()
    assert not batch.rows.exists()


def test_a_snapshot_ends_the_records_that_it_no_longer_has():
    crm = feed(largest_inactivated_share=1)
    load(crm, rows(*range(30)))

    batch = load(crm, rows(*range(29)))

    assert batch.inactivated == 1
    assert SourceRecord.objects.get(source_key="29").inactive_at is not None


def test_a_delta_ends_nothing():
    crm = feed(mode="delta")
    load(crm, rows(*range(30)))

    batch = load(crm, rows(1))

    assert batch.inactivated == 0


def test_a_feed_that_ignores_deletes_ends_nothing():
    crm = feed(deletes="ignore")
    load(crm, rows(*range(30)))

    assert load(crm, rows(1)).inactivated == 0


def test_a_short_snapshot_waits_for_its_owner_and_changes_nothing():
    crm = feed()
    load(crm, rows(*range(30)))

    batch = load(crm, rows(*range(10)))

    assert batch.state == "waiting"
    assert "20 of 30 known records (67%) are missing; the limit is 10%" in batch.problem
    assert batch.prediction["inactivations"] == 20
    assert batch.prediction["inactivated_keys"][:2] == ["10", "11"]
    assert not SourceRecord.objects.exclude(inactive_at=None).exists()


def test_a_snapshot_that_changes_too_much_waits_for_its_owner():
    crm = feed()
    load(crm, rows(*range(30)))

    batch = load(crm, rows(*range(30)).replace("Client", "Customer"))

    assert batch.state == "waiting"
    assert "would change" in batch.problem


def test_a_released_batch_is_applied():
    crm = feed()
    load(crm, rows(*range(30)))
    batch = load(crm, rows(*range(10)))

    batches.release(batch.pk, cause=cause())
    work.drain()

    batch.refresh_from_db()
    assert (batch.state, batch.inactivated) == ("applied", 20)


def test_a_discarded_batch_changes_nothing():
    crm = feed()
    load(crm, rows(*range(30)))
    batch = load(crm, rows(*range(10)))

    batches.discard(batch.pk, cause=cause())
    work.drain()

    batch.refresh_from_db()
    assert batch.state == "discarded"
    assert SourceRecord.objects.filter(inactive_at=None).count() == 30


def test_only_a_waiting_batch_can_be_released():
    batch = load(feed(), rows(1))

    with pytest.raises(batches.BatchStateError, match="applied, not waiting"):
        batches.release(batch.pk, cause=cause())


def test_while_a_batch_waits_the_next_one_of_its_feed_waits_too():
    crm = feed()
    load(crm, rows(*range(30)))
    waiting = load(crm, rows(*range(10)))

    later = load(crm, rows(*range(30)))

    assert later.state == "waiting"
    assert f"batch {waiting.pk} of this feed waits" in later.problem


def test_a_batch_that_waited_for_another_is_read_when_released():
    crm = feed()
    load(crm, rows(*range(30)))
    waiting = load(crm, rows(*range(10)))
    later = load(crm, rows(*range(31)))
    batches.discard(waiting.pk, cause=cause())

    batches.release(later.pk, cause=cause())
    work.drain()

    later.refresh_from_db()
    assert later.ledger == ledger(created=1, unchanged=30)


def test_a_batch_that_an_error_stopped_holds_up_its_feed_until_it_is_released(settings):
    settings.WORK_ATTEMPTS = 1
    crm = feed()
    settings.WORK = settings.WORK | {"read feed": "tests.no_such_module"}
    stopped = load(crm, rows(1))
    Work.objects.update(not_before=NOW)
    work.drain()
    settings.WORK = settings.WORK | {"read feed": "mdm.feeds.batches.read"}

    later = load(crm, rows(1, 2))
    assert f"an error stopped batch {stopped.pk} of this feed" in later.problem

    batches.release(stopped.pk, cause=cause(correlation_id="ts-other"))
    batches.release(later.pk, cause=cause())
    work.drain()
    Work.objects.update(not_before=NOW)  # the later batch was busy waiting for the other
    work.drain()

    stopped.refresh_from_db()
    later.refresh_from_db()
    assert (stopped.created, later.created, later.unchanged) == (1, 1, 1)


def test_a_dry_run_judges_every_row_and_stores_no_record():
    crm = feed()
    load(crm, rows(1))

    batch = load(crm, "Id,Name\n1,Client 1\n2,Beta\n3,\n", dry_run=True)

    assert batch.state == "previewed"
    assert batch.ledger == ledger(created=1, unchanged=1, quarantined=1)
    assert SourceRecord.objects.count() == 1


def test_rows_out_of_scope_are_counted_with_their_reason():
    scope = [{"column": "Name", "rule": "equity_listing"}]
    attributes = [{"attribute": "legal_name", "column": "Name"}]
    exchange = feed(mapping={"key": "Id", "scope": scope, "attributes": attributes})

    batch = load(exchange, "Id,Name\nA,Acme Inc. Common Stock\nB,Acme Bond ETF\n")

    assert batch.ledger == ledger(created=1, out_of_scope=1)
    assert FeedRow.objects.get().message == "fund, not an equity listing"


def test_rows_that_describe_one_record_are_one_record_where_the_mapping_says_so():
    attributes = [{"attribute": "legal_name", "column": "Vendor"}]
    vendors = feed(mapping={"key": "Vendor", "distinct": True, "attributes": attributes})

    batch = load(vendors, "Job,Vendor\nAnalyst,Acme\nBuilder,Acme\nAnalyst,Beta\n")

    assert batch.ledger == ledger(created=2, unchanged=1)
    assert SourceRecord.objects.get(source_key="Acme").versions.get().raw == {"Vendor": "Acme"}


def test_a_reference_that_leads_nowhere_is_quarantined_where_it_must_exist():
    system("ERP")
    attributes = [
        {"attribute": "name", "column": "Name"},
        {"attribute": "client", "column": "Client", "system": {"value": "CRM"}, "must_exist": True},
    ]
    load(feed(), rows(1))
    projects = feed(domain="project", mapping={"key": "Id", "attributes": attributes})

    batch = load(projects, "Id,Name,Client\nP1,Roof,1\nP2,Wall,99\n")

    assert batch.ledger == ledger(created=1, quarantined=1)
    assert FeedRow.objects.get().message == ("Row 3, Client: CRM has no record with the key '99'.")


def test_an_older_source_version_is_stale_in_the_ledger():
    attributes = [{"attribute": "legal_name", "column": "Name"}]
    crm = feed(mode="delta", mapping={"key": "Id", "updated_at": "On", "attributes": attributes})
    load(crm, "Id,Name,On\n1,New,2026-02-02\n")

    batch = load(crm, "Id,Name,On\n1,Old,2026-01-01\n")

    assert batch.ledger == ledger(stale=1)
    assert SourceRecord.objects.get().attributes["legal_name"] == "New"


def test_a_large_file_is_applied_in_chunks(settings):
    settings.FEED_CHUNK_ROWS = 10

    batch = load(feed(), rows(*range(35)))

    assert batch.ledger == ledger(created=35)
    assert Work.objects.filter(kind="apply chunk").count() == 4


def test_reading_that_was_cut_off_starts_again_and_doubles_nothing(settings):
    settings.FEED_CHUNK_ROWS = 10
    crm = feed()
    batch = batches.receive(crm, "a.csv", [rows(*range(25)).encode()], cause=cause())
    batch.chunks.create(number=1, rows=10, content=b"left by a killed reader")
    batch.rows.create(row_number=2, outcome="quarantined", cause="parse", message="x", raw={})

    work.drain()

    batch.refresh_from_db()
    assert batch.ledger == ledger(created=25)
    assert not batch.rows.exists()


def test_the_correlation_id_of_a_batch_goes_through_its_work_and_events():
    batch = batches.receive(
        feed(), "a.csv", [rows(1).encode()], cause=cause(correlation_id="ts-case-7")
    )
    work.drain()

    assert set(Work.objects.values_list("correlation_id", flat=True)) == {"ts-case-7"}
    assert set(Event.objects.values_list("correlation_id", flat=True)) == {"ts-case-7"}
    assert FeedBatch.objects.get(pk=batch.pk).correlation_id == "ts-case-7"


def test_a_feed_without_a_mapping_receives_nothing():
    crm = feed()
    crm.mappings.all().delete()

    with pytest.raises(batches.BatchStateError, match="has no mapping"):
        batches.receive(crm, "a.csv", [b"x"], cause=cause())


def test_a_changed_mapping_makes_the_same_file_say_something_new():
    crm = feed(largest_changed_share=1)
    content = "Id,Name,Sector\n1,Acme,Tools\n"
    load(crm, content)
    attributes = [
        {"attribute": "legal_name", "column": "Name"},
        {"attribute": "industry", "column": "Sector"},
    ]
    specification = {"key": "Id", "attributes": attributes}
    crm.mappings.create(version=2, specification=specification, created_at=NOW, created_by="ann")

    batch = load(crm, content)

    assert batch.ledger == ledger(updated=1)
    assert SourceRecord.objects.get().attributes["industry"] == "Tools"


def ledger(**counts):
    nothing = dict.fromkeys(
        ("created", "updated", "unchanged", "stale", "quarantined", "rejected", "out_of_scope"), 0
    )
    return nothing | counts
