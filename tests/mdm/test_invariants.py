"""Every invariant is broken on purpose, behind the back of what guards it, and must be noticed."""

import itertools
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from django.utils.module_loading import import_string

from mdm import invariants, work
from mdm.bulk import fetch
from mdm.models import (
    Evaluation,
    Event,
    FeedBatch,
    GoldenRecord,
    Override,
    SourceRecord,
    Work,
)
from tests.factories import LATER, cause, record
from tests.mdm import sound_hub
from tests.mdm.harms import BREAKS, A, C

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub():
    sound_hub.fill()


def check_hub(capsys):
    """Its exit code and what it prints."""
    code = 0
    try:
        call_command("check_hub")
    except SystemExit as exit_:
        code = exit_.code
    return code, capsys.readouterr().out.splitlines()


def test_a_sound_hub_is_said_to_be_so(hub, capsys):
    code, said = check_hub(capsys)

    assert code == 0
    assert len(said) == len(names())
    assert all(line.startswith("ok ") and line.endswith(": 0") for line in said)


def test_an_empty_hub_is_sound(capsys):
    assert check_hub(capsys)[0] == 0


@pytest.mark.parametrize(("name", "harm", "row"), BREAKS)
def test_what_breaks_an_invariant_is_reported_with_its_rows(hub, capsys, name, harm, row):
    found = known()
    with connection.cursor() as cursor:
        cursor.execute(harm)

    code, said = check_hub(capsys)

    at = next(place for place, line in enumerate(said) if name in line)
    assert code == 1
    assert said[at].startswith(f"FAIL {name}: ")
    assert said[at].rpartition(" ")[2] != "0"
    assert any(row.format(**found) in line for line in rows_below(said, at))


def test_every_invariant_is_broken_by_one_of_these_tests():
    assert {name for name, _, _ in BREAKS} == names()


def test_a_record_that_waits_to_be_matched_is_no_harm(capsys):
    record("A")
    SourceRecord.objects.update(created_at=timezone.now())
    client_event, _ = event("client"), event("project")
    wait_for("match", client_event)

    assert check_hub(capsys)[0] == 0


def test_work_on_another_domain_is_no_excuse_for_a_record_without_a_link(capsys):
    record("A")
    wait_for("match", event("project"))

    code, said = check_hub(capsys)

    assert code == 1
    assert "client CRM A 0" in said[1]


def test_what_waits_to_be_rebuilt_is_harm_once_it_is_late(hub, capsys):
    GoldenRecord.objects.filter(title__startswith="Acme").update(attributes={"legal_name": "Old"})
    wait_for("rebuild concerned", event("client"))
    assert check_hub(capsys)[0] == 1
    Work.objects.filter(kind="rebuild concerned").update(created_at=timezone.now())
    assert check_hub(capsys)[0] == 0


def test_golden_records_that_were_not_evaluated_for_too_long_are_harm(hub, capsys, settings):
    evaluated, late = timezone.now() - timedelta(hours=30), timezone.now() - timedelta(hours=26)
    Evaluation.objects.update(evaluated_at=evaluated)
    Override.objects.update(expires_at=late)

    code, said = check_hub(capsys)

    assert code == 1
    assert [line for line in said if line.startswith("FAIL")] == [f"FAIL {invariants.REBUILD}: 1"]
    settings.GOLDEN_REFRESH = timedelta(hours=29)
    assert check_hub(capsys)[0] == 0


def test_many_rows_are_counted_and_some_are_shown(capsys):
    for number in range(invariants.SHOWN + 5):
        record(f"K{number}")

    _, said = check_hub(capsys)

    assert said[0].endswith(f": {invariants.SHOWN + 5}")
    assert said[invariants.SHOWN].startswith("       client CRM K")
    assert said[invariants.SHOWN + 1].startswith("ok ")


def rows_below(said, at):
    return list(itertools.takewhile(lambda line: line.startswith("   "), said[at + 1 :]))


def names():
    declared = set().union(*map(import_string, settings.INVARIANTS))
    return {*declared, invariants.LATE, invariants.REBUILD}


def known():
    """Ids by which offending rows are recognised."""
    golden_of = "SELECT golden_id FROM mdm_crosswalklink WHERE record_id = {}"
    return {
        "golden": fetch(golden_of.format(A))[0][0],
        "golden_of_c": fetch(golden_of.format(C))[0][0],
        "batch": FeedBatch.objects.order_by("pk").first().pk,
    }


def event(domain):
    return Event.objects.create(type="x", domain=domain, at=LATER, by="x", correlation_id="x")


def wait_for(kind, subject):
    work.enqueue(kind, subject.pk, cause=cause())
