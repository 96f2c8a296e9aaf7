"""pg_trgm: the usual ways to ask PostgreSQL for names like one, each with an index of its own."""

import time
from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

_WARMING = 10  # questions before those that are timed


class Way(NamedTuple):
    """A way to ask a table for the records whose names, an expression, are like one.

    A way by `%` sorts all that reaches the threshold, one by `<->` walks the index to the nearest.
    """

    table: str
    name: str
    index: str
    query: str
    threshold: float = 0.3  # PostgreSQL's own


class Answers(NamedTuple):
    """Seconds for the index and for each question, and the ids found, the most alike first."""

    seconds_to_build: float
    seconds: list[float]
    ranked: list[list[int]]


_RANKED = (
    "SELECT id FROM {table} WHERE {name} %% %(name)s AND id <> %(own)s"
    " ORDER BY similarity({name}, %(name)s) DESC LIMIT %(rank)s"
)
_NEAREST = "SELECT id FROM {table} WHERE id <> %(own)s ORDER BY {name} <-> %(name)s LIMIT %(rank)s"
_GIN, _GIST = "gin (({name}) gin_trgm_ops)", "gist (({name}) gist_trgm_ops)"
_TABLES = {
    "trigrams": ("mdm_sourcerecord", "lower(attributes ->> 'legal_name')"),
    "trigrams of bare names": ("names", "name"),
}
_KINDS = {
    "GIN, % at 0.5": (_GIN, _RANKED, 0.5),
    "GIN, % at 0.3": (_GIN, _RANKED),
    "GiST, nearest by <->": (_GIST, _NEAREST),
}
WAYS = {
    f"{where} ({kind})": Way(*_TABLES[where], *_KINDS[kind])
    for where, kind in product(_TABLES, _KINDS)
}


def keep_bare_names() -> None:
    """A table of nothing but the names of the source records, beside these themselves."""
    from mdm.bulk import execute

    execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    execute(
        "CREATE TABLE names AS SELECT id, lower(attributes ->> 'legal_name') AS name"
        " FROM mdm_sourcerecord"
    )
    execute("ALTER TABLE names ADD PRIMARY KEY (id)")


def asked(way: Way, records: Sequence[tuple[int, str]], rank: int) -> Answers:
    """The `rank` records most like each of some, by id and name; the index lives only meanwhile."""
    from mdm.bulk import execute, fetch_named

    execute(f"SET pg_trgm.similarity_threshold = {way.threshold}")
    query = way.query.format(table=way.table, name=way.name)
    started = time.perf_counter()
    execute(f"CREATE INDEX trigrams ON {way.table} USING {way.index.format(name=way.name)}")
    built = time.perf_counter() - started
    execute(f"VACUUM ANALYZE {way.table}")
    seconds, ranked = [], []
    for number, (own, name) in enumerate([*records[:_WARMING], *records]):
        started = time.perf_counter()
        rows = fetch_named(query, {"name": name.lower(), "own": own, "rank": rank})
        if number >= len(records[:_WARMING]):
            seconds.append(time.perf_counter() - started)
            ranked.append([row[0] for row in rows])
    execute("DROP INDEX trigrams")
    return Answers(built, seconds, ranked)
