"""JSON lines, or one JSON list of records; nested members become columns with dotted names."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from mdm.feeds.readers.encoding import wide_encoding
from mdm.feeds.readers.json_text import JsonError, Record, flatten, parse_json
from mdm.feeds.readers.sheet import (
    ABSENT,
    LONGEST_CELL,
    LONGEST_LINE,
    LONGEST_NAME,
    MOST_COLUMNS,
    Block,
    FileRefusedError,
    RowProblem,
    Sheet,
    block_rows,
    excerpt,
    storable,
)

LARGEST_LIST = 128 << 20
_BOM = b"\xef\xbb\xbf"
_REMEDY = "Write every record as an object in braces, with each member once."


@dataclass(slots=True)
class _Numbered:
    """A record with its line or place in the list; None and why when it is none.

    `suspect` where one of its values may be too long or no text.
    """

    number: int
    record: Record | None
    suspect: bool = True
    source: bytes = b""
    why: str = ""


def read_json(path: Path, options: dict[str, Any]) -> Sheet:
    """Open a file of records; `options["records"]` is the dotted path to the list, if it is nested.

    A member that a record does not mention is absent, which differs from null: it says nothing.
    """
    with path.open("rb") as file:
        start = file.read(4096)
    if wide := wide_encoding(start):
        raise FileRefusedError(f"The file is {wide.upper()}; JSON is UTF-8.", "Save it as UTF-8.")
    nested = options.get("records")
    if nested or start.removeprefix(_BOM).lstrip().startswith(b"["):
        listed = list(_listed(path, nested))
        return _sheet(listed, listed, "Record")
    first = next(_lines(path), None)
    if first is None or first.record is None:
        _refuse_one_object(path)
    return _sheet(_lines_in_short(path), _lines(path), "Line")


def _lines(path: Path) -> Iterator[_Numbered]:
    number = 0
    with path.open("rb") as file:
        while line := file.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                    pass
                yield _broken(number, f"it is longer than {LONGEST_LINE:,} bytes", line)
            elif line.strip():
                yield _parsed(number, line.removeprefix(_BOM) if number == 1 else line)


def _lines_in_short(path: Path) -> Iterator[_Numbered]:
    """The records of lines that are plain JSON, for the names of their members."""
    with path.open("rb") as file:
        while line := file.readline(LONGEST_LINE):
            try:
                content = orjson.loads(line.removeprefix(_BOM))
            except orjson.JSONDecodeError:
                continue
            if isinstance(content, dict):
                yield _numbered(0, content)


def _parsed(number: int, line: bytes) -> _Numbered:
    try:
        content = parse_json(line)
    except JsonError as error:
        return _broken(number, str(error), line)
    suspect = len(line) > LONGEST_CELL or b"\\u0000" in line
    return _numbered(number, content, suspect, line)


def _numbered(number: int, content: Any, suspect: bool = True, source: bytes = b"") -> _Numbered:
    try:
        if isinstance(content, dict):
            return _Numbered(number, flatten(content), suspect)
        why = "it is not an object in braces"
    except JsonError as error:
        why = str(error)
    return _broken(number, why, source or _as_bytes(content))


def _broken(number: int, why: str, source: bytes) -> _Numbered:
    return _Numbered(number, None, source=source, why=why)


def _as_bytes(content: Any) -> bytes:
    """A record of a list as JSON again, for a person to see; nothing when it nests too deep."""
    try:
        return orjson.dumps(content)
    except orjson.JSONEncodeError:
        return b""


def _listed(path: Path, records: str | None) -> Iterator[_Numbered]:
    content = _whole(path)
    for name in records.split(".") if records else ():
        content = content.get(name) if isinstance(content, dict) else None
    if not isinstance(content, list):
        raise FileRefusedError(
            f"The file has no list at {records!r}.", "Tell the feed where its records are."
        )
    for number, record in enumerate(content, 1):
        yield _numbered(number, record)


def _whole(path: Path) -> Any:
    if path.stat().st_size > LARGEST_LIST:
        raise FileRefusedError(
            f"The list of records is larger than {LARGEST_LIST >> 20} MiB.",
            "Write one record a line (JSON lines), without brackets and commas.",
        )
    try:
        return parse_json(path.read_bytes().removeprefix(_BOM))
    except JsonError as error:
        raise FileRefusedError(
            f"The file is not JSON: {error}.", "Export it again, best as JSON lines."
        ) from None


def _refuse_one_object(path: Path) -> None:
    """Explain a file that is one object over many lines, whose records are somewhere inside."""
    try:
        content = _whole(path)
    except FileRefusedError:
        return
    if isinstance(content, dict):
        raise FileRefusedError(
            f"The file is one object with {', '.join(map(repr, list(content)[:10]))}.",
            "Tell the feed which member holds its records, or write one object a line.",
        )


def _sheet(for_columns: Iterable[_Numbered], for_rows: Iterable[_Numbered], what: str) -> Sheet:
    columns: dict[str, None] = {}
    for each in for_columns:
        if each.record is None or each.record.keys() <= columns.keys():
            continue
        columns |= dict.fromkeys(filter(_is_name, each.record))
        if len(columns) > MOST_COLUMNS:
            raise FileRefusedError(
                f"The records have more than {MOST_COLUMNS:,} different members.",
                "Look whether keys or dates stand where names belong.",
            )
    if not columns:
        raise FileRefusedError("The file holds no records.", "Export it again.")
    return Sheet(list(columns), _blocks(list(columns), for_rows, what))


@lru_cache(maxsize=MOST_COLUMNS)
def _is_name(name: str) -> bool:
    return 0 < len(name) <= LONGEST_NAME and storable(name) == name


def _blocks(columns: list[str], records: Iterable[_Numbered], what: str) -> Iterator[Block]:
    block, most = Block(), block_rows(columns)
    known = set(columns)
    for each in records:
        problem = _problem(each, known, what)
        if problem:
            block.problems.append(problem)
        elif each.record is not None:
            block.numbers.append(each.number)
            block.rows.append([each.record.get(name, ABSENT) for name in columns])
        if len(block) >= most:
            yield block
            block = Block()
    if len(block):
        yield block


def _problem(each: _Numbered, known: set[str], what: str) -> RowProblem | None:
    if each.record is None:
        message = f"{what} {each.number} cannot be read: {each.why}."
        raw = excerpt({"line": each.source.decode("utf-8", "replace").strip()})
        return RowProblem(each.number, "", "parse", message, _REMEDY, raw)
    if not each.suspect and each.record.keys() <= known:
        return None
    for name, value in each.record.items():
        if flaw := _flaw(name, value):
            why, remedy = flaw
            message = f"{what} {each.number}, {storable(name)[:LONGEST_NAME]}: {why}."
            raw = excerpt(each.record)
            column = storable(name)[:LONGEST_NAME]
            return RowProblem(each.number, column, "parse", message, remedy, raw)
    return None


def _flaw(name: str, value: Any) -> tuple[str, str] | None:
    """What is wrong with a member, and what would mend it."""
    if not _is_name(name):
        return "the member has no usable name", f"Give it a name of 1 to {LONGEST_NAME} characters."
    for text in value if isinstance(value, list) else (value,):
        if text and len(text) > LONGEST_CELL:
            return f"the value holds {len(text):,} characters", "Shorten it."
        if text and "\x00" in text:
            return "a character is no text (NUL)", "Remove it."
    return None
