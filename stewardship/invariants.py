"""What must always hold between what is unclear and the inbox."""

INVARIANTS: dict[str, str] = {
    "what a person must settle is in the inbox, or work will put it there": """
        SELECT unclear.kind, unclear.domain, unclear.subject FROM (
            SELECT 'match_review' AS kind, domain, id::text AS subject FROM matching_matchpair
            WHERE state = 'pending'
            UNION ALL
            SELECT 'suspect_cluster', domain, id::text FROM matching_suspectcluster
            WHERE settled_at IS NULL
            UNION ALL
            SELECT 'contested_rate', 'rate', golden_id::text FROM mdm_effectiverate
            WHERE state = 'contested'
            UNION ALL
            SELECT 'contested_pin', g.domain, o.id::text FROM mdm_override o
            JOIN mdm_goldenrecord g ON g.id = o.golden_id
            WHERE o.ended_at IS NULL AND (o.expires_at IS NULL OR o.expires_at > now())
              AND coalesce(o.rival, 'null') <> coalesce(o.beats, 'null')
        ) unclear
        WHERE NOT EXISTS (SELECT FROM stewardship_stewardshiptask t
            WHERE t.kind = unclear.kind AND t.subject = unclear.subject)
        AND NOT EXISTS (SELECT FROM mdm_work w WHERE w.state IN ('waiting', 'running')
            AND w.kind IN ('apply match', 'find suspects', 'open reviews', 'follow decision',
                'follow suspects', 'open contested rates', 'open contested pins'))
    """,
}
