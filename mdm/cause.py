"""Who does something, when, and under which business correlation id."""

import re
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime

from mdm import tracing

_ACCEPTABLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:\-]{3,63}")


@dataclass(frozen=True, slots=True)
class Cause:
    """Handed to every verb, so that no verb reads the clock or the request.

    `by` is `user:<name>`, `system:<code>` or `job:<kind>`; `reason` is what a person said, and
    `rule_version` names the model or policy that a machine went by. `request_id` groups what one
    request or one bulk action did. `traceparent` is the span of a trace that this is part of: of a
    new one unless it is given.
    """

    at: datetime
    by: str
    correlation_id: str
    reason: str = ""
    rule_version: str = ""
    request_id: str = ""
    traceparent: str = field(default_factory=tracing.next_span)

    def later(self, at: datetime) -> "Cause":
        """The same cause at another moment."""
        return replace(self, at=at)

    def under(self, rule_version: str) -> "Cause":
        """The same cause, by a version of a match model or of a policy."""
        return replace(self, rule_version=rule_version)


def mint_correlation_id() -> str:
    """A new id for a business transaction at its first touch, such as `ts-3f9a1c0b7d2e4f60`."""
    return f"ts-{secrets.token_hex(8)}"


def mint_request_id() -> str:
    """A new id for what one request, or one command, does: such as `rq-3f9a1c0b7d2e4f60`."""
    return f"rq-{secrets.token_hex(8)}"


def accept_correlation_id(offered: str | None) -> str:
    """The id that a caller offers if it is well-formed, else a new one."""
    return offered if offered and _ACCEPTABLE.fullmatch(offered) else mint_correlation_id()
