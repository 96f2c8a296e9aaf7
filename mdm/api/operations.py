"""The life cycle of the API's operations: what is deprecated since when, until when, for what.

This is the one place in which that is declared. Headers, the OpenAPI document, the catalogue and
the refusal after a sunset follow from it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.http import HttpRequest
from django.utils import timezone
from django.utils.http import http_date


class Stage(StrEnum):
    """Where an operation, or a version, is in its life."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    DEPRECATED = "deprecated"
    SUNSET = "sunset"


@dataclass(frozen=True, slots=True)
class LifeCycle:
    """When something is to be called no longer, and what is called instead.

    `successor` and `documentation` are addresses, within the hub or elsewhere. A proposed operation
    is served and may still change; an active one has no dates.
    """

    deprecated_at: datetime | None = None
    sunset_at: datetime | None = None
    successor: str = ""
    documentation: str = ""
    proposed: bool = False

    def __post_init__(self) -> None:
        if self.sunset_at and not (self.deprecated_at and self.deprecated_at <= self.sunset_at):
            raise ValueError("a sunset comes after a deprecation")

    def stage(self, at: datetime) -> Stage:
        """Where it is at a moment."""
        if self.sunset_at and self.sunset_at <= at:
            return Stage.SUNSET
        if self.deprecated_at and self.deprecated_at <= at:
            return Stage.DEPRECATED
        return Stage.PROPOSED if self.proposed else Stage.ACTIVE


VERSIONS: dict[str, LifeCycle] = {"v1": LifeCycle()}
"""Every version of the API, by the part of the address that names it."""

OPERATIONS: dict[tuple[str, str], LifeCycle] = {}
"""Operations whose life differs from their version's, by version and operation id.

For example ("v1", "resolve_key"): LifeCycle(deprecated_at=…, sunset_at=…, successor="/api/v2/…").
"""

_ACTIVE = LifeCycle()


def life_of(version: str, operation: str) -> LifeCycle:
    """The life cycle of an operation: its own, else its version's."""
    return OPERATIONS.get((version, operation)) or VERSIONS.get(version, _ACTIVE)


def is_gone(version: str, operation: str) -> bool:
    """Whether an operation is past its sunset."""
    life = life_of(version, operation)
    return life.sunset_at is not None and life.sunset_at <= timezone.now()


def called_by(request: HttpRequest) -> tuple[str, str] | None:
    """The version and the operation that a request calls; None where it calls none."""
    match = request.resolver_match
    view = getattr(match.func, "view_class", None) if match else None
    method = "get" if request.method == "HEAD" else (request.method or "").lower()
    operation = getattr(getattr(view, method, None), "operation", None)
    return (request.path_info.split("/", 3)[2], operation) if operation else None


def headers(version: str, operation: str) -> dict[str, str]:
    """What an answer says of its operation's life (RFC 9745, RFC 8594); nothing of an active one.

    The dates may lie ahead. Links lead to the successor, and to what is written about it.
    """
    life = life_of(version, operation)
    if life.deprecated_at is None:
        return {}
    documentation = life.documentation or f"/api/{version}/docs#{operation}"
    links = [f'<{documentation}>; rel="deprecation"; type="text/html"']
    if life.successor:
        links.insert(0, f'<{life.successor}>; rel="successor-version"')
    sunset = {"Sunset": http_date(life.sunset_at.timestamp())} if life.sunset_at else {}
    return {
        "Deprecation": f"@{life.deprecated_at.timestamp():.0f}",
        **sunset,
        "Link": ", ".join(links),
    }
