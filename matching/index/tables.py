"""The tables of an index: made, filled and swapped in whole, so that no reader sees half of one.

`keys` has a row for each key of a record, with its place in an oversized block. `forms` has the
comparison forms of each record, as JSON. `counts` says how many records hold a frequent value.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from django.db import connection
from psycopg import sql

from matching.engine.arrays import Ints
from matching.engine.record_forms import Forms
from mdm.bulk import as_array, fetch_prepared


@dataclass(frozen=True, slots=True)
class Tables:
    """The names of the tables of one index."""

    keys: str
    forms: str
    counts: str

    @classmethod
    def of(cls, domain: str, suffix: str = "") -> "Tables":
        kinds = ("keys", "forms", "counts")
        return cls(*(f"matching_index_{domain}_{kind}{suffix}" for kind in kinds))

    def __iter__(self) -> Iterator[str]:
        return iter((self.keys, self.forms, self.counts))

    def statement(self, template: str) -> str:
        """SQL with the names filled in for {keys}, {forms} and {counts}."""
        return _filled(template, keys=self.keys, forms=self.forms, counts=self.counts)

    def create(self) -> None:
        """Make the tables without indexes: filling comes first."""
        for template in (
            "CREATE TABLE {keys} (key bigint NOT NULL, near bigint NOT NULL,"
            " record_id bigint NOT NULL)",
            "CREATE TABLE {forms} (record_id bigint NOT NULL, version bigint NOT NULL,"
            " forms text NOT NULL)",
            "CREATE TABLE {counts} (key bigint NOT NULL, records bigint NOT NULL)",
        ):
            self._run(template)

    def add_indexes(self) -> None:
        for template in (
            "CREATE INDEX ON {keys} (key, near, record_id)",
            "ALTER TABLE {forms} ADD PRIMARY KEY (record_id)",
            "ALTER TABLE {counts} ADD PRIMARY KEY (key)",
            "ANALYZE {keys}",
            "ANALYZE {forms}",
            "ANALYZE {counts}",
        ):
            self._run(template)

    def become(self, others: "Tables") -> None:
        """Take the place and the names of other tables, if there are any; readers wait for it."""
        for mine, theirs in zip(self, others, strict=True):
            names = sql.Identifier(theirs), sql.Identifier(mine)
            _execute(sql.SQL("DROP TABLE IF EXISTS {}").format(names[0]).as_string(None))
            rename = sql.SQL("ALTER TABLE {1} RENAME TO {0}").format(*names)
            _execute(rename.as_string(None))

    def _run(self, template: str) -> None:
        _execute(self.statement(template))

    def neighbours(
        self, keys: Ints, near: Ints, record_ids: Ints, limit: int
    ) -> Iterator[tuple[list[int], list[int]]]:
        """For each key the records of its block before and after a place, `limit` of each.

        The nearest come first; the record whose place it is does not come.
        """
        query = self.statement(
            "SELECT ARRAY(SELECT record_id FROM {keys} WHERE key = sought.key"
            "  AND (near, record_id) < (sought.near, sought.record_id)"
            "  AND record_id <> sought.record_id ORDER BY near DESC, record_id DESC LIMIT %s),"
            " ARRAY(SELECT record_id FROM {keys} WHERE key = sought.key"
            "  AND (near, record_id) > (sought.near, sought.record_id)"
            "  AND record_id <> sought.record_id ORDER BY near, record_id LIMIT %s)"
            " FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[])"
            " WITH ORDINALITY AS sought (key, near, record_id, number) ORDER BY number"
        )
        sought = [as_array(each.tolist()) for each in (keys, near, record_ids)]
        yield from fetch_prepared(query, [limit, limit, *sought])

    def forms_of(self, record_ids: Sequence[int]) -> dict[int, Forms]:
        """The stored comparison forms of records, in the order of their ids."""
        query = (
            "SELECT record_id, forms FROM {forms} WHERE record_id = ANY(%s::bigint[])"
            " ORDER BY record_id"
        )
        rows = fetch_prepared(self.statement(query), [as_array(record_ids)])
        return {record_id: tuple(orjson.loads(forms)) for record_id, forms in rows}

    def counted(self, keys: list[int]) -> dict[int, int]:
        """How many records hold the values with these keys, as far as they are frequent."""
        query = "SELECT key, records FROM {counts} WHERE key = ANY(%s::bigint[])"
        return dict(fetch_prepared(self.statement(query), [as_array(keys)]))


@cache
def _filled(template: str, **names: str) -> str:
    quoted = {kind: sql.Identifier(name) for kind, name in names.items()}
    return sql.SQL(template).format(**quoted).as_string(None)


def _execute(statement: str, parameters: Sequence[Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
