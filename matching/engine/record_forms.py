"""The comparison forms of one record: what a frame makes of a million, without its machinery."""

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Any, TypeAlias

from matching.engine.coding import LONGEST, Paths
from matching.engine.forms import FORMS, Form
from matching.engine.model import Column, MatchModel

Forms: TypeAlias = tuple[str | None, ...]
"""The comparison forms of one record, slot by slot as in the matrix of a frame; None is missing."""

_Parse: TypeAlias = Callable[..., Any] | None


def slots_of(columns: Sequence[Column]) -> dict[str, slice]:
    """Where the forms of each column lie among those of a record."""
    ends = accumulate(column.width for column in columns)
    return {
        column.name: slice(end - column.width, end)
        for column, end in zip(columns, ends, strict=True)
    }


class RecordForms:
    """Reads records as one match model compares them."""

    def __init__(self, model: MatchModel) -> None:
        self._columns = [(FORMS[column.form], column.sources) for column in model.columns]

    def of(self, values: Mapping[str, str | None]) -> Forms:
        """The forms of a record from its attributes by path, the same as `Frame.of` finds."""
        texts = {path: text[:LONGEST] for path, text in values.items() if text is not None}
        read: dict[tuple[_Parse, Paths], Any] = {}
        forms: list[str | None] = []
        for form, sources in self._columns:
            held: list[str | None] = []
            for paths in sources:
                for taken in _taken(form, paths, texts, read):
                    held.append(None if taken in held else taken)
            forms += held
        return tuple(forms)


def _taken(
    form: Form, paths: Paths, texts: Mapping[str, str], read: dict[tuple[_Parse, Paths], Any]
) -> list[str | None]:
    """The forms of one value, `form.width` of them; what several columns read is read once."""
    parts = [texts.get(path) for path in paths]
    if parts.count(None) == len(parts):
        return [None] * form.width
    if form.parse is None:
        return [parts[0] or None]
    if (form.parse, paths) not in read:
        read[form.parse, paths] = form.parse(*parts)
    taken = form.take(read[form.parse, paths]) or ()
    kept = (taken if isinstance(taken, tuple) else (taken,))[: form.width]
    return [*(text or None for text in kept), *[None] * (form.width - len(kept))]
