"""Declarations name each other as strings; this proves at start-up that what they name is there."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.checks import CheckMessage, Error

from matching.domains import MODELS
from matching.engine.model import MatchModel
from mdm.attribute_types import Reference
from mdm.domains import ENTITY_TYPES
from mdm.schema import EntityType


def check_declarations(**_: Any) -> list[CheckMessage]:
    """One error for each name in a declaration that leads nowhere."""
    return [
        *(error for each in ENTITY_TYPES.values() for error in _entity_type_errors(each)),
        *(error for each in MODELS.values() for error in model_errors(each)),
    ]


def _entity_type_errors(declared: EntityType) -> Iterator[Error]:
    where = f"The entity type of {declared.domain!r}"
    for attribute in declared.attributes:
        if isinstance(attribute.type, Reference) and attribute.type.domain not in ENTITY_TYPES:
            yield Error(
                f"{where}: {attribute.name!r} refers to the domain {attribute.type.domain!r},"
                " which there is not.",
                hint=f"There are {_listed(ENTITY_TYPES)}; list a new one in mdm/domains.",
                id="matching.E001",
            )
    for name in (*declared.search_by, *(rule.attribute for rule in declared.rules)):
        if name not in declared:
            yield _unknown_attribute(where, name, declared)
    if declared.domain not in MODELS:
        yield Error(
            f"{where} has no match model: its records would never become golden records.",
            hint="List one in matching/domains; matching.domains.generic makes a small one.",
            id="matching.E003",
        )


def model_errors(model: MatchModel) -> Iterator[Error]:
    """One error for each name in a match model that leads nowhere."""
    where = f"The match model of {model.domain!r}"
    if model.domain not in ENTITY_TYPES:
        yield Error(
            f"{where} is for a domain that there is not.",
            hint=f"There are {_listed(ENTITY_TYPES)}; list a new one in mdm/domains.",
            id="matching.E004",
        )
        return
    declared = ENTITY_TYPES[model.domain]
    for name in model.attributes:
        if name not in declared:
            yield _unknown_attribute(where, name, declared)
    for path in model.paths:
        name, bracket, _ = path.partition(".")[0].partition("[")
        if name in declared and bool(bracket) != declared[name].many:
            kind, form = ("a list", f"{name}[0]") if declared[name].many else ("one value", name)
            yield Error(
                f"{where} reads {path!r}, but {name!r} is {kind}: nothing would be compared.",
                hint=f"Write it as {form!r}.",
                id="matching.E005",
            )


def _unknown_attribute(where: str, name: str, declared: EntityType) -> Error:
    return Error(
        f"{where} names the attribute {name!r}, which {declared.domain!r} does not have.",
        hint=f"It has {_listed(declared.by_name)}.",
        id="matching.E002",
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
