"""What is different between two match models, in words."""

from collections.abc import Iterator, Mapping
from typing import Any

from matching.engine.document import to_dict
from matching.engine.model import MatchModel

_NAMES = ("name", "label")


def changes(before: MatchModel, after: MatchModel) -> list[str]:
    """One line for each thing that is new, gone, different or in another place."""
    return list(_changes(to_dict(before), to_dict(after), ""))


def _changes(before: Any, after: Any, where: str) -> Iterator[str]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys([*before, *after]):
            yield from _changes(before.get(key), after.get(key), f"{where}{key}, ")
        return
    mine, theirs = _named(before), _named(after)
    if mine is None or theirs is None:
        yield f"{where.removesuffix(', ')}: {_shown(before)}, now {_shown(after)}"
        return
    yield from (f"{where}{name!r} is gone" for name in mine if name not in theirs)
    yield from (f"{where}{name!r} is new" for name in theirs if name not in mine)
    kept = [name for name in mine if name in theirs]
    if kept != [name for name in theirs if name in mine]:
        yield f"{where.removesuffix(', ')}: in another order"
    for name in kept:
        yield from _changes(mine[name], theirs[name], f"{where}{name!r}, ")


def _named(items: Any) -> dict[str, Any] | None:
    """Parts by the names that they have among each other; None when they have none."""
    if not isinstance(items, list) or not all(isinstance(each, Mapping) for each in items):
        return None
    names = [next((str(each[key]) for key in _NAMES if key in each), "") for each in items]
    return dict(zip(names, items, strict=True)) if len({*names, ""}) > len(names) else None


def _shown(value: Any) -> str:
    if value is None:
        return "as usual"
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, Mapping):
        return " ".join(_shown(each) for each in value.values())
    return f"{value:g}" if isinstance(value, float) else str(value)
