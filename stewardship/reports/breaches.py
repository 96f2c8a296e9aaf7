"""Reports on breaches: which systems changed what they do not own, and the money at stake."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.urls import reverse

from mdm.bulk import fetch
from mdm.domains import ENTITY_TYPES
from mdm.governance import access
from mdm.models import OwnershipBreach
from stewardship.reports.table import Column, Kind, Report, Row, money_cells, money_columns

MOST = 10_000
"""How many breaches are listed one by one; the newest are."""

_BY_SYSTEM = """
    SELECT b.domain, b.attribute, s.code, o.code, to_char(b.at AT TIME ZONE 'UTC', 'YYYY-MM'),
           count(*), count(DISTINCT b.record_id), count(DISTINCT b.golden_id)
    FROM mdm_ownershipbreach b
    JOIN mdm_sourcesystem s ON s.id = b.system_id JOIN mdm_sourcesystem o ON o.id = b.owner_id
    WHERE b.at <= %s GROUP BY 1, 2, 3, 4, 5 ORDER BY 5 DESC, 6 DESC, 1, 2, 3
"""

# What hangs on a golden record is at stake once, however often its values are broken
_AT_STAKE = """
    SELECT domain, attribute, code, month, currency, sum(amount)
    FROM (
        SELECT DISTINCT ON (b.domain, b.attribute, s.code, m.month, b.golden_id, e.key)
               b.domain, b.attribute, s.code, m.month, e.key AS currency, e.value::numeric AS amount
        FROM mdm_ownershipbreach b JOIN mdm_sourcesystem s ON s.id = b.system_id
        CROSS JOIN LATERAL (SELECT to_char(b.at AT TIME ZONE 'UTC', 'YYYY-MM') AS month) m
        CROSS JOIN LATERAL jsonb_each_text(b.at_stake) e
        WHERE b.at <= %s
        ORDER BY b.domain, b.attribute, s.code, m.month, b.golden_id, e.key, b.at DESC
    ) last
    GROUP BY 1, 2, 3, 4, 5
"""


def by_system(as_of: datetime) -> Report:
    """Breaches by month, system and attribute, with the money that hangs on what they touched."""
    money: dict[tuple[str, str, str, str], dict[str, Decimal]] = defaultdict(dict)
    for domain, attribute, system, month, currency, amount in fetch(_AT_STAKE, [as_of]):
        money[domain, attribute, system, month][currency] = amount
    columns = money_columns(list(money.values()), "At stake")
    found = fetch(_BY_SYSTEM, [as_of])
    rows = tuple(
        Row(
            (
                month,
                system,
                owner,
                _label(domain),
                _label(domain, attribute),
                count,
                records,
                goldens,
                *money_cells(columns, money[domain, attribute, system, month]),
            ),
            f"{reverse('report', args=['breach-list'])}?system={system}&attribute="
            f"{_label(domain, attribute)}",
        )
        for domain, attribute, system, owner, month, count, records, goldens in found
    )
    return Report(
        code="breaches",
        title="Breaches of ownership",
        words=(
            "Values that one system changed though another one owns them. The owner's value stayed."
            " Money counts once a golden record, as it was at its last breach of the month."
        ),
        as_of=as_of,
        columns=(
            Column("month", "Month"),
            Column("system", "System"),
            Column("owner", "Owner"),
            Column("domain", "Domain"),
            Column("attribute", "Attribute"),
            Column("breaches", "Breaches", Kind.NUMBER),
            Column("records", "Source records", Kind.NUMBER),
            Column("goldens", "Golden records", Kind.NUMBER),
            *columns,
        ),
        rows=rows,
        totals=(("Breaches", sum(row[5] for row in found)),),
        bars="breaches",
    )


def one_by_one(as_of: datetime, actor: access.Actor) -> Report:
    """The very breaches, newest first, with what was said before and after; masked as need be."""
    found = list(
        OwnershipBreach.objects.filter(at__lte=as_of)
        .filter(Q(domain__in=access.domains(actor)))
        .select_related("system", "owner", "record__system", "batch")
        .order_by("-at", "-pk")[:MOST]
    )
    amounts = [_amounts(each.at_stake) for each in found]
    columns = money_columns(amounts, "At stake")
    return Report(
        code="breach-list",
        title="Breaches one by one",
        words="Each change of a value by a system that does not own it, newest first.",
        as_of=as_of,
        columns=(
            Column("at", "When", Kind.MOMENT),
            Column("system", "System"),
            Column("owner", "Owner"),
            Column("domain", "Domain"),
            Column("attribute", "Attribute"),
            Column("record", "Source record"),
            Column("before", "It said"),
            Column("after", "It says"),
            Column("owned", "The owner says"),
            Column("batch", "Feed batch", Kind.NUMBER),
            *columns,
        ),
        rows=tuple(
            Row(
                (
                    each.at,
                    each.system.code,
                    each.owner.code,
                    _label(each.domain),
                    _label(each.domain, each.attribute),
                    str(each.record),
                    *(
                        _shown(actor, each, value)
                        for value in (each.before, each.after, each.owned)
                    ),
                    each.batch_id,
                    *money_cells(columns, at_stake),
                ),
                reverse("source-record", args=[each.domain, each.record_id]),
            )
            for each, at_stake in zip(found, amounts, strict=True)
        ),
        totals=(("Breaches", OwnershipBreach.objects.filter(at__lte=as_of).count()),),
    )


def _shown(actor: access.Actor, breach: OwnershipBreach, value: Any) -> str:
    declared = ENTITY_TYPES[breach.domain]
    if value is None or breach.attribute not in declared:
        return ""
    attribute = declared[breach.attribute]
    return attribute.display(value) if access.may_see(actor, attribute) else access.MASK


def _amounts(at_stake: dict[str, str]) -> dict[str, Decimal]:
    return {currency: Decimal(amount) for currency, amount in at_stake.items()}


def _label(domain: str, attribute: str = "") -> str:
    declared = ENTITY_TYPES.get(domain)
    if declared is None:
        return attribute or domain
    if not attribute:
        return declared.plural
    return declared[attribute].label if attribute in declared else attribute
