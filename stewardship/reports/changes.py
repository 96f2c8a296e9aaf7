"""The report on what changed since the last close: ownership, and values of golden records."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import orjson
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from mdm.bulk import fetch_named
from mdm.domains import ENTITY_TYPES
from mdm.governance import trade
from mdm.governance.access import MASK, Actor, domains, may_see, title_for
from mdm.words import displayed, translated
from stewardship.models import PeriodClose
from stewardship.reports.register import INHERITED, WHOLE, in_matrix
from stewardship.reports.table import Column, Kind, Report, Row, written

OWNERSHIP, VALUES = gettext_noop("ownership"), gettext_noop("golden values")
NOTHING, PINNED = gettext_noop("none"), gettext_noop("pinned")
"""The system of a value that is no more, and of one that a person pinned."""

_RULES = """
    WITH said AS (
        SELECT r.domain, r.attribute, r.segment, r.withdrawn_at AS at,
               string_agg(coalesce(s.code, %(nobody)s), ', ' ORDER BY r.place) AS before,
               NULL AS after
        FROM mdm_ownershiprule r LEFT JOIN mdm_sourcesystem s ON s.id = r.system_id
        WHERE r.withdrawn_at > %(since)s AND r.withdrawn_at <= %(until)s
          AND r.valid_on @> (r.withdrawn_at AT TIME ZONE 'UTC')::date
        GROUP BY 1, 2, 3, 4
        UNION ALL
        SELECT r.domain, r.attribute, r.segment, r.recorded_at, NULL,
               string_agg(coalesce(s.code, %(nobody)s), ', ' ORDER BY r.valid_on, r.place)
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
_CHANGED = """
    WITH said AS (
        SELECT golden_id AS id, number, attributes, provenance, since_at
        FROM mdm_goldenrecordversion WHERE until_at > %(since)s
        UNION ALL
        SELECT id, version, attributes, provenance, changed_at FROM mdm_goldenrecord
        WHERE changed_at > %(since)s
    ), changed AS (
        SELECT n.id, n.number, n.since_at AS at, k.name, b.attributes -> k.name AS before,
               n.attributes -> k.name AS after, (
            SELECT coalesce(s.code, %(pinned)s) FROM jsonb_each(n.provenance) p
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
"""
_BY_WHOM = """
    FROM changed c JOIN mdm_goldenrecord g ON g.id = c.id
    LEFT JOIN LATERAL (SELECT by FROM mdm_event
        WHERE golden_id = c.id AND sequence = c.number LIMIT 1) e ON true
"""
_VALUES = f"""
    {_CHANGED} SELECT g.domain, c.name, c.system, e.by, count(*), count(DISTINCT c.id) {_BY_WHOM}
    GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 2, 3, 4
"""
_ONE_BY_ONE = f"""
    {_CHANGED} SELECT c.id, g.title, c.before::text, c.after::text, coalesce(c.system, %(none)s),
        coalesce(e.by, ''), c.at {_BY_WHOM}
    WHERE g.domain = %(domain)s AND c.name = %(attribute)s ORDER BY c.at DESC, c.id LIMIT %(most)s
"""
MOST = 10_000
"""How many changes of one attribute are listed one by one; the newest are."""


def since_last_close(as_of: datetime, actor: Actor) -> Report:
    """What was said anew of ownership, and which values changed, since the close before `as_of`.

    Values are counted by attribute, by the system that says them now, and by who changed them.
    """
    close, window = _since_close(as_of)
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


def one_by_one(domain: str, attribute: str, as_of: datetime, actor: Actor) -> Report:
    """The very changes of an attribute since the close before `as_of`, newest first."""
    _, window = _since_close(as_of)
    asked = {"domain": domain, "attribute": attribute, "none": NOTHING, "most": MOST}
    return Report(
        code="change-list",
        title=gettext("Changes of {attribute}, one by one").format(
            attribute=translated(_label(domain, attribute))
        ),
        words=gettext(
            "Each change of it in {domain} since the last close. Up to {most} are listed, the"
            " newest; all are counted where you came from."
        ).format(domain=translated(_plural(domain)), most=written(MOST)),
        as_of=as_of,
        columns=(
            Column("record", gettext("Golden record")),
            Column("before", gettext("It said")),
            Column("after", gettext("It says")),
            Column("system", gettext("System since")),
            Column("who", gettext("Who")),
            Column("at", gettext("When"), Kind.MOMENT),
        ),
        rows=tuple(
            Row(
                (
                    title_for(actor, ENTITY_TYPES[domain], title),
                    _shown(actor, domain, attribute, before),
                    _shown(actor, domain, attribute, after),
                    _system(system),
                    who,
                    at,
                ),
                reverse("golden", args=[domain, id_]),
            )
            for id_, title, before, after, system, who, at in fetch_named(
                _ONE_BY_ONE, window | asked
            )
        ),
        bars="system",
    )


def _since_close(as_of: datetime) -> tuple[PeriodClose | None, dict[str, Any]]:
    """The close before a moment, and the time from then until that moment."""
    close = PeriodClose.objects.filter(as_of__lt=as_of).order_by("-as_of").first()
    since = close.as_of if close else datetime.min.replace(year=1970, tzinfo=as_of.tzinfo)
    said = {"pinned": PINNED, "nobody": gettext("nobody")}
    return close, {"since": since, "until": as_of, **said}


def _count(row: Row) -> int:
    return int(str(row.values[8]))


def _ownership(window: dict[str, Any]) -> Iterator[Row]:
    for domain, attribute, segment, at, before, after, by in fetch_named(_RULES, window):
        named = trade.OBJECTS.get(domain, domain)
        names = (translated(named), translated(_label(domain, attribute) or WHOLE))
        owners = (before or translated(INHERITED), after or translated(INHERITED))
        said = (segment, *owners, by or "", at)
        yield Row((translated(OWNERSHIP), *names, *said, 1, 0), in_matrix(named, ""))


def _values(window: dict[str, Any], actor: Actor) -> Iterator[Row]:
    seen = domains(actor)
    for domain, attribute, system, by, count, goldens in fetch_named(_VALUES, window):
        if domain in seen:
            names = (translated(_plural(domain)), translated(_label(domain, attribute)))
            said = {"system": system or NOTHING, "who": by or ""}
            exactly = {name: f"={word}" for name, word in said.items()}
            asked = urlencode({"as_of": window["until"].isoformat(), **exactly})
            since = (_system(said["system"]), said["who"])
            yield Row(
                (translated(VALUES), *names, "", "", *since, None, count, goldens),
                f"{reverse('change-rows', args=[domain, attribute])}?{asked}",
            )


def _shown(actor: Actor, domain: str, attribute: str, said: str | None) -> str:
    """A value as people read it, as far as they may see it."""
    declared = ENTITY_TYPES[domain]
    if said is None:
        return ""
    if attribute not in declared or not may_see(actor, declared[attribute]):
        return MASK
    return displayed(declared[attribute], orjson.loads(said))


def _system(named: str) -> str:
    return translated(named) if named in (NOTHING, PINNED) else named


def _plural(domain: str) -> str:
    return ENTITY_TYPES[domain].plural


def _label(domain: str, attribute: str) -> str:
    declared = ENTITY_TYPES.get(domain)
    known = declared is not None and attribute in declared
    return declared[attribute].label if declared and known else attribute
