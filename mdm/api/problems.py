"""What can go wrong, type by type; every type has a stable address and a remedy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rest_framework.exceptions import APIException, PermissionDenied

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """What all problems of one type have in common; its name is the end of its address."""

    status: int
    title: str
    remedy: str


PROBLEMS = {
    "invalid": ProblemType(
        400, "The request is not valid", "Correct the fields that `errors` names."
    ),
    "parse-error": ProblemType(
        400, "The body cannot be read", "Send what the Content-Type says: JSON in UTF-8."
    ),
    "not-authenticated": ProblemType(
        401, "Who are you?", "Send the header Authorization: Bearer tsk_…"
    ),
    "authentication-failed": ProblemType(
        401, "The key does not work", "Ask for a new access token or key; rotate keys in time."
    ),
    "permission-denied": ProblemType(
        403, "Not allowed", "Ask whoever runs the hub; no scope of a key changes it."
    ),
    "insufficient-scope": ProblemType(
        403, "The key lacks a scope", "Ask for a key, or a token, with what `scope` names."
    ),
    "not-found": ProblemType(
        404, "Not found", "Correct the part of the address that `detail` names."
    ),
    "method-not-allowed": ProblemType(
        405, "The method is not allowed here", "Use a method that the header Allow names."
    ),
    "not-acceptable": ProblemType(
        406, "That format is not served", "Accept application/json."
    ),
    "conflict": ProblemType(
        409, "It contradicts what is settled", "Look at what `detail` names, and decide anew."
    ),
    "in-progress": ProblemType(
        409, "The same request is being answered", "Send it again when Retry-After has passed."
    ),
    "stale-cursor": ProblemType(
        410, "The hub was never there", "Follow the changes from the start again."
    ),
    "gone": ProblemType(
        410, "No longer served", "Call what `successor` names."
    ),
    "precondition-failed": ProblemType(
        412, "It changed meanwhile", "Read it again, and send If-Match with its new ETag."
    ),
    "too-many-items": ProblemType(
        413, "Too many in one call", "Send several calls, each with no more than `limit`."
    ),
    "unsupported-media-type": ProblemType(
        415, "That format is not understood", "Send application/json."
    ),
    "unprocessable": ProblemType(
        422, "It cannot be done", "Correct what `detail` names."
    ),
    "precondition-required": ProblemType(
        428, "Something must come first", "Do first what `detail` names."
    ),
    "throttled": ProblemType(
        429, "Too many requests", "Wait as long as Retry-After says."
    ),
    "not-ready": ProblemType(
        503, "Not ready yet", "Try again when Retry-After has passed."
    ),
    "error": ProblemType(
        500, "The hub failed", "Try again later; tell its operators the correlation id."
    ),
}  # fmt: skip


class Conflict(APIException):
    """What is asked for contradicts what is settled; `members` go into the problem."""

    status_code, default_code = 409, "conflict"

    def __init__(self, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.members = members


class InsufficientScope(PermissionDenied):
    """A key, or an access token, without a scope that is needed (RFC 6750, section 3.1)."""

    default_code = "insufficient_scope"

    def __init__(self, detail: str, scopes: Sequence[str]) -> None:
        super().__init__(detail)
        self.members = {"scope": " ".join(scopes)}
        self.auth_header = f'Bearer error="insufficient_scope", scope="{self.members["scope"]}"'


class StaleCursor(APIException):
    """The hub was restored to a state before the cursor: what follows it is something else."""

    status_code, default_code = 410, "stale_cursor"


class Gone(APIException):
    """An operation past its sunset."""

    status_code, default_code = 410, "gone"

    def __init__(self, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.members = members


class InProgress(APIException):
    """The same request is being answered."""

    status_code, default_code, wait = 409, "in_progress", 1


class PreconditionFailed(APIException):
    """The thing is not as the caller saw it."""

    status_code, default_code = 412, "precondition_failed"


class TooManyItems(APIException):
    """More in one call than the hub takes at once."""

    status_code, default_code = 413, "too_many_items"

    def __init__(self, detail: str, limit: int) -> None:
        super().__init__(detail)
        self.members = {"limit": limit}


class Unprocessable(APIException):
    """Well-formed, and still impossible."""

    status_code, default_code = 422, "unprocessable"


class PreconditionRequired(APIException):
    """Something must be done or said first."""

    status_code, default_code = 428, "precondition_required"


class NotReady(APIException):
    """Something that the answer needs is not there yet."""

    status_code, default_code, wait = 503, "not_ready", 30
