"""Standardising a table for the engine: the columns of a frame, and what could not be read.

Values are read by the attribute types of the domain, each distinct one once. A value that cannot
be read costs only itself.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matching.engine.model import MatchModel
from matching.files.guessing import Role, Use
from matching.files.table import Table, items_of
from matching.files.targets import FULL_NAME, Target
from matching.files.values import Kept, Read, reader
from mdm.attribute_types import Address, Text
from mdm.schema import Attribute, EntityType
from mdm.standardise.person import parse_full_name
from mdm.standardise.places import ADDRESS_LINES
from mdm.standardise.reading import InvalidValue, Reading
from mdm.standardise.text import over_distinct

Texts = list[str | None]
Columns = dict[str, Texts]

_LINE_BREAKS = re.compile(r"[\n\r\v\f\x1f]+")
_MOST_LINES = 4


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Values of a column that its type refuses: how many, and the first of them with its row.

    They are dropped, or `kept` as they are written.
    """

    column: str
    target: Target
    count: int
    row: int
    message: str
    remedy: str
    kept: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """`columns` are those of a frame, by attribute path."""

    columns: Columns
    unreadable: tuple[Unreadable, ...]


@dataclass(frozen=True, slots=True)
class _Source:
    """Texts that are read as one target; `label` names their columns."""

    label: str
    texts: list[str]


def standardise(
    table: Table, uses: Sequence[Use], type_: EntityType, model: MatchModel, reading: Reading
) -> Evidence:
    """What the columns of `table` say, standardised, for the paths that `model` reads."""
    columns: Columns = {}
    unreadable: list[Unreadable] = []
    for name, targets in _by_attribute(uses).items():
        read: dict[Target, list[Texts]] = {}
        for target, of in targets.items():
            read_one = reader(target, type_, reading)
            read[target] = []
            for source in _sources(table, target, of, type_):
                values = over_distinct(read_one, source.texts)
                unreadable += _unreadable(source.label, target, values, table.numbers)
                read[target].append(list(map(_text, values)))
        if name == FULL_NAME:
            columns |= _names(columns, _first(read[Target(FULL_NAME)]))
        else:
            columns |= _paths(type_[name], read)
    known = {path: columns[path] for path in model.paths if path in columns}
    return Evidence(known, tuple(unreadable))


def _by_attribute(uses: Sequence[Use]) -> dict[str, dict[Target, list[str]]]:
    """The columns of every target, by attribute; full names last, as they fill what is left."""
    found: dict[str, dict[Target, list[str]]] = {}
    for use in sorted(uses, key=lambda use: use.target == Target(FULL_NAME)):
        if use.role is Role.EVIDENCE and use.target:
            of = found.setdefault(use.target.attribute, {})
            of.setdefault(use.target, []).append(use.column)
    return found


def _sources(
    table: Table, target: Target, columns: Sequence[str], type_: EntityType
) -> Iterator[_Source]:
    """Words of several columns are joined; line breaks in a cell part the lines of an address."""
    cells = [table.cells[column] for column in columns]
    plain = target.attribute != FULL_NAME and not isinstance(
        type_[target.attribute].type, Text | Address
    )
    if plain or (target.attribute in type_ and type_[target.attribute].many and not target.part):
        for column, texts in zip(columns, cells, strict=True):
            yield from _each(column, over_distinct(items_of, texts))
        return
    label = " and ".join(columns)
    joined = (
        cells[0]
        if len(cells) == 1
        else [" ".join(filter(None, row)) for row in zip(*cells, strict=True)]
    )
    if target.part not in ADDRESS_LINES:
        yield _Source(label, joined)
        return
    yield from _each(label, over_distinct(_lines, joined))


def _each(label: str, texts: Sequence[Sequence[str]]) -> Iterator[_Source]:
    """A source for the first text of each row, one for the second, and so on."""
    for place in range(max(map(len, texts), default=0)):
        yield _Source(label, [each[place] if place < len(each) else "" for each in texts])


def _lines(text: str) -> Sequence[str]:
    lines = [line for line in _LINE_BREAKS.split(text) if line.strip()]
    return (*lines[: _MOST_LINES - 1], " ".join(lines[_MOST_LINES - 1 :]))


def _unreadable(
    column: str, target: Target, values: Sequence[Read], numbers: Sequence[int]
) -> Iterator[Unreadable]:
    wrong: dict[bool, list[tuple[int, InvalidValue]]] = {}
    for at, value in enumerate(values):
        if isinstance(value, Kept):
            wrong.setdefault(True, []).append((at, value.invalid))
        elif isinstance(value, InvalidValue):
            wrong.setdefault(False, []).append((at, value))
    for kept, found in wrong.items():
        at, first = found[0]
        row = numbers[at]
        yield Unreadable(column, target, len(found), row, first.message, first.remedy, kept)


def _text(value: Read) -> str | None:
    if isinstance(value, Kept):
        return value.text
    return None if isinstance(value, InvalidValue) else value


def _paths(attribute: Attribute, read: dict[Target, list[Texts]]) -> Columns:
    if isinstance(attribute.type, Address):
        return _address_paths(attribute, read)
    texts = [each for of in sorted(read, key=lambda target: target.item) for each in read[of]]
    return _items(attribute, texts) if attribute.many else {attribute.name: _first(texts)}


def _first(texts: Sequence[Texts]) -> Texts:
    """The first value of each row."""
    if len(texts) == 1:
        return texts[0]
    return [next(filter(None, values), None) for values in zip(*texts, strict=True)]


def _items(attribute: Attribute, texts: Sequence[Texts]) -> Columns:
    """The distinct items of each row, one behind the other."""
    identity = attribute.type.identity
    rows = []
    for row in zip(*texts, strict=True):
        items: dict[str, str] = {}
        for item in filter(None, row):
            items.setdefault(identity(item), item)
        rows.append(tuple(items.values()))
    return dict(_places(attribute.name, rows))


def _places(name: str, rows: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, Texts]]:
    for place in range(max(map(len, rows), default=0)):
        yield f"{name}[{place}]", [row[place] if place < len(row) else None for row in rows]


def _address_paths(attribute: Attribute, read: dict[Target, list[Texts]]) -> Columns:
    columns: Columns = {}
    lines: dict[str, list[Texts]] = {}
    for target in sorted(read, key=lambda target: (target.item, target.part)):
        path = f"{attribute.name}[{target.item}]" if attribute.many else attribute.name
        if target.part in ADDRESS_LINES:
            lines.setdefault(path, []).extend(read[target])
        else:
            columns[f"{path}.{target.part}"] = _first(read[target])
    for path, texts in lines.items():
        packed = [tuple(filter(None, row)) for row in zip(*texts, strict=True)]
        columns |= _places(f"{path}.lines", packed)
    return columns


def _names(columns: Columns, full: Texts) -> Columns:
    """What full names say where a name is not told in parts, and the middle names."""
    nothing: Texts = [None] * len(full)
    parts = [columns.get(name, nothing) for name in ("given_name", "middle_name", "family_name")]
    known = over_distinct(lambda each: parse_full_name(each or ""), full)
    rows = []
    for given, middle, family, name in zip(*parts, known, strict=True):
        if not (given and family) and name.family:
            given, family = name.given or None, name.family
        rows.append((given, middle or name.middle or None, family))
    return {
        path: [row[place] for row in rows]
        for place, path in enumerate(("given_name", "middle_name", "family_name"))
    }
