"""What the columns of a file probably mean, for a person to confirm: by their names and values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from matching.domains import MODELS
from matching.files.contents import Contents
from matching.files.guessing import Role, guess
from matching.files.said import Said
from matching.files.targets import FULL_NAME
from matching.files.vocabulary import phrases_of, words_of
from mdm.feeds import drafting
from mdm.schema import EntityType
from mdm.standardise.reading import Reading

_CHANGED = {"last modified", "changed on", "modified", "updated", "updated at", "last updated"}
_CHANGED |= {"last changed", "modified at", "changed at", "modified on", "last update"}
_NUMBERS = frozenset("id key no nr number code symbol ref reference".split())


@dataclass(frozen=True, slots=True)
class Guess:
    """A target, and why."""

    target: str
    reason: str


def guesses(
    declared: EntityType, columns: Sequence[str], sample: Sequence[Sequence[Any]]
) -> dict[str, Guess]:
    """A guess for each column that gives cause for one; no target is guessed twice."""
    cells = list(zip(*sample, strict=True)) if sample else [()] * len(columns)
    contents = {
        column: Contents.of([_text(cell) for cell in values])
        for column, values in zip(columns, cells, strict=True)
    }
    known = drafting.targets(declared)
    found: dict[str, Guess] = {}
    for use in guess(contents, declared, MODELS[declared.domain], Said({}), Reading()):
        if use.role == Role.KEY:
            _take(
                found,
                use.column,
                Guess(drafting.KEY, gettext("different in every row, and called so")),
            )
        elif use.target and use.target.attribute != FULL_NAME:
            part = f".{use.target.part}" if use.target.part else ""
            _take(found, use.column, Guess(use.target.attribute + part, use.reason))
    for column in columns:
        if column not in found:
            _take(found, column, _by_name(declared, column))
    if drafting.KEY not in {each.target for each in found.values()}:
        for column in columns:
            if column not in found and _numbers(column) and contents[column].is_unique:
                found[column] = Guess(
                    drafting.KEY, gettext("a number that differs in every row shown")
                )
                break
    many = {each.name for each in declared.attributes if each.many}
    return {
        column: each
        for column, each in found.items()
        if each.target in known and (each.target in many or _first(found, each.target) == column)
    }


def _take(found: dict[str, Guess], column: str, each: Guess | None) -> None:
    if each is not None:
        found[column] = each


def _first(found: dict[str, Guess], target: str) -> str:
    return next(column for column, each in found.items() if each.target == target)


def _by_name(declared: EntityType, column: str) -> Guess | None:
    """What a column is called, though matching does not compare it."""
    words = words_of(column)
    if " ".join(words) in _CHANGED:
        return Guess(drafting.UPDATED_AT, gettext("its name says so"))
    for phrase in phrases_of(declared):
        if phrase.words == words:
            part = f".{phrase.target.part}" if phrase.target.part else ""
            return Guess(phrase.target.attribute + part, gettext("its name says so"))
    return None


def _numbers(column: str) -> bool:
    """Whether a column is called like something that counts or names rows."""
    return bool(words_of(column)) and words_of(column)[-1] in _NUMBERS


def _text(cell: Any) -> str:
    if isinstance(cell, list):
        return ", ".join(map(str, cell))
    return "" if cell is None else str(cell)
