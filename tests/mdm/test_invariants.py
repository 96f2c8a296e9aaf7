"""Every invariant is broken on purpose, behind the back of what guards it, and must be noticed."""

import itertools
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from django.utils.module_loading import import_string

from mdm import golden, invariants, overrides, work
from mdm.bulk import fetch
from mdm.golden import Merge
from mdm.models import (
    Evaluation,
    Event,
    FeedBatch,
    GoldenRecord,
    Override,
    SourceRecord,
    Work,
)
from tests.factories import LATER, cause, feed, golden_of, golden_record, load, record

pytestmark = pytest.mark.django_db

CLIENTS = "Id,Name\nA,Acme Ltd\nB,Acme Group Ltd\nC,Beta LLP\nC2,Beta LLP\nD,\n"
GOLDEN_OF_A = """
    (SELECT golden_id FROM mdm_crosswalklink l JOIN mdm_sourcerecord r ON r.id = l.record_id
     WHERE r.source_key = 'A' AND unlinked_at IS NULL)
"""
RECORD = "(SELECT id FROM mdm_sourcerecord WHERE source_key = '{}')"
A, B, C, C2, P = (RECORD.format(key) for key in ("A", "B", "C", "C2", "P"))

RELATIONSHIP = """
    INSERT INTO mdm_relationship (kind, record_id, attribute, other_domain, other_system, other_key,
        valid_on, held_back, of_golden, to_golden, first_asserted_at, asserted_at, asserted_by,
        withdrawn_by)
    VALUES ('parent_of', {record}, '{attribute}', 'client', 'CRM', '{other}', '[,)', '{held_back}',
        false, false, now(), now(), 'user:ann', '');
"""

WAITING_PAIR = f"""
    INSERT INTO matching_matchpair (left_id, right_id, domain, run_id, match_weight, left_version,
        right_version, levels, weights, found_by, kept_apart_by, state)
    SELECT least({A}, {C}), greatest({A}, {C}), 'client', max(id), 1, 1, 1, '{{}}', '{{}}', '', '',
        'pending' FROM matching_matchrun;
"""

BREAKS = [
    (
        "every live source record has exactly one live link, or work that will link it",
        f"DELETE FROM mdm_crosswalklink WHERE record_id = {A}",
        "client CRM A 0",
    ),
    (
        "every live source record has exactly one live link, or work that will link it",
        f"""
        DROP INDEX a_source_record_has_at_most_one_live_link;
        INSERT INTO mdm_crosswalklink (record_id, golden_id, method, rule_version, linked_at)
        SELECT {A}, golden_id, 'match', '', now() FROM mdm_crosswalklink WHERE record_id = {B}
        """,
        "client CRM A 2",
    ),
    (
        "a standing golden record has a member, a merged one has none",
        f"UPDATE mdm_crosswalklink SET unlinked_at = linked_at WHERE record_id = {A}",
        "{golden} active 0",
    ),
    (
        "a standing golden record has a member, a merged one has none",
        f"""
        UPDATE mdm_crosswalklink SET golden_id =
            (SELECT id FROM mdm_goldenrecord WHERE status = 'merged') WHERE record_id = {B}
        """,
        "merged 1",
    ),
    (
        "a live link joins records of one domain",
        f"UPDATE mdm_crosswalklink SET golden_id = {GOLDEN_OF_A} WHERE record_id = {P}",
        "{golden}",
    ),
    (
        "every golden id resolves: redirects end at a golden record that stands",
        """
        UPDATE mdm_goldenrecord SET status = 'merged', merged_into_id =
            (SELECT id FROM mdm_goldenrecord WHERE status = 'merged') WHERE id =
            (SELECT merged_into_id FROM mdm_goldenrecord WHERE status = 'merged')
        """,
        "UUID(",
    ),
    (
        "the changes of a golden record are counted without gaps",
        f"UPDATE mdm_goldenrecord SET version = version + 1 WHERE id = {GOLDEN_OF_A}",
        "{golden} 2 1",
    ),
    (
        "the changes of a golden record are counted without gaps",
        f"""
        DROP TRIGGER events_only_grow ON mdm_event;
        DELETE FROM mdm_event WHERE golden_id = {GOLDEN_OF_A}
        """,
        "{golden} 1 0",
    ),
    (
        "the changes of a golden record are counted without gaps",
        f"""
        UPDATE mdm_goldenrecord SET version = 2 WHERE id = {GOLDEN_OF_A};
        INSERT INTO mdm_event (type, domain, golden_id, sequence, content, at, by, correlation_id)
        SELECT type, domain, golden_id, 2, content, at, by, correlation_id FROM mdm_event
        WHERE golden_id = {GOLDEN_OF_A};
        ALTER TABLE mdm_event DISABLE TRIGGER events_only_grow;
        UPDATE mdm_event SET sequence = 2 WHERE golden_id = {GOLDEN_OF_A}
        """,
        "{golden} 2 2",
    ),
    (
        "what a golden record said at each moment is known once",
        """
        DROP TRIGGER golden_versions_only_grow ON mdm_goldenrecordversion;
        DELETE FROM mdm_goldenrecordversion
        """,
        "2",
    ),
    (
        "what a golden record said at each moment is known once",
        """
        DROP TRIGGER golden_versions_only_grow ON mdm_goldenrecordversion;
        UPDATE mdm_goldenrecordversion SET until_at = until_at + interval '1 second'
        """,
        "1",
    ),
    (
        "a golden record says something from the moment on at which it was created",
        f"""
        UPDATE mdm_goldenrecord SET created_at = created_at - interval '1 second'
        WHERE id = {GOLDEN_OF_A}
        """,
        "{golden}",
    ),
    (
        "a source record was in one golden record at a time",
        """
        UPDATE mdm_crosswalklink SET unlinked_at = unlinked_at + interval '1 second'
        WHERE unlinked_at IS NOT NULL
        """,
        "",
    ),
    (
        "every merge and split is told: links begin and end with an event of their golden record",
        f"""
        UPDATE mdm_crosswalklink SET linked_at = linked_at + interval '1 second'
        WHERE record_id = {A}
        """,
        "{golden}",
    ),
    (
        "every merge and split is told: links begin and end with an event of their golden record",
        f"""
        UPDATE mdm_crosswalklink SET unlinked_at = clock_timestamp() WHERE record_id = {B};
        INSERT INTO mdm_crosswalklink (record_id, golden_id, method, rule_version, linked_at)
        SELECT {B}, {GOLDEN_OF_A}, 'steward', '', clock_timestamp()
        """,
        "{golden}",
    ),
    (
        "each value of a golden record has one winner, each list one or more",
        f"""
        UPDATE mdm_goldenrecord SET provenance = '{{}}' WHERE id = {GOLDEN_OF_A}
        """,
        "{golden} [] None",
    ),
    (
        "each value of a golden record has one winner, each list one or more",
        f"""
        UPDATE mdm_goldenrecord SET provenance = provenance || jsonb_build_object({B}::text, '*')
        WHERE id = {GOLDEN_OF_A}
        """,
        "{golden} ['*'] ['*']",
    ),
    (
        "each value of a golden record has one winner, each list one or more",
        f"""
        UPDATE mdm_goldenrecord SET provenance = jsonb_build_object(
            {C}::text, '{{"legal_name": "trusted"}}'::jsonb,
            {C2}::text, '{{"legal_name": "trusted"}}'::jsonb)
        WHERE id = (SELECT golden_id FROM mdm_crosswalklink WHERE record_id = {C})
        """,
        "{golden_of_c} ['legal_name'] ['legal_name']",
    ),
    (
        "what the machine joined weighs what the version of its model asked for",
        "UPDATE mdm_crosswalklink SET match_weight = 1 WHERE record_id = " + C2,
        "{golden_of_c} 1.0 client-",
    ),
    (
        "what the machine joined weighs what the version of its model asked for",
        "UPDATE mdm_crosswalklink SET match_weight = NULL WHERE record_id = " + C2,
        "{golden_of_c} None client-",
    ),
    (
        "what the machine joined weighs what the version of its model asked for",
        "UPDATE mdm_crosswalklink SET rule_version = 'client-0' WHERE record_id = " + C2,
        "client-0 None",
    ),
    (
        "what the machine joined weighs what the version of its model asked for",
        "UPDATE mdm_crosswalklink SET rule_version = '' WHERE record_id = " + C2,
        "{golden_of_c}",
    ),
    (
        invariants.LATE,
        f"""
        DELETE FROM mdm_crosswalklink WHERE record_id = {A};
        UPDATE mdm_sourcerecord SET created_at = now() - interval '25 hours' WHERE id = {A}
        """,
        "source record client CRM A",
    ),
    (
        invariants.LATE,
        "UPDATE mdm_feedbatch SET matched_at = NULL, applied_at = now() - interval '25 hours'",
        "feed batch client",
    ),
    (
        "no golden value comes from a record that is not linked",
        f"""
        UPDATE mdm_goldenrecord SET provenance = jsonb_build_object({C}::text, '*')
        WHERE id = {GOLDEN_OF_A}
        """,
        "{golden}",
    ),
    (
        "a pinned value comes from a live override on the golden record or an id merged into it",
        "UPDATE mdm_override SET ended_at = now()",
        "pin:",
    ),
    (
        "a pinned value comes from a live override on the golden record or an id merged into it",
        "UPDATE mdm_override SET expires_at = set_at",
        "pin:",
    ),
    (
        "a pinned value comes from a live override on the golden record or an id merged into it",
        f"UPDATE mdm_override SET golden_id = {GOLDEN_OF_A}",
        "pin:",
    ),
    (
        invariants.REBUILD,
        """UPDATE mdm_override SET rival = '"Another"'""",
        "client {golden_of_c}",
    ),
    (
        invariants.REBUILD,
        f"UPDATE mdm_sourcerecord SET inactive_at = now() WHERE id = {A}",
        "client {golden}",
    ),
    (
        "the ledger of every finished batch sums",
        """
        SET CONSTRAINTS ALL IMMEDIATE;
        ALTER TABLE mdm_feedbatch DROP CONSTRAINT the_ledger_of_a_finished_batch_sums;
        UPDATE mdm_feedbatch SET received = received + 1
        """,
        "{batch} 6",
    ),
    (
        "the rows of a batch are all in its ledger",
        "DELETE FROM mdm_feedrow",
        "{batch} quarantined 1 0",
    ),
    (
        "the rows of a batch are all in its ledger",
        "UPDATE mdm_feedrow SET outcome = 'stale'",
        "{batch} stale 0 1",
    ),
    (
        "every event waits for a position or has one, and positions have no gaps",
        "DELETE FROM mdm_unplacedevent",
        "",
    ),
    (
        "every event waits for a position or has one, and positions have no gaps",
        """
        INSERT INTO mdm_eventposition (position, event_id)
        SELECT row_number() OVER (ORDER BY event_id) + 1, event_id FROM mdm_unplacedevent;
        DELETE FROM mdm_unplacedevent
        """,
        "",
    ),
    (
        "the changes of a golden record are followed in their own order",
        f"""
        INSERT INTO mdm_event (type, domain, golden_id, sequence, content, at, by, correlation_id)
        SELECT 'golden.changed', 'client', {GOLDEN_OF_A}, 2, '{{}}', now(), 'x', 'x';
        INSERT INTO mdm_eventposition (position, event_id)
        SELECT row_number() OVER (ORDER BY event_id DESC), event_id FROM mdm_unplacedevent;
        DELETE FROM mdm_unplacedevent
        """,
        "{golden}",
    ),
    (
        "the versions of a source record are counted without gaps",
        f"UPDATE mdm_sourcerecord SET version = 3 WHERE id = {A}",
        "3 1",
    ),
    (
        "the versions of a source record are counted without gaps",
        f"""
        DROP TRIGGER versions_only_grow ON mdm_sourcerecordversion;
        DELETE FROM mdm_sourcerecordversion WHERE record_id = {A}
        """,
        "1 0",
    ),
    (
        "effective rates do not overlap, and contested ones do",
        "UPDATE mdm_effectiverate SET state = 'contested'",
        "contested",
    ),
    (
        "effective rates do not overlap, and contested ones do",
        """
        SET CONSTRAINTS ALL IMMEDIATE;
        ALTER TABLE mdm_effectiverate DROP CONSTRAINT effective_rates_do_not_overlap;
        UPDATE mdm_effectiverate SET period = '[2026-01-01,2027-01-01)'
        """,
        "effective",
    ),
    (
        "no circle of parents is in effect",
        RELATIONSHIP.format(record=A, attribute="", other="C", held_back="")
        + RELATIONSHIP.format(record=C, attribute="", other="A", held_back=""),
        "{golden}",
    ),
    (
        "a parent is held back only where it would close a circle",
        RELATIONSHIP.format(record=A, attribute="", other="C", held_back="circle"),
        "parent_of",
    ),
    (
        "relationships are what the attributes of source records say",
        RELATIONSHIP.format(record=A, attribute="parent", other="C", held_back=""),
        "parent_of parent",
    ),
    (
        invariants.REBUILD,
        f"""
        UPDATE mdm_goldenrecord SET attributes = '{{"legal_name": "Hacked Ltd"}}'
        WHERE id = {GOLDEN_OF_A}
        """,
        "client {golden}",
    ),
    (
        "records decided not to match are not in one golden record",
        f"""
        INSERT INTO matching_decision
            (left_id, right_id, domain, verdict, reason, evidence, decided_by, decided_at)
        VALUES ({C}, {C2}, 'client', 'no_match', '', '{{}}', 'user:ann', now())
        """,
        "{golden_of_c}",
    ),
    (
        "a pair that waits is not in one golden record",
        "UPDATE matching_matchpair SET state = 'pending' WHERE state = 'automatic'",
        "",
    ),
    (
        "groups decided not to match share no golden record",
        f"""
        INSERT INTO matching_clusterdecision (id, domain, verdict, reason, decided_by, decided_at,
            superseded_by) VALUES (1, 'client', 'no_match', '', 'user:ann', now(), '');
        INSERT INTO matching_decidedmember (decision_id, record_id, side)
        VALUES (1, {C}, 0), (1, {C2}, 1)
        """,
        "{golden_of_c}",
    ),
    (
        "a pair that waits is not between golden records that a decision keeps apart",
        f"""{WAITING_PAIR}
        INSERT INTO matching_decision
            (left_id, right_id, domain, verdict, reason, evidence, decided_by, decided_at)
        VALUES (least({A}, {C}), greatest({A}, {C}), 'client', 'no_match', '', '{{}}', 'user:ann',
            now())
        """,
        "",
    ),
    (
        "a pair that waits is not of a record that takes no part in matching",
        f"{WAITING_PAIR} UPDATE mdm_sourcerecord SET isolated = true WHERE id = {A}",
        "",
    ),
    (
        "what a person must settle is in the inbox, or work will put it there",
        WAITING_PAIR,
        "match_review client",
    ),
    (
        "what a person must settle is in the inbox, or work will put it there",
        "UPDATE mdm_effectiverate SET state = 'contested'",
        "contested_rate rate",
    ),
    (
        "what a person must settle is in the inbox, or work will put it there",
        """UPDATE mdm_override SET rival = '"Another"'""",
        "contested_pin client",
    ),
    (
        "what a person must settle is in the inbox, or work will put it there",
        """
        INSERT INTO matching_suspectcluster (domain, golden_id, content, members, findings, parts,
            bridge, run_id, found_at, fine_by, fine_because)
        SELECT 'client', id, 'x', '{}', '[]', '[]', '{}', (SELECT max(id) FROM matching_matchrun),
            now(), '', '' FROM mdm_goldenrecord LIMIT 1
        """,
        "suspect_cluster client",
    ),
]


@pytest.fixture
def hub():
    """A hub with something of everything: matched, waiting, merged and quarantined."""
    load(feed(), CLIENTS)
    load(feed(domain="project", mapping=PROJECTS), "Id,Name\nP,New roof\n")
    first, second = golden_record(record("M1")), golden_record(record("M2"))
    ids = frozenset([first.pk, second.pk])
    golden.merge("client", [Merge(ids, "match")], cause=cause(at=LATER))
    pinned = golden_of(SourceRecord.objects.get(source_key="C"))[0]
    overrides.set_override(pinned, "legal_name", "Beta", reason="so", cause=cause(at=LATER))
    for start, end in (("2026-01-01", "2026-06-30"), ("2026-07-01", "2026-12-31")):
        golden_record(record(source="RATES", domain="rate", **RATE, start_date=start, end_date=end))
    FeedBatch.objects.update(matched_at=LATER)


PROJECTS = {"key": "Id", "attributes": [{"attribute": "name", "column": "Name"}]}
RATE = {
    "scope": "firm",
    "labour_category": "Architect",
    "unit": "hour",
    "currency": "USD",
    "amount": "100",
}


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
