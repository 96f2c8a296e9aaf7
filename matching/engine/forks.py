"""Work shared by several processes of one machine, forks of this one that hold all that it does."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, ClassVar, TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")


def made_of_each(
    work: Callable[[Item], Made], items: Sequence[Item], processes: int
) -> Iterator[Made]:
    """What `work` makes of each item, in their order; more processes change nothing but time.

    Items and what is made of them pass between processes; what `work` holds is there already.
    """
    if processes == 1:
        yield from map(work, items)
        return
    fork = get_context("fork")
    with ProcessPoolExecutor(processes, fork, _Forked.take_up, (work,)) as team:
        yield from team.map(_Forked.made_of, items)


class _Forked:
    """The work of a forked process, which it has from its parent."""

    work: ClassVar[Callable[[Any], Any]]

    @classmethod
    def take_up(cls, work: Callable[[Any], Any]) -> None:
        cls.work = staticmethod(work)

    @classmethod
    def made_of(cls, item: Any) -> Any:
        return cls.work(item)
