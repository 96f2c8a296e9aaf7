"""Money that hangs on golden records: facts of their source records, summed in the database."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from mdm.bulk import fetch

Amounts = dict[str, Decimal]
"""Amounts by currency; currencies are never added up."""


def amounts_of(document: Mapping[str, str]) -> Amounts:
    """Amounts by currency as they are stored in JSON, with their digits kept."""
    return {currency: Decimal(amount) for currency, amount in document.items()}


def together(golden_ids: Iterable[UUID], exposure: Mapping[UUID, Amounts]) -> Amounts:
    """What hangs on several golden records, each counted once."""
    total: Amounts = {}
    for golden_id in dict.fromkeys(golden_ids):
        for currency, amount in exposure.get(golden_id, {}).items():
            total[currency] = total.get(currency, Decimal(0)) + amount
    return total


HELD = """
    SELECT l.golden_id, e.currency, sum(e.amount) AS amount
    FROM (
        SELECT DISTINCT ON (record_id, kind, currency) record_id, currency, amount
        FROM mdm_exposurefact WHERE as_of <= %s ORDER BY record_id, kind, currency, as_of DESC
    ) e
    JOIN mdm_crosswalklink l ON l.record_id = e.record_id AND l.unlinked_at IS NULL
    GROUP BY 1, 2
"""
"""What hangs on every golden record on a date, by currency: a row source of other statements."""

LAST_FACTS = """
    CROSS JOIN LATERAL (
        SELECT DISTINCT ON (kind, currency) currency, amount FROM mdm_exposurefact
        WHERE record_id = l.record_id AND as_of <= %s ORDER BY kind, currency, as_of DESC
    ) e
"""
"""Joins to links `l` the last fact of each kind and currency until a date, as `e`."""

_EXPOSURE = f"""
    SELECT l.golden_id, e.currency, sum(e.amount)
    FROM unnest(%s::uuid[]) AS wanted(id)
    JOIN mdm_crosswalklink l ON l.golden_id = wanted.id AND l.unlinked_at IS NULL
    {LAST_FACTS}
    GROUP BY l.golden_id, e.currency ORDER BY l.golden_id, e.currency
"""  # noqa: S608


def exposure_of(golden_ids: Iterable[UUID], on: date) -> dict[UUID, Amounts]:
    """What hangs on each golden record on a date: the last fact of each record and kind until then.

    Golden records on which nothing hangs are left out.
    """
    found: dict[UUID, Amounts] = {}
    for golden_id, currency, amount in fetch(_EXPOSURE, [list(set(golden_ids)), on]):
        found.setdefault(golden_id, {})[currency] = amount
    return found
