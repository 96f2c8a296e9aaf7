"""Rows that wait for a person: repaired, dismissed, or overtaken by a later file."""

import pytest

from mdm import work
from mdm.feeds import quarantine
from mdm.models import FeedRow, SourceRecord
from tests.factories import cause, feed, load

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_matching(settings):
    """These tests end where the batch is applied."""
    settings.REACTIONS = {}


def rows(*numbers, header="Id,Name"):
    return "\n".join([header, *(f"{number},Client {number}" for number in numbers)]) + "\n"


def test_a_repaired_row_is_sent_again_as_a_batch_of_its_own():
    crm = feed(largest_inactivated_share=0)
    load(crm, rows(*range(30)) + "31,\n")
    row = FeedRow.objects.get()

    batch = quarantine.resubmit(row.pk, {"Name": "Acme"}, cause=cause())
    work.drain()

    batch.refresh_from_db()
    row.refresh_from_db()
    assert (batch.received, batch.created) == (1, 1)
    assert (row.state, row.resubmitted_in) == ("resubmitted", batch)
    assert SourceRecord.objects.filter(inactive_at=None).count() == 31


def test_a_row_that_could_not_be_read_is_repaired_as_a_whole():
    load(feed(), 'Id,Name\n1,"Acme "Tools" Ltd\n2,Beta\n')
    row = FeedRow.objects.get()
    assert row.raw["line"] == '1,"Acme "Tools" Ltd'

    quarantine.resubmit(row.pk, {"line": '1,"Acme ""Tools"" Ltd"'}, cause=cause())
    work.drain()

    acme = SourceRecord.objects.get(source_key="1")
    assert acme.attributes["legal_name"] == 'Acme "Tools" Ltd'


def test_a_row_is_repaired_once():
    load(feed(), rows(1) + "2,\n")
    row = FeedRow.objects.get()
    quarantine.dismiss([row.pk], cause=cause())

    with pytest.raises(quarantine.RowStateError, match="dismissed already"):
        quarantine.resubmit(row.pk, {}, cause=cause())


def test_a_correction_of_a_column_that_is_not_there_is_refused():
    load(feed(), rows(1) + "2,\n")

    with pytest.raises(quarantine.RowStateError, match="no column Nmae; it has Id, Name"):
        quarantine.resubmit(FeedRow.objects.get().pk, {"Nmae": "Acme"}, cause=cause())


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"Id":"2","Name"}', "the line cannot be read: "),
        (
            '{"Id":"2","Name":"Beta","Id":"3"}',
            "the line cannot be read: it has the member 'Id' twice",
        ),
        ("[2]", "the line must be an object in braces"),
    ],
)
def test_a_line_of_json_is_repaired_to_an_object(line, message):
    load(feed(), '{"Id":"1","Name":"Acme"}\noops\n', name="clients.jsonl")

    with pytest.raises(quarantine.RowStateError) as refused:
        quarantine.resubmit(FeedRow.objects.get().pk, {"line": line}, cause=cause())

    assert str(refused.value).startswith(message)


def test_a_reference_that_leads_nowhere_is_kept_with_its_empty_cells():
    client = {"attribute": "client", "column": "Client", "system": {"value": "CRM"}}
    attributes = [{"attribute": "name", "column": "Name"}, {**client, "must_exist": True}]
    projects = feed(domain="project", mapping={"key": "Id", "attributes": attributes})

    load(projects, "Id,Name,Client,Note\nP1,Roof,99,\n")

    assert FeedRow.objects.get().raw == {"Id": "P1", "Name": "Roof", "Client": "99", "Note": ""}


def test_a_later_snapshot_overtakes_the_rows_that_wait():
    crm = feed()
    load(crm, rows(1) + "2,\n3,\n")

    load(crm, rows(1, 2) + "3,\n")

    assert states() == {(3, "closed"), (4, "closed"), (4, "open")}


def test_a_later_delta_overtakes_the_rows_of_its_own_keys():
    crm = feed(mode="delta")
    load(crm, "Id,Name\n1,\n2,\n3,\n")

    load(crm, "Id,Name\n2,Beta\n3,\n")

    assert states() == {(2, "open"), (3, "closed"), (4, "closed"), (3, "open")}


def test_a_row_of_a_dry_run_waits_for_nobody():
    load(feed(), rows(1) + "2,\n", dry_run=True)

    assert states() == {(3, "closed")}


def states():
    return set(FeedRow.objects.values_list("row_number", "state"))
