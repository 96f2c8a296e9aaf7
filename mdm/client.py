"""A client of the API for Python: typed, with retries, paging and bulk; it needs httpx only.

with Touchstone("https://hub.example", "tsk_…") as hub:
    hub.resolve("CRM", "client", "001")["golden_id"]
"""

import random
import time
import uuid
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from types import TracebackType
from typing import Any, TypedDict, cast
from urllib.parse import quote, quote_plus

import httpx

MOST_AT_ONCE = 10_000
MOST_SENT = 1_000
_LONGEST_PAUSE = 30.0
_OF_ITS_LIFE = 0.9
"""How much of an access token's life is used, before another is fetched."""
_AGAIN = (429, 502, 503, 504)


class Identifier(TypedDict):
    """One identifier of a golden record in a source system."""

    system: str
    source_key: str
    active: bool
    primary: bool
    method: str
    match_weight: float | None
    rule_version: str
    valid_from: str | None
    valid_to: str | None


class Xref(TypedDict):
    """What an identifier means."""

    system: str
    domain: str
    source_key: str
    status: str
    golden_id: str | None
    title: str
    method: str
    match_weight: float | None
    rule_version: str
    decision: str | None
    valid_from: str | None
    valid_to: str | None
    identifiers: list[Identifier]


class Asked(TypedDict):
    """An identifier that is asked about."""

    system: str
    domain: str
    source_key: str


class ProblemError(Exception):
    """What the hub refused: `type` is stable, `said` is the whole problem (RFC 9457)."""

    def __init__(self, status: int, said: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {said.get('title', '')}: {said.get('detail', '')}")
        self.status, self.said = status, said
        self.type = str(said.get("type", "about:blank"))


class AccessTokens(httpx.Auth):
    """Shows access tokens in place of a key, and fetches another before one ends, or once it has.

    A hub that gives none answers instead of the request's own address.
    """

    requires_response_body = True

    def __init__(self, address: str, client_id: str, key: str, scope: str) -> None:
        self._address, self._scope = address, scope
        self._basic = httpx.BasicAuth(quote_plus(client_id), key)
        self._held = ("", 0.0)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """The request, and those for tokens before it."""
        token, until = self._held
        while True:
            is_new = not token or time.monotonic() >= until
            if is_new:
                answer = yield self._request(request.extensions)
                if not answer.is_success:
                    return
                token = self._keep(answer.json())
            request.headers["Authorization"] = f"Bearer {token}"
            answer = yield request
            if answer.status_code != 401 or is_new:
                return
            token = ""

    def _request(self, extensions: Any) -> httpx.Request:
        said = {
            "grant_type": "client_credentials",
            **({"scope": self._scope} if self._scope else {}),
        }
        made = httpx.Request("POST", self._address, data=said, extensions=extensions)
        return next(self._basic.auth_flow(made))

    def _keep(self, said: Mapping[str, Any]) -> str:
        token, seconds = str(said["access_token"]), float(said["expires_in"])
        self._held = (token, time.monotonic() + seconds * _OF_ITS_LIFE)
        return token


class Touchstone:
    """A hub as one caller sees it. Safe to use from several threads.

    Requests that may be repeated are, up to `tries` times, when the hub is busy or not reached.
    With `client_id`, the name of the key, the key itself is only sent to fetch access tokens,
    which carry the scopes in `scope`, or all of them.
    """

    def __init__(
        self,
        address: str,
        key: str,
        *,
        client_id: str = "",
        scope: str = "",
        tries: int = 5,
        timeout: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._tries = tries
        root = f"{address.rstrip('/')}/api/v1/"
        tokens = AccessTokens(f"{root}oauth/token", client_id, key, scope) if client_id else None
        self._http = httpx.Client(
            base_url=root,
            headers={} if tokens else {"Authorization": f"Bearer {key}"},
            auth=tokens,
            timeout=timeout,
            transport=transport,
        )

    def __enter__(self) -> "Touchstone":
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def resolve(
        self, system: str, domain: str, source_key: str, *, as_of: str | None = None
    ) -> Xref:
        """What an identifier means now, or meant then. Raises ProblemError for an unknown one."""
        asked = {"key": source_key, "as_of": as_of}
        return cast(Xref, self._get(f"xref/{_part(system)}/{_part(domain)}", asked))

    def resolve_many(self, asked: Iterable[Asked], *, as_of: str | None = None) -> Iterator[Xref]:
        """One answer for each, in their order, however many; unknown ones have that status."""
        yield from self._many("xref/resolve", asked, as_of)

    def translate_many(
        self, asked: Iterable[Asked], to: str, *, as_of: str | None = None
    ) -> Iterator[dict[str, Any]]:
        """What the system `to` calls each of them: none, one or several identifiers."""
        yield from self._many("xref/translate", ({**each, "to": to} for each in asked), as_of)

    def claim(self, system: str, domain: str, source_key: str, golden_id: str) -> Xref:
        """Link an identifier that a system has given out; ProblemError (409) for the loser."""
        address = f"xref/{_part(system)}/{_part(domain)}"
        body = {"golden_id": golden_id}
        answer = self._ask("PUT", address, query={"key": source_key}, body=body)
        return cast(Xref, answer.json())

    def golden(self, domain: str, golden_id: str, **query: str) -> dict[str, Any]:
        """A golden record; `include` and `as_of` as in the API."""
        return self._get(f"golden/{_part(domain)}/{_part(golden_id)}", query)

    def golden_records(self, domain: str, **query: str) -> Iterator[dict[str, Any]]:
        """Every golden record that the filters find, page by page."""
        cursor: str | None = None
        while True:
            page = self._get(f"golden/{_part(domain)}", {**query, "cursor": cursor})
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def match(
        self, domain: str, attributes: Mapping[str, Any], *, limit: int = 10
    ) -> dict[str, Any]:
        """Golden records that may be what is described, and a token that proves the search."""
        body = {"attributes": dict(attributes), "limit": limit}
        return cast(dict[str, Any], self._ask("POST", f"{_part(domain)}/match", body=body).json())

    def send(
        self,
        system: str,
        domain: str,
        records: Sequence[Mapping[str, Any]],
        *,
        match_token: str | None = None,
    ) -> list[dict[str, Any]]:
        """Send source records, a thousand at a time; the jobs that take them in, in order."""
        jobs, rest = [], iter(records)
        while part := list(islice(rest, MOST_SENT)):
            body = {"records": part, **({"match_token": match_token} if match_token else {})}
            address = f"sources/{_part(system)}/{_part(domain)}/records"
            key = {"Idempotency-Key": str(uuid.uuid4())}
            jobs.append(self._ask("POST", address, body=body, headers=key).json())
        return jobs

    def wait_for(self, job: Mapping[str, Any], *, seconds: float = 300.0) -> dict[str, Any]:
        """The job once it runs no more. Raises TimeoutError."""
        until = time.monotonic() + seconds
        while (found := self._get(f"jobs/{_part(str(job['id']))}"))["state"] == "running":
            if time.monotonic() > until:
                raise TimeoutError(f"job {job['id']} still runs after {seconds:.0f} s")
            time.sleep(0.2)
        return found

    def _many(
        self, address: str, asked: Iterable[Mapping[str, Any]], as_of: str | None
    ) -> Iterator[Any]:
        rest = iter(asked)
        while part := list(islice(rest, MOST_AT_ONCE)):
            body = {"items": part, **({"as_of": as_of} if as_of else {})}
            yield from self._ask("POST", address, body=body).json()["items"]

    def _get(self, address: str, query: Mapping[str, str | None] | None = None) -> dict[str, Any]:
        return cast(dict[str, Any], self._ask("GET", address, query=query).json())

    def _ask(
        self,
        method: str,
        address: str,
        *,
        query: Mapping[str, str | None] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The answer; every request that this client sends may be repeated."""
        said = {name: value for name, value in (query or {}).items() if value is not None}
        for attempt in range(1, self._tries + 1):
            try:
                answer = self._http.request(
                    method, address, params=said, json=body, headers=dict(headers or {})
                )
            except httpx.TransportError:
                if attempt == self._tries:
                    raise
                _pause(attempt, None)
                continue
            if not _is_busy(answer) or attempt == self._tries:
                break
            _pause(attempt, answer.headers.get("Retry-After"))
        if answer.is_success:
            return answer
        raise ProblemError(answer.status_code, _problem(answer))


def _part(text: str) -> str:
    return quote(text, safe="")


def _is_busy(answer: httpx.Response) -> bool:
    in_progress = answer.status_code == 409 and _problem(answer)["type"].endswith("in-progress")
    return in_progress or answer.status_code in _AGAIN


def _problem(answer: httpx.Response) -> dict[str, Any]:
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        return cast(dict[str, Any], answer.json())
    blank = {"type": "about:blank", "title": answer.reason_phrase}
    if answer.url.path.endswith("/oauth/token") and _is_json(answer):
        said = answer.json()
        blank |= {"title": said["error"], "detail": said.get("error_description", "")}
    return blank


def _is_json(answer: httpx.Response) -> bool:
    return bool(answer.headers.get("content-type", "").startswith("application/json"))


def _pause(attempt: int, retry_after: str | None) -> None:
    """Wait as long as the hub says, else longer each time, and never all callers the same time."""
    said = float(retry_after) if retry_after and retry_after.isdecimal() else 0.0
    time.sleep(min(_LONGEST_PAUSE, max(said, random.uniform(0, 0.1 * 2**attempt))))  # noqa: S311
