"""Loops over millions of small items, which Python would be slow at, as machine code."""

from collections.abc import Callable
from functools import cache, wraps
from typing import ParamSpec, TypeVar, cast

Given = ParamSpec("Given")
Made = TypeVar("Made")


def compiled(loop: Callable[Given, Made]) -> Callable[Given, Made]:
    """`loop` as machine code, made when it is first called and kept beside its source.

    It sees arrays and numbers, nothing else; threads run it side by side.
    """

    @cache
    def machine_code() -> Callable[Given, Made]:
        from numba import njit  # noqa: PLC0415 - as long as nobody counts, nobody waits for it

        try:
            made = njit(cache=True, nogil=True)(loop)
        except RuntimeError:  # there is no place to keep it: each process makes its own
            made = njit(nogil=True)(loop)
        return cast(Callable[Given, Made], made)

    @wraps(loop)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> Made:
        return machine_code()(*args, **kwargs)

    return run
