"""The rows that rules of data quality look at, as SQL: one row a source or golden record."""

from collections.abc import Iterable

from mdm.quality.rules import Of, QualityRule

_SOURCE = """(
    SELECT r.id, r.system_id, r.attributes AS a, r.doubtful,
           coalesce(r.source_updated_at, r.changed_at) AS said_at,
           r.system_id IN (SELECT id FROM mdm_sourcesystem WHERE freshness_hours IS NOT NULL)
               AS promised,
           r.system_id NOT IN (
               SELECT f.system_id FROM mdm_feedbatch b JOIN mdm_feed f ON f.id = b.feed_id
               JOIN mdm_sourcesystem s ON s.id = f.system_id
               WHERE f.domain = %(domain)s AND b.state = 'applied' AND NOT b.dry_run
                 AND b.received_at >= %(at)s - s.freshness_hours * interval '1 hour') AS late
    FROM mdm_sourcerecord r
    WHERE r.domain = %(domain)s AND r.inactive_at IS NULL AND r.version > 0
      AND r.condition <> 'withdrawn'
)"""
_GOLDEN = """(
    SELECT id, NULL::bigint AS system_id, attributes AS a FROM mdm_goldenrecord
    WHERE domain = %(domain)s AND merged_into_id IS NULL AND status NOT IN ('inactive', 'tombstone')
)"""


def rows(rules: Iterable[QualityRule], *, golden: bool = False) -> str:
    """A table expression with a row for each record that `rules` look at, with what they ask for.

    Rules of the members of golden records give one row a member, whether golden or source records
    are asked about; of the members of a golden record one has the `place` 1. They are looked at
    together, and never with other rules.
    """
    members = [each.attribute for each in rules if each.of == Of.MEMBERS]
    if members:
        return _members(members)
    return _GOLDEN if golden else _SOURCE


def completed(condition: str) -> str:
    """A condition of a rule, with the tables that it looks up."""
    return condition.replace("{source}", _SOURCE).replace("{golden}", _GOLDEN)


def _members(names: list[str]) -> str:
    """Members of golden records, and of each attribute whether several systems know it and differ.

    Where two values and two systems meet, there are two systems that say different things.
    """
    said = ", ".join(
        f"CASE WHEN s.a ? '{name}' THEN s.system_id END AS by_{name},"
        f" hashtextextended(s.a ->> '{name}', 0) AS hash_{name}"
        for name in names
    )
    compared = ", ".join(
        f"min(by_{name}) OVER golden <> max(by_{name}) OVER golden AS shared_{name},"
        f" min(hash_{name}) OVER golden <> max(hash_{name}) OVER golden AS differs_{name}"
        for name in names
    )
    return f"""(
        SELECT id, golden_id, system_id, a, row_number() OVER golden AS place, {compared}
        FROM (
            SELECT s.id, l.golden_id, s.system_id, s.a, {said} FROM {_SOURCE} s
            JOIN mdm_crosswalklink l ON l.record_id = s.id AND l.unlinked_at IS NULL
        ) member
        WINDOW golden AS (PARTITION BY golden_id)
    )"""  # noqa: S608
