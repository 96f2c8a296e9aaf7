"""Search before create: one record, and a thousand, against the stored ones, beside pg_trgm.

    python -m benchmarks.search 1000000

Generated clients are stored in a hub of its own (embedded PostgreSQL) and indexed. Each query is a
stored client of which there is a duplicate; its own record is not found. Beside it stand the usual
queries by trigrams of the name (a GIN index and `%`, at 0.5 and at PostgreSQL's own threshold of
0.3, and a GiST index and `<->`), each with its recall, and the same queries as requests to the
hub's own application, without a network in between, with a golden record for each source record.
"""

import json
import math
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.hub import measured_in_a_hub_of_its_own, set_up, tell
from benchmarks.peers.trigrams import WAYS, asked, keep_bare_names
from mdm.feeds.generator import generate

SEED = 11
BATCH = 1_000
RANK = 10
_BATCHES = 5
_MIB = 1 << 20
_LIKELY = "one record, without unlikely ones"
_ABOVE = "recall above"
_CRM = {"legal_name": "Account Name", "website": "Website", "phone": "Phone", "tax_id": "Tax ID"}
_ERP = {
    "legal_name": "Name 1",
    "phone": "Telephone",
    "tax_id": "VAT Registration No.",
    "registration_number": "Registration No.",
    "register": "Register",
    "email_domain": "E-Mail Domain",
}
_CRM_ADDRESS = {
    "lines": "Billing Street",
    "city": "Billing City",
    "postcode": "Billing Zip/Postal Code",
    "country": "Billing Country",
}
_ERP_ADDRESS = {"lines": "Street", "city": "City", "postcode": "Postal Code", "country": "Country"}
_HEADINGS = {"crm": (_CRM, _CRM_ADDRESS), "erp": (_ERP, _ERP_ADDRESS)}

_GOLDEN = (
    """
    INSERT INTO mdm_goldenrecord (id, domain, title, search_text, attributes, provenance, status,
        version, created_at, changed_at)
    SELECT md5(id::text)::uuid, 'client', attributes ->> 'legal_name', '', attributes, '{}',
        'active', 1, now(), now()
    FROM mdm_sourcerecord
    """,
    """
    INSERT INTO mdm_crosswalklink (record_id, golden_id, method, rule_version, linked_at)
    SELECT id, md5(id::text)::uuid, 'match', '', now() FROM mdm_sourcerecord
    """,
    "VACUUM ANALYZE mdm_goldenrecord",
    "VACUUM ANALYZE mdm_crosswalklink",
)

Attributes = dict[str, Any]
Figures = dict[str, float]


class Query(NamedTuple):
    """A stored record, and the ids of all records of the same client."""

    record_id: int
    attributes: Attributes
    same: frozenset[int]


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("records", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--trigram-queries", type=int, default=100)
    parser.add_argument("--inside", type=Path, help="(the benchmark calls itself)")
    options = parser.parse_args()
    if options.inside:
        print(json.dumps(_measure(options.records, options.trigram_queries)))
        return
    figures = measured_in_a_hub_of_its_own(
        "benchmarks.search", str(options.records), f"--trigram-queries={options.trigram_queries}"
    )
    nearest = min(WAYS, key=lambda way: abs(figures[f"{_ABOVE} {way}"]))
    print(f"  Nearest to our recall: {nearest}")
    tell(figures)


def _measure(count: int, trigram_queries: int) -> Figures:
    set_up()
    from django.utils import timezone

    from matching.domains import MODELS
    from matching.index.building import build
    from mdm.bulk import execute

    queries = _store(count)
    execute("ANALYZE mdm_sourcerecord")
    started = time.perf_counter()
    build(MODELS["client"], at=timezone.now())
    figures: Figures = {"records": count, "seconds to build the index": _since(started)}
    figures |= _sizes()
    figures |= _one_by_one(queries)
    figures |= _in_batches(queries)
    figures |= _by_trigrams(queries[:trigram_queries])
    figures |= _beside_trigrams(figures, queries[:trigram_queries])
    return figures | _over_the_api(queries) | _incrementally(queries)


def _store(count: int) -> list[Query]:
    """Source records of generated clients; returns queries drawn from those with a duplicate."""
    import orjson
    from django.utils import timezone

    from mdm.bulk import copy_in
    from mdm.models import Feed, SourceRecord, SourceSystem

    now = timezone.now()
    entities: list[int] = []
    attributes: list[Attributes] = []
    for chunk in generate("client", count, SEED):
        entities += chunk.entities
        attributes += stored_attributes(chunk.system, chunk.columns)
    system = SourceSystem.objects.create(
        code="CRM", name="CRM", kind="crm", owner="benchmark", created_at=now
    )
    feed = Feed.objects.create(
        code="clients", name="clients", system=system, domain="client", owner="benchmark"
    )
    at = now.isoformat()
    copy_in(
        SourceRecord,
        ("id", "system_id", "domain", "source_key", "attributes", "version", "home_feed_id",
         "created_at", "changed_at"),
        (
            (number, system.pk, "client", str(number), orjson.dumps(each).decode(), 1, feed.pk,
             at, at)
            for number, each in enumerate(attributes, 1)
        ),
    )  # fmt: skip
    return _queries(np.array(entities), attributes)


def _queries(entities: "np.ndarray[Any, Any]", attributes: Sequence[Attributes]) -> list[Query]:
    order = np.argsort(entities, kind="stable")
    starts = np.flatnonzero(np.diff(entities[order], prepend=-1))
    groups = [group for group in np.split(order, starts[1:]) if len(group) > 1]
    random = np.random.default_rng(SEED)
    chosen = random.choice(len(groups), min(BATCH, len(groups)), replace=False)
    return [
        Query(row + 1, attributes[row], frozenset((groups[number] + 1).tolist()))
        for number in chosen.tolist()
        for row in [int(random.choice(groups[number]))]
    ]


def stored_attributes(system: str, columns: dict[str, list[str]]) -> Iterator[Attributes]:
    """What a source record holds, row by row; phone numbers in E.164 as the hub writes them."""
    plain, address = _HEADINGS[system]
    rows = zip(*(columns[name] for name in (*plain.values(), *address.values())), strict=True)
    for row in rows:
        held = dict(zip(plain, row, strict=False))
        place = dict(zip(address, row[len(plain) :], strict=True))
        held["phone"] = _dialled(held["phone"])
        known: Attributes = {name: text for name, text in held.items() if text}
        if any(place.values()):
            kept = {name: text for name, text in place.items() if text}
            known["addresses"] = [kept | ({"lines": [kept["lines"]]} if "lines" in kept else {})]
        yield known


def _dialled(phone: str) -> str:
    digits = "".join(filter(str.isdigit, phone))
    return f"+{digits}" if phone.startswith("+") else f"+1{digits}" if digits else ""


def _one_by_one(queries: Sequence[Query]) -> Figures:
    from matching.domains import MODELS
    from matching.index.searching import Search, Sought

    search = Search.of(MODELS["client"])
    cold = time.perf_counter()
    search.find([Sought(queries[0].attributes, queries[0].record_id)])
    first = _since(cold)
    for query in queries:
        search.find([Sought(query.attributes, query.record_id)])
    times, ranked, kept = [], [], []
    for query in queries:
        started = time.perf_counter()
        (found,) = search.find([Sought(query.attributes, query.record_id)], keep_at=-math.inf)
        times.append(time.perf_counter() - started)
        ranked.append([each.record_id for each in found])
        kept.append([each.record_id for each in found if each.grade != "unlikely"])
    return {
        "one record, ms, the first": first * 1_000,
        **_spread("one record", times),
        "records ranked for one": float(np.mean([len(ids) for ids in ranked])),
        **_recall("one record", queries, ranked),
        **_recall(_LIKELY, queries, kept),
    }


def _in_batches(queries: Sequence[Query]) -> Figures:
    from matching.domains import MODELS
    from matching.index.searching import Search, Sought

    search = Search.of(MODELS["client"])
    sought = [Sought(query.attributes, query.record_id) for query in queries]
    seconds = []
    for _ in range(_BATCHES):
        started = time.perf_counter()
        search.find(sought)
        seconds.append(_since(started))
    return {
        "records in a batch": len(sought),
        "seconds of a batch, the first": seconds[0],
        "seconds of a batch, median": float(np.median(seconds)),
    }


def _by_trigrams(queries: Sequence[Query]) -> Figures:
    keep_bare_names()
    names = [(query.record_id, query.attributes["legal_name"]) for query in queries]
    figures: Figures = {"queries by trigrams": len(queries)}
    for what, way in WAYS.items():
        answers = asked(way, names, RANK)
        figures |= {
            f"{what}, seconds to build the index": round(answers.seconds_to_build, 3),
            **_spread(what, answers.seconds),
            **_recall(what, queries, answers.ranked),
        }
    return figures


def _beside_trigrams(by_trigrams: Figures, queries: Sequence[Query]) -> Figures:
    """Ours on the queries that trigrams were asked: how much faster than each way, at what recall.

    Ours is what a caller is shown as a likely duplicate; trigrams grade nothing.
    """
    mine = _one_by_one(queries)
    recall = f"recall at rank {RANK}"
    figures = {"one record, of the queries by trigrams, recall": mine[f"{_LIKELY}, {recall}"]}
    for way in WAYS:
        for each in ("p50", "p95"):
            times = by_trigrams[f"{way}, ms, {each}"] / mine[f"one record, ms, {each}"]
            figures[f"times as fast as {way}, {each}"] = round(times, 1)
        above = mine[f"{_LIKELY}, {recall}"] - by_trigrams[f"{way}, {recall}"]
        figures[f"{_ABOVE} {way}"] = round(above, 4)
    return figures


def _over_the_api(queries: Sequence[Query]) -> Figures:
    """`POST /api/v1/client/match`; the golden record of the query's own record does not count."""
    from django.test import Client
    from django.utils import timezone

    from mdm.bulk import execute
    from mdm.governance.keys import mint_key
    from mdm.models import ApiClient

    for statement in _GOLDEN:
        execute(statement)
    key, key_hash = mint_key()
    scopes = ["client:read", "client:match", "see:internal", "see:personal", "see:restricted"]
    ApiClient.objects.create(
        name="benchmark", key_hash=key_hash, scopes=scopes, created_at=timezone.now(),
        rate="1000000000/min",
    )  # fmt: skip
    caller = Client(headers={"authorization": f"Bearer {key}", "host": "localhost"})

    def asked(attributes: Attributes) -> Any:
        body = {"attributes": attributes, "limit": RANK + 1}
        return caller.post("/api/v1/client/match", body, "application/json").json()

    times, ranked, unread = [], [], 0
    for query in queries:  # what the hub cannot read is left out, as a caller would
        refused = {
            each["field"].split(".")[1] for each in asked(query.attributes).get("errors", ())
        }
        unread += len(refused)
        described = {name: value for name, value in query.attributes.items() if name not in refused}
        started = time.perf_counter()
        answer = asked(described)
        times.append(time.perf_counter() - started)
        ids = [int(each["source_key"]) for each in answer["candidates"]]
        ranked.append([each for each in ids if each != query.record_id])
    return {
        "over the API, values that could not be read": unread,
        **_spread("over the API", times),
        **_recall("over the API", queries, ranked),
    }


def _incrementally(queries: Sequence[Query]) -> Figures:
    """A thousand records change: their names get another word."""
    from django.utils import timezone

    from matching.domains import MODELS
    from matching.engine.weights import Weights
    from matching.index.building import outdated, refresh
    from matching.index.incremental import incremental_pairs
    from matching.models import MatchIndex
    from mdm.bulk import execute

    model = MODELS["client"]
    execute(
        "UPDATE mdm_sourcerecord SET version = 2, attributes = jsonb_set(attributes,"
        " '{legal_name}', to_jsonb((attributes ->> 'legal_name') || ' Again'))"
        " WHERE id = ANY(%s)",
        [[query.record_id for query in queries]],
    )
    started = time.perf_counter()
    changed = outdated(model, MatchIndex.objects.get(domain="client"))
    figures = {"records that changed": len(changed), "seconds to find them": _since(started)}
    started = time.perf_counter()
    index = refresh(model, changed, at=timezone.now())
    figures["seconds to index them again"] = _since(started)
    started = time.perf_counter()
    incremental_pairs(model, Weights.of(model), index, changed)
    return figures | {"seconds to match them again": _since(started)}


def _spread(what: str, seconds: Sequence[float]) -> Figures:
    p50, p95, worst = np.quantile(np.array(seconds) * 1_000, [0.5, 0.95, 1.0]).tolist()
    return {
        f"{what}, ms, p50": round(p50, 3),
        f"{what}, ms, p95": round(p95, 3),
        f"{what}, ms, max": round(worst, 3),
    }


def _recall(what: str, queries: Sequence[Query], ranked: Sequence[Sequence[int]]) -> Figures:
    """The share of queries that a duplicate is found for, and of all duplicates, by the rank."""
    found = [len(query.same & set(ids[:RANK])) for query, ids in zip(queries, ranked, strict=True)]
    duplicates = sum(len(query.same) - 1 for query in queries)
    return {
        f"{what}, recall at rank {RANK}": round(float(np.mean([each > 0 for each in found])), 4),
        f"{what}, recall of all duplicates": round(sum(found) / duplicates, 4),
    }


def _sizes() -> Figures:
    from matching.index.tables import Tables
    from mdm.bulk import fetch

    figures = {}
    for kind, table in zip(("keys", "forms", "counts"), Tables.of("client"), strict=True):
        ((heap, indexes, rows),) = fetch(
            "SELECT pg_table_size(%s), pg_indexes_size(%s),"
            " (SELECT reltuples FROM pg_class WHERE relname = %s)",
            [table, table, table],
        )
        figures[f"{kind}, rows"] = float(rows)
        figures[f"{kind}, MiB of the table"] = round(heap / _MIB, 1)
        figures[f"{kind}, MiB of its index"] = round(indexes / _MIB, 1)
    return figures


def _since(started: float) -> float:
    return round(time.perf_counter() - started, 3)


if __name__ == "__main__":
    main()
