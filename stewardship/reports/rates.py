"""The report on rates: what systems disagree about, what overlaps or lacks, what stands out."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from mdm.bulk import fetch
from mdm.domains.rate import RATE
from mdm.governance import access
from mdm.schema import Sensitivity
from mdm.words import displayed, translated
from stewardship.reports.table import Column, Kind, Report, Row, Value

MOST = 5_000
"""How many findings of one kind are listed; the totals count all."""
FAR = Decimal("3.5")
"""Modified z-scores beyond which a rate stands out from others of its category [Iglewicz, Hoaglin
1993: 0.6745 × distance from the median, over the median distance]."""
FEWEST = 8
"""Rates that a category needs for one to stand out."""

_DISAGREEING = """
    SELECT id, title,
           jsonb_agg(DISTINCT jsonb_build_array(code, price::text, currency, unit)),
           CASE WHEN count(DISTINCT (currency, unit)) = 1 THEN min(price) END,
           CASE WHEN count(DISTINCT (currency, unit)) = 1 THEN max(price) END,
           CASE WHEN count(DISTINCT currency) = 1 THEN min(currency) ELSE 'several' END,
           count(*) OVER ()
    FROM (
        SELECT g.id, g.title, s.code, (r.attributes ->> 'amount')::numeric AS price,
               r.attributes ->> 'currency' AS currency, r.attributes ->> 'unit' AS unit
        FROM mdm_goldenrecord g
        JOIN mdm_crosswalklink l ON l.golden_id = g.id AND l.unlinked_at IS NULL
        JOIN mdm_sourcerecord r ON r.id = l.record_id AND r.inactive_at IS NULL
        JOIN mdm_sourcesystem s ON s.id = r.system_id
        WHERE g.domain = 'rate' AND g.merged_into_id IS NULL
    ) said
    GROUP BY id, title HAVING count(DISTINCT (price, currency, unit)) > 1
    ORDER BY max(price) - min(price) DESC NULLS LAST, id LIMIT %s
"""

_OVERLAPPING = """
    SELECT golden_id, labour_category,
           jsonb_build_array(scope, lower(period), upper(period) - 1),
           amount, amount, currency, count(*) OVER ()
    FROM mdm_effectiverate WHERE state = 'contested' ORDER BY labour_category, golden_id LIMIT %s
"""

_MISSING = """
    SELECT golden_id, labour_category, jsonb_build_array(scope, until, next),
           amount, amount, currency, count(*) OVER ()
    FROM (
        SELECT golden_id, labour_category, scope, amount, currency, upper(period) AS until,
               lead(lower(period)) OVER (
                   PARTITION BY scope, scope_key, role, unit, currency ORDER BY lower(period)
               ) AS next
        FROM mdm_effectiverate WHERE state = 'effective'
    ) follow
    WHERE next > until ORDER BY next - until DESC, golden_id LIMIT %s
"""

_OUTLYING = """
    WITH valid AS (
        SELECT golden_id, lower(labour_category) AS category, labour_category, unit, currency,
               amount FROM mdm_effectiverate WHERE amount > 0
    ), middle AS (
        SELECT category, unit, currency, count(*) AS rates,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY amount)::numeric AS median
        FROM valid GROUP BY 1, 2, 3 HAVING count(*) >= %s
    ), spread AS (
        SELECT category, unit, currency, rates, median,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(v.amount - m.median))::numeric
                   AS distance
        FROM valid v JOIN middle m USING (category, unit, currency)
        GROUP BY category, unit, currency, rates, median
    )
    SELECT v.golden_id, v.labour_category,
           jsonb_build_array(round(s.median, 2)::text, s.rates, v.unit),
           s.median, v.amount, v.currency, count(*) OVER ()
    FROM valid v JOIN spread s USING (category, unit, currency)
    WHERE s.distance > 0 AND 0.6745 * abs(v.amount - s.median) / s.distance > %s
    ORDER BY abs(v.amount - s.median) / s.distance DESC, v.golden_id LIMIT %s
"""


def _prices(*said: tuple[str, str | None, str | None, str | None]) -> str:
    """What each system says: "CRM 400 USD per hour, ERP 425.50 USD per hour"."""
    return ", ".join(
        " ".join(filter(None, (system, amount, currency, _per(unit))))
        for system, amount, currency, unit in said
    )


def _period(scope: str, first: str | None, until: str | None) -> str:
    begins = gettext("from {first}").format(first=first) if first else ""
    ends = gettext("to {until}").format(until=until) if until else ""
    return " ".join(filter(None, (_shown("scope", scope), begins, ends)))


def _gap(scope: str, first: str, until: str) -> str:
    return gettext("{scope}: nothing from {first} to {until}").format(
        scope=_shown("scope", scope), first=first, until=until
    )


def _beside(median: str, count: int, unit: str) -> str:
    return gettext("median {median} of {count} rates {per_unit}").format(
        median=median, count=count, per_unit=_per(unit)
    )


def _per(unit: str | None) -> str:
    return gettext("per {unit}").format(unit=_shown("unit", unit)) if unit else ""


def _shown(attribute: str, option: str | None) -> str:
    return displayed(RATE[attribute], option)


_FINDINGS: dict[str, tuple[str, list[Any], Callable[..., str]]] = {
    gettext_noop("systems disagree"): (_DISAGREEING, [], _prices),
    gettext_noop("periods overlap"): (_OVERLAPPING, [], _period),
    gettext_noop("period missing"): (_MISSING, [], _gap),
    gettext_noop("stands out"): (_OUTLYING, [FEWEST, FAR], _beside),
}
"""Each with the words for the facts that its third column holds."""
gettext_noop("several")  # what a statement says of currencies


def rates(as_of: datetime, actor: access.Actor) -> Report:
    """Findings on rates; amounts only for those who may see them."""
    shown = actor.has_perm(access.SEE[Sensitivity.RESTRICTED])
    rows: list[Row] = []
    totals: list[tuple[str, Value]] = []
    findings = _FINDINGS if access.may_view(actor, "rate") else {}
    for what, (query, parameters, in_words) in findings.items():
        found = fetch(query, [*parameters, MOST])
        totals.append((translated(what), found[0][6] if found else 0))
        rows += [_row(translated(what), each, in_words, shown) for each in found]
    return Report(
        code="rates",
        title=gettext("Rates that need a look"),
        words=(
            gettext(
                "Where systems hold different amounts for one rate, where periods overlap or leave"
                " a gap, and amounts that stand out from their labour category."
            )
        ),
        as_of=as_of,
        columns=(
            Column("what", gettext("What")),
            Column("category", gettext("Labour category")),
            Column("detail", gettext("Detail")),
            Column("low", gettext("From"), Kind.MONEY),
            Column("high", gettext("To"), Kind.MONEY),
            Column("difference", gettext("Difference"), Kind.MONEY),
            Column("currency", gettext("Currency")),
        ),
        rows=tuple(rows),
        totals=tuple(totals),
        bars="what",
    )


def _row(what: str, found: tuple[Any, ...], in_words: Callable[..., str], shown: bool) -> Row:
    golden_id, category, facts, low, high, currency, _ = found
    url = reverse("golden", args=["rate", golden_id])
    if not shown:
        return Row((what, category, "", None, None, None, translated(currency)), url)
    detail = in_words(*orjson.loads(facts))
    difference = None if low is None else abs(high - low)
    return Row((what, category, detail, low, high, difference, translated(currency)), url)
