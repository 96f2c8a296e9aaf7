"""For each invariant a harm that breaks it, done behind the back of what guards it.

A harm is the name of the invariant, the statement, and what the reported row begins with. It is
done to the hub of `sound_hub`.
"""

from mdm import invariants

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
