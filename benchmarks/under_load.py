"""Resolving while a feed is applied and stewards merge: no error, no wrong answer, and how quick.

    python -m benchmarks.under_load 100000

A hub of its own (embedded PostgreSQL and Valkey, two workers, the web server as it ships) holds so
many contacts of the CRM, at least 20,000. A load of another process asks for 5,000 of their
identifiers: first with nothing else to do, then while about as many of the ERP's contacts arrive,
are matched and become golden records, and while golden records of the same 5,000 are merged and put
back over the API.

Afterwards each answer is held against the event log. The log says when a verb began, not when it
was committed: an answer is right if the log puts the identifier there at some moment between LAG
seconds before the question and the answer, and if no earlier answer had been further along. Last,
so many more requests are made, and the memory of the server's processes compared before and after.
The last line is one JSON object.
"""

import json
import logging
import random
import subprocess
import sys
import threading
import time
from argparse import ArgumentParser
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.hub import (
    ROOT,
    configure_contacts,
    measured_in_a_hub_of_its_own,
    set_up,
    tell,
    workers,
)
from benchmarks.serving import HUB, environment, served

SEED, PORT, CONNECTIONS, KEYS, LAG = 7, 8911, 16, 5_000, 60.0
IDLE_SECONDS, ROUND_SECONDS, WARM_SECONDS = 15.0, 5.0, 10.0
_PATH = "/api/v1/xref/CRM/contact/CON-001{:04}"
_ASKED_FOR = r"^CON-001\d{4}$"
_MIB = 1 << 20

Figures = dict[str, float]
Way = Sequence[tuple[float, str]]
"""The golden ids that a source record was linked to, each with the moment from which."""


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("records", type=int, nargs="?", default=100_000)
    parser.add_argument("--requests", type=int, default=100_000, help="for the memory")
    parser.add_argument("--inside", type=Path, help="(the benchmark calls itself)")
    options = parser.parse_args()
    if options.inside:
        print(json.dumps(_measure(options)))
        return
    figures = measured_in_a_hub_of_its_own(
        "benchmarks.under_load", str(options.records), f"--requests={options.requests}"
    )
    tell(figures)


def _measure(options: Any) -> Figures:
    set_up()
    from mdm.feeds.generator.benchmark import write_benchmark

    folder: Path = options.inside
    crm, erp, _ = write_benchmark("contact", options.records * 2, SEED, folder)
    configure_contacts()
    key = _key()
    with workers(folder, 2):
        _follow(_received("crm-contacts", crm))
        with served(HUB, environment(), PORT, folder) as server:
            idle = _loaded(key, IDLE_SECONDS, folder / "idle")
            busy, merged = _while_busy(key, erp, folder)
            return {
                "records of the CRM": options.records,
                **_named("idle", idle),
                **_named("busy", busy),
                **merged,
                **_checked(folder),
                **_memory(server, key, options.requests, folder),
            }


def _key() -> str:
    from django.utils import timezone

    from mdm.governance.keys import mint_key
    from mdm.models import ApiClient

    key, key_hash = mint_key()
    scopes = ["contact:read", "contact:steward", "see:internal", "see:personal"]
    ApiClient.objects.create(
        name="benchmark", key_hash=key_hash, scopes=scopes, created_at=timezone.now()
    )
    return key


def _received(feed: str, path: Path) -> int:
    from django.utils import timezone

    from mdm.cause import Cause
    from mdm.feeds import batches
    from mdm.models import Feed

    cause = Cause(timezone.now(), "job:benchmark", "benchmark")
    with path.open("rb") as file:
        parts = iter(lambda: file.read(_MIB), b"")
        return batches.receive(Feed.objects.get(code=feed), path.name, parts, cause=cause).pk


def _follow(batch: int) -> None:
    from mdm.management.progress import follow

    follow([batch], help_out=False)


def _loaded(key: str, seconds: float, answers: Path) -> Figures:
    command = [sys.executable, "-m", "benchmarks.loading", str(PORT), _PATH, str(KEYS),
               str(CONNECTIONS), str(seconds), str(answers)]  # fmt: skip
    done = subprocess.run(
        command, cwd=ROOT, input=f"Bearer {key}", stdout=subprocess.PIPE, text=True, check=True
    )
    figures: Figures = json.loads(done.stdout)
    return figures


def _while_busy(key: str, erp: Path, folder: Path) -> tuple[Figures, Figures]:
    """The load until the feed is golden; the median of its rounds, and what was merged meanwhile.

    Beside them their sum of answers that were no 200.
    """
    from statistics import median

    rounds: list[Figures] = []
    started = time.monotonic()
    feed = threading.Thread(target=_follow, args=[_received("erp-contacts", erp)])
    feed.start()
    with _merging(key) as merged:
        while feed.is_alive():
            rounds.append(_loaded(key, ROUND_SECONDS, folder / "busy"))
    seconds = time.monotonic() - started
    figures = {name: median(each[name] for each in rounds) for name in rounds[0]}
    figures["no 200"] = sum(each["no 200"] for each in rounds)
    figures["worst p95, ms"] = max(each["p95, ms"] for each in rounds)
    return figures, {"seconds of the feed": seconds, **merged}


@contextmanager
def _merging(key: str) -> Iterator[dict[str, int]]:
    """Merges pairs and puts every other one back until the block ends; counts what was said."""
    over = threading.Event()
    said: Counter[str] = Counter()
    steward = threading.Thread(target=_merge, args=[key, over, said])
    steward.start()
    figures: dict[str, int] = {}
    try:
        yield figures
    finally:
        over.set()
        steward.join()
        figures |= said


def _merge(key: str, over: threading.Event, said: Counter[str]) -> None:
    import httpx

    logging.getLogger("httpx").setLevel(logging.WARNING)
    chosen = random.Random(SEED)  # noqa: S311
    base = f"http://127.0.0.1:{PORT}/api/v1"
    with httpx.Client(headers={"authorization": f"Bearer {key}"}, timeout=120) as client:

        def asked(address: str, body: dict[str, Any], what: str) -> dict[str, Any]:
            answer = client.post(f"{base}/{address}", json={"reason": "benchmark", **body})
            said[f"{what}, {answer.status_code}"] += 1
            found: dict[str, Any] = answer.json() if answer.is_success else {}
            return found

        while not over.is_set():
            paths = (f"{base.removesuffix('/api/v1')}{_PATH.format(n)}"
                     for n in chosen.sample(range(KEYS), 2))  # fmt: skip
            ids = sorted({client.get(each).json().get("golden_id", "") for each in paths})
            if len(ids) < 2 or not all(ids):
                continue
            seen = asked("golden/contact/merge/preview", {"ids": ids}, "previews")
            if not seen:
                continue
            made = asked("golden/contact/merge", {"ids": ids, "token": seen["token"]}, "merges")
            if made and chosen.random() < 0.5:
                asked(f"actions/{made['id']}/undo", {}, "put back")


def _checked(folder: Path) -> Figures:
    """How many answers the event log bears out, and how many it does not."""
    ways = _ways()
    moved = sum(len(way) > 1 for way in ways.values())
    answers: dict[int, list[tuple[float, float, str]]] = defaultdict(list)
    for file in ("idle", "busy"):
        for line in (folder / file).read_text().splitlines():
            number, asked, answered, *golden_id = line.split(" ")
            answers[int(number)].append((float(asked), float(answered), golden_id[0]))
    wrong = sum(wrong_answers(ways[number], sorted(given)) for number, given in answers.items())
    return {
        "identifiers that moved": moved,
        "answers checked": sum(map(len, answers.values())),
        "answers that the event log does not bear out": wrong,
    }


def wrong_answers(way: Way, given: Sequence[tuple[float, float, str]]) -> int:
    """How many answers of one identifier do not fit its way; `given` is in the order of asking.

    The first place of its way that fits is taken for each. An answer that came before another was
    asked for must not be further along.
    """
    wrong = 0
    reached: list[tuple[float, int]] = []
    for asked, answered, golden_id in given:
        least = max((place for came, place in reached if came < asked), default=0)
        fitting = (
            place
            for place in range(least, len(way))
            if way[place][1] == golden_id
            and way[place][0] <= answered
            and (place + 1 == len(way) or way[place + 1][0] + LAG >= asked)
        )
        place = next(fitting, None)
        if place is None:
            wrong += 1
        else:
            reached.append((answered, place))
    return wrong


def _ways() -> dict[int, Way]:
    """The way of each identifier that is asked for, by its number, as the events tell it.

    Raises RuntimeError where the last event says something else than the live link.
    """
    from mdm.bulk import fetch

    ways: dict[int, list[tuple[float, str]]] = defaultdict(list)
    for key, at, golden_id in fetch(
        """
        SELECT r.source_key, extract(epoch FROM e.at)::float8, e.golden_id::text
        FROM mdm_event e
        CROSS JOIN jsonb_array_elements_text(e.content -> 'linked') linked
        JOIN mdm_sourcerecord r ON r.id = linked::bigint
        WHERE r.source_key ~ %s AND right(r.source_key, 4)::int < %s
        ORDER BY e.id
        """,
        [_ASKED_FOR, KEYS],
    ):
        ways[int(key[-4:])].append((at, golden_id))
    live = fetch(
        """
        SELECT r.source_key, l.golden_id::text FROM mdm_sourcerecord r
        JOIN mdm_crosswalklink l ON l.record_id = r.id AND l.unlinked_at IS NULL
        WHERE r.source_key ~ %s AND right(r.source_key, 4)::int < %s
        """,
        [_ASKED_FOR, KEYS],
    )
    if any(ways[int(key[-4:])][-1][1] != golden_id for key, golden_id in live):
        raise RuntimeError("the event log and the live links differ")
    return dict(ways)


def _memory(server: int, key: str, requests: int, folder: Path) -> Figures:
    """The server's resident memory after it is warm, and after so many requests more."""
    unread = folder / "unread"
    rate = _loaded(key, WARM_SECONDS, unread)["requests a second"]
    before = _resident(server)
    made = 0.0
    while made < requests:
        made += _loaded(key, WARM_SECONDS, unread)["requests a second"] * WARM_SECONDS
        unread.unlink()
    after = _resident(server)
    return {
        "memory: requests": made,
        "memory: MiB before": before,
        "memory: MiB after": after,
        "memory: growth": after / before - 1,
        "memory: requests a second at first": rate,
    }


def _resident(server: int) -> float:
    """MiB of the server and its processes."""
    import psutil

    root = psutil.Process(server)
    processes = [root, *root.children(recursive=True)]
    return float(sum(each.memory_info().rss for each in processes)) / _MIB


def _named(when: str, figures: Figures) -> Figures:
    return {f"{when}: {name}": value for name, value in figures.items()}


if __name__ == "__main__":
    main()
