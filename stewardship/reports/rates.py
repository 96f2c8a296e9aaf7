"""The report on rates: what systems disagree about, what overlaps or lacks, what stands out."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from mdm.bulk import fetch
from mdm.governance import access
from mdm.schema import Sensitivity
from mdm.words import translated
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
           string_agg(DISTINCT concat_ws(' ', code, price, currency, 'per ' || unit), ', '),
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
           concat_ws(' ', scope, 'from ' || lower(period), 'to ' || upper(period) - 1),
           amount, amount, currency, count(*) OVER ()
    FROM mdm_effectiverate WHERE state = 'contested' ORDER BY labour_category, golden_id LIMIT %s
"""

_MISSING = """
    SELECT golden_id, labour_category, scope || ': nothing from ' || until || ' to ' || next,
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
           'median ' || round(s.median, 2) || ' of ' || s.rates || ' rates per ' || v.unit,
           s.median, v.amount, v.currency, count(*) OVER ()
    FROM valid v JOIN spread s USING (category, unit, currency)
    WHERE s.distance > 0 AND 0.6745 * abs(v.amount - s.median) / s.distance > %s
    ORDER BY abs(v.amount - s.median) / s.distance DESC, v.golden_id LIMIT %s
"""

_FINDINGS: dict[str, tuple[str, list[Any]]] = {
    gettext_noop("systems disagree"): (_DISAGREEING, []),
    gettext_noop("periods overlap"): (_OVERLAPPING, []),
    gettext_noop("period missing"): (_MISSING, []),
    gettext_noop("stands out"): (_OUTLYING, [FEWEST, FAR]),
}


def rates(as_of: datetime, actor: access.Actor) -> Report:
    """Findings on rates; amounts only for those who may see them."""
    shown = actor.has_perm(access.SEE[Sensitivity.RESTRICTED])
    rows: list[Row] = []
    totals: list[tuple[str, Value]] = []
    for what, (query, parameters) in _FINDINGS.items() if access.may_view(actor, "rate") else ():
        found = fetch(query, [*parameters, MOST])
        totals.append((translated(what), found[0][6] if found else 0))
        rows += [_row(translated(what), each, shown) for each in found]
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


def _row(what: str, found: tuple[Any, ...], shown: bool) -> Row:
    golden_id, category, detail, low, high, currency, _ = found
    url = reverse("golden", args=["rate", golden_id])
    if not shown:
        return Row((what, category, "", None, None, None, currency), url)
    difference = None if low is None else abs(high - low)
    return Row((what, category, detail, low, high, difference, currency), url)
