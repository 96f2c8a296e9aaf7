"""The very records behind a figure: the conditions that were counted, asked for rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import sql

from mdm.bulk import fetch_named
from mdm.quality.rows import condition, rows
from mdm.quality.rules import Of, QualityRule


@dataclass(frozen=True, slots=True)
class Failing:
    """What fails a rule in a system (None: among golden records), as judged at a moment."""

    domain: str
    rule: QualityRule
    system_id: int | None
    at: datetime

    def ids(self, after: str, limit: int) -> list[Any]:
        """The ids that follow the id `after` ("": the first ones), in their order."""
        statement, parameters = self._statement(after)
        found = fetch_named(f"{statement} LIMIT %(limit)s", {**parameters, "limit": limit})
        return [row[0] for row in found]

    def query(self) -> str:
        """The statement for all of them, as one would type it."""
        statement, parameters = self._statement("")
        for name, value in parameters.items():
            statement = statement.replace(f"%({name})s", sql.Literal(value).as_string())
        return statement.replace("%%", "%")

    def _statement(self, after: str) -> tuple[str, dict[str, Any]]:
        golden = self.system_id is None
        conditions = self.rule.on_golden if golden else self.rule.on_source
        if conditions is None:
            raise LookupError(f"{self.rule.code} is not asked there")
        applies, fails = (condition(each, self.rule) for each in conditions)
        id_ = "golden_id" if golden and self.rule.of == Of.MEMBERS else "id"
        where = [f"({applies})", f"({fails})"]
        parameters: dict[str, Any] = {"domain": self.domain, "at": self.at}
        if not golden:
            where.append("system_id = %(system)s")
            parameters["system"] = self.system_id
        if after:
            where.append(f"{id_} > %(after)s")
            parameters["after"] = after
        table = rows([self.rule], golden=golden)
        statement = f"SELECT {id_} FROM {table} row WHERE {' AND '.join(where)} ORDER BY {id_}"  # noqa: S608
        return statement, parameters
