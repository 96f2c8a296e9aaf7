"""Rates as typed rows: projected from golden records, and asked for by project, role and date."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from mdm import crosswalk, events
from mdm.bulk import copy_into, execute, fetch
from mdm.cause import Cause
from mdm.domains.rate import SCOPES
from mdm.models import EffectiveRate, GoldenRecord
from mdm.schema import Attributes
from mdm.standardise.text import fold

REFERRED = ("client", "project")
"""Domains that a rate's scope may refer to."""

_COLUMNS = (
    "golden_id", "scope", "scope_key", "reference", "role", "labour_category", "unit", "currency",
    "amount", "period",
)  # fmt: skip


@transaction.atomic
def project(ids: Sequence[UUID], *, cause: Cause) -> None:
    """Bring the typed rows of these golden rates in step; overlaps become contested."""
    if not ids:
        return
    rows = fetch(
        "SELECT id, attributes::text FROM mdm_goldenrecord"
        " WHERE id = ANY(%s) AND merged_into_id IS NULL AND status = 'active'",
        [list(ids)],
    )
    golden = {id_: orjson.loads(attributes) for id_, attributes in rows}
    before = _price_lists(ids)
    contested_before = _contested(before)
    execute("DELETE FROM mdm_effectiverate WHERE golden_id = ANY(%s)", [list(ids)])
    _insert(golden)
    touched = before | _price_lists(ids)
    _judge(touched)
    contested = _contested(touched)
    _tell("rates.contested", contested - contested_before, cause)
    _tell("rates.settled", contested_before - contested, cause)


@transaction.atomic
def project_referring(domain: str, record_ids: Sequence[int], *, cause: Cause) -> None:
    """Project again the rates whose scope is a record of `domain` that now belongs elsewhere."""
    rows = fetch(
        "SELECT e.golden_id FROM mdm_effectiverate e"
        " JOIN mdm_sourcerecord r ON r.id = ANY(%s)"
        " JOIN mdm_sourcesystem s ON s.id = r.system_id"
        " WHERE e.scope = %s AND e.reference = s.code || ':' || r.source_key",
        [list(record_ids), domain],
    )
    project([row[0] for row in rows], cause=cause)


@dataclass(frozen=True, slots=True)
class Step:
    """One scope that was asked on the way to a rate, and what it had."""

    scope: str
    scope_key: str
    found: int


@dataclass(frozen=True, slots=True)
class RateAnswer:
    """The one effective rate, or why there is none: `found`, `missing` or `ambiguous`."""

    status: str
    rates: tuple[EffectiveRate, ...]
    chain: tuple[Step, ...]

    @property
    def rate(self) -> EffectiveRate | None:
        return self.rates[0] if self.status == "found" else None


def effective_rate(
    project_id: UUID, labour_category: str, on: date, *, currency: str = ""
) -> RateAnswer:
    """The rate for a kind of work on a project on a date: the narrowest scope that has one.

    Asks the scopes project, client, region, practice and firm in turn. More than one rate in the
    deciding scope, or a contested one, is ambiguous: never a guess.
    """
    chain: list[Step] = []
    for scope, keys in _scope_keys(project_id).items():
        rates = EffectiveRate.objects.filter(
            scope=scope,
            scope_key__in=keys,
            labour_category=fold(labour_category),
            period__contains=on,
        )
        found = tuple(rates.filter(currency=currency) if currency else rates)
        chain.append(Step(scope, ", ".join(keys), len(found)))
        if found:
            sure = len(found) == 1 and found[0].state == EffectiveRate.State.EFFECTIVE
            return RateAnswer("found" if sure else "ambiguous", found, tuple(chain))
    return RateAnswer("missing", (), tuple(chain))


def _scope_keys(project_id: UUID) -> dict[str, list[str]]:
    """For each scope, narrowest first, the keys under which rates for the project may stand."""
    project_ = GoldenRecord.objects.of("project").get(pk=project_id)
    client = _referred("client", project_.attributes)
    places = client.attributes.get("addresses", []) if client else []
    regions = {
        fold(str(place[part]))
        for place in places
        for part in ("region", "country")
        if part in place
    }
    practice = project_.attributes.get("practice")
    keys = {
        "project": [str(project_id)],
        "client": [str(client.pk)] if client else [],
        "region": sorted(regions),
        "practice": [fold(practice)] if practice else [],
        "firm": [""],
    }
    return {scope: keys[scope] for scope in SCOPES}


def _referred(domain: str, attributes: Attributes) -> GoldenRecord | None:
    reference = attributes.get(domain)
    if not reference:
        return None
    pair = (reference["system"], reference["key"])
    golden_id = crosswalk.resolve_references(domain, [pair]).get(pair)
    return GoldenRecord.objects.filter(pk=golden_id).first() if golden_id else None


def _insert(golden: dict[UUID, Attributes]) -> None:
    resolved = {
        domain: crosswalk.resolve_references(domain, _references(domain, golden.values()))
        for domain in REFERRED
    }
    copy_into(
        EffectiveRate._meta.db_table,
        _COLUMNS,
        (_row(id_, values, resolved) for id_, values in golden.items()),
    )


def _references(domain: str, records: Iterable[Attributes]) -> list[crosswalk.Reference]:
    found = (values[domain] for values in records if values.get(domain))
    return list({(each["system"], each["key"]) for each in found})


def _row(
    id_: UUID, values: Attributes, resolved: dict[str, dict[crosswalk.Reference, UUID]]
) -> tuple[Any, ...]:
    scope = values["scope"]
    key = reference = ""
    if scope in REFERRED:
        pair = (values[scope]["system"], values[scope]["key"])
        reference = ":".join(pair)
        key = str(resolved[scope].get(pair, reference))
    elif scope != "firm":
        key = fold(values[scope])
    return (
        id_,
        scope,
        key,
        reference,
        _role(values),
        fold(values["labour_category"]),
        values["unit"],
        values["currency"],
        Decimal(values["amount"]),
        _period(values),
    )


def _role(values: Attributes) -> str:
    parts = ("labour_category", "level", "education", "years_of_experience", "worksite")
    return "|".join(fold(str(values.get(part, ""))) for part in parts)


def _period(values: Attributes) -> str:
    """The days from start to end, both included, as PostgreSQL writes a range."""
    end = values.get("end_date")
    after = date.fromisoformat(end) + timedelta(days=1) if end else ""
    return f"[{values['start_date']},{after})"


def _price_lists(ids: Sequence[UUID]) -> set[tuple[str, ...]]:
    """What identifies the price lists of these rates: overlaps matter within one list."""
    query = """
        SELECT DISTINCT scope, scope_key, role, unit, currency
        FROM mdm_effectiverate WHERE golden_id = ANY(%s)
    """
    return set(fetch(query, [list(ids)]))


def _contested(price_lists: set[tuple[str, ...]]) -> set[UUID]:
    """The rates of these price lists that overlap another one."""
    query = """
        SELECT golden_id FROM mdm_effectiverate
        JOIN unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
             AS g(scope, scope_key, role, unit, currency)
        USING (scope, scope_key, role, unit, currency) WHERE state = 'contested'
    """
    return {row[0] for row in fetch(query, _columns_of(price_lists))} if price_lists else set()


def _judge(price_lists: set[tuple[str, ...]]) -> None:
    """Mark overlapping rates as contested, and the others of their price lists as effective."""
    if not price_lists:
        return
    execute(
        """
        WITH judged AS (
            SELECT a.golden_id, EXISTS (
                SELECT FROM mdm_effectiverate b
                WHERE b.golden_id <> a.golden_id AND b.scope = a.scope
                  AND b.scope_key = a.scope_key AND b.role = a.role AND b.unit = a.unit
                  AND b.currency = a.currency AND b.period && a.period
            ) AS contested
            FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
                 AS g(scope, scope_key, role, unit, currency)
            JOIN mdm_effectiverate a USING (scope, scope_key, role, unit, currency)
        )
        UPDATE mdm_effectiverate r
        SET state = CASE WHEN contested THEN 'contested' ELSE 'effective' END
        FROM judged
        WHERE judged.golden_id = r.golden_id AND contested <> (r.state = 'contested')
        """,
        _columns_of(price_lists),
    )


def _columns_of(price_lists: set[tuple[str, ...]]) -> list[list[str]]:
    return [list(column) for column in zip(*sorted(price_lists), strict=True)]


def _tell(type_: str, ids: set[UUID], cause: Cause) -> None:
    if ids:
        content = {"rates": sorted(map(str, ids))}
        events.record(type_, domain="rate", content=content, cause=cause)
