"""Where a mapping takes values from: columns, through transformations, or a constant."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from mdm.attribute_types import Address, Reference
from mdm.feeds.readers.sheet import ABSENT, Row
from mdm.feeds.transformations import TRANSFORMATIONS, Transformation
from mdm.schema import Attribute, WhenInvalid
from mdm.standardise.reading import InvalidValue
from mdm.standardise.text import clean, over_distinct

Raw = Any
"""A hashable raw value: text, a tuple of them, None for an empty one, ABSENT for no opinion."""


class MappingError(ValueError):
    """A mapping that makes no sense: what is wrong in it."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A source of raw values, one for each row."""

    columns: tuple[str, ...] = ()
    constant: str | None = None
    transformations: tuple[Transformation, ...] = ()
    optional: bool = False

    @classmethod
    def of(cls, specification: Any) -> "Cell":
        """From "Column", {"value": …}, or {"column": …} with `transform` and `optional`.

        {"columns": […]} joins the texts of several columns with a space.
        """
        if isinstance(specification, str):
            return cls(columns=(specification,))
        if not isinstance(specification, dict):
            raise MappingError(f"{specification!r} names neither a column nor a value")
        if specification.get("value") is not None:
            return cls(constant=str(specification["value"]))
        columns = specification.get("columns") or [specification.get("column")]
        if isinstance(columns, str) or not all(columns):
            raise MappingError(f"{specification!r} names neither a column nor a value")
        return cls(
            columns=tuple(columns),
            transformations=tuple(map(_transformation, specification.get("transform", ()))),
            optional=bool(specification.get("optional", False)),
        )

    def values(self, places: dict[str, int], rows: Sequence[Row]) -> list[Raw]:
        """The cell's value in each row: text, a tuple of texts, None, or ABSENT."""
        if self.constant is not None:
            return [self.constant] * len(rows)
        at = [places[column] for column in self.columns if column in places]
        if not at:
            return [ABSENT] * len(rows)
        values: list[Raw] = [row[at[0]] for row in rows]
        if len(at) > 1:
            values = [_joined([row[place] for place in at]) for row in rows]
        if any(isinstance(value, list) for value in values):
            values = [tuple(value) if isinstance(value, list) else value for value in values]
        return over_distinct(self._transform, values) if self.transformations else values

    @property
    def name(self) -> str:
        """What to call the cell in a message."""
        return " and ".join(self.columns)

    def texts(self, places: dict[str, int], rows: Sequence[Row]) -> list[str]:
        """The cell's value in each row as one text; "" for no value."""
        return [_as_text(value) for value in self.values(places, rows)]

    def keys(self, places: dict[str, int], rows: Sequence[Row]) -> list[str]:
        """The cell's value in each row as part of a key; "" for none and for a list of several."""
        return over_distinct(_as_key, self.values(places, rows))

    def _transform(self, value: Raw) -> Raw:
        if value is None or value == ABSENT:
            return value
        if isinstance(value, tuple):
            return tuple(map(self._transform, value))
        for transformation in self.transformations:
            value = transformation(value)
        return value


Cells = dict[str, Cell]
"""The cells that one raw value is made of: a `value`, a `system` and `key`, or parts."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An attribute and where its values come from: the items of a list, else what is there first.

    The raw value of a row is a text, a pair (system, key) or a tuple of (part, text) pairs, as the
    attribute's type reads it. None is empty, ABSENT says nothing.
    """

    attribute: Attribute
    sources: tuple[Cells, ...]
    when_invalid: WhenInvalid
    empty_is_absent: bool
    must_exist: bool

    def column(self, part: str = "") -> str:
        """The column to name when a value of this entry, or a part of it, cannot be read."""
        named = [(name, cell) for source in self.sources for name, cell in source.items()]
        named.sort(key=lambda each: each[0] != part)
        return next((cell.name for _, cell in named if cell.columns), self.attribute.name)

    def raw(self, source: Cells, places: dict[str, int], rows: Sequence[Row]) -> list[Raw]:
        """The raw value of each row in one of the sources."""
        values = {part: cell.values(places, rows) for part, cell in source.items()}
        if isinstance(self.attribute.type, Reference):
            pairs = zip(values["system"], values["key"], strict=True)
            return [(system, key) if key and key != ABSENT else key for system, key in pairs]
        if isinstance(self.attribute.type, Address):
            names, telling = list(values), telling_parts(source)
            return [_address(names, telling, parts) for parts in zip(*values.values(), strict=True)]
        return values["value"]

    def settle_one(self, offered: Any) -> Any:
        """What the only source of a row says, as `settle` has it."""
        plain = offered is not None and not isinstance(offered, list | InvalidValue)
        if not plain or offered == ABSENT:
            return self.settle([offered])
        return [offered] if self.attribute.many else offered

    def settle(self, offered: Sequence[Any]) -> Any:
        """What the sources of a row, each read, say together.

        Comes out as InvalidValue when one of them cannot be read, unless the mapping drops that;
        what is dropped says nothing, so it clears nothing.
        """
        many = self.attribute.many
        items = [item for each in offered for item in (each if _is_list(each, many) else (each,))]
        said = [item for item in items if item is not None and item != ABSENT]
        read = [item for item in said if not isinstance(item, InvalidValue)]
        if len(read) < len(said) and self.when_invalid != WhenInvalid.DROP:
            first = said[:1] if not many else said
            if wrong := [item for item in first if isinstance(item, InvalidValue)]:
                return wrong[0]
        if read:
            return self._distinct(read) if many else read[0]
        if said or self.empty_is_absent or all(each == ABSENT for each in offered):
            return ABSENT
        return None

    def _distinct(self, items: list[Any]) -> list[Any]:
        """The first item of each identity."""
        found: dict[str, Any] = {}
        for item in items:
            found.setdefault(self.attribute.type.identity(item), item)
        return list(found.values())


def telling_parts(source: Cells) -> frozenset[str]:
    """The parts of an address that can say where it is: not its kind, nor what is always said."""
    telling = {part for part, cell in source.items() if cell.constant is None and part != "kind"}
    return frozenset(telling or source)


def one_text(name: str, part: Raw, tidy: Callable[[str | None], str]) -> str:
    """The text of a part of an address; raises InvalidValue for a list of several."""
    texts = list(filter(None, map(tidy, part if isinstance(part, tuple) else (part,))))
    if len(texts) > 1:
        raise several(texts, name)
    return texts[0] if texts else ""


def attempt(read: Callable[[Raw], Any], raw: Raw) -> Any:
    """What `read` makes of a value; the InvalidValue itself where it makes nothing of it."""
    try:
        return read(raw)
    except InvalidValue as invalid:
        return invalid


def items_of(attribute: Attribute, raw: Raw) -> Sequence[Raw]:
    """The raw values in one cell: a JSON list holds several."""
    if isinstance(attribute.type, Address):
        return (raw,)
    if isinstance(attribute.type, Reference) and isinstance(raw[1], tuple):
        return [(raw[0], key) for key in raw[1]]
    plain = not isinstance(attribute.type, Reference)
    return raw if plain and isinstance(raw, tuple) else (raw,)


def several(items: Sequence[Any], part: str = "") -> InvalidValue:
    """What is wrong with a JSON list where an attribute, or a part of it, has one value."""
    return InvalidValue(
        f"a list of {len(items)} values stands where one belongs", "send one of them", part
    )


def missing_columns(cells: Collection[Cell], columns: Collection[str]) -> list[str]:
    """Columns that the cells need and the file does not have, in the order of the cells."""
    needed = (column for cell in cells if not cell.optional for column in cell.columns)
    return [column for column in dict.fromkeys(needed) if column not in columns]


def _address(names: list[str], telling: frozenset[str], parts: tuple[Raw, ...]) -> Raw:
    given = list(zip(names, parts, strict=True))
    told = [part for name, part in given if name in telling]
    if all(part == ABSENT for part in told):
        return ABSENT
    return tuple((name, part) for name, part in given if part and part != ABSENT)


def _joined(cells: list[Raw]) -> Raw:
    """The texts of several cells with spaces between; None when all that is there is empty."""
    present = [cell for cell in cells if cell != ABSENT]
    if not present:
        return ABSENT
    texts = (text for cell in present for text in (cell if isinstance(cell, list) else (cell,)))
    return " ".join(filter(None, texts)) or None


def _as_text(value: Raw) -> str:
    if value is None or value == ABSENT:
        return ""
    return ", ".join(filter(None, value)) if isinstance(value, tuple) else str(value)


def _as_key(value: Raw) -> str:
    if isinstance(value, tuple):
        value = value[0] if len(value) == 1 else None
    return clean(value) if value and value != ABSENT else ""


def _is_list(value: Any, many: bool) -> bool:
    return many and isinstance(value, list)


def _transformation(name: str) -> Transformation:
    try:
        return TRANSFORMATIONS[name]
    except KeyError:
        known = ", ".join(TRANSFORMATIONS)
        raise MappingError(f"there is no transformation {name!r}; there are {known}") from None
