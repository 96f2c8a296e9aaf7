"""Requests that may be repeated: the first one is carried out, the others get its answer."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
from django.db import transaction
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from mdm.api.formats import NUL
from mdm.api.problems import InProgress, Unprocessable
from mdm.bulk import fetch
from mdm.models import IdempotentAnswer

HEADER = "Idempotency-Key"
KEPT = timedelta(days=1)
_LONGEST = 255


def once(request: Request, verb: Callable[[], Response]) -> Response:
    """What `verb` answers, or has answered to the same request under the same Idempotency-Key.

    The answer is kept in the transaction of the deed: neither is there without the other. Raises
    InProgress while the first one is being carried out, Unprocessable for another body.
    """
    key = request.headers.get(HEADER)
    if key is None:
        with transaction.atomic():
            return verb()
    if not key or len(key) > _LONGEST or NUL in key:
        raise ValidationError({HEADER: f"Give from 1 to {_LONGEST} characters."})
    user: Any = request.user
    caller, digest = str(user.pk), _digest(request)
    with transaction.atomic():
        _hold(caller, key)
        kept = IdempotentAnswer.objects.filter(caller=caller, key=key).first()
        if kept is None or kept.answered_at < timezone.now() - KEPT:
            return _carried_out(caller, key, digest, verb)
    if kept.request_hash != digest:
        raise Unprocessable(f"The {HEADER} {key!r} was used for another request; mint a new one.")
    return Response(kept.content, status=kept.status, headers=kept.headers)


def _hold(caller: str, key: str) -> None:
    """Keep others with the same key out until the transaction ends; never wait for them."""
    query = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"
    if fetch(query, [f"idempotency {caller} {key}"]) != [(True,)]:
        raise InProgress(f"A request with the {HEADER} {key!r} is being carried out.")


def _carried_out(caller: str, key: str, digest: str, verb: Callable[[], Response]) -> Response:
    answer = verb()
    now = timezone.now()
    IdempotentAnswer.objects.filter(answered_at__lt=now - KEPT).delete()
    IdempotentAnswer.objects.create(
        caller=caller,
        key=key,
        request_hash=digest,
        status=answer.status_code,
        content=answer.data,
        headers=dict(answer.headers),
        answered_at=now,
    )
    return answer


def _digest(request: Request) -> str:
    said = [request.method, request.get_full_path(), request.data]
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()
