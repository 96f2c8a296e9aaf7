"""The report on what changed since the last close: ownership, and values of golden records."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from mdm.bulk import fetch
from mdm.domains import ENTITY_TYPES
from mdm.governance import trade
from mdm.governance.access import Actor, domains
from mdm.words import translated
from stewardship.models import PeriodClose
from stewardship.reports.table import Column, Kind, Report, Row

OWNERSHIP, VALUES = gettext_noop("ownership"), gettext_noop("golden values")
INHERITED = gettext_noop("inherited")
"""The owner of what has no rule of its own."""

_RULES = """
    WITH said AS (
        SELECT r.domain, r.attribute, r.segment, r.withdrawn_at AS at,
               string_agg(coalesce(s.code, 'nobody'), ', ' ORDER BY r.place) AS before,
               NULL AS after
        FROM mdm_ownershiprule r LEFT JOIN mdm_sourcesystem s ON s.id = r.system_id
        WHERE r.withdrawn_at > %(since)s AND r.withdrawn_at <= %(until)s
          AND r.valid_on @> (r.withdrawn_at AT TIME ZONE 'UTC')::date
        GROUP BY 1, 2, 3, 4
        UNION ALL
        SELECT r.domain, r.attribute, r.segment, r.recorded_at, NULL,
               string_agg(coalesce(s.code, 'nobody'), ', ' ORDER BY r.valid_on, r.place)
        FROM mdm_ownershiprule r LEFT JOIN mdm_sourcesystem s ON s.id = r.system_id
        WHERE r.recorded_at > %(since)s AND r.recorded_at <= %(until)s
          AND upper_inf(r.valid_on)
        GROUP BY 1, 2, 3, 4
    )
    SELECT s.domain, s.attribute, s.segment, s.at, max(s.before), max(s.after),
           (SELECT e.by FROM mdm_event e WHERE e.type = 'ownership.changed' AND e.at = s.at
            AND e.domain = s.domain ORDER BY e.id DESC LIMIT 1)
    FROM said s GROUP BY 1, 2, 3, 4 ORDER BY 4 DESC, 1, 2, 3
"""

# What each golden record said before a change, beside what it said after it
_VALUES = """
    WITH said AS (
        SELECT golden_id AS id, number, attributes, provenance, since_at
        FROM mdm_goldenrecordversion WHERE until_at > %(since)s
        UNION ALL
        SELECT id, version, attributes, provenance, changed_at FROM mdm_goldenrecord
        WHERE changed_at > %(since)s
    ), changed AS (
        SELECT n.id, n.number, k.name, (
            SELECT coalesce(s.code, 'pinned') FROM jsonb_each(n.provenance) p
            LEFT JOIN mdm_sourcerecord r
                ON r.id = CASE WHEN p.key ~ '^[0-9]+$' THEN p.key::bigint END
            LEFT JOIN mdm_sourcesystem s ON s.id = r.system_id
            WHERE p.value = '"*"'::jsonb OR (jsonb_typeof(p.value) = 'object' AND p.value ? k.name)
            ORDER BY (p.key LIKE 'pin:%%') DESC, p.key LIMIT 1) AS system
        FROM said n JOIN said b ON b.id = n.id AND b.number = n.number - 1
        CROSS JOIN LATERAL (
            SELECT jsonb_object_keys(n.attributes || b.attributes) AS name
        ) k
        WHERE n.since_at > %(since)s AND n.since_at <= %(until)s
          AND n.attributes -> k.name IS DISTINCT FROM b.attributes -> k.name
    )
    SELECT g.domain, c.name, c.system, e.by, count(*), count(DISTINCT c.id)
    FROM changed c JOIN mdm_goldenrecord g ON g.id = c.id
    LEFT JOIN LATERAL (SELECT by FROM mdm_event
        WHERE golden_id = c.id AND sequence = c.number LIMIT 1) e ON true
    GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 2, 3, 4
"""


def since_last_close(as_of: datetime, actor: Actor) -> Report:
    """What was said anew of ownership, and which values changed, since the close before `as_of`.

    Values are counted by attribute, by the system that says them now, and by who changed them.
    """
    close = PeriodClose.objects.filter(as_of__lt=as_of).order_by("-as_of").first()
    since = close.as_of if close else datetime.min.replace(year=1970, tzinfo=as_of.tzinfo)
    window = {"since": since, "until": as_of}
    rows = [*_ownership(window), *_values(window, actor)]
    return Report(
        code="changes",
        title=gettext("Changes since the last close"),
        words=(
            gettext("Since {period} was closed.").format(period=close.period)
            if close
            else gettext("No period was closed before.")
        )
        + " "
        + gettext(
            "Ownership that was said anew, and values of golden records that changed, by the"
            " system that says them since."
        ),
        as_of=as_of,
        columns=(
            Column("what", gettext("What")),
            Column("domain", gettext("Domain")),
            Column("attribute", gettext("Attribute")),
            Column("segment", gettext("Of")),
            Column("before", gettext("Owner before")),
            Column("system", gettext("System since")),
            Column("who", gettext("Who")),
            Column("at", gettext("When"), Kind.MOMENT),
            Column("changes", gettext("Changes"), Kind.NUMBER),
            Column("goldens", gettext("Golden records"), Kind.NUMBER),
        ),
        rows=tuple(rows),
        totals=(
            (
                gettext("Changes of ownership"),
                sum(row.values[0] == translated(OWNERSHIP) for row in rows),
            ),
            (
                gettext("Changes of values"),
                sum(_count(row) for row in rows if row.values[0] == translated(VALUES)),
            ),
        ),
        bars="changes",
    )


def _count(row: Row) -> int:
    return int(str(row.values[8]))


def _ownership(window: dict[str, Any]) -> Iterator[Row]:
    for domain, attribute, segment, at, before, after, by in _asked(_RULES, window):
        names = (
            translated(trade.OBJECTS.get(domain, domain)),
            _label(domain, attribute) or gettext("all of it"),
        )
        rest = (
            segment,
            before or translated(INHERITED),
            after or translated(INHERITED),
            by or "",
            at,
        )
        yield Row(
            (translated(OWNERSHIP), *names, *rest, 1, 0), reverse("report", args=["ownership"])
        )


def _values(window: dict[str, Any], actor: Actor) -> Iterator[Row]:
    seen = domains(actor)
    for domain, attribute, system, by, count, goldens in _asked(_VALUES, window):
        if domain in seen:
            names = (translated(ENTITY_TYPES[domain].plural), _label(domain, attribute))
            yield Row(
                (
                    translated(VALUES),
                    *names,
                    "",
                    "",
                    system or gettext("none"),
                    by or "",
                    None,
                    count,
                    goldens,
                ),
                reverse("golden-list", args=[domain]),
            )


def _asked(query: str, window: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Rows of a query that names the ends of a window as often as it likes."""
    order = [part.split(")s")[0] for part in query.split("%(")[1:]]
    plain = query.replace("%(since)s", "%s").replace("%(until)s", "%s")
    return fetch(plain, [window[name] for name in order])


def _label(domain: str, attribute: str) -> str:
    declared = ENTITY_TYPES.get(domain)
    known = declared is not None and attribute in declared
    return translated(declared[attribute].label) if declared and known else attribute
