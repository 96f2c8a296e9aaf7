"""Splink settings as a match model and its weights, as far as ours can say the same.

Splink knows columns of a table; what a column is made of, identifiers, thresholds and the guard
come from a model of ours that has columns of those names. So weights trained in Splink come back.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import log2
from typing import Any

from matching.engine.measures import MEASURES
from matching.engine.model import (
    Column,
    Comparison,
    Condition,
    Level,
    MatchModel,
    ModelError,
    Pass,
    absent,
    equal,
    similar,
)
from matching.engine.splink_settings import Settings, SplinkError
from matching.engine.splink_sql import (
    condition_sql,
    function_name,
    identifier,
    missing_sql,
)
from matching.engine.weights import Weights

_EQUAL = re.compile(r'"?(\w+?)_l"? = "?(\w+?)_r"?')
_MISSING = re.compile(r'"?(\w+?)_l"? IS NULL OR "?(\w+?)_r"? IS NULL')
_ALIKE = re.compile(r'(\w+)\("?(\w+?)_l"?, "?(\w+?)_r"?\) >= ([\d.]+)')
_BLOCKED = re.compile(r'l\."?(\w+?)"? = r\."?(\w+?)"?')
_FUNCTIONS = {
    **{function_name(measure): measure for measure in MEASURES},
    "jaro_winkler_similarity": "jaro_winkler",
}
_DEFAULT_ODDS_OF = 0.0001  # probability_two_random_records_match when the settings give none


def model_of_splink(
    settings: Settings, like: MatchModel, records: int = 0
) -> tuple[MatchModel, Weights]:
    """The model and weights of `settings`; `like` says what its columns are, and all the rest.

    `records` is how many the weights were trained on, 0 when they were not. Raises `SplinkError`
    for what ours cannot say: it names the place and a remedy.
    """
    return _Reader(settings, like).model_and_weights(records)


@dataclass(frozen=True, slots=True)
class _Reader:
    settings: Settings
    like: MatchModel

    def model_and_weights(self, records: int) -> tuple[MatchModel, Weights]:
        comparisons = [self._comparison(each) for each in self._listed("comparisons")]
        rules = self._listed("blocking_rules_to_generate_predictions")
        passes = [self._pass(number, each) for number, each in enumerate(rules, 1)]
        share = float(self.settings.get("probability_two_random_records_match", _DEFAULT_ODDS_OF))
        prior = log2(share / (1 - share))
        try:
            model = replace(
                self.like, passes=tuple(passes), comparisons=tuple(c for c, _, _ in comparisons)
            )
        except ModelError as error:
            raise SplinkError(str(error)) from error
        weights = replace(
            Weights.of(model),
            prior=prior,
            m={comparison.name: m for comparison, m, _ in comparisons},
            u={comparison.name: u for comparison, _, u in comparisons},
            trained_on=records,
        )
        return model, weights

    def _listed(self, key: str) -> list[Any]:
        found = self.settings.get(key)
        if not isinstance(found, list) or not found:
            raise SplinkError(f"the settings have no {key}: is this a model saved by Splink?")
        return found

    def _pass(self, number: int, rule: Mapping[str, Any] | str) -> Pass:
        sql = rule if isinstance(rule, str) else str(rule.get("blocking_rule", ""))
        columns = tuple(self._blocked(number, part) for part in _conjuncts(sql))
        known = {each.columns: each for each in self.like.passes}
        return known.get(columns, Pass("same " + " and ".join(columns), columns))

    def _blocked(self, number: int, sql: str) -> str:
        found = _BLOCKED.fullmatch(sql)
        if not found or found[1] != found[2]:
            raise SplinkError(
                f"blocking rule {number}: {sql!r} is not the equality of one column on both sides;"
                " make a column of what it computes"
            )
        return self._column(found[1], f"blocking rule {number}").name

    def _comparison(
        self, comparison: Mapping[str, Any]
    ) -> tuple[Comparison, tuple[float, ...], tuple[float, ...]]:
        name = self._name_of(comparison)
        where = f"comparison {name!r}"
        all_ = [each for each in comparison.get("comparison_levels", ()) if "sql_condition" in each]
        listed = [each for each in all_ if not each.get("is_null_level")]
        if len(listed) < 2 or listed[-1]["sql_condition"].upper() != "ELSE":
            raise SplinkError(f"{where}: its last level is not ELSE, which all others come before")
        for each in listed:
            if not {"m_probability", "u_probability"} <= each.keys():
                raise SplinkError(f"{where} has a level without m or u: train it in Splink first")
        m, u = (
            tuple(float(each[f"{letter}_probability"]) for each in listed) for letter in ("m", "u")
        )
        read = Comparison(name, tuple(self._level(each, where) for each in listed[:-1]))
        self._check_missing([each for each in all_ if each.get("is_null_level")], read, where)
        return read, m, u

    def _check_missing(self, levels: list[Mapping[str, Any]], read: Comparison, where: str) -> None:
        """Ours is missing when no column has a value on both sides, and says nothing then."""
        said = {
            self._condition(part, where)
            for level in levels
            for part in _conjuncts(level["sql_condition"])
        }
        if len(levels) != 1 or said != {absent(column) for column in read.columns}:
            raise SplinkError(
                f"{where} needs one level with is_null_level: {missing_sql(list(read.columns))}"
            )

    def _name_of(self, comparison: Mapping[str, Any]) -> str:
        given = str(comparison.get("output_column_name", ""))
        ours = {identifier(each.name): each.name for each in self.like.comparisons}
        return ours.get(given, given)

    def _level(self, level: Mapping[str, Any], where: str) -> Level:
        sql = str(level["sql_condition"])
        label = str(level.get("label_for_charts") or sql)
        where = f"{where}, level {label!r}"
        return Level(
            label=label,
            when=tuple(self._condition(part, where) for part in _conjuncts(sql)),
            m=float(level["m_probability"]),
            u=float(level["u_probability"]),
            frequency_of=self._counted(level, where),
        )

    def _counted(self, level: Mapping[str, Any], where: str) -> str | None:
        named = level.get("tf_adjustment_column")
        if not named:
            return None
        name = str(named).strip('"').partition("_for_")[0]
        column = self._column(name, where)
        if not column.chance:
            raise SplinkError(
                f"{where} counts how frequent values of {column.name!r} are, for which that column"
                " of our model needs a chance: give it one, or leave out tf_adjustment_column"
            )
        return column.name

    def _condition(self, sql: str, where: str) -> Condition:
        if ours := self._ours().get(_plain(sql)):
            return ours
        if (found := _EQUAL.fullmatch(sql)) and found[1] == found[2]:
            return equal(self._column(found[1], where).name)
        if (found := _MISSING.fullmatch(sql)) and found[1] == found[2]:
            return absent(self._column(found[1], where).name)
        found = _ALIKE.fullmatch(sql)
        if found and found[2] == found[3] and found[1] in _FUNCTIONS:
            column = self._column(found[2], where)
            return similar(column.name, _FUNCTIONS[found[1]], float(found[4]))
        raise SplinkError(
            f"{where}: {sql!r} is nothing that our measures say; use equality, a missing value or"
            f" {' or '.join(sorted(_FUNCTIONS))} of one column"
        )

    def _ours(self) -> dict[str, Condition]:
        """The conditions of `like` by the SQL that we write for them."""
        columns = self.like.by_name
        return {
            _plain(condition_sql(part, columns[part.column])): part
            for comparison in self.like.comparisons
            for level in comparison.levels
            for part in level.when
        }

    def _column(self, name: str, where: str) -> Column:
        for column in self.like.columns:
            if name in (column.name, identifier(column.name)):
                return column
        known = ", ".join(identifier(column.name) for column in self.like.columns)
        raise SplinkError(
            f"{where} names the column {name!r}, which the model of {self.like.domain!r} does not"
            f" have: add it there, or use one of {known}"
        )


def _plain(sql: str) -> str:
    """`sql` on one line, without parentheses around the whole of it."""
    text = " ".join(sql.split())
    while text.startswith("(") and _closing(text) == len(text) - 1:
        text = text[1:-1].strip()
    return text


def _closing(text: str) -> int:
    """Where the parenthesis that opens `text` is closed."""
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if not depth:
            return place
    return -1


def _conjuncts(sql: str) -> list[str]:
    return [_plain(part) for part in _split_at_and(_plain(sql))]


def _split_at_and(sql: str) -> Iterator[str]:
    """The parts of `sql` between those ANDs that are in no parentheses."""
    depth, start = 0, 0
    for found in re.finditer(r"[()]|\bAND\b", sql, re.IGNORECASE):
        depth += (found[0] == "(") - (found[0] == ")")
        if not depth and found[0].upper() == "AND":
            yield sql[start : found.start()]
            start = found.end()
    yield sql[start:]
