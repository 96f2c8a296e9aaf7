"""How the values of a domain survive: its declaration, and the newest version of its policy.

A specification names attributes and what differs from their declaration, such as

    {"phone": {"strategy": "most_trusted", "distrust": 60,
               "decay": {"after_days": 90, "period_days": 365, "lowest": 20, "curve": "linear",
                         "systems": {"CRM": {"after_days": 30, "period_days": 90}}}}}

docs/survivorship.md explains every word.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from mdm import events, moment
from mdm.cause import Cause
from mdm.domains import entity_type
from mdm.models import SourceSystem, SurvivorshipPolicy
from mdm.schema import Attribute, EntityType
from mdm.survivorship import STRATEGIES, Curve, Decay, most_trusted

Specification = dict[str, Any]
MERGED = "merged"
"""The strategy of a list: items of all sources, of which each stands as its most trusted source
spells it. Another strategy of a list chooses between spellings of one item."""

_WORDS = ("strategy", "decay", "distrust")
_DECAY_WORDS = ("after_days", "period_days", "lowest", "curve")
_SYSTEMS = "systems"


class PolicyError(ValueError):
    """A policy that makes no sense: what is wrong in it, and what would mend it."""


@dataclass(frozen=True, slots=True)
class InForce:
    """How values survive now; version 0 is the declaration as it ships."""

    entity_type: EntityType
    version: int

    @property
    def name(self) -> str:
        """The policy's name in events and explanations."""
        return f"{self.entity_type.domain}-policy-{self.version}"

    @property
    def decays(self) -> bool:
        """Whether a value may lose to another one by getting older."""
        return any(each.decay for each in self.entity_type.attributes)


def in_force(domain: str) -> InForce:
    """How values of `domain` survive now.

    What a policy says about an attribute that the declaration no longer has is passed over.
    """
    newest = newest_of(domain)
    declared = entity_type(domain)
    if newest is None:
        return InForce(declared, 0)
    known = {name: words for name, words in newest.specification.items() if name in declared}
    return InForce(_applied(known, declared), newest.version)


def newest_of(domain: str) -> SurvivorshipPolicy | None:
    """The newest version of a domain's policy; None while its declaration says everything."""
    return SurvivorshipPolicy.objects.filter(domain=domain).order_by("-version").first()


@transaction.atomic
def set_policy(
    domain: str, specification: Specification, reason: str, *, cause: Cause
) -> SurvivorshipPolicy:
    """Append a version of the policy, and have the golden records that it concerns rebuilt.

    It replaces the version before: what it does not mention survives as declared. Raises
    PolicyError that names what is wrong.
    """
    compiled = compile_policy(specification, entity_type(domain))
    _refuse_unknown_systems(compiled)
    if not reason:
        raise PolicyError(f"the policy of {domain} needs a reason; say why it changes")
    moment.hold(domain)
    newest = newest_of(domain)
    policy = SurvivorshipPolicy.objects.create(
        domain=domain,
        version=newest.version + 1 if newest else 1,
        specification=specification,
        reason=reason,
        created_by=cause.by,
        created_at=cause.at,
    )
    named = f"{domain}-policy-{policy.version}"
    events.record(
        "policy.changed",
        domain=domain,
        content={"version": policy.version, "attributes": sorted(specification)},
        cause=replace(cause, reason=reason, rule_version=named),
    )
    return policy


def compile_policy(specification: Specification, declared: EntityType) -> EntityType:
    """`declared` with its values surviving as `specification` says; PolicyError if that fails."""
    if not isinstance(specification, dict):
        raise PolicyError(f"{specification!r} is not a set of attributes with their policies")
    _refuse_unknown(declared.domain, "attribute", specification, declared.by_name)
    try:
        return _applied(specification, declared)
    except PolicyError:
        raise
    except (TypeError, ValueError) as error:
        raise PolicyError(str(error)) from None


def _applied(specification: Specification, declared: EntityType) -> EntityType:
    return replace(
        declared,
        attributes=tuple(
            _surviving(each, specification[each.name]) if each.name in specification else each
            for each in declared.attributes
        ),
    )


def _surviving(attribute: Attribute, words: Any) -> Attribute:
    """The attribute, surviving as `words` say."""
    where = attribute.name
    if not isinstance(words, dict):
        raise PolicyError(f"{where}: {words!r} is not a set of words; use {', '.join(_WORDS)}")
    _refuse_unknown(where, "word", words, _WORDS)
    changes: dict[str, Any] = {}
    if "strategy" in words:
        possible = [MERGED, *STRATEGIES] if attribute.many else list(STRATEGIES)
        _refuse_unknown(where, "strategy", [words["strategy"]], possible)
        changes["survivorship"] = STRATEGIES.get(words["strategy"], most_trusted)
    if "decay" in words:
        changes["decay"] = _decay(where, words["decay"])
    if "distrust" in words:
        changes["distrust"] = _number(f"{where}: distrust", words["distrust"], most=100)
    return replace(attribute, **changes)


def _refuse_unknown_systems(compiled: EntityType) -> None:
    known = SourceSystem.objects.order_by("code").values_list("code", flat=True)
    for each in compiled.attributes:
        named = [code for code, _ in each.decay.systems] if each.decay else []
        if named:
            _refuse_unknown(f"{each.name}: decay", "source system", named, known)


def _decay(where: str, words: Any) -> Decay | None:
    if words is None:
        return None
    decay = _one_decay(where, words, (*_DECAY_WORDS, _SYSTEMS))
    systems = words.get(_SYSTEMS, {})
    if not isinstance(systems, dict):
        raise PolicyError(f"{where}: decay: {_SYSTEMS} names source systems, each with its decay")
    own = [
        (code, _one_decay(f"{where}: {code}", each, _DECAY_WORDS)) for code, each in systems.items()
    ]
    return replace(decay, systems=tuple(own))


def _one_decay(where: str, words: Any, known: Sequence[str]) -> Decay:
    if not isinstance(words, dict) or not {"after_days", "period_days"} <= words.keys():
        raise PolicyError(f"{where}: decay needs after_days and period_days; write them in days")
    _refuse_unknown(f"{where}: decay", "word", words, known)
    _refuse_unknown(f"{where}: decay", "curve", [words.get("curve", "linear")], list(Curve))
    try:
        return Decay(
            after_days=_number(f"{where}: after_days", words["after_days"]),
            period_days=_number(f"{where}: period_days", words["period_days"]),
            lowest=_number(f"{where}: lowest", words.get("lowest", 0)),
            curve=Curve(words.get("curve", "linear")),
        )
    except PolicyError:
        raise
    except ValueError as error:
        raise PolicyError(f"{where}: {error}") from None


def _number(where: str, given: Any, most: float = 1_000_000) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= most:
        raise PolicyError(f"{where} is {given!r}; write a number from 0 to {most:,.0f}")
    return float(given)


def _refuse_unknown(where: str, what: str, given: Iterable[Any], known: Iterable[str]) -> None:
    known = list(known)
    if unknown := [each for each in given if each not in known]:
        raise PolicyError(
            f"{where}: there is no {what} {unknown[0]!r}; use one of {', '.join(known)}"
        )
