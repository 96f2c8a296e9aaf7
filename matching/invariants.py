"""What must always hold between decisions and golden records."""

INVARIANTS: dict[str, str] = {
    "records decided not to match are not in one golden record": """
        SELECT d.left_id, d.right_id, a.golden_id FROM matching_decision d
        JOIN mdm_crosswalklink a ON a.record_id = d.left_id AND a.unlinked_at IS NULL
        JOIN mdm_crosswalklink b ON b.record_id = d.right_id AND b.unlinked_at IS NULL
        WHERE d.verdict = 'no_match' AND d.superseded_at IS NULL AND a.golden_id = b.golden_id
    """,
    "a pair that waits is not in one golden record": """
        SELECT p.left_id, p.right_id FROM matching_matchpair p
        JOIN mdm_crosswalklink a ON a.record_id = p.left_id AND a.unlinked_at IS NULL
        JOIN mdm_crosswalklink b ON b.record_id = p.right_id AND b.unlinked_at IS NULL
        WHERE p.state = 'pending' AND a.golden_id = b.golden_id
    """,
}
