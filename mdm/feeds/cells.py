"""Where a mapping takes a value from: a column, through transformations, or a constant."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from mdm.feeds.readers.sheet import ABSENT, Row
from mdm.feeds.transformations import TRANSFORMATIONS, Transformation
from mdm.standardise.text import over_distinct

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
        if "value" in specification:
            return cls(constant=str(specification["value"]))
        columns = specification.get("columns") or [specification.get("column")]
        if not all(columns):
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
            values = [" ".join(filter(None, (row[place] for place in at))) for row in rows]
        if any(isinstance(value, list) for value in values):
            values = [tuple(value) if isinstance(value, list) else value for value in values]
        return over_distinct(self._transform, values) if self.transformations else values

    @property
    def name(self) -> str:
        """What to call the cell in a message."""
        return " and ".join(self.columns)

    def texts(self, places: dict[str, int], rows: Sequence[Row]) -> list[str]:
        """The cell's value in each row as one text; "" for no value."""
        return [
            "" if value is None or value == ABSENT else str(value)
            for value in self.values(places, rows)
        ]

    def _transform(self, value: Raw) -> Raw:
        if value is None or value == ABSENT:
            return value
        if isinstance(value, tuple):
            return tuple(map(self._transform, value))
        for transformation in self.transformations:
            value = transformation(value)
        return value


def _transformation(name: str) -> Transformation:
    try:
        return TRANSFORMATIONS[name]
    except KeyError:
        known = ", ".join(TRANSFORMATIONS)
        raise MappingError(f"there is no transformation {name!r}; there are {known}") from None


def missing_columns(cells: Collection[Cell], columns: Collection[str]) -> list[str]:
    """Columns that the cells need and the file does not have, in the order of the cells."""
    needed = (column for cell in cells if not cell.optional for column in cell.columns)
    return [column for column in dict.fromkeys(needed) if column not in columns]
