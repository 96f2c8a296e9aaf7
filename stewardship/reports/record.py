"""The report on one golden record: who owns each value, which system wrote it, what it beat."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from mdm import lineage
from mdm.consolidation import EVERYTHING
from mdm.domains import entity_type
from mdm.feeds.versions import said_at
from mdm.governance import access
from mdm.governance.ownership import WritePolicy, ranked
from mdm.history import GoldenState
from mdm.lineage import Lineage
from mdm.models import GoldenRecord, OwnershipRule, SourceRecord, SourceSystem
from mdm.pins import overrides_in
from mdm.schema import Attribute
from mdm.words import displayed, translated
from stewardship.reports.register import EXPLICIT, GAP, INHERITED, NOBODY
from stewardship.reports.table import Column, Report, Row

_NOW = gettext_noop(
    "What each value is, who owns it, which source record it comes from, and what it beat."
)
_THEN = gettext_noop(
    "What each value was then, who owned it, which source record it came from, and what it beat: as"
    " the hub reads today what sources had sent until then."
)


@dataclass(frozen=True, slots=True)
class Value:
    """One value with its owner, what wrote it, and what other sources say instead.

    `written_by` has source records with their ids, and None for the person who pinned it.
    """

    attribute: Attribute
    value: Any
    owner: int | None
    rule: WritePolicy | None
    inherited: bool
    from_owner: bool
    written_by: tuple[tuple[str, int | None], ...]
    reason: str = ""
    beaten: tuple[tuple[str, Any], ...] = ()

    @property
    def how(self) -> str:
        """By what kind of rule it is owned."""
        if self.rule is None:
            return GAP
        if self.owner is None:
            return NOBODY
        return INHERITED if self.inherited else EXPLICIT


def now(record: GoldenRecord, as_of: datetime, actor: access.Actor) -> Report:
    """The values of a golden record as it is."""
    explained = lineage.explain(record, lineage.sources_of(record))
    return _report(record.domain, record.title, map(_now, explained), _NOW, as_of, actor)


def then(state: GoldenState, as_of: datetime, actor: access.Actor) -> Report:
    """The values of a golden record as it was, by the register as it was known then."""
    return _report(state.domain, state.title, _then(state, as_of), _THEN, as_of, actor)


def _now(each: Lineage) -> Value:
    written_by = [(f"{won.system}:{won.source_key}", won.record_id) for won in each.winners]
    return Value(
        attribute=each.attribute,
        value=each.value,
        owner=each.owner,
        rule=each.rule,
        inherited=each.inherited,
        from_owner=each.value is not None and each.owner is not None and not each.is_foreign,
        written_by=((each.pin.set_by, None),) if each.pin else tuple(written_by),
        reason=each.reason,
        beaten=tuple(
            (f"{lost.source.system}:{lost.source.source_key}", lost.value)
            for lost in each.candidates
            if not lost.wins and lost.value is not None and lost.value != each.value
        ),
    )


def _then(state: GoldenState, as_of: datetime) -> Iterator[Value]:
    declared = entity_type(state.domain)
    known = OwnershipRule.objects.known(as_of).filter(
        domain=state.domain, valid_on__contains=as_of.date()
    )
    register = ranked(state.domain, known)
    records = SourceRecord.objects.filter(pk__in=state.members)
    sources = list(records.select_related("system").order_by("system__code", "source_key"))
    others = said_at(state.domain, state.members, as_of)
    pins = {each.attribute: each.set_by for each in overrides_in(state.provenance)}
    for attribute in declared.attributes:
        name = attribute.name
        if name not in state.attributes and name not in pins:
            continue
        won = [] if name in pins else [each for each in sources if _wrote(state, each, name)]
        segment = register.segment_of(name, state.attributes)
        owner, value = register.owner(name, segment), state.attributes.get(name)
        yield Value(
            attribute=attribute,
            value=value,
            owner=owner,
            rule=register.policy(name, segment),
            inherited=register.is_inherited(name, segment),
            from_owner=owner in {each.system_id for each in won},
            written_by=((pins[name], None),)
            if name in pins
            else tuple((str(each), each.pk) for each in won),
            beaten=tuple(
                (str(each), lost)
                for each in sources
                if each not in won
                and (lost := others.get(each.pk, {}).get(name)) is not None
                and lost != value
            ),
        )


def _wrote(state: GoldenState, source: SourceRecord, attribute: str) -> bool:
    won = state.provenance.get(str(source.pk), ())
    return won == EVERYTHING or attribute in won


def _report(
    domain: str,
    title: str,
    values: Iterable[Value],
    words: str,
    as_of: datetime,
    actor: access.Actor,
) -> Report:
    said = list(values)
    codes = dict(SourceSystem.objects.values_list("pk", "code"))
    owned = [each for each in said if each.value is not None and each.owner is not None]
    return Report(
        code="record",
        title=gettext("Who owns and wrote {record}").format(
            record=access.title_for(actor, entity_type(domain), title)
        ),
        words=translated(words),
        as_of=as_of,
        columns=(
            Column("attribute", gettext("Attribute")),
            Column("value", gettext("Value")),
            Column("owner", gettext("Owner")),
            Column("how", gettext("Rule")),
            Column("from_owner", gettext("From its owner")),
            Column("written_by", gettext("Written by")),
            Column("reason", gettext("Why it won")),
            Column("beaten", gettext("What it beat")),
            Column("accountable", gettext("Accountable")),
            Column("steward", gettext("Steward")),
            Column("technical_owner", gettext("Technical owner")),
            Column("deputy", gettext("Deputy")),
        ),
        rows=tuple(_row(domain, each, codes, actor) for each in said),
        totals=(
            (gettext("Values"), sum(each.value is not None for each in said)),
            (gettext("From their owner"), sum(each.from_owner for each in owned)),
            (gettext("Not from their owner"), sum(not each.from_owner for each in owned)),
            (gettext("Owned by nobody"), sum(each.owner is None for each in said)),
            (gettext("Beat another value"), sum(bool(each.beaten) for each in said)),
        ),
        bars="how",
    )


def _row(domain: str, each: Value, codes: dict[int, str], actor: access.Actor) -> Row:
    rule, attribute = each.rule, each.attribute
    shown = access.may_see(actor, attribute)
    record_id = next((id_ for _, id_ in each.written_by if id_), None)
    said = [f"{source}: {_shown(attribute, value, shown)}" for source, value in each.beaten]
    is_own = gettext("yes") if each.from_owner else gettext("no")
    people = [getattr(rule, role) if rule else "" for role in OwnershipRule.PEOPLE]
    return Row(
        (
            translated(attribute.label),
            _shown(attribute, each.value, shown),
            codes.get(each.owner, "") if each.owner else "",
            translated(each.how),
            is_own if each.owner and each.value is not None else "",
            ", ".join(dict.fromkeys(name for name, _ in each.written_by)),
            translated(each.reason),
            "; ".join(said),
            *people,
        ),
        reverse("source-record", args=[domain, record_id]) if record_id else "",
    )


def _shown(attribute: Attribute, value: Any, shown: bool) -> str:
    if value is None:
        return ""
    return displayed(attribute, value) if shown else access.MASK
