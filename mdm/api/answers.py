"""What the API says about records, as far as the caller may see it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mdm import lineage
from mdm.attribute_types import Reference
from mdm.crosswalk import GoldenResolution, Identifier, Resolution, Translation, known_as
from mdm.domains import ENTITY_TYPES, entity_type
from mdm.governance import access
from mdm.history import GoldenState
from mdm.lineage import Lineage
from mdm.models import EffectiveRate, GoldenRecord
from mdm.rates import RateAnswer
from mdm.relationships.reading import Related
from mdm.timeline import Entry, Member, Timeline, reason_for

Json = dict[str, Any]


def golden_answer(state: GoldenState, found: GoldenResolution, actor: access.Actor) -> Json:
    """A golden record as it is or was; `redirected_from` says that the caller's id led to it.

    `split_into` lists all that hold what that id held, when these are several.
    """
    declared = entity_type(state.domain)
    redirected = {} if found.asked_id == state.id else {"redirected_from": str(found.asked_id)}
    split = {"split_into": [*map(str, found.held_by)]} if len(found.held_by) > 1 else {}
    return {
        "id": str(state.id),
        **redirected,
        **split,
        "domain": state.domain,
        "lifecycle": state.status,
        "title": access.title_for(actor, declared, state.title),
        "version": state.version,
        "changed_at": state.since_at.isoformat(),
        "valid_to": _moment(state.until_at),
        "attributes": access.masked(actor, declared, state.attributes),
        "provenance": state.provenance,
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
        "from_its_owner": not line.is_foreign,
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
    return xref_answers([found], actor)[0]


def xref_answers(found: Sequence[Resolution], actor: access.Actor) -> list[Json]:
    """As `xref_answer`, for thousands: no object more than the JSON needs is made of each."""
    domains = {each.domain for each in found}
    hidden = {each for each in domains if _hides_titles(each, actor)}
    return [
        {
            "system": each.system,
            "domain": each.domain,
            "source_key": each.source_key,
            "status": each.status,
            "golden_id": each.golden_id,
            "title": access.MASK if each.domain in hidden else each.title,
            "method": each.method,
            "match_weight": each.match_weight,
            "rule_version": each.rule_version,
            "valid_from": each.valid_from,
            "valid_to": each.valid_to,
            "identifiers": _known_as(each.known_as),
            "decision": each.decision,
        }
        for each in found
    ]


def golden_xref_answer(found: GoldenResolution, actor: access.Actor) -> Json:
    """What a golden id means: itself, its successor, or all that hold what it held last."""
    return {
        "asked_for": str(found.asked_id),
        "domain": found.domain,
        **_meaning(found, actor),
        "held_by": [*map(str, found.held_by)],
    }


def translation_answer(found: Translation, actor: access.Actor) -> Json:
    """All identifiers that the other system has for the same thing; one of them may be primary."""
    asked = found.resolution
    return {
        "from": {"system": asked.system, "source_key": asked.source_key},
        "domain": asked.domain,
        "to": found.to_system,
        "status": found.status,
        "golden_id": str(asked.golden_id) if asked.golden_id else None,
        "title": access.title_for(actor, entity_type(asked.domain), asked.title),
        "identifiers": [*map(_identifier, found.found)],
    }


def identifiers_answer(found: GoldenResolution) -> list[Json]:
    """Every identifier of the golden record that an id means."""
    return [*map(_identifier, found.identifiers)]


def relationships_answer(
    related: Sequence[Related], domain: str, actor: access.Actor
) -> list[Json]:
    """Relationships from attributes and to domains that the caller may see; no other is told."""
    return [_related(each, actor) for each in related if _may_see_relation(each, domain, actor)]


def _may_see_relation(each: Related, domain: str, actor: access.Actor) -> bool:
    """Whether the attribute that states the relationship may be seen, and both its ends."""
    stating = domain if each.from_it else each.other_domain
    attributes = [
        relation
        for relation in entity_type(stating).relations
        if isinstance(relation.type, Reference) and relation.type.relation == each.kind
    ]
    shown = all(access.may_see(actor, attribute) for attribute in attributes)
    return shown and access.may_view(actor, each.other_domain)


def _related(each: Related, actor: access.Actor) -> Json:
    title = access.title_for(actor, entity_type(each.other_domain), each.other_title)
    return {
        "kind": each.kind,
        "from_it": each.from_it,
        "golden_id": str(each.other_golden_id) if each.other_golden_id else None,
        "domain": each.other_domain,
        "title": title,
        "from": each.days.first and each.days.first.isoformat(),
        "until": each.days.until and each.days.until.isoformat(),
        "held_back": each.held_back,
        "system": each.system,
        "source_key": each.source_key,
        "reference": each.reference,
        "asserted_by": each.asserted_by,
        "asserted_at": _moment(each.asserted_at),
    }


def timeline_answer(found: Timeline, domain: str, actor: access.Actor) -> Json:
    """What happened to a golden record, newest first, and where older entries continue."""
    return {
        "entries": [_entry(each, domain, actor) for each in found.entries],
        "next": str(found.next) if found.next else None,
    }


def _hides_titles(domain: str, actor: access.Actor) -> bool:
    return domain in ENTITY_TYPES and bool(access.title_for(actor, entity_type(domain), ""))


def _known_as(encoded: str) -> list[Json]:
    return [
        _known(system, key, active, primary, method, weight, rule_version, since, until)
        for (system, key, active, method, weight, rule_version, since, until), primary in known_as(
            encoded
        )
    ]


def _known(
    system: str,
    key: str,
    active: bool,
    primary: bool,
    method: str,
    weight: float | None,
    rule_version: str,
    since: str | None,
    until: str | None,
) -> Json:
    return {
        "system": system,
        "source_key": key,
        "active": active,
        "primary": primary,
        "method": method,
        "match_weight": weight,
        "rule_version": rule_version,
        "valid_from": since,
        "valid_to": until,
    }


def _meaning(found: GoldenResolution, actor: access.Actor) -> Json:
    return {
        "status": found.status,
        "golden_id": str(found.golden_id) if found.golden_id else None,
        "title": access.title_for(actor, entity_type(found.domain), found.title),
        "method": found.method,
        "match_weight": found.match_weight,
        "rule_version": found.rule_version,
        "valid_from": _moment(found.valid_from),
        "valid_to": _moment(found.valid_to),
        "identifiers": [*map(_identifier, found.identifiers)],
    }


def _identifier(each: Identifier) -> Json:
    return _known(
        each.system, each.source_key, each.active, each.primary, each.method, each.match_weight,
        each.rule_version, _moment(each.linked_at), _moment(each.unlinked_at),
    )  # fmt: skip


def _entry(each: Entry, domain: str, actor: access.Actor) -> Json:
    before, after = (
        access.masked(actor, entity_type(domain), values)
        for values in (
            {change.attribute: change.before for change in each.changes},
            {change.attribute: change.after for change in each.changes},
        )
    )
    return {
        "type": each.type,
        "golden_id": str(each.golden_id),
        "at": _moment(each.at),
        "by": each.by,
        "reason": reason_for(actor, entity_type(domain), each),
        "rule_version": each.rule_version,
        "request_id": each.request_id,
        "correlation_id": each.correlation_id,
        "sequence": each.sequence,
        "attribute": each.attribute,
        "changes": [
            {"attribute": name, "before": before.get(name), "after": after.get(name)}
            for name in after
        ],
        "linked": [*map(_member, each.linked)],
        "unlinked": [*map(_member, each.unlinked)],
        "arrived": _member(each.arrived) if each.arrived else None,
        "others": [*map(str, each.others)],
    }


def _member(each: Member) -> Json:
    return {
        "system": each.system,
        "source_key": each.source_key,
        "method": each.method,
        "match_weight": each.match_weight,
        "rule_version": each.rule_version,
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


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
