"""What a caller asks for, read and checked: every refusal names the field and a good example."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.request import Request

from mdm import crosswalk, history
from mdm.api import scopes
from mdm.api.problems import TooManyItems
from mdm.crosswalk import GoldenResolution
from mdm.domains import ENTITY_TYPES
from mdm.feeds.landing import LONGEST_KEY
from mdm.governance import access
from mdm.models import GoldenRecord, SourceSystem
from mdm.standardise.text import clean
from mdm.timeline import Cursor

Read = TypeVar("Read")

MOMENT = "Write a moment like 2026-04-30T17:00:00Z, or a date for the end of its day."


def as_of(request: Request) -> datetime | None:
    """The moment that is asked about; None for now."""
    return optional(request.query_params, "as_of", history.moment, MOMENT)


def optional(
    query: Mapping[str, Any], name: str, reader: Callable[[str], Read], example: str
) -> Read | None:
    """What the parameter says; None when it says nothing."""
    text = query.get(name)
    try:
        return reader(text) if text else None
    except (ValueError, TypeError, AttributeError):
        raise ValidationError({name: example}) from None


def required(
    query: Mapping[str, Any], name: str, reader: Callable[[str], Read], example: str
) -> Read:
    """What the parameter says."""
    found = optional(query, name, reader, example)
    if found is None:
        raise ValidationError({name: example})
    return found


def each_once(request: Request) -> dict[str, str]:
    """The parameters. Raises ValidationError for one that is there twice: which one would count?"""
    if twice := [name for name, said in request.query_params.lists() if len(said) > 1]:
        raise ValidationError(dict.fromkeys(twice, "Name it once."))
    return request.query_params.dict()


def cursor(request: Request) -> Cursor | None:
    """Where a page of a timeline starts."""
    return optional(
        request.query_params, "before", Cursor.parse, "Give what an earlier page has as next."
    )


def day(request: Request, name: str) -> date | None:
    return optional(
        request.query_params, name, date.fromisoformat, "Write the date like 2024-04-30."
    )


def body(request: Request) -> dict[str, Any]:
    """The body, which is a JSON object."""
    if not isinstance(request.data, dict):
        raise ValidationError({"body": "Send a JSON object."})
    return request.data


def items(request: Request, name: str, most: int) -> list[dict[str, Any]]:
    """The list of objects called `name` in the body. Raises TooManyItems above `most`."""
    found = body(request).get(name)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise ValidationError({name: f"Send a list of objects as {name}."})
    if len(found) > most:
        raise TooManyItems(
            f"{len(found):,} {name} were sent, and {most:,} go in one call; send"
            f" {-(-len(found) // most)} calls.",
            most,
        )
    return found


def text(given: Mapping[str, Any], name: str, field: str = "") -> str:
    """A text that must be there; `field` is what it is called in a refusal."""
    found = given.get(name)
    if not isinstance(found, str) or not found:
        raise ValidationError({field or name: f"Give {name} as a text that is not empty."})
    return found


def golden(domain: str, golden_id: UUID, moment: datetime | None) -> GoldenResolution:
    """What the id means in its domain. Raises NotFound, which says since when it is there."""
    found = crosswalk.resolve_golden(golden_id, moment)
    if found.domain != domain:
        raise NotFound(why_not_there(domain, golden_id, moment))
    return found


def allow(actor: access.Actor, verb: str, domains: set[str]) -> None:
    """Raises PermissionDenied for a domain in which the caller may not do that."""
    for domain in sorted(domains):
        if not access.may(actor, verb, domain):
            said = f"You may not {verb} records of the domain {domain!r}."
            needed = [f"{domain}:{verb}"] if domain in ENTITY_TYPES else []
            raise scopes.refusal(actor, said, needed)


def speaks_for(actor: Any, system: str) -> None:
    """Raises PermissionDenied for a key that belongs to another source system."""
    client = getattr(actor, "client", None)
    if client is not None and client.system_code not in ("", system):
        raise PermissionDenied(f"This key speaks for {client.system_code}, not for {system!r}.")


def source_key(key: str) -> None:
    """Raises ValidationError for a text that cannot be a source key."""
    if not key or len(key) > LONGEST_KEY or clean(key) != key:
        raise ValidationError(
            {"source_key": f"A key has from 1 to {LONGEST_KEY} characters, no space at its ends."}
        )


def why_not_there(domain: str, golden_id: UUID, moment: datetime | None) -> str:
    """Why there is no such golden record, then or at all."""
    made = GoldenRecord.objects.of(domain).filter(pk=golden_id).first()
    if made and moment:
        return (
            f"The {domain} {golden_id} did not exist then; it does since {_said(made.created_at)}."
        )
    return f"There is no {domain} with the id {golden_id}."


def why_unknown(system: str, domain: str, source_key: str, moment: datetime | None) -> str:
    """Which part of an identifier is unknown."""
    if domain not in ENTITY_TYPES:
        return f"There is no domain {domain!r}; there are {', '.join(ENTITY_TYPES)}."
    codes = list(SourceSystem.objects.order_by("code").values_list("code", flat=True))
    if system not in codes:
        return f"There is no source system {system!r}; there are {', '.join(codes)}."
    until = f" until {_said(moment)}" if moment else ""
    return f"{system} never sent a {domain} with the key {source_key!r}{until}."


def _said(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
