"""A match model as plain values, for YAML or JSON that a steward can read and change."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from matching.engine.model import (
    Column,
    Comparison,
    Condition,
    Guard,
    Identifier,
    Level,
    MatchModel,
    ModelError,
    Pass,
)

_PARTS: dict[tuple[type, str], type] = {
    (MatchModel, "columns"): Column,
    (MatchModel, "passes"): Pass,
    (MatchModel, "comparisons"): Comparison,
    (MatchModel, "identifiers"): Identifier,
    (MatchModel, "guard"): Guard,
    (Comparison, "levels"): Level,
    (Level, "when"): Condition,
}
_DERIVED = "by_name"


def to_dict(model: MatchModel) -> dict[str, Any]:
    """`model` as dicts, lists, strings and numbers; what has its default value is left out."""
    return _plain(model)


def from_dict(document: Mapping[str, Any]) -> MatchModel:
    """The model that `to_dict` wrote. Raises `ModelError` for what is not a model."""
    model = _built(MatchModel, document, "model")
    assert isinstance(model, MatchModel)  # noqa: S101
    return model


def _plain(part: Any) -> dict[str, Any]:
    named = ((item, getattr(part, item.name)) for item in fields(part) if item.name != _DERIVED)
    return {item.name: _value(value) for item, value in named if value != item.default}


def _value(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_value(item) for item in value]
    return _plain(value) if type(value) in _PARTS.values() else value


def _built(kind: type, document: Any, where: str) -> Any:
    if not isinstance(document, Mapping):
        raise ModelError(f"{where}: expected named values, not {document!r}")
    known = {item.name: item for item in fields(kind) if item.name != _DERIVED}
    if unknown := set(document) - set(known):
        raise ModelError(f"{where} has nothing called {', '.join(sorted(unknown))}")
    needed = {name for name, item in known.items() if item.default is MISSING}
    if missing := needed - set(document):
        raise ModelError(f"{where} needs {', '.join(sorted(missing))}")
    parts = {
        name: _read(_PARTS.get((kind, name)), value, f"{where}, {name}")
        for name, value in document.items()
    }
    return kind(**parts)


def _read(part: type | None, value: Any, where: str) -> Any:
    if part is None or value is None:
        return _tuples(value)
    if isinstance(value, list):
        return tuple(_built(part, item, f"{where} {n}") for n, item in enumerate(value, 1))
    return _built(part, value, where)


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value
