"""How PostgreSQL would read what some code asks for, in tables with many rows."""

from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection

from mdm.bulk import execute

MANY = 20_000


def plans_of(act: Callable[[], object]) -> list[dict[str, Any]]:
    """The steps of the plans of all that `act` selects."""
    asked = []

    def note(run: Any, statement: Any, parameters: Any, many: bool, context: Any) -> Any:
        asked.append((statement, parameters))
        return run(statement, parameters, many, context)

    with connection.execute_wrapper(note):
        act()
    steps = []
    with connection.cursor() as cursor:
        for statement, parameters in asked:
            if str(statement).lstrip().startswith(("SELECT", "WITH", "(")):
                cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
                ((plan,),) = cursor.fetchall()
                steps += _steps(plan[0]["Plan"])
    return steps


def _steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for each in plan.get("Plans", ()):
        yield from _steps(each)


def read_whole(steps: list[dict[str, Any]]) -> set[str]:
    """The tables that are read from one end to the other."""
    return {each["Relation Name"] for each in steps if each["Node Type"] == "Seq Scan"}


def read_along(steps: list[dict[str, Any]]) -> set[str]:
    """The indexes along which tables are read."""
    return {each["Index Name"] for each in steps if "Index Name" in each}


def multiply(table: str, changes: str) -> None:
    """Many rows like the one of a table, but for columns and what they say of n, their number."""
    execute(
        f"INSERT INTO {table} SELECT made.* FROM {table} one, generate_series(1, {MANY}) n,"
        f" LATERAL jsonb_populate_record(one, jsonb_build_object({changes})) made"
    )
    execute(f"ANALYZE {table}")
