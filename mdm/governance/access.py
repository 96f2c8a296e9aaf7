"""Who may see what: roles, the permissions they carry, and attributes by sensitivity."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from mdm.domains import ENTITY_TYPES
from mdm.schema import Attribute, Attributes, EntityType, Sensitivity


class Actor(Protocol):
    """A person or a machine."""

    def has_perm(self, permission: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Granted:
    """Whoever has these permissions."""

    permissions: Collection[str]

    def has_perm(self, permission: str) -> bool:
        return permission in self.permissions


MASK = "•••"

SEE = {
    Sensitivity.INTERNAL: "mdm.see_internal",
    Sensitivity.PERSONAL: "mdm.see_personal",
    Sensitivity.RESTRICTED: "mdm.see_restricted",
}
FEEDS = "mdm.view_feeds"
RUN_FEEDS = "mdm.run_feeds"
MAP_FEEDS = "mdm.map_feeds"
RELEASE_FEEDS = "mdm.release_feeds"
STEWARD = "mdm.steward"
BULK = "mdm.decide_in_bulk"
MATCHES = "mdm.view_matches"
RUN_MATCHES = "mdm.run_matches"
WEBHOOKS = "mdm.view_webhooks"
MANAGE_WEBHOOKS = "mdm.manage_webhooks"
USAGE = "mdm.view_usage"
REPORTS = "mdm.view_reports"
CLOSE = "mdm.close_period"
QUALITY = "mdm.view_quality"
RUN_QUALITY = "mdm.run_quality"
CHANGE_OWNERSHIP = "mdm.ask_ownership"
APPROVE_OWNERSHIP = "mdm.approve_ownership"


def view(domain: str) -> str:
    """The permission to see golden records of `domain`."""
    return f"mdm.view_{domain}"


VERBS = {
    "match": "Can search for {} before one is created",
    "claim": "Can link identifiers to {}",
    "send": "Can send {} as source records",
    "steward": "Can decide on {}, merge them, take them out and pin values by the API",
}
"""What may be done in a domain, beside looking, and each in words."""


def verb(name: str, domain: str) -> str:
    """The permission to do one of VERBS, or to read, in `domain`."""
    return view(domain) if name == "read" else f"mdm.{name}_{domain}"


def may(actor: Actor, name: str, domain: str) -> bool:
    """Whether the actor may do that in `domain`; whoever may not look there may not do anything."""
    return may_view(actor, domain) and actor.has_perm(verb(name, domain))


def sight(actor: Actor) -> list[str]:
    """The actor's permissions that decide what is seen: domains, and values by sensitivity.

    Whoever has the same ones sees the same.
    """
    return [each for each in (*map(view, ENTITY_TYPES), *SEE.values()) if actor.has_perm(each)]


def permissions() -> dict[str, str]:
    """Every permission of the hub, with what it allows in words."""
    views = {view(name): f"Can see {each.plural.lower()}" for name, each in ENTITY_TYPES.items()}
    sight = {permission: f"Can see {level} values" for level, permission in SEE.items()}
    deeds = {
        verb(name, domain): words.format(each.plural.lower())
        for domain, each in ENTITY_TYPES.items()
        for name, words in VERBS.items()
    }
    return {
        **views,
        **deeds,
        **sight,
        FEEDS: "Can see feeds and their batches",
        RUN_FEEDS: "Can bring files, try and apply them, and repair rows in quarantine",
        MAP_FEEDS: "Can make feeds and say what their columns mean",
        RELEASE_FEEDS: "Can release and discard batches that the circuit breaker holds",
        WEBHOOKS: "Can see webhooks and what they delivered",
        MANAGE_WEBHOOKS: "Can make, pause, test, replay and end webhooks",
        USAGE: "Can see who calls which operation of the API",
        STEWARD: "Can decide on records, merge them, take them out, and undo that",
        BULK: "Can decide on many match reviews at once",
        MATCHES: "Can see match models and runs",
        RUN_MATCHES: "Can start and cancel match runs",
        REPORTS: "Can see the reports on ownership and what does not fit",
        CLOSE: "Can close periods and certify them",
        QUALITY: "Can see how good the data is, and the records that fail",
        RUN_QUALITY: "Can have data quality scored, and weigh its dimensions",
        CHANGE_OWNERSHIP: "Can ask for changes of who owns what",
        APPROVE_OWNERSHIP: "Can approve changes of ownership for those who do not sign in",
    }


def roles() -> dict[str, set[str]]:
    """The permissions that each role carries; whoever has no role may do nothing.

    The administrator runs the hub and decides nothing about records; the auditor sees all of it
    and changes nothing. Logins and roles are given out by Django's superusers alone.
    """
    viewer = {*map(view, ENTITY_TYPES), SEE[Sensitivity.INTERNAL]}
    deeds = {verb(name, domain) for name in ("match", "steward") for domain in ENTITY_TYPES}
    steward = {*viewer, *SEE.values(), *deeds, FEEDS, RUN_FEEDS, STEWARD, BULK, MATCHES, QUALITY}
    ownership = {CHANGE_OWNERSHIP, APPROVE_OWNERSHIP}
    runs = {FEEDS, RUN_FEEDS, MAP_FEEDS, MATCHES, RUN_MATCHES, QUALITY, RUN_QUALITY}
    figures = {REPORTS, QUALITY}
    hooks = {WEBHOOKS, MANAGE_WEBHOOKS}
    return {
        "viewer": viewer,
        "steward": steward,
        "domain-owner": {*steward, *runs, RELEASE_FEEDS, REPORTS, *ownership},
        "finance": {*viewer, SEE[Sensitivity.RESTRICTED], FEEDS, CLOSE, *figures, *ownership},
        "integrator": {*viewer, FEEDS, RUN_FEEDS, MAP_FEEDS, *hooks, USAGE},
        "administrator": {*viewer, *runs, RELEASE_FEEDS, REPORTS, *hooks, USAGE},
        "auditor": {*viewer, *SEE.values(), FEEDS, MATCHES, *figures, WEBHOOKS, USAGE},
    }


def may_view(actor: Actor, domain: str | None) -> bool:
    """Whether the actor may see golden records of `domain`."""
    return domain in ENTITY_TYPES and actor.has_perm(view(str(domain)))


def domains(actor: Actor) -> list[str]:
    """The domains whose golden records the actor may see."""
    return [name for name in ENTITY_TYPES if may_view(actor, name)]


def visible(actor: Actor, entity_type: EntityType) -> list[Attribute]:
    """The attributes that the actor may see, filter, sort, search and match by."""
    return [each for each in entity_type.attributes if may_see(actor, each)]


def may_see(actor: Actor, attribute: Attribute) -> bool:
    """Whether the actor may see values of `attribute`."""
    needed = SEE.get(attribute.sensitivity)
    return needed is None or actor.has_perm(needed)


def masked(actor: Actor, entity_type: EntityType, values: Attributes) -> Attributes:
    """`values` with those that the actor may not see replaced by a mask."""
    return {
        name: value if name in entity_type and may_see(actor, entity_type[name]) else MASK
        for name, value in values.items()
    }


def title_for(actor: Actor, entity_type: EntityType, title: str) -> str:
    """A golden record's title, masked when the attributes it is made of are hidden."""
    named = (entity_type[name] for name in entity_type.search_by)
    return title if all(may_see(actor, attribute) for attribute in named) else MASK


def scopes() -> dict[str, set[str]]:
    """What an API key may be allowed, and the permissions that each scope grants."""
    return {
        **{f"{domain}:read": {view(domain)} for domain in ENTITY_TYPES},
        "*:read": set(map(view, ENTITY_TYPES)),
        **{
            f"{domain}:{name}": {view(domain), verb(name, domain)}
            for domain in ENTITY_TYPES
            for name in VERBS
        },
        **{f"see:{level}": {permission} for level, permission in SEE.items()},
        "feeds:read": {FEEDS},
        "feeds:write": {FEEDS, RUN_FEEDS},
        "webhooks:read": {WEBHOOKS},
        "webhooks:write": {WEBHOOKS, MANAGE_WEBHOOKS},
        "usage:read": {USAGE},
        "quality:read": {QUALITY},
    }


def scopes_in_words() -> dict[str, str]:
    """What each scope allows."""
    words = permissions()
    return {
        name: "; ".join(sorted(words[each] for each in granted))
        for name, granted in scopes().items()
    }


def permissions_of(granted: Iterable[str]) -> set[str]:
    """The permissions that the scopes in `granted` add up to."""
    known = scopes()
    return set().union(*(known.get(scope, set()) for scope in granted))
