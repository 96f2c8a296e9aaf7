"""What pages show of the past of a golden record, as far as the person may see it."""

from collections.abc import Sequence
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_lazy

from mdm.consolidation import EVERYTHING
from mdm.crosswalk import GoldenResolution
from mdm.governance import access
from mdm.history import GoldenState
from mdm.models import GoldenRecord, SourceRecord
from mdm.schema import EntityType
from mdm.timeline import Entry, Member, Timeline, ValueChange, reason_for
from mdm.words import displayed, translated

Page = dict[str, Any]
_MOST = 5
_WORDS = {
    "golden.created": gettext_lazy("Created"),
    "golden.changed": gettext_lazy("Changed"),
    "golden.merged": gettext_lazy("Others were merged into it"),
    "golden.redirected": gettext_lazy("Merged into another"),
    "golden.split": gettext_lazy("Source records were taken out"),
    "golden.reinstated": gettext_lazy("Came back under its id"),
    "golden.restored": gettext_lazy("Put back as it was before"),
    "record.arrived": gettext_lazy("A source record arrived"),
    "override.set": gettext_lazy("A steward set a value"),
    "override.ended": gettext_lazy("A steward's value ended"),
}


def entries(
    actor: access.Actor, record: GoldenRecord, declared: EntityType, page: Timeline
) -> Page:
    """A page of the timeline in words; `next_page` leads to what happened earlier."""
    return {
        "timeline": [_entry(actor, record, declared, each) for each in page.entries],
        "next_page": f"before={page.next}".replace("+", "%2B") if page.next else "",
    }


def then(actor: access.Actor, declared: EntityType, state: GoldenState) -> list[Page]:
    """A line for each value that the golden record had, with the source that it came from."""
    origins = _origins(state)
    return [
        {
            "label": translated(attribute.label),
            "glossary": translated(attribute.glossary),
            "value": _shown(actor, declared, attribute.name, state.attributes[attribute.name]),
            "origin": ", ".join(origins.get(attribute.name, origins.get(EVERYTHING, []))),
        }
        for attribute in declared.attributes
        if attribute.name in state.attributes
    ]


def heading(actor: access.Actor, declared: EntityType, state: GoldenState) -> Page:
    return {
        "title": access.title_for(actor, declared, state.title),
        "status": str(GoldenRecord.Status(state.status).label),
    }


def elsewhere(found: GoldenResolution) -> Sequence[Any]:
    """The other golden records that held what the id held, where it was split."""
    return found.held_by if len(found.held_by) > 1 else ()


def _entry(actor: access.Actor, record: GoldenRecord, declared: EntityType, each: Entry) -> Page:
    names = [each.attribute] if each.attribute else []
    return {
        "at": each.at,
        "what": _WORDS.get(each.type, each.type.replace(".", " ").replace("_", " ")),
        "by": each.by,
        "reason": reason_for(actor, declared, each),
        "rule_version": each.rule_version,
        "correlation_id": each.correlation_id,
        "request_id": each.request_id,
        "under": each.golden_id if each.golden_id != record.pk else None,
        "others": each.others,
        "attributes": [_label(declared, name) for name in names],
        "changes": [_change(actor, declared, change) for change in each.changes],
        "linked": _shortened(each.linked),
        "unlinked": _shortened(each.unlinked),
        "arrived": _said(each.arrived) if each.arrived else "",
    }


def _change(actor: access.Actor, declared: EntityType, change: ValueChange) -> Page:
    return {
        "label": _label(declared, change.attribute),
        "before": _shown(actor, declared, change.attribute, change.before),
        "after": _shown(actor, declared, change.attribute, change.after),
    }


def _shown(actor: access.Actor, declared: EntityType, name: str, value: Any) -> str:
    """The value as people read it; one of an attribute that is no longer declared is hidden."""
    if value is None:
        return ""
    if name not in declared or not access.may_see(actor, declared[name]):
        return access.MASK
    return displayed(declared[name], value)


def _label(declared: EntityType, name: str) -> str:
    return translated(declared[name].label) if name in declared else name.replace("_", " ")


def _shortened(members: Sequence[Member]) -> str:
    more = len(members) - _MOST
    said = ", ".join(map(_said, members[:_MOST]))
    return gettext("{shown} and {more} more").format(shown=said, more=more) if more > 0 else said


def _said(member: Member) -> str:
    evidence = (
        ""
        if member.match_weight is None
        else " (" + gettext("{bits} bits").format(bits=number_format(member.match_weight, 1)) + ")"
    )
    return f"{member.system}:{member.source_key}{evidence}"


def _origins(state: GoldenState) -> dict[str, list[str]]:
    """The source records, as systems know them, that each value came from."""
    records = SourceRecord.objects.filter(pk__in=[key for key in state.provenance if key.isdigit()])
    found: dict[str, list[str]] = {}
    for record in records.select_related("system").order_by("system__code", "source_key"):
        won = state.provenance[str(record.pk)]
        for name in [EVERYTHING] if won == EVERYTHING else won:
            found.setdefault(name, []).append(str(record))
    return found
