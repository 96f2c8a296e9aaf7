"""What the API says about records, as far as the caller may see it."""

from typing import Any

from mdm import lineage
from mdm.crosswalk import Resolution
from mdm.domains import entity_type
from mdm.governance import access
from mdm.lineage import Lineage
from mdm.models import EffectiveRate, GoldenRecord
from mdm.rates import RateAnswer

Json = dict[str, Any]


def golden_answer(record: GoldenRecord, actor: access.Actor, *, asked_for: str) -> Json:
    """A golden record; `redirected_from` says that the caller's id was merged into this one."""
    declared = entity_type(record.domain)
    redirected = {} if asked_for == str(record.pk) else {"redirected_from": asked_for}
    return {
        "id": str(record.pk),
        **redirected,
        "domain": record.domain,
        "status": record.status,
        "title": access.title_for(actor, declared, record.title),
        "version": record.version,
        "changed_at": record.changed_at.isoformat(),
        "attributes": access.masked(actor, declared, record.attributes),
        "provenance": record.provenance,
    }


def explained(record: GoldenRecord, actor: access.Actor) -> Json:
    """For each value where it came from, what it beat, and under which rule."""
    lines = lineage.explain(record, lineage.sources_of(record))
    return {each.attribute.name: _lineage(each, actor) for each in lines}


def _lineage(line: Lineage, actor: access.Actor) -> Json:
    shown = access.may_see(actor, line.attribute)
    pin = line.pin
    return {
        "value": _shown(line.value, shown),
        "reason": line.reason,
        "strategy": line.strategy,
        "policy": line.policy,
        "doubtful": line.doubtful,
        "pin": pin
        and {
            "id": pin.override_id,
            "reason": _shown(pin.reason, shown),
            "set_by": pin.set_by,
            "set_at": pin.set_at.isoformat(),
            "expires_at": pin.expires_at and pin.expires_at.isoformat(),
            "contested": pin.contested,
        },
        "candidates": [
            {
                "system": each.source.system,
                "source_key": each.source.source_key,
                "value": _shown(each.value, shown),
                "wins": each.wins,
                "trust": each.trust,
                "doubtful": each.doubtful,
                "source_updated_at": each.source.source_updated_at
                and each.source.source_updated_at.isoformat(),
            }
            for each in line.candidates
            if each.value is not None
        ],
    }


def _shown(value: Any, shown: bool) -> Any:
    return value if shown or value is None else access.MASK


def xref_answer(found: Resolution, actor: access.Actor) -> Json:
    """What an identifier means, and every other identifier of the same thing."""
    title = access.title_for(actor, entity_type(found.domain), found.title)
    return {
        "system": found.system,
        "domain": found.domain,
        "source_key": found.source_key,
        "status": found.status,
        "golden_id": str(found.golden_id) if found.golden_id else None,
        "title": title,
        "identifiers": [
            {
                "system": each.system,
                "source_key": each.source_key,
                "active": each.active,
                "method": each.method,
                "match_weight": each.match_weight,
                "valid_from": each.linked_at.isoformat(),
            }
            for each in found.identifiers
        ],
    }


def rate_answer(answer: RateAnswer) -> Json:
    """The effective rate with the chain of scopes that were asked for it."""
    return {
        "status": answer.status,
        "rates": [_rate(each) for each in answer.rates],
        "chain": [
            {"scope": step.scope, "scope_key": step.scope_key, "found": step.found}
            for step in answer.chain
        ],
    }


def _rate(rate: EffectiveRate) -> Json:
    return {
        "golden_id": str(rate.golden_id),
        "amount": str(rate.amount),
        "currency": rate.currency,
        "unit": rate.unit,
        "role": rate.role,
        "from": rate.period.lower.isoformat(),
        "until": rate.period.upper.isoformat() if rate.period.upper else None,
        "state": rate.state,
    }
