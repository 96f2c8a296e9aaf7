"""What a sheet's XML tells and its values do not: merged cells, and formulas without a result."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from openpyxl.utils import column_index_from_string, range_boundaries

_PIECE = 1 << 20
_LONGEST_ELEMENT = 1 << 16
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+\d+:[A-Z]+\d+)"')
# A cell with a formula and no value, or an empty one that is not said to be the empty text.
_UNCALCULATED = re.compile(
    rb'<(?:\w+:)?c\s(?![^>]*\st="str")[^>]*?\br="([A-Z]+)(\d+)"[^>]*>\s*'
    rb"<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)


@dataclass(slots=True)
class Flaws:
    """Row numbers: with the range in which cells are merged, or the place of an empty formula."""

    merged: dict[int, str] = field(default_factory=dict)
    uncalculated: dict[int, int] = field(default_factory=dict)


def find_flaws(path: Path, sheet: str, flaws: Flaws) -> None:
    """Fill `flaws` from the part of the workbook called `sheet`, in bounded memory."""
    for piece in _pieces(path, sheet):
        for found in _UNCALCULATED.finditer(piece):
            place = column_index_from_string(found[1].decode()) - 1
            flaws.uncalculated.setdefault(int(found[2]), place)
        for found in _MERGED.finditer(piece):
            _, first, _, last = range_boundaries(found[1].decode())
            for row in range(first or 1, (last or 1) + 1):
                flaws.merged.setdefault(row, found[1].decode())


def _pieces(path: Path, sheet: str) -> Iterator[bytes]:
    """The XML in pieces that overlap by more than an element is long."""
    with zipfile.ZipFile(path) as archive, archive.open(sheet) as content:
        before = b""
        while piece := content.read(_PIECE):
            yield before + piece
            before = (before + piece)[-_LONGEST_ELEMENT:]
