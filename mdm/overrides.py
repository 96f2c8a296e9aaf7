"""Overrides: a steward's value that outranks survivorship, until it is ended or expires."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import JSONField, QuerySet, Value
from django.utils.translation import gettext, gettext_noop

from mdm import crosswalk, events, golden
from mdm.cause import Cause
from mdm.derivation import Derived, derive, standing
from mdm.domains import entity_type
from mdm.governance.breaches import Refused
from mdm.governance.keys import system_of
from mdm.governance.ownership import ranking
from mdm.models import GoldenRecord, Override, SourceSystem
from mdm.moment import evaluated_at
from mdm.policy import in_force
from mdm.schema import Attribute, EntityType
from mdm.standardise.reading import InvalidValue, Reading
from mdm.words import inside, translated

_LETS_NOBODY = gettext_noop(
    "{name} owns the {attribute}, and its rule lets nobody else write it; correct it there, or ask"
    " who answers for the rule"
)
_SAY_IT_YOURSELF = gettext_noop(
    "{name} owns the {attribute}; another system says in its own source records what it thinks"
)


class OverrideError(ValueError):
    """An override that cannot be set or ended: why, and what would mend it."""


class NotTheOwnerError(OverrideError):
    """A pin that the ownership register refuses; `write` belongs into the breach ledger."""

    def __init__(self, said: str, write: Refused) -> None:
        super().__init__(said)
        self.write = write


@transaction.atomic
def set_override(
    golden_id: UUID,
    attribute: str,
    value: Any,
    *,
    reason: str,
    expires_at: datetime | None = None,
    cause: Cause,
) -> Override:
    """Pin `value`, as a person writes it, on a standing golden record; None pins that it has none.

    The other attributes of its group are pinned as they stand, so that a group never mixes what a
    person said with what sources will say. A pin that was there before is ended. Raises
    OverrideError, and NotTheOwnerError where the register does not let who asks write it.
    """
    domain = _lock(golden_id)
    declared = entity_type(domain)
    cleaned = _cleaned(declared, attribute, value)
    if not reason:
        raise OverrideError(gettext("an override needs a reason; say why the sources are wrong"))
    if expires_at and expires_at <= cause.at:
        raise OverrideError(
            gettext("{expires_at} has passed; choose a later end").format(
                expires_at=f"{expires_at:%Y-%m-%d %H:%M}"
            )
        )
    state = derive(domain, [golden_id], evaluated_at(domain, cause.at))[golden_id]
    stands = state.content.attributes
    _refuse_what_others_own(domain, golden_id, attribute, stands, cleaned, cause)
    names = [each.name for each in declared.unit_of(attribute)]
    values = {name: stands.get(name) for name in names} | {attribute: cleaned}
    _check_rules(declared, stands, {**stands, **values})
    _end(golden_id, names, cause)
    rivals = _rivals(state)
    made = Override.objects.bulk_create(
        Override(
            golden_id=golden_id,
            attribute=name,
            value=Value(None, JSONField()) if pinned is None else pinned,
            beats=rivals.get(name),
            rival=rivals.get(name),
            reason=reason,
            set_by=cause.by,
            set_at=cause.at,
            expires_at=expires_at,
        )
        for name, pinned in values.items()
    )
    _record("override.set", domain, made, cause)
    golden.rebuild(domain, [golden_id], cause=cause)
    return _on(golden_id, [attribute]).get()


@transaction.atomic
def end_override(override_id: int, *, cause: Cause) -> None:
    """Let survivorship choose again, for the whole group of the attribute. Raises OverrideError."""
    override = _live(override_id)
    domain, stands = _follow(override.golden_id)
    ended = _end(override.golden_id, _unit(domain, override), cause)
    _record("override.ended", domain, ended, cause)
    golden.rebuild(domain, [stands], cause=cause)


@transaction.atomic
def take_back_override(override_id: int, *, cause: Cause) -> None:
    """End a pin as if it had never been set: one that it replaced holds again.

    Raises OverrideError.
    """
    override = _live(_as_it_holds(override_id))
    names = _unit(override.golden.domain, override)
    replaced = Override.objects.filter(
        golden=override.golden_id, attribute__in=names, ended_at=override.set_at
    ).first()
    end_override(override.pk, cause=cause)
    if replaced and (replaced.expires_at is None or replaced.expires_at > cause.at):
        restore_override(replaced.pk, cause=cause)


@transaction.atomic
def restore_override(override_id: int, *, cause: Cause) -> None:
    """Let a pin that was ended hold again, with what was pinned with it. Raises OverrideError."""
    override = Override.objects.filter(pk=override_id).exclude(ended_at=None).first()
    if override is None:
        raise OverrideError(
            gettext("there is no ended override {override_id}").format(override_id=override_id)
        )
    domain, stands = _follow(override.golden_id)
    names = _unit(domain, override)
    if _on(override.golden_id, names).exists():
        raise OverrideError(
            gettext("somebody has pinned the {attribute} anew; end that pin first").format(
                attribute=override.attribute
            )
        )
    together = Override.objects.filter(
        golden=override.golden_id, attribute__in=names, ended_at=override.ended_at
    )
    made = Override.objects.bulk_create(
        Override(
            golden_id=each.golden_id,
            attribute=each.attribute,
            value=Value(None, JSONField()) if each.value is None else each.value,
            beats=each.beats,
            rival=each.rival,
            reason=each.reason,
            set_by=each.set_by,
            set_at=each.set_at,
            expires_at=each.expires_at,
        )
        for each in together.order_by("pk")
    )
    _record("override.set", domain, made, cause)
    golden.rebuild(domain, [stands], cause=cause)


@transaction.atomic
def confirm_override(override_id: int, *, cause: Cause) -> None:
    """A person has looked at what the sources say now, and keeps the pin. Raises OverrideError."""
    override = _live(override_id)
    domain, _ = _follow(override.golden_id)
    confirmed = list(
        _on(override.golden_id, _unit(domain, override)).select_for_update().order_by("pk")
    )
    for each in confirmed:
        each.beats = each.rival
    Override.objects.bulk_update(confirmed, ["beats"])
    _record("override.confirmed", domain, confirmed, cause)


def _refuse_what_others_own(
    domain: str,
    golden_id: UUID,
    attribute: str,
    stands: Mapping[str, Any],
    value: Any,
    cause: Cause,
) -> None:
    """Refuse whom the ownership register does not let write the attribute, person or system."""
    register = ranking(domain, cause.at.date(), in_force(domain).entity_type)
    segment = register.segment_of(attribute, dict(stands))
    owner, system = register.owner(attribute, segment), system_of(cause.by)
    if owner and register.verdict(attribute, system=system, by=cause.by, segment=segment):
        write = Refused(domain, golden_id, attribute, stands.get(attribute), value, owner, system)
        name = SourceSystem.objects.get(pk=owner).name
        raise NotTheOwnerError(
            (gettext(_SAY_IT_YOURSELF) if system else gettext(_LETS_NOBODY)).format(
                name=name, attribute=attribute
            ),
            write,
        )


def _lock(golden_id: UUID) -> str:
    """The domain of a golden record that stands, locked."""
    if not standing([golden_id], lock=True):
        leads = crosswalk.follow(golden_id)
        raise OverrideError(
            gettext("{golden_id} was merged into {leads}; pin that").format(
                golden_id=golden_id, leads=leads
            )
            if leads
            else gettext("there is no golden record {golden_id}").format(golden_id=golden_id)
        )
    return GoldenRecord.objects.values_list("domain", flat=True).get(pk=golden_id)


def _live(override_id: int) -> Override:
    override = Override.objects.filter(pk=override_id, ended_at=None).first()
    if override is None:
        raise OverrideError(
            gettext("there is no live override {override_id}; it may have been ended").format(
                override_id=override_id
            )
        )
    return override


def _as_it_holds(override_id: int) -> int:
    """The live copy of a pin that was ended and restored since; itself where there is none."""
    was = Override.objects.get(pk=override_id)
    copies = _on(was.golden_id, [was.attribute]).filter(set_at=was.set_at)
    return copies.values_list("pk", flat=True).first() or override_id


def _follow(golden_id: UUID) -> tuple[str, UUID]:
    """Where a pinned id leads: the domain and the golden record that stands, locked."""
    stands = crosswalk.follow(golden_id) or golden_id
    return _lock(stands), stands


def _unit(domain: str, override: Override) -> list[str]:
    return [each.name for each in entity_type(domain).unit_of(override.attribute)]


def _on(golden_id: UUID, names: list[str]) -> QuerySet[Override]:
    return Override.objects.filter(golden_id=golden_id, attribute__in=names, ended_at=None)


def _end(golden_id: UUID, names: list[str], cause: Cause) -> list[Override]:
    """End the pins on a golden id for these attributes; returns them."""
    ended = list(_on(golden_id, names))
    _on(golden_id, names).update(ended_by=cause.by, ended_at=cause.at)
    return ended


def _rivals(state: Derived) -> Mapping[str, Any]:
    """What survivorship chooses for each attribute, also for those that are pinned already."""
    return state.content.attributes | {each.pin.attribute: each.rival for each in state.pinned}


def _cleaned(declared: EntityType, name: str, value: Any) -> Any:
    """The value as its type keeps it; None for an empty one."""
    if name not in declared:
        known = ", ".join(declared.by_name)
        raise OverrideError(f"{declared.domain} has no attribute {name!r}; it has {known}")
    attribute = declared[name]
    try:
        cleaned = _read_list(attribute, value) if attribute.many else _read(attribute, value)
    except InvalidValue as invalid:
        raise OverrideError(f"{attribute.label}: {invalid.message}; {invalid.remedy}") from None
    except (TypeError, ValueError, AttributeError):
        raise OverrideError(
            gettext("{label}: {value} is no value of it").format(
                label=translated(attribute.label), value=f"{value!r}"
            )
        ) from None
    if cleaned is None and attribute.required:
        raise OverrideError(
            gettext("{label}: a {what} cannot do without it").format(
                label=translated(attribute.label), what=inside(declared.label)
            )
        )
    return cleaned


def _read(attribute: Attribute, value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"system", "key"}:
        value = (value["system"], value["key"])
    return None if value in (None, "") else attribute.type.clean(value, Reading())


def _read_list(attribute: Attribute, values: Any) -> Any:
    given = values if isinstance(values, list) else [values]
    read = (_read(attribute, each) for each in given)
    items = {attribute.type.identity(each): each for each in read if each is not None}
    return list(items.values()) or None


def _check_rules(declared: EntityType, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Refuse a pin that makes a golden record break a rule that it keeps now."""
    said = {name: value for name, value in after.items() if value is not None}
    for rule in declared.rules:
        if rule.breaks(said) and not rule.breaks(before):
            raise OverrideError(f"{rule.message}; {rule.remedy}")


def _record(type_: str, domain: str, overrides: list[Override], cause: Cause) -> None:
    """An event with ids and names, never values."""
    content = {
        "overrides": [each.pk for each in overrides],
        "golden_ids": sorted({str(each.golden_id) for each in overrides}),
        "attributes": [each.attribute for each in overrides],
    }
    events.record(type_, domain=domain, content=content, cause=cause)
