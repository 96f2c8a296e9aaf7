"""What the golden record pages show, as far as the person may see it."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext

from mdm import crosswalk, lineage
from mdm.attribute_types import Reference
from mdm.governance import access
from mdm.lineage import Lineage, Source
from mdm.models import CrosswalkLink, GoldenRecord, SourceRecord
from mdm.schema import Attribute, EntityType
from mdm.standardise.text import fold
from mdm.words import displayed, translated
from stewardship.asked import id_of

Page = dict[str, Any]
_MOST_IDENTIFIERS = 5
_RANKED = 200
_COLUMNS = 20
_IDENTIFIERS = 50


def browse(actor: access.Actor, declared: EntityType, before: str, size: int) -> Page:
    """A page of golden records, newest first."""
    records = GoldenRecord.objects.of(declared.domain).listed().order_by("-pk")
    if before:
        records = records.filter(pk__lt=id_of(before))
    page = list(records[: size + 1])
    next_page = f"before={page[size - 1].pk}" if len(page) > size else ""
    return {"records": _rows(actor, declared, page[:size]), "next_page": next_page}


def search(actor: access.Actor, declared: EntityType, query: str, size: int) -> Page:
    """Golden records with an identifier or a name like `query`, the likest first.

    Names only if the actor may see them.
    """
    links = CrosswalkLink.objects.filter(
        record__in=SourceRecord.objects.filter(domain=declared.domain, source_key=query),
        unlinked_at=None,
    )
    found = list(GoldenRecord.objects.filter(pk__in=links.values("golden")))
    if all(access.may_see(actor, declared[name]) for name in declared.search_by):
        found += [each for each in _named(declared, fold(query))[:size] if each not in found]
    return {"records": _rows(actor, declared, found[:size])}


def _named(declared: EntityType, folded: str) -> QuerySet[GoldenRecord]:
    """Some of those with a name like `folded`, ranked; a common word has too many to rank all."""
    some = GoldenRecord.objects.of(declared.domain).listed().resembling(folded)[:_RANKED]
    likeness = TrigramWordSimilarity(folded, "search_text")
    ranked = GoldenRecord.objects.filter(pk__in=some.values("pk"))
    return ranked.order_by(likeness.desc(), "title", "pk")


def title(actor: access.Actor, declared: EntityType, record: GoldenRecord) -> str:
    """What to call a golden record: its title, or that it was withdrawn and has none."""
    known = access.title_for(actor, declared, record.title)
    return known or str(record.get_status_display())


def grid(actor: access.Actor, record: GoldenRecord) -> Page:
    """The values of a golden record, and its source records as far as a page has room for them.

    A line per attribute, whose value and provenance are of all source records; a cell per source
    record that is shown.
    """
    sources = lineage.sources_of(record)
    explained = lineage.explain(record, sources)
    columns = _side_by_side(record, sources)
    linked, shown = _referred(explained), {each.record_id for each in columns}
    lines = [_line(actor, each, linked, shown) | {"owned": _owned(each)} for each in explained]
    return {
        "sources": columns,
        "unseen": len(sources) - len(columns),
        "lines": lines,
        **listed(sources),
    }


def listed(identifiers: Sequence[Source] | Sequence[crosswalk.Identifier]) -> Page:
    """Identifiers as far as a page has room for them, and how many it leaves out."""
    return {
        "identifiers": identifiers[:_IDENTIFIERS],
        "unlisted": max(0, len(identifiers) - _IDENTIFIERS),
    }


def _side_by_side(record: GoldenRecord, sources: Sequence[Source]) -> list[Source]:
    """The source records that are shown: of many, those most of whose values stand."""
    stand = {
        each.record_id: len(record.provenance.get(str(each.record_id), ())) for each in sources
    }
    foremost = sorted(stand, key=lambda id_: -stand[id_])[:_COLUMNS]
    return [each for each in sources if each.record_id in foremost]


def _owned(each: Lineage) -> Page:
    """Whose the value is, and who answers for that, by role."""
    rule = each.rule
    people = (
        (gettext("Accountable"), rule.accountable if rule else ""),
        (gettext("Steward"), rule.steward if rule else ""),
        (gettext("Technical owner"), rule.technical_owner if rule else ""),
        (gettext("Deputy"), rule.deputy if rule else ""),
    )
    nobody = gettext("nobody, on purpose") if rule else gettext("nobody: a gap")
    return {
        "owner": each.owner_name or nobody,
        "inherited": each.inherited and rule is not None,
        "written_by": ", ".join(sorted({source.system for source in each.winners})),
        "people": [(role, name) for role, name in people if name],
    }


def _line(
    actor: access.Actor, each: Lineage, linked: dict[str, str], columns: Collection[int]
) -> Page:
    attribute = each.attribute
    shown = access.may_see(actor, attribute)
    return {
        "label": translated(attribute.label),
        "name": attribute.name,
        "pinnable": shown and not attribute.many,
        "glossary": translated(attribute.glossary),
        "value": _display(attribute, each.value, shown),
        "reason": translated(each.reason),
        "is_foreign": each.is_foreign,
        "link": linked.get(attribute.name, ""),
        "cells": [
            {
                "value": _display(attribute, cell.value, shown),
                "wins": cell.wins,
                "doubtful": cell.doubtful,
            }
            for cell in each.candidates
            if cell.source.record_id in columns
        ],
    }


def _display(attribute: Attribute, value: Any, shown: bool) -> str:
    if value is None:
        return ""
    return displayed(attribute, value) if shown else access.MASK


def _referred(explained: Sequence[Lineage]) -> dict[str, str]:
    """Addresses of the golden records that reference attributes mean now."""
    named = {
        each.attribute.name: (each.attribute.type.domain, each.value["system"], each.value["key"])
        for each in explained
        if isinstance(each.attribute.type, Reference) and each.value
    }
    found = crosswalk.resolve_across([*named.values()])
    return {
        name: reverse("golden", args=[meant[0], found[meant]])
        for name, meant in named.items()
        if meant in found
    }


def _rows(actor: access.Actor, declared: EntityType, records: Sequence[GoldenRecord]) -> list[Page]:
    identifiers: dict[UUID, list[str]] = {}
    links = (
        CrosswalkLink.objects.filter(golden__in=records, unlinked_at=None)
        .order_by("record__system__code", "record__source_key")
        .values_list("golden_id", "record__system__code", "record__source_key")
    )
    for golden_id, system, key in links:
        identifiers.setdefault(golden_id, []).append(f"{system}:{key}")
    return [
        {
            "id": record.pk,
            "domain": record.domain,
            "title": title(actor, declared, record),
            "identifiers": _shortened(identifiers.get(record.pk, [])),
            "status": record.get_status_display(),
            "changed_at": record.changed_at,
        }
        for record in records
    ]


def _shortened(identifiers: list[str]) -> str:
    more = len(identifiers) - _MOST_IDENTIFIERS
    shown = ", ".join(identifiers[:_MOST_IDENTIFIERS])
    return gettext("{shown} and {more} more").format(shown=shown, more=more) if more > 0 else shown
