"""Reports on breaches: which systems changed what they do not own, and the money at stake."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext

from mdm.bulk import fetch
from mdm.domains import ENTITY_TYPES
from mdm.governance import access
from mdm.governance.exposure import amounts_of
from mdm.models import OwnershipBreach
from mdm.words import displayed, translated
from stewardship.reports.table import Column, Kind, Report, Row, money_cells, money_columns, written

MOST = 10_000
"""How many breaches are listed one by one; the newest are."""

_BY_SYSTEM = """
    SELECT b.domain, b.attribute, coalesce(s.code, b.by), o.code,
           to_char(b.at AT TIME ZONE 'UTC', 'YYYY-MM'),
           coalesce(max(s.owner), ''), count(*), count(DISTINCT b.record_id),
           count(DISTINCT b.golden_id)
    FROM mdm_ownershipbreach b
    LEFT JOIN mdm_sourcesystem s ON s.id = b.system_id
    JOIN mdm_sourcesystem o ON o.id = b.owner_id
    WHERE b.at <= %s AND b.domain = ANY(%s) GROUP BY 1, 2, 3, 4, 5 ORDER BY 5 DESC, 7 DESC, 1, 2, 3
"""

# What hangs on a golden record counts once in a row, as it was at its last breach there
_LAST = """
    SELECT DISTINCT ON ({key}b.golden_id, e.key)
           {key}e.key AS currency, e.value::numeric AS amount
    FROM mdm_ownershipbreach b
    LEFT JOIN mdm_sourcesystem s ON s.id = b.system_id
    JOIN mdm_sourcesystem o ON o.id = b.owner_id
    CROSS JOIN LATERAL (
        SELECT to_char(b.at AT TIME ZONE 'UTC', 'YYYY-MM') AS month,
               coalesce(s.code, b.by) AS by, o.code AS of
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
    columns = money_columns(list(money.values()), gettext("At stake"))
    found = fetch(_BY_SYSTEM, asked)
    rows = tuple(
        Row(
            (
                month,
                system,
                team,
                owner,
                translated(_label(domain)),
                translated(_label(domain, attribute)),
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
        title=gettext("Breaches of ownership"),
        words=(
            gettext(
                "Values that one system changed though another one owns them, with the team that"
                " answers for what the system sends, and what was refused to people who would have"
                " pinned them. The owner's value stayed."
                " Money counts once a golden record in each row, and once in all, as it was at its"
                " last breach there."
            )
        ),
        as_of=as_of,
        columns=(
            Column("month", gettext("Month")),
            Column("system", gettext("System or person")),
            Column("team", gettext("Team")),
            Column("owner", gettext("Owner")),
            Column("domain", gettext("Domain")),
            Column("attribute", gettext("Attribute")),
            Column("breaches", gettext("Breaches"), Kind.NUMBER),
            Column("records", gettext("Source records"), Kind.NUMBER),
            Column("goldens", gettext("Golden records"), Kind.NUMBER),
            *columns,
        ),
        rows=rows,
        totals=(
            (gettext("Breaches"), sum(row[6] for row in found)),
            *(
                (gettext("At stake, {currency}").format(currency=currency), amount)
                for currency, amount in fetch(_IN_ALL, asked)
            ),
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
    columns = money_columns(amounts, gettext("At stake"))
    return Report(
        code="breach-list",
        title=gettext("Breaches one by one"),
        words=(
            gettext(
                "Each change of a value by a system that does not own it, and each refused pin,"
                " newest first. Up to {most} are listed; all are counted."
            ).format(most=written(MOST))
        ),
        as_of=as_of,
        columns=(
            Column("at", gettext("When"), Kind.MOMENT),
            Column("system", gettext("System or person")),
            Column("team", gettext("Team")),
            Column("owner", gettext("Owner")),
            Column("domain", gettext("Domain")),
            Column("attribute", gettext("Attribute")),
            Column("record", gettext("Record")),
            Column("before", gettext("Before")),
            Column("after", gettext("After")),
            Column("owned", gettext("The owner says")),
            Column("outcome", gettext("What became of it")),
            Column("batch", gettext("Feed batch")),
            *columns,
        ),
        rows=tuple(
            Row(
                (
                    each.at,
                    each.written_by,
                    each.system.owner if each.system else "",
                    each.owner.code,
                    translated(_label(each.domain)),
                    translated(_label(each.domain, each.attribute)),
                    str(each.record or each.golden_id),
                    *(
                        _shown(actor, each, value)
                        for value in (each.before, each.after, each.owned)
                    ),
                    gettext("It was refused") if each.by else each.get_outcome_display(),
                    str(each.batch_id or ""),
                    *money_cells(columns, at_stake),
                ),
                _record(each),
            )
            for each, at_stake in zip(found, amounts, strict=True)
        ),
        totals=((gettext("Breaches"), known.count()),),
        bars="attribute",
    )


def _record(breach: OwnershipBreach) -> str:
    """The page of the source record, or of the golden record on which it was refused."""
    if breach.record_id is None:
        return reverse("golden", args=[breach.domain, breach.golden_id])
    return reverse("source-record", args=[breach.domain, breach.record_id])


def _shown(actor: access.Actor, breach: OwnershipBreach, value: Any) -> str:
    declared = ENTITY_TYPES[breach.domain]
    if value is None or breach.attribute not in declared:
        return ""
    attribute = declared[breach.attribute]
    return displayed(attribute, value) if access.may_see(actor, attribute) else access.MASK


def _label(domain: str, attribute: str = "") -> str:
    """What a domain or an attribute is called, in English."""
    declared = ENTITY_TYPES.get(domain)
    if declared is None:
        return attribute or domain
    if not attribute:
        return declared.plural
    return declared[attribute].label if attribute in declared else attribute
