"""A load of single requests over connections that stay open, from a process of its own.

    python -m benchmarks.loading PORT PATH_FORMAT KEYS CONNECTIONS SECONDS [ANSWERS] < authorization

Prints one line of JSON: requests a second, the median and the 95th percentile in milliseconds, and
how many answers were no 200. Keys are numbers from 0 on, as PATH_FORMAT writes them. ANSWERS is a
file that gets a line for each answer: the number, when it was asked and answered (seconds since
1970), and the golden id. It writes and reads plain bytes: a real HTTP client would be slower than
the servers.
"""

import asyncio
import json
import random
import statistics
import sys
import time

import uvloop

_GOLDEN_ID = b'"golden_id":"'
Answered = tuple[int, float, float, str]
"""The number of a key, when it was asked and answered, and the golden id of the answer."""


def main() -> None:
    port, path, keys, connections, seconds, *answers = sys.argv[1:]
    said = sys.stdin.readline().strip()
    head = f"HTTP/1.1\r\nHost: localhost\r\nAuthorization: {said}\r\n\r\n"
    found = uvloop.run(
        _load(int(port), path, head, int(keys), int(connections), float(seconds))
    )  # fmt: skip
    for file in answers:
        with open(file, "a") as lines:
            lines.writelines(f"{' '.join(map(str, each))}\n" for each in found)
    cuts = statistics.quantiles((answered - asked for _, asked, answered, _ in found), n=100)
    figures = {
        "requests a second": len(found) / float(seconds),
        "p50, ms": cuts[49] * 1000,
        "p95, ms": cuts[94] * 1000,
        "no 200": sum(not golden_id for *_, golden_id in found),
    }
    print(json.dumps(figures))


async def _load(
    port: int, path: str, head: str, keys: int, connections: int, seconds: float
) -> list[Answered]:
    until = time.time() + seconds
    one = (
        _ask(port, path, head, keys, until, random.Random(seed))  # noqa: S311
        for seed in range(connections)
    )
    return [each for found in await asyncio.gather(*one) for each in found]


async def _ask(
    port: int, path: str, head: str, keys: int, until: float, random_: random.Random
) -> list[Answered]:
    """What one connection was told; no golden id where the answer was no 200."""
    found: list[Answered] = []
    writer = None
    while (asked := time.time()) < until:
        if writer is None:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        number = random_.randrange(keys)
        writer.write(f"GET {path.format(number)} {head}".encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        lowered = answer.lower()
        length = int(lowered.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        body = await reader.readexactly(length)
        answered = time.time()
        is_right = answer.startswith(b"HTTP/1.1 200")
        place = body.find(_GOLDEN_ID) + len(_GOLDEN_ID)
        golden_id = body[place : place + 36].decode() if is_right else ""
        found.append((number, asked, answered, golden_id))
        if b"connection: close" in lowered:
            writer.close()
            writer = None
    return found


if __name__ == "__main__":
    main()
