"""What must always hold between matching, what people decided, and golden records."""

INVARIANTS: dict[str, str] = {
    "records decided not to match are not in one golden record": """
        SELECT d.left_id, d.right_id, a.golden_id FROM matching_decision d
        JOIN mdm_crosswalklink a ON a.record_id = d.left_id AND a.unlinked_at IS NULL
        JOIN mdm_crosswalklink b ON b.record_id = d.right_id AND b.unlinked_at IS NULL
        WHERE d.verdict = 'no_match' AND d.superseded_at IS NULL AND a.golden_id = b.golden_id
    """,
    "groups decided not to match share no golden record": """
        SELECT d.id, a.golden_id FROM matching_clusterdecision d
        JOIN matching_decidedmember m ON m.decision_id = d.id
        JOIN mdm_crosswalklink a ON a.record_id = m.record_id AND a.unlinked_at IS NULL
        WHERE d.verdict = 'no_match' AND d.superseded_at IS NULL
        GROUP BY d.id, a.golden_id HAVING count(DISTINCT m.side) > 1
    """,
    "a pair that waits is not in one golden record": """
        SELECT p.left_id, p.right_id FROM matching_matchpair p
        JOIN mdm_crosswalklink a ON a.record_id = p.left_id AND a.unlinked_at IS NULL
        JOIN mdm_crosswalklink b ON b.record_id = p.right_id AND b.unlinked_at IS NULL
        WHERE p.state = 'pending' AND a.golden_id = b.golden_id
    """,
    "a pair that waits is not between golden records that a decision keeps apart": """
        WITH apart AS (
            SELECT a.golden_id AS one, b.golden_id AS other FROM matching_decision d
            JOIN mdm_crosswalklink a ON a.record_id = d.left_id AND a.unlinked_at IS NULL
            JOIN mdm_crosswalklink b ON b.record_id = d.right_id AND b.unlinked_at IS NULL
            WHERE d.verdict = 'no_match' AND d.superseded_at IS NULL
        ), side AS (
            SELECT DISTINCT d.id, m.side, l.golden_id FROM matching_clusterdecision d
            JOIN matching_decidedmember m ON m.decision_id = d.id
            JOIN mdm_crosswalklink l ON l.record_id = m.record_id AND l.unlinked_at IS NULL
            WHERE d.verdict = 'no_match' AND d.superseded_at IS NULL
        )
        SELECT p.left_id, p.right_id FROM matching_matchpair p
        JOIN mdm_crosswalklink a ON a.record_id = p.left_id AND a.unlinked_at IS NULL
        JOIN mdm_crosswalklink b ON b.record_id = p.right_id AND b.unlinked_at IS NULL
        WHERE p.state = 'pending' AND (
            (a.golden_id, b.golden_id) IN (SELECT one, other FROM apart)
            OR (b.golden_id, a.golden_id) IN (SELECT one, other FROM apart)
            OR EXISTS (SELECT FROM side s JOIN side t ON t.id = s.id AND t.side <> s.side
                WHERE s.golden_id = a.golden_id AND t.golden_id = b.golden_id))
    """,
    "a pair that waits is not of a record that takes no part in matching": """
        SELECT p.left_id, p.right_id FROM matching_matchpair p
        JOIN mdm_sourcerecord a ON a.id = p.left_id JOIN mdm_sourcerecord b ON b.id = p.right_id
        WHERE p.state = 'pending' AND (a.isolated OR b.isolated)
    """,
    "what the machine joined weighs what the version of its model asked for": """
        WITH version AS (
            SELECT model_version AS name, min(
                merge_at - coalesce((report #>> '{model,joining,support}')::float8, 0)) AS bits
            FROM matching_matchrun GROUP BY 1
        ), said AS (
            SELECT left_id AS record_id, decided_at FROM matching_decision WHERE verdict = 'match'
            UNION ALL
            SELECT right_id, decided_at FROM matching_decision WHERE verdict = 'match'
            UNION ALL
            SELECT m.record_id, d.decided_at FROM matching_clusterdecision d
            JOIN matching_decidedmember m ON m.decision_id = d.id WHERE d.verdict = 'match'
        ), joined_by_people AS (
            SELECT l.golden_id, min(said.decided_at) AS at FROM said
            JOIN mdm_crosswalklink l ON l.record_id = said.record_id GROUP BY 1
        )
        SELECT l.record_id, l.golden_id, l.match_weight, l.rule_version, version.bits
        FROM mdm_crosswalklink l
        LEFT JOIN version ON version.name = l.rule_version
        LEFT JOIN joined_by_people p ON p.golden_id = l.golden_id AND p.at <= l.linked_at
        WHERE l.unlinked_at IS NULL AND l.method = 'match'
          AND (l.rule_version <> '' OR l.match_weight IS NOT NULL) AND p.golden_id IS NULL
          AND (version.bits IS NULL OR l.match_weight IS NULL
            OR l.match_weight < version.bits - 0.0001)
    """,
}
