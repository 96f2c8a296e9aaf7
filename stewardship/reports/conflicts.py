"""Reports on where systems disagree: how often by attribute, and golden record by golden record."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from django.urls import reverse
from django.utils.translation import gettext

from mdm.bulk import fetch, fetch_named
from mdm.domains import ENTITY_TYPES
from mdm.governance import access
from mdm.governance.exposure import HELD, exposure_of
from mdm.schema import Attribute
from mdm.words import displayed, translated
from stewardship.reports.table import Column, Kind, Report, Row, money_cells, money_columns, written

MOST = 5_000
"""How many golden records are listed one by one."""

# Values are told apart by their hashes, of which the smallest and the largest need no sorting
_CONFLICTS = f"""
    WITH linked AS NOT MATERIALIZED (
        SELECT l.golden_id, r.domain, r.system_id, r.attributes FROM mdm_crosswalklink l
        JOIN mdm_sourcerecord r ON r.id = l.record_id AND r.inactive_at IS NULL
        WHERE l.unlinked_at IS NULL AND r.domain = ANY(%s)
    ), shared AS (
        SELECT domain, golden_id FROM linked GROUP BY 1, 2 HAVING min(system_id) <> max(system_id)
    ), disagree AS MATERIALIZED (
        SELECT domain, said.key AS attribute, golden_id
        FROM linked CROSS JOIN LATERAL jsonb_each(attributes) said
        WHERE domain || '.' || said.key = ANY(%s)
        GROUP BY 1, 2, 3
        HAVING min(jsonb_hash_extended(said.value, 0)) <> max(jsonb_hash_extended(said.value, 0))
           AND min(system_id) <> max(system_id)
    ), held AS ({HELD})
    SELECT domain, '', '', count(*) FROM shared GROUP BY 1
    UNION ALL SELECT domain, attribute, '', count(*) FROM disagree GROUP BY 1, 2
    UNION ALL
    SELECT domain, attribute, currency, sum(amount) FROM disagree JOIN held USING (golden_id)
    GROUP BY 1, 2, 3
"""  # noqa: S608

_ONE_BY_ONE = """
    SELECT g.id, g.title, said.of, count(*) OVER () FROM (
        SELECT l.golden_id, jsonb_agg(jsonb_build_array(s.code, r.attributes -> %(attribute)s)
                                      ORDER BY s.code, r.id)::text AS of
        FROM mdm_crosswalklink l
        JOIN mdm_sourcerecord r ON r.id = l.record_id AND r.inactive_at IS NULL
        JOIN mdm_sourcesystem s ON s.id = r.system_id
        WHERE l.unlinked_at IS NULL AND r.domain = %(domain)s AND r.attributes ? %(attribute)s
        GROUP BY 1
        HAVING min(jsonb_hash_extended(r.attributes -> %(attribute)s, 0))
            <> max(jsonb_hash_extended(r.attributes -> %(attribute)s, 0))
           AND min(r.system_id) <> max(r.system_id)
    ) said
    JOIN mdm_goldenrecord g ON g.id = said.golden_id ORDER BY g.title, g.id LIMIT %(most)s
"""


def conflicts(as_of: datetime, actor: access.Actor) -> Report:
    """How often systems say different things of the same golden record, attribute by attribute."""
    domains = access.domains(actor)
    seen = [
        (domain, attribute.name)
        for domain in domains
        for attribute in access.visible(actor, ENTITY_TYPES[domain])
    ]
    asked = [domains, [f"{domain}.{name}" for domain, name in seen], as_of.date()]
    counts: dict[tuple[str, str], int] = {}
    at_stake: dict[tuple[str, str], dict[str, Decimal]] = {}
    for domain, name, currency, amount in fetch(_CONFLICTS, asked):
        if currency:
            at_stake.setdefault((domain, name), {})[currency] = amount
        else:
            counts[domain, name] = int(amount)
    most_first = sorted((each for each in seen if each in counts), key=lambda each: -counts[each])
    lines = [
        (
            (domain, name),
            translated(ENTITY_TYPES[domain].plural),
            translated(ENTITY_TYPES[domain][name].label),
            counts[domain, name],
            counts[domain, ""],
            at_stake.get((domain, name), {}),
        )
        for domain, name in most_first
    ]
    columns = money_columns([line[5] for line in lines], gettext("Exposure"))
    return Report(
        code="conflicts",
        title=gettext("Where systems disagree"),
        words=(
            gettext(
                "Golden records of which two or more systems say different things, by attribute,"
                " beside how many of the domain several systems share, and the money that hangs on"
                " those that disagree: on one that does so in several attributes, in each of their"
                " rows."
            )
        ),
        as_of=as_of,
        columns=(
            Column("domain", gettext("Domain")),
            Column("attribute", gettext("Attribute")),
            Column("disagree", gettext("Disagree"), Kind.NUMBER),
            Column("shared", gettext("Shared by several systems"), Kind.NUMBER),
            *columns,
        ),
        rows=tuple(
            Row(
                (domain, label, count, shared, *money_cells(columns, money)),
                reverse("conflict-rows", args=about),
            )
            for about, domain, label, count, shared, money in lines
        ),
        totals=((gettext("Conflicts"), sum(line[3] for line in lines)),),
        bars="disagree",
    )


def one_by_one(domain: str, attribute: str, as_of: datetime, actor: access.Actor) -> Report:
    """The very golden records of which systems say different things of an attribute.

    For those who may see the attribute.
    """
    declared = ENTITY_TYPES[domain]
    shown = declared[attribute]
    asked = {"domain": domain, "attribute": attribute, "most": MOST}
    found = fetch_named(_ONE_BY_ONE, asked)
    exposure = exposure_of((id_ for id_, *_ in found), as_of.date())
    columns = money_columns(list(exposure.values()), gettext("Exposure"))
    return Report(
        code="conflict-list",
        title=gettext("Where systems disagree about {attribute}").format(
            attribute=translated(shown.label)
        ),
        words=gettext(
            "{domain} of which systems say different things, with what each of them says. Up to"
            " {most} are listed; all are counted."
        ).format(domain=translated(declared.plural), most=written(MOST)),
        as_of=as_of,
        columns=(
            Column("record", gettext("Golden record")),
            Column("said", gettext("What they say")),
            *columns,
        ),
        rows=tuple(
            Row(
                (
                    access.title_for(actor, declared, title),
                    _told(shown, orjson.loads(said)),
                    *money_cells(columns, exposure.get(id_, {})),
                ),
                reverse("golden", args=[domain, id_]),
            )
            for id_, title, said, _ in found
        ),
        totals=((gettext("Golden records"), found[0][3] if found else 0),),
    )


def _told(attribute: Attribute, said: Sequence[tuple[str, Any]]) -> str:
    """What each system says, once: "CRM: Acme; ERP: Acme Ltd"."""
    return "; ".join(
        dict.fromkeys(f"{code}: {displayed(attribute, value)}" for code, value in said)
    )
