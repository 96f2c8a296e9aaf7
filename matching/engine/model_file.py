"""A match model and its weights as a YAML file that a steward can read, change and hand back."""

from collections.abc import Mapping
from typing import Any

import yaml

from matching.engine.document import from_dict, to_dict
from matching.engine.model import MatchModel, ModelError
from matching.engine.weights import Weights, WeightsError

_WIDTH = 100
_HEADER = """\
# How records of the domain {domain!r} are matched. Weights and thresholds are in bits.
# m: how often records of one thing agree so far, u: how often records of two things do;
# log2(m / u) is what a level says. docs/matching.md explains every word.
"""
_LEARNED = "# Learned from {records:,} records. Each list: the levels in order, then different.\n"


def to_yaml(model: MatchModel, weights: Weights | None = None) -> str:
    """The model, and the weights that were learned for it."""
    text = _HEADER.format(domain=model.domain) + _dumped({"model": to_dict(model)})
    if weights is None:
        return text
    learned = _LEARNED.format(records=weights.trained_on) if weights.trained_on else ""
    return text + learned + _dumped({"weights": weights.to_dict()})


def from_yaml(text: str) -> tuple[MatchModel, Weights | None]:
    """The model that `to_yaml` wrote, and its weights when it has any.

    Raises `ModelError` or `WeightsError`, which say where something is wrong and what would do.
    """
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ModelError(f"this is not YAML: {_where(error)}") from error
    if not isinstance(document, Mapping) or "model" not in document:
        raise ModelError("the file has no model: put everything of the model under 'model:'")
    if unknown := set(document) - {"model", "weights"}:
        named = ", ".join(sorted(map(str, unknown)))
        raise ModelError(f"the file has nothing called {named}; there is model, weights")
    model = from_dict(document["model"])
    stored = document.get("weights")
    return model, None if stored is None else _weights(stored, model)


def _weights(stored: Any, model: MatchModel) -> Weights:
    try:
        weights = Weights.from_dict(_numbers(stored))
    except KeyError as error:
        raise WeightsError(f"weights need {error.args[0]}") from error
    except (AttributeError, TypeError, ValueError) as error:
        raise WeightsError(
            f"weights: {error}; m and u are a list of numbers for each comparison,"
            " chance a number for each column whose frequencies count"
        ) from error
    weights.check(model)
    return weights


def _numbers(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The weights with every share a number: YAML reads 1e-6 as a text."""
    read = dict(stored)
    for letter in ("m", "u"):
        read[letter] = {name: list(map(float, each)) for name, each in stored[letter].items()}
    read["chance"] = {name: float(each) for name, each in stored["chance"].items()}
    return read | {"prior": float(stored["prior"]), "trained_on": int(stored["trained_on"])}


def _where(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return str(error)
    return f"line {mark.line + 1}, column {mark.column + 1}: {getattr(error, 'problem', error)}"


class _Readable(yaml.SafeDumper):
    """Small things stand on one line, large ones below each other."""


def _mapping(dumper: _Readable, parts: dict[str, Any]) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", parts, flow_style=_is_small(parts))


def _sequence(dumper: _Readable, items: list[Any]) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=_is_small(items))


_Readable.add_representer(dict, _mapping)
_Readable.add_representer(list, _sequence)


def _is_small(value: Any) -> bool:
    """Whether it reads well on one line: the row of a table, the conditions of a level."""
    if isinstance(value, dict):
        return "when" not in value and len(str(value)) < _WIDTH and not _holds_mappings(value)
    conditions = all(isinstance(each, dict) and "column" in each for each in value)
    return (conditions and len(str(value)) < _WIDTH) or not any(
        isinstance(each, dict) for each in value
    )


def _holds_mappings(parts: dict[str, Any]) -> bool:
    lists = (each for each in parts.values() if isinstance(each, list))
    return any(isinstance(each, dict) for each in parts.values()) or any(
        isinstance(item, dict) for each in lists for item in each
    )


def _dumped(document: dict[str, Any]) -> str:
    text: str = yaml.dump(
        document, Dumper=_Readable, sort_keys=False, allow_unicode=True, width=_WIDTH
    )
    return text
