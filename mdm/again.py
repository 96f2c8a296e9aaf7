"""Doing again what PostgreSQL broke off because two transactions waited for each other."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import psycopg
from django.db import OperationalError, connection, transaction

P = ParamSpec("P")
T = TypeVar("T")

_TRIES = 10


def atomically(verb: Callable[P, T]) -> Callable[P, T]:
    """`verb` in a transaction that is done again after a deadlock: no person ever sees one.

    Inside another transaction, which is lost with the deadlock, the error is raised.
    """

    @wraps(verb)
    def tried(*args: P.args, **kwargs: P.kwargs) -> T:
        for left in reversed(range(_TRIES)):
            try:
                with transaction.atomic():
                    return verb(*args, **kwargs)
            except OperationalError as error:
                if not left or connection.in_atomic_block or not _is_deadlock(error):
                    raise
        raise AssertionError("unreachable")  # pragma: no cover

    return tried


def _is_deadlock(error: OperationalError) -> bool:
    return isinstance(error.__cause__, psycopg.errors.DeadlockDetected)
