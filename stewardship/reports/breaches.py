"""Reports on breaches: which systems changed what they do not own, and the money at stake."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from mdm.bulk import fetch
from mdm.domains import ENTITY_TYPES
from mdm.governance import access
from mdm.governance.exposure import amounts_of
from mdm.models import OwnershipBreach
from stewardship.reports.table import Column, Kind, Report, Row, money_cells, money_columns

MOST = 10_000
"""How many breaches are listed one by one; the newest are."""

_BY_SYSTEM = """
    SELECT b.domain, b.attribute, s.code, o.code, to_char(b.at AT TIME ZONE 'UTC', 'YYYY-MM'),
           max(s.owner), count(*), count(DISTINCT b.record_id), count(DISTINCT b.golden_id)
    FROM mdm_ownershipbreach b
    JOIN mdm_sourcesystem s ON s.id = b.system_id JOIN mdm_sourcesystem o ON o.id = b.owner_id
    WHERE b.at <= %s AND b.domain = ANY(%s) GROUP BY 1, 2, 3, 4, 5 ORDER BY 5 DESC, 7 DESC, 1, 2, 3
"""

# What hangs on a golden record counts once in a row, as it was at its last breach there
_LAST = """
    SELECT DISTINCT ON ({key}b.golden_id, e.key)
           {key}e.key AS currency, e.value::numeric AS amount
    FROM mdm_ownershipbreach b
    JOIN mdm_sourcesystem s ON s.id = b.system_id JOIN mdm_sourcesystem o ON o.id = b.owner_id
    CROSS JOIN LATERAL (
        SELECT to_char(b.at AT TIME ZONE 'UTC', 'YYYY-MM') AS month, s.code AS by, o.code AS of
    ) m
    CROSS JOIN LATERAL jsonb_each_text(b.at_stake) e
    WHERE b.at <= %s AND b.domain = ANY(%s)
    ORDER BY {key}b.golden_id, e.key, b.at DESC
"""
_ROW = _LAST.format(key="b.domain, b.attribute, m.by, m.of, m.month, ")
_AT_STAKE = f"""
    SELECT domain, attribute, by, of, month, currency, sum(amount) FROM ({_ROW}) last
    GROUP BY 1, 2, 3, 4, 5, 6
"""  # noqa: S608
_ALL = _LAST.format(key="")
_IN_ALL = f"SELECT currency, sum(amount) FROM ({_ALL}) last GROUP BY 1 ORDER BY 1"  # noqa: S608


def by_system(as_of: datetime, actor: access.Actor) -> Report:
    """Breaches by month, system and attribute, with the money that hangs on what they touched."""
    asked = [as_of, access.domains(actor)]
    money: dict[tuple[str, ...], dict[str, Decimal]] = defaultdict(dict)
    for *key, currency, amount in fetch(_AT_STAKE, asked):
        money[tuple(key)][currency] = amount
    columns = money_columns(list(money.values()), "At stake")
    found = fetch(_BY_SYSTEM, asked)
    rows = tuple(
        Row(
            (
                month,
                system,
                team,
                owner,
                _label(domain),
                _label(domain, attribute),
                count,
                records,
                goldens,
                *money_cells(columns, money[domain, attribute, system, owner, month]),
            ),
            _drill_down(
                as_of=as_of.isoformat(),
                at=month,
                system=f"={system}",
                owner=f"={owner}",
                domain=f"={_label(domain)}",
                attribute=f"={_label(domain, attribute)}",
            ),
        )
        for domain, attribute, system, owner, month, team, count, records, goldens in found
    )
    return Report(
        code="breaches",
        title="Breaches of ownership",
        words=(
            "Values that one system changed though another one owns them, with the team that"
            " answers for what the system sends. The owner's value stayed."
            " Money counts once a golden record in each row, and once in all, as it was at its last"
            " breach there."
        ),
        as_of=as_of,
        columns=(
            Column("month", "Month"),
            Column("system", "System"),
            Column("team", "Team"),
            Column("owner", "Owner"),
            Column("domain", "Domain"),
            Column("attribute", "Attribute"),
            Column("breaches", "Breaches", Kind.NUMBER),
            Column("records", "Source records", Kind.NUMBER),
            Column("goldens", "Golden records", Kind.NUMBER),
            *columns,
        ),
        rows=rows,
        totals=(
            ("Breaches", sum(row[6] for row in found)),
            *((f"At stake, {currency}", amount) for currency, amount in fetch(_IN_ALL, asked)),
        ),
        bars="breaches",
    )


def _drill_down(**wanted: str) -> str:
    return f"{reverse('report', args=['breach-list'])}?{urlencode(wanted)}"


def one_by_one(as_of: datetime, actor: access.Actor) -> Report:
    """The very breaches, newest first, with what was said before and after; masked as need be."""
    known = OwnershipBreach.objects.filter(at__lte=as_of, domain__in=access.domains(actor))
    listed = known.select_related("system", "owner", "record__system")
    found = list(listed.order_by("-at", "-pk")[:MOST])
    amounts = [amounts_of(each.at_stake) for each in found]
    columns = money_columns(amounts, "At stake")
    return Report(
        code="breach-list",
        title="Breaches one by one",
        words=(
            "Each change of a value by a system that does not own it, newest first. Up to"
            f" {MOST:,} are listed; all are counted."
        ),
        as_of=as_of,
        columns=(
            Column("at", "When", Kind.MOMENT),
            Column("system", "System"),
            Column("team", "Team"),
            Column("owner", "Owner"),
            Column("domain", "Domain"),
            Column("attribute", "Attribute"),
            Column("record", "Source record"),
            Column("before", "It said"),
            Column("after", "It says"),
            Column("owned", "The owner says"),
            Column("batch", "Feed batch"),
            *columns,
        ),
        rows=tuple(
            Row(
                (
                    each.at,
                    each.system.code,
                    each.system.owner,
                    each.owner.code,
                    _label(each.domain),
                    _label(each.domain, each.attribute),
                    str(each.record),
                    *(
                        _shown(actor, each, value)
                        for value in (each.before, each.after, each.owned)
                    ),
                    str(each.batch_id),
                    *money_cells(columns, at_stake),
                ),
                reverse("source-record", args=[each.domain, each.record_id]),
            )
            for each, at_stake in zip(found, amounts, strict=True)
        ),
        totals=(("Breaches", known.count()),),
        bars="attribute",
    )


def _shown(actor: access.Actor, breach: OwnershipBreach, value: Any) -> str:
    declared = ENTITY_TYPES[breach.domain]
    if value is None or breach.attribute not in declared:
        return ""
    attribute = declared[breach.attribute]
    return attribute.display(value) if access.may_see(actor, attribute) else access.MASK


def _label(domain: str, attribute: str = "") -> str:
    declared = ENTITY_TYPES.get(domain)
    if declared is None:
        return attribute or domain
    if not attribute:
        return declared.plural
    return declared[attribute].label if attribute in declared else attribute
