"""The hub's configuration as readable data: source systems, feeds, mappings, ownership."""

from datetime import date
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from mdm.cause import Cause
from mdm.domains import entity_type
from mdm.feeds.mapping import compile_mapping
from mdm.models import BlockedValue, Feed, FeedMapping, OwnershipRule, SourceSystem

Document = dict[str, Any]


class ConfigurationError(ValueError):
    """A configuration that makes no sense: where, and what is wrong."""


@transaction.atomic
def apply(document: Document, *, cause: Cause) -> list[str]:
    """Bring the hub in step with a configuration; returns what changed, in words.

    Applying the same document twice changes nothing. A changed mapping becomes a new version;
    what the document does not mention stays.
    """
    said = [_system(each, cause) for each in document.get("systems", ())]
    said += [_feed(each, cause) for each in document.get("feeds", ())]
    said += [_ownership(each) for each in document.get("ownership", ())]
    said += [_blocked(each) for each in document.get("placeholders", ())]
    return [each for each in said if each]


def _system(specification: Document, cause: Cause) -> str:
    values = {name: value for name, value in specification.items() if name != "code"}
    system, created = SourceSystem.objects.update_or_create(
        code=specification["code"],
        defaults=values,
        create_defaults={**values, "created_at": cause.at},
    )
    return f"registered source system {system.code}" if created else ""


def _feed(specification: Document, cause: Cause) -> str:
    code, domain = specification["code"], specification["domain"]
    try:
        mapping = compile_mapping(specification["mapping"], entity_type(domain))
        if specification.get("creates", True):
            mapping.check_complete()
        system = SourceSystem.objects.get(code=specification["system"])
    except SourceSystem.DoesNotExist:
        raise ConfigurationError(
            f"feed {code}: {specification['system']!r} is not a registered source system"
        ) from None
    except (KeyError, ValueError) as error:
        raise ConfigurationError(f"feed {code}: {error}") from None
    values = {
        name: value
        for name, value in specification.items()
        if name not in ("code", "system", "mapping", "file", "wave")
    }
    feed, _ = Feed.objects.update_or_create(code=code, defaults={**values, "system": system})
    return _mapping(feed, specification["mapping"], cause)


def _mapping(feed: Feed, specification: Document, cause: Cause) -> str:
    newest = feed.mappings.order_by("-version").first()
    if newest and newest.specification == specification:
        return ""
    version = newest.version + 1 if newest else 1
    FeedMapping.objects.create(
        feed=feed,
        version=version,
        specification=specification,
        created_at=cause.at,
        created_by=cause.by,
    )
    return f"feed {feed.code} has mapping version {version}"


def _ownership(specification: Document) -> str:
    """One line names a domain, or one of its attributes, and its systems in order."""
    domain, attribute = specification["domain"], specification.get("attribute", "")
    if attribute and attribute not in entity_type(domain):
        raise ConfigurationError(f"ownership: {domain} has no attribute {attribute!r}")
    since = specification.get("since", date(2000, 1, 1))
    said = ""
    for place, code in enumerate(specification["systems"], 1):
        _, created = OwnershipRule.objects.get_or_create(
            domain=domain,
            attribute=attribute,
            place=place,
            system=SourceSystem.objects.get(code=code),
            valid_on=DateRange(since, None),
            defaults={"accountable": specification["accountable"]},
        )
        if created and place == 1:
            said = f"{code} owns {domain}.{attribute or '*'}"
    return said


def _blocked(specification: Document) -> str:
    value = str(specification["value"])
    _, created = BlockedValue.objects.get_or_create(
        value=value,
        domain=specification.get("domain", ""),
        attribute=specification.get("attribute", ""),
        defaults={"reason": specification["reason"]},
    )
    return f"{value!r} says nothing" if created else ""
