"""Which decision stands behind a steward's link, as SQL for whoever reads the crosswalk."""

DECISION = """
    SELECT decision FROM (
        SELECT 'group decision ' || d.id AS decision, d.decided_at
        FROM matching_decidedmember m JOIN matching_clusterdecision d ON d.id = m.decision_id
        WHERE m.record_id = {record} AND d.verdict = 'match' AND d.decided_at <= {at}
        AND (d.superseded_at IS NULL OR d.superseded_at > {at})
        UNION ALL
        SELECT 'decision ' || id, decided_at FROM matching_decision
        WHERE (left_id = {record} OR right_id = {record}) AND verdict = 'match'
        AND decided_at <= {at} AND (superseded_at IS NULL OR superseded_at > {at})
    ) made ORDER BY decided_at DESC LIMIT 1
"""
