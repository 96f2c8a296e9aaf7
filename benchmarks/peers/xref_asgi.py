"""What a team would write instead of the hub: one look-up behind Starlette and asyncpg.

    XREF_DSN=postgresql://… XREF_SQL=… XREF_KEY_HASH=… XREF_RESET=1
    uvicorn benchmarks.peers.xref_asgi:app --workers 2

The same statement, key check and JSON as the hub's; no rate limits, request ids, logs, metrics,
sensitivity, or permissions by domain. `XREF_RESET=0` switches off what asyncpg's pool does to a
connection before it is used again.
"""

import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_SQL = os.environ["XREF_SQL"]
_KEYS = {os.environ["XREF_KEY_HASH"]}
_NAMES = (
    "method", "match_weight", "rule_version", "valid_from", "valid_to", "decision",
)  # fmt: skip
_OF_IDENTIFIER = (
    "system", "source_key", "active", "method", "match_weight", "rule_version", "valid_from",
    "valid_to",
)  # fmt: skip


async def _keep(connection: asyncpg.Connection) -> None:
    """Leave the connection as it is."""


@asynccontextmanager
async def _pool(app: Starlette) -> AsyncIterator[None]:
    reset = {} if os.environ["XREF_RESET"] == "1" else {"reset": _keep}
    async with asyncpg.create_pool(
        os.environ["XREF_DSN"], min_size=4, max_size=4, **reset
    ) as app.state.pool:
        yield


async def resolve(request: Request) -> Response:
    """The answer of `GET /api/v1/xref/{system}/{domain}/{source_key}` for a known identifier."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or hashlib.sha256(key.encode()).hexdigest() not in _KEYS:
        return Response(status_code=401)
    asked = request.path_params
    row = await request.app.state.pool.fetchrow(
        _SQL, asked["system"], asked["domain"], asked["source_key"]
    )
    if row["id"] is None:
        return Response(status_code=404)
    return Response(orjson.dumps(_answer(asked, row)), media_type="application/json")


def _answer(asked: dict[str, str], row: asyncpg.Record) -> dict[str, Any]:
    status = row["status"]
    return {
        **asked,
        "status": "inactive" if status == "active" and not row["active"] else status,
        "golden_id": str(row["golden_id"]),
        "title": row["title"],
        **{name: _said(value) for name, value in zip(_NAMES, [*row.values()][6:12], strict=True)},
        "identifiers": _identifiers(orjson.loads(row["identifiers"] or "[]")),
    }


def _identifiers(found: list[list[Any]]) -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = []
    for each in found:
        named = dict(zip(_OF_IDENTIFIER, each, strict=True))
        first = not answer or answer[-1]["system"] != named["system"]
        answer.append({**named, "primary": named["active"] and first})
    return answer


def _said(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


app = Starlette(
    routes=[Route("/api/v1/xref/{system}/{domain}/{source_key}", resolve)], lifespan=_pool
)
