"""The statements that read the crosswalk: as it is, and as it was at a moment that they are given.

Each is written once, with `at` as the SQL of the moment or "" for now.
"""

from django.conf import settings
from django.utils.module_loading import import_string

from mdm import ranges


def _siblings(golden_id: str, at: str = "") -> str:
    """All identifiers of a golden record as one JSON array, as `crosswalk.known_as` reads it."""
    active = _lives("sr", at)
    return f"""
        SELECT json_agg(json_build_array(ss.code, sr.source_key, {active}, m.method,
            m.match_weight, m.rule_version, m.linked_at, m.unlinked_at)
            ORDER BY ss.code, {active} DESC, cardinality(m.via) > 0, sr.created_at, sr.id)::text
            AS identifiers
        FROM ({ranges.links("golden_id", golden_id, at)} OFFSET 0) m
        JOIN mdm_sourcerecord sr ON sr.id = m.record_id
        JOIN mdm_sourcesystem ss ON ss.id = sr.system_id
    """  # noqa: S608


def _lives(record: str, at: str) -> str:
    ended = f" OR {record}.inactive_at > {at}" if at else ""
    return f"({record}.inactive_at IS NULL{ended})"


_ONE = "(SELECT %s::text, %s::text, %s::text, 1) a(system, domain, source_key, place)"
"""One question. PostgreSQL would plan one in arrays anew each time: it knows how long they are."""


def _many(moment: str = "", moments: str = "") -> str:
    return f"""
        unnest(%s::text[], %s::text[], %s::text[]{moments})
        WITH ORDINALITY a(system, domain, source_key{moment}, place)
    """


def _resolving(asked: str, at: str = "") -> str:
    """One row for each question; laterals make it a few look-ups each, however many there are."""
    existed = f" AND r.created_at <= {at}" if at else ""
    return f"""
        SELECT a.place, r.id, r.active, g.status, l.golden_id, g.title, l.method, l.match_weight,
            l.rule_version, l.linked_at, l.unlinked_at, behind.decision, known.identifiers
        FROM {asked}
        LEFT JOIN LATERAL (
            SELECT r.id, {_lives("r", at)} AS active
            FROM mdm_sourcesystem s JOIN mdm_sourcerecord r ON r.system_id = s.id
            WHERE s.code = a.system AND r.domain = a.domain AND r.source_key = a.source_key{existed}
            OFFSET 0
        ) r ON true
        LEFT JOIN LATERAL ({ranges.links("record_id", "r.id", at)} OFFSET 0) l ON true
        LEFT JOIN LATERAL ({ranges.golden("l.golden_id", at)} OFFSET 0) g ON true
        LEFT JOIN LATERAL (
            SELECT made.decision FROM ({_BEHIND.format(record="r.id", at=at or "'infinity'")}) made
            WHERE l.method = 'steward'
        ) behind ON true
        LEFT JOIN LATERAL ({_siblings("l.golden_id", at)}) known ON true
        ORDER BY a.place
    """  # noqa: S608


def _resolving_golden(at: str = "") -> str:
    moment = ", %s::timestamptz AS at" if at else ""
    before = f" AND unlinked_at <= {at}" if at else ""
    return f"""
        SELECT g.status, g.domain, coalesce(held.ids, '{{}}'), there.title, held.method,
            held.match_weight, held.rule_version, g.since_at, g.until_at, known.identifiers
        FROM (SELECT %s::uuid AS id{moment}) a
        CROSS JOIN LATERAL ({ranges.golden("a.id", at)}) g
        LEFT JOIN LATERAL (
            SELECT array_agg(golden_id ORDER BY records DESC, golden_id) AS ids,
                max(method) AS method, max(match_weight) AS match_weight,
                max(rule_version) AS rule_version
            FROM (
                SELECT now.golden_id, count(*) AS records, max(merge.method) AS method,
                    max(merge.match_weight) AS match_weight, max(merge.rule_version) AS rule_version
                FROM mdm_crosswalklink was
                CROSS JOIN LATERAL ({ranges.links("record_id", "was.record_id", at)} OFFSET 0) now
                LEFT JOIN LATERAL ({ranges.ever("record_id", "was.record_id")} OFFSET 0) merge
                    ON merge.linked_at = was.unlinked_at AND merge.golden_id <> was.golden_id
                WHERE g.status = 'merged' AND was.golden_id = a.id
                AND was.unlinked_at = (SELECT max(unlinked_at) FROM mdm_crosswalklink
                    WHERE golden_id = a.id{before} AND unlinked_at IS NOT NULL)
                GROUP BY now.golden_id
            ) holders
        ) held ON true
        LEFT JOIN LATERAL ({
        ranges.golden("CASE WHEN g.status = 'merged' THEN held.ids[1] ELSE a.id END", at)
    }) there ON true
        LEFT JOIN LATERAL ({_siblings("there.id", at)}) known ON true
    """  # noqa: S608


def _following(at: str = "") -> str:
    moment = ", %s::timestamptz AS at" if at else ""
    return f"""
        WITH RECURSIVE asked AS (SELECT %s::uuid AS id{moment}),
        chain AS (
            SELECT g.id, g.merged_into_id, 0 AS step
            FROM asked a CROSS JOIN LATERAL ({ranges.golden("a.id", at)}) g
            UNION ALL
            SELECT g.id, g.merged_into_id, chain.step + 1
            FROM chain CROSS JOIN asked a
            CROSS JOIN LATERAL ({ranges.golden("chain.merged_into_id", at)}) g
        )
        SELECT id FROM chain ORDER BY step DESC LIMIT 1
    """  # noqa: S608


_BEHIND: str = import_string(settings.DECISION_BEHIND_A_LINK)
RESOLVE_ONE, RESOLVE = _resolving(_ONE), _resolving(_many())
RESOLVE_AS_OF = _resolving(_many(", at", ", %s::timestamptz[]"), "coalesce(a.at, 'infinity')")
RESOLVE_GOLDEN, RESOLVE_GOLDEN_AS_OF = _resolving_golden(), _resolving_golden("a.at")
FOLLOW, FOLLOW_AS_OF = _following(), _following("a.at")
REFERENCES = """
    SELECT wanted.domain, wanted.system, wanted.key, l.golden_id
    FROM unnest(%s::text[], %s::text[], %s::text[]) AS wanted(domain, system, key)
    JOIN mdm_sourcesystem s ON s.code = wanted.system
    JOIN mdm_sourcerecord r
      ON r.system_id = s.id AND r.domain = wanted.domain AND r.source_key = wanted.key
    JOIN mdm_crosswalklink l ON l.record_id = r.id AND l.unlinked_at IS NULL
"""

RECORDS = """
    SELECT s.code, r.source_key, r.id FROM unnest(%s::text[], %s::text[]) AS wanted(system, key)
    JOIN mdm_sourcesystem s ON s.code = wanted.system
    JOIN mdm_sourcerecord r ON r.system_id = s.id AND r.domain = %s AND r.source_key = wanted.key
"""

NAMES = """
    SELECT r.id, s.code, r.source_key FROM mdm_sourcerecord r
    JOIN mdm_sourcesystem s ON s.id = r.system_id WHERE r.id = ANY(%s)
"""
