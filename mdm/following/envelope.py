"""An event as others read it: a CloudEvent 1.0, with values as far as the reader may see them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from mdm import tracing
from mdm.domains import entity_type
from mdm.following.reading import Followed
from mdm.following.vocabulary import EVENT_TYPES, About, EventType
from mdm.governance import access
from mdm.models import ApiClient, Subscription

Json = dict[str, Any]


Payload = Subscription.Payload


_NEEDED = {About.FEEDS: access.FEEDS, About.HUB: access.QUALITY}


def visible_types(actor: access.Actor) -> list[str]:
    """The types of events that the actor may follow, in the domains that it may follow."""
    hidden = {about for about, needed in _NEEDED.items() if not actor.has_perm(needed)}
    return [name for name, each in EVENT_TYPES.items() if each.about not in hidden]


def visible_domains(actor: access.Actor) -> list[str]:
    """The domains whose events the actor may follow; of those without one the type decides."""
    return [*access.domains(actor), ""]


def consumer(actor: access.Actor) -> str:
    """The name by which the actor is told what concerns it alone; "" for who is no API client."""
    client: ApiClient | None = getattr(actor, "client", None)
    return client.name if client else ""


def may_follow(actor: access.Actor, event: Followed) -> bool:
    """Whether the actor may be told of the event."""
    return (
        event.type.name in visible_types(actor)
        and event.domain in visible_domains(actor)
        and event.content.get("consumer") in (None, consumer(actor))
    )


def cloud_event(
    event: Followed,
    actor: access.Actor,
    payload: Payload = Payload.FULL,
    selected: Collection[str] = (),
) -> Json:
    """`event` as CloudEvents 1.0 in JSON; values that the actor may not see are masked."""
    of_record = {"subject": str(event.golden_id)} if event.golden_id else {}
    # Ten digits, as the extension asks for sequences that sort as text
    sequence = {"sequence": f"{event.sequence:010}"} if event.sequence else {}
    content = _data(event, actor, payload, selected)
    return {
        **frame(event.id, event.type, event.at, event.correlation_id, event.traceparent),
        **of_record,
        **sequence,
        "position": str(event.position),
        "data": {name: value for name, value in content.items() if name in event.type.properties},
    }


def frame(id_: str, type_: EventType, at: datetime, correlation_id: str, traceparent: str) -> Json:
    """The attributes that every event has; one from before events had a trace has none."""
    return {
        "specversion": "1.0",
        "id": id_,
        "source": f"{settings.PUBLIC_ADDRESS}/api/v1/changes",
        "type": type_.public_name,
        "time": at.isoformat(),
        "datacontenttype": "application/json",
        "dataschema": schema_address(type_),
        "correlationid": correlation_id,
        **({tracing.HEADER: traceparent} if traceparent else {}),
    }


def schema_address(type_: EventType) -> str:
    """Where the JSON Schema of a type's data is served."""
    return f"{settings.PUBLIC_ADDRESS}/api/v1/events/{type_.public_name}"


def _data(
    event: Followed, actor: access.Actor, payload: Payload, selected: Collection[str]
) -> Json:
    facts = {**event.content, "domain": event.domain, "by": event.by}
    if event.golden_id is None:
        return facts
    return {
        **facts,
        "golden_id": str(event.golden_id),
        "version": event.sequence,
        "lifecycle": event.lifecycle,
        "title": access.title_for(actor, entity_type(event.domain), event.title),
        "merged_into": _text(event.merged_into),
        "changed": event.changed,
        "linked": event.content.get("linked", []),
        "unlinked": event.content.get("unlinked", []),
        **_values(event, actor, payload, selected),
    }


def _values(
    event: Followed, actor: access.Actor, payload: Payload, selected: Collection[str]
) -> Json:
    declared = entity_type(event.domain)
    after = access.masked(actor, declared, event.attributes)
    if payload != Payload.DELTA:
        chosen = (
            after
            if payload == Payload.FULL
            else {name: after[name] for name in after if name in selected}
        )
        return {"attributes": chosen}
    before = access.masked(actor, declared, event.before)
    return {
        "changes": [
            {"attribute": name, "before": before.get(name), "after": after.get(name)}
            for name in event.changed
        ]
    }


def _text(id_: UUID | None) -> str | None:
    return str(id_) if id_ else None
