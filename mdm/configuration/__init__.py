"""The hub's configuration as readable data: systems, feeds, mappings, ownership, survivorship."""

import json
from collections.abc import Sequence
from zoneinfo import available_timezones

from django.db import transaction
from django.db.models import Model

from mdm.bulk import execute
from mdm.cause import Cause
from mdm.configuration import ownership, survivorship
from mdm.configuration.document import ConfigurationError, Document, lines_of, told_where
from mdm.domains import entity_type
from mdm.feeds.mapping import compile_mapping
from mdm.models import BlockedValue, Feed, FeedMapping, SourceSystem

__all__ = ["ConfigurationError", "apply"]

_FOR_OTHERS = ("mapping", "file", "wave")


@transaction.atomic
def apply(document: Document, *, cause: Cause) -> list[str]:
    """Bring the hub in step with a configuration; returns what changed, in words.

    Applying the same document twice changes nothing. A changed mapping becomes a new version;
    what the document does not mention stays. Raises ConfigurationError, and changes nothing.
    """
    lines = lines_of(document)
    execute("SELECT pg_advisory_xact_lock(hashtextextended('configure', 0))")
    said = [_system(*line, cause) for line in lines["systems"]]
    said += [_feed(*line, cause) for line in lines["feeds"]]
    said += ownership.bring_in_step(lines["ownership"], segments=lines["segments"], cause=cause)
    said += [survivorship.bring_in_step(line, cause=cause) for line in lines["survivorship"]]
    said += [_blocked(*line) for line in lines["placeholders"]]
    return [each for each in said if each]


def _system(place: str, specification: Document, cause: Cause) -> str:
    code = specification["code"]
    known = SourceSystem.objects.filter(code=code).first()
    with told_where(place):
        _check_system(specification)
        changed = _write(known or SourceSystem(created_at=cause.at), specification)
    return _in_words(f"source system {code}", known, changed)


def _check_system(specification: Document) -> None:
    zone, template = (specification.get(word) for word in ("time_zone", "entity_url_template"))
    if zone and zone not in available_timezones():
        raise ValueError(f"there is no time zone {zone!r}; write it like Europe/London")
    if template:
        try:
            address = template.format(domain="client", key="1")
        except (AttributeError, LookupError, ValueError):
            address = ""
        if not address.startswith(("https://", "http://")):
            raise ValueError(
                f"entity_url_template {template!r} makes no address; write it like"
                " https://crm.example/{domain}/{key}"
            )


def _feed(place: str, specification: Document, cause: Cause) -> str:
    code = specification["code"]
    known = Feed.objects.select_related("system").filter(code=code).first()
    with told_where(place):
        mapping = compile_mapping(specification["mapping"], entity_type(specification["domain"]))
        if specification.get("creates", True):
            mapping.check_complete()
        values = {word: value for word, value in specification.items() if word not in _FOR_OTHERS}
        values["system"] = ownership.registered(specification["system"])
        if known and known.batches.exists() and _says_otherwise(known, values):
            raise ValueError(
                "its system and domain stay as they are once it has delivered;"
                " give the new flow a code of its own"
            )
        feed = known or Feed()
        changed = _write(feed, values)
        version = _mapping(feed, specification["mapping"], cause)
    return _in_words(f"feed {code}", known, [*changed, *version])


def _says_otherwise(known: Feed, values: Document) -> bool:
    return (known.system, known.domain) != (values["system"], values["domain"])


def _mapping(feed: Feed, specification: Document, cause: Cause) -> list[str]:
    """Keep a mapping that differs from the newest as its next version."""
    try:
        json.dumps(specification)
    except TypeError:
        raise ValueError("the mapping has a date or a time; put it in quotes") from None
    newest = feed.mappings.order_by("-version").first()
    if newest and newest.specification == specification:
        return []
    version = newest.version + 1 if newest else 1
    FeedMapping.objects.create(
        feed=feed,
        version=version,
        specification=specification,
        created_at=cause.at,
        created_by=cause.by,
    )
    return [f"mapping version {version}"]


def _blocked(place: str, specification: Document) -> str:
    value = str(specification["value"])
    domain, attribute = (specification.get(word) or "" for word in ("domain", "attribute"))
    known = BlockedValue.objects.filter(value=value, domain=domain, attribute=attribute).first()
    with told_where(place):
        if attribute:
            entity_type(domain)[attribute]
        elif domain:
            entity_type(domain)
        values = {"value": value, "domain": domain, "attribute": attribute}
        changed = _write(known or BlockedValue(), {**values, "reason": specification["reason"]})
    return _in_words(f"placeholder {value!r}", known, changed)


def _write(record: Model, values: Document) -> list[str]:
    """Set and save what differs; returns the names of it. Raises ValidationError."""
    before = {name: getattr(record, name, None) for name in values if not record._state.adding}
    for name, value in values.items():
        setattr(record, name, value)
    record.full_clean()
    changed = [name for name in before if before[name] != getattr(record, name)]
    if changed or record._state.adding:
        record.save()
    return changed


def _in_words(what: str, known: Model | None, changed: Sequence[str]) -> str:
    if known is None:
        return f"registered {what}"
    return f"{what} has another {', '.join(changed)}".replace("_", " ") if changed else ""
