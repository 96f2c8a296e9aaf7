"""JSON lines, or one JSON list of records; nested members become columns with dotted names."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from mdm.feeds.readers.sheet import (
    ABSENT,
    BLOCK_ROWS,
    LONGEST_CELL,
    Block,
    FileRefusedError,
    RowProblem,
    Sheet,
    excerpt,
    storable,
)

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Numbered:
    """A record with its line or place in the list; None and its text when it is no object."""

    number: int
    record: Record | None
    text: str = ""


def read_json(path: Path, options: dict[str, Any]) -> Sheet:
    """Open a file of records; `options["records"]` is the dotted path to the list, if it is nested.

    A member that a record does not mention is absent, which differs from null: it says nothing.
    """
    nested = options.get("records")
    if nested or _starts_with_list(path):
        listed = list(_listed(path, nested))
        return _sheet(listed, listed)
    return _sheet(_lines(path), _lines(path))


def _sheet(for_columns: Iterable[_Numbered], for_rows: Iterable[_Numbered]) -> Sheet:
    columns = list(dict.fromkeys(name for each in for_columns for name in each.record or ()))
    if not columns:
        raise FileRefusedError("The file holds no records.", "Export it again.")
    return Sheet(columns, _blocks(columns, for_rows))


def flatten(record: Record, prefix: str = "") -> Record:
    """`record` with nested objects as dotted names; lists of plain values stay lists.

    >>> flatten({"a": {"b": 1}, "c": [1, 2]})
    {'a.b': '1', 'c': ['1', '2']}
    """
    flat: Record = {}
    for name, value in record.items():
        if isinstance(value, dict):
            flat |= flatten(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            flat[prefix + name] = [_as_text(item) for item in value]
        else:
            flat[prefix + name] = _as_text(value)
    return flat


def _starts_with_list(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(1024).lstrip().startswith(b"[")


def _lines(path: Path) -> Iterator[_Numbered]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield _parsed(number, line)


def _parsed(number: int, line: bytes) -> _Numbered:
    text = line[:1_000].decode("utf-8", "replace").replace("\x00", "").strip()
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        return _Numbered(number, None, text)
    return _Numbered(number, flatten(record) if isinstance(record, dict) else None, text)


def _listed(path: Path, records: str | None) -> Iterator[_Numbered]:
    try:
        content = orjson.loads(path.read_bytes())
        for name in records.split(".") if records else ():
            content = content[name]
    except orjson.JSONDecodeError as error:
        raise FileRefusedError(
            f"The file is not JSON: {error}.", "Export it again, best as JSON lines."
        ) from None
    except (KeyError, TypeError):
        raise FileRefusedError(
            f"The file has no list at {records!r}.", "Tell the feed where its records are."
        ) from None
    for number, record in enumerate(content, 1):
        is_record = isinstance(record, dict)
        yield _Numbered(
            number, flatten(record) if is_record else None, storable(str(record)[:1_000])
        )


def _blocks(columns: list[str], records: Iterable[_Numbered]) -> Iterator[Block]:
    block = Block()
    for each in records:
        problem = _problem(each)
        if problem:
            block.problems.append(problem)
        elif each.record is not None:
            block.numbers.append(each.number)
            block.rows.append([each.record.get(name, ABSENT) for name in columns])
        if len(block) >= BLOCK_ROWS:
            yield block
            block = Block()
    if len(block):
        yield block


def _problem(each: _Numbered) -> RowProblem | None:
    if each.record is None:
        message = f"Line {each.number} is not a JSON object."
        remedy = "Write one object in braces a line."
        return RowProblem(each.number, "", "parse", message, remedy, {"line": each.text})
    for name, value in each.record.items():
        if isinstance(value, str) and len(value) > LONGEST_CELL:
            message = f"Line {each.number}, {name}: the value holds {len(value):,} characters."
            raw = excerpt(each.record)
            return RowProblem(each.number, name, "parse", message, "Shorten it.", raw)
    return None


def _as_text(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return storable(value) if value else value
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
