"""The rows that rules of data quality look at, as SQL: one row a source or golden record."""

from collections.abc import Iterable

from mdm.quality.rules import Of, QualityRule

_SOURCE = """(
    SELECT r.id, r.system_id, r.attributes AS a, r.doubtful, {columns},
           coalesce(r.source_updated_at, r.changed_at) AS said_at,
           r.system_id IN (SELECT id FROM mdm_sourcesystem WHERE freshness_hours IS NOT NULL)
               AS promised,
           r.system_id NOT IN (
               SELECT f.system_id FROM mdm_feedbatch b JOIN mdm_feed f ON f.id = b.feed_id
               JOIN mdm_sourcesystem s ON s.id = f.system_id
               WHERE f.domain = %(domain)s AND b.state = 'applied' AND NOT b.dry_run
                 AND b.received_at >= %(at)s - s.freshness_hours * interval '1 hour') AS late
    FROM mdm_sourcerecord r, {values}
    WHERE r.domain = %(domain)s AND r.inactive_at IS NULL AND r.version > 0
      AND r.condition <> 'withdrawn'
)"""
_GOLDEN = """(
    SELECT r.id, NULL::bigint AS system_id, r.attributes AS a, {columns}
    FROM mdm_goldenrecord r, {values}
    WHERE r.domain = %(domain)s AND r.merged_into_id IS NULL
      AND r.status NOT IN ('inactive', 'tombstone')
)"""


def rows(rules: Iterable[QualityRule], *, golden: bool = False) -> str:
    """A table expression with a row for each record that `rules` look at, with what they ask for.

    Rules of the members of golden records give one row a member, whether golden or source records
    are asked about; of the members of a golden record one has the `place` 1. They are looked at
    together, and never with other rules.
    """
    names = sorted({name for each in rules for name in each.reads})
    if any(each.of == Of.MEMBERS for each in rules):
        return _members(names)
    return _table(_GOLDEN if golden else _SOURCE, names)


def condition(text: str, rule: QualityRule) -> str:
    """A condition of a rule, with the tables that it looks up."""
    for name, table in (("{source}", _SOURCE), ("{golden}", _GOLDEN)):
        text = text.replace(name, _table(table, rule.reads))
    return text


def _table(table: str, names: Iterable[str]) -> str:
    """The table with attributes as text: each is read once a record, and only if it is asked for.

    OFFSET 0 keeps PostgreSQL from reading it again wherever it is used.
    """
    values = ", ".join(f"r.attributes ->> '{name}' AS v_{name}" for name in names)
    columns = ", ".join(f"v_{name}" for name in names)
    return table.replace("{columns}", columns or "0 AS nothing").replace(
        "{values}", f"LATERAL (SELECT {values or '0 AS nothing_said'} OFFSET 0) said"
    )


def _members(names: list[str]) -> str:
    """Members of golden records, and of each attribute whether several systems know it and differ.

    Where two values and two systems meet, there are two systems that say different things.
    """
    said = ", ".join(
        f"CASE WHEN v_{name} IS NOT NULL THEN system_id END AS by_{name},"
        f" hashtextextended(v_{name}, 0) AS hash_{name}"
        for name in names
    )
    compared = ", ".join(
        f"by_{name} IS NOT NULL AS has_{name},"
        f" min(by_{name}) OVER golden <> max(by_{name}) OVER golden AS shared_{name},"
        f" min(hash_{name}) OVER golden <> max(hash_{name}) OVER golden AS differs_{name}"
        for name in names
    )
    return f"""(
        SELECT id, golden_id, system_id, row_number() OVER golden AS place, {compared}
        FROM (
            SELECT s.id, l.golden_id, s.system_id, {said} FROM {_table(_SOURCE, names)} s
            JOIN mdm_crosswalklink l ON l.record_id = s.id AND l.unlinked_at IS NULL
            WHERE l.golden_id IN (SELECT golden_id FROM mdm_crosswalklink
                WHERE unlinked_at IS NULL GROUP BY 1 HAVING count(*) > 1)
        ) member
        WINDOW golden AS (PARTITION BY golden_id)
    )"""  # noqa: S608
