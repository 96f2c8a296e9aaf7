"""JSON read without loss, and laid flat: nested members get dotted names."""

import json
import re
from decimal import Decimal
from typing import Any

import orjson

DEEPEST = 32
_SPACED_MEMBER = re.compile(rb'"\s+:')
_LONG_NUMBER = re.compile(rb"[\d.]{16}")
_LONGEST_INTEGER = 18

Record = dict[str, Any]


class JsonError(ValueError):
    """What is wrong with a piece of JSON, in the words that follow "because"."""


class _Hiding(dict[str, Any]):
    """An object that has a member twice; Python would keep the last one only."""

    twice: str


_NESTED = (dict, list, _Hiding)


def parse_json(text: bytes) -> Any:
    """`text` as JSON that loses nothing; raises JsonError with the reason.

    A number that a double would round comes as its text, and an object that has a member twice
    is known as such to `flatten` and `doubled_member`.
    """
    try:
        content = orjson.loads(text)
        if _may_lose(text, content):
            content = json.loads(
                text, parse_int=_integer, parse_float=_float, object_pairs_hook=_object
            )
    except orjson.JSONDecodeError as error:
        raise JsonError(f"{error.msg} at character {error.pos + 1:,}") from None
    except RecursionError:
        raise JsonError(f"it nests deeper than {DEEPEST} levels") from None
    return content


def flatten(record: Record) -> Record:
    """`record` with nested objects as dotted names; lists of plain values stay lists.

    Raises JsonError when it nests too deep or has a member twice.

    >>> flatten({"a": {"b": 1}, "c": [1, 2]})
    {'a.b': '1', 'c': ['1', '2']}
    """
    flat: Record = {}
    _spread(record, "", flat, 1)
    return flat


def doubled_member(content: Any) -> str:
    """The member that an object has twice, as `parse_json` found it; "" for none."""
    return content.twice if isinstance(content, _Hiding) else ""


def _may_lose(text: bytes, content: Any) -> bool:
    """Whether a plain parser may have rounded a number or dropped a member: quick and wary."""
    if _LONG_NUMBER.search(text) or _SPACED_MEMBER.search(text):
        return True
    return text.count(b'":') != _count_members(content)


def _spread(record: Record, prefix: str, flat: Record, depth: int) -> None:
    _check_object(record, depth)
    for member, value in record.items():
        name = prefix + member if prefix else member
        if isinstance(value, dict):
            _spread(value, f"{name}.", flat, depth + 1)
        elif name in flat:
            raise JsonError(f"it has the member {name!r} twice")
        elif isinstance(value, list):
            _check_list(value, depth)
            flat[name] = [_as_text(item) for item in value]
        else:
            flat[name] = _as_text(value)


def _check_object(record: Record, depth: int) -> None:
    if depth > DEEPEST:
        raise JsonError(f"it nests deeper than {DEEPEST} levels")
    if isinstance(record, _Hiding):
        raise JsonError(f"it has the member {record.twice!r} twice")


def _check_list(items: list[Any], depth: int) -> None:
    """The same for the objects in a list, at any depth."""
    stack: list[tuple[Any, int]] = [(item, depth + 1) for item in items if type(item) in _NESTED]
    while stack:
        each, level = stack.pop()
        _check_object(each, level)
        inner = each if isinstance(each, list) else each.values()
        stack += [(value, level + 1) for value in inner if type(value) in _NESTED]


def _as_text(value: Any) -> str | None:
    """A value as CSV would have it; an object or a list within a list stays JSON."""
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (dict, list)):
        return orjson.dumps(value).decode()
    text = str(value)
    return format(Decimal(text), "f") if "e" in text else text


def _integer(text: str) -> int | str:
    return int(text) if len(text) <= _LONGEST_INTEGER else text


def _float(text: str) -> float | str:
    number = float(text)
    return number if Decimal(repr(number)) == Decimal(text) else text


def _object(members: list[tuple[str, Any]]) -> Record:
    found = dict(members)
    if len(found) == len(members):
        return found
    hiding = _Hiding(found)
    names = [name for name, _ in members]
    hiding.twice = next(name for name in names if names.count(name) > 1)
    return hiding


def _count_members(content: Any) -> int:
    count, stack = 0, [content]
    while stack:
        each = stack.pop()
        inner = each
        if isinstance(each, dict):
            count += len(each)
            inner = each.values()
        elif not isinstance(each, list):
            continue
        stack += [value for value in inner if type(value) in _NESTED]
    return count
