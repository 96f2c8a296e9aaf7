"""Work shared by threads of this process, where Arrow and numpy need no Python to do it."""

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")

_THREADS = 2
_WORTH_SHARING = 10_000


def side_by_side(
    work: Callable[[Item], Made], items: Collection[Item], *, values: int = _WORTH_SHARING
) -> list[Made]:
    """What `work` makes of each item, in their order; two are worked on at a time.

    Where `values` says that an item holds so few that threads cost more, one after the other.
    """
    if len(items) < 2 or values < _WORTH_SHARING:
        return list(map(work, items))
    with ThreadPoolExecutor(_THREADS) as team:
        return list(team.map(work, items))
