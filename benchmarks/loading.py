"""A load of single requests over connections that stay open, from a process of its own.

    python -m benchmarks.loading PORT PATH_FORMAT KEYS CONNECTIONS SECONDS < authorization

Prints one line of JSON: requests a second, the median and the 95th percentile in milliseconds, and
how many answers were no 200. It writes and reads plain bytes: a real HTTP client would be slower
than the servers.
"""

import asyncio
import json
import random
import statistics
import sys
import time

import uvloop


def main() -> None:
    port, path, keys, connections, seconds = sys.argv[1:]
    said = sys.stdin.readline().strip()
    head = f"HTTP/1.1\r\nHost: localhost\r\nAuthorization: {said}\r\n\r\n"
    print(
        json.dumps(
            uvloop.run(_load(int(port), path, head, int(keys), int(connections), float(seconds)))
        )
    )


async def _load(
    port: int, path: str, head: str, keys: int, connections: int, seconds: float
) -> dict[str, float]:
    until = time.perf_counter() + seconds
    one = (
        _ask(port, path, head, keys, until, random.Random(seed))  # noqa: S311
        for seed in range(connections)
    )
    results = await asyncio.gather(*one)
    times = [each for taken, _ in results for each in taken]
    cuts = statistics.quantiles(times, n=100)
    return {
        "requests a second": len(times) / seconds,
        "p50, ms": cuts[49] * 1000,
        "p95, ms": cuts[94] * 1000,
        "no 200": sum(wrong for _, wrong in results),
    }


async def _ask(
    port: int, path: str, head: str, keys: int, until: float, random_: random.Random
) -> tuple[list[float], int]:
    """The seconds of each request over one connection, and how many answers were no 200."""
    taken, wrong, writer = [], 0, None
    while (started := time.perf_counter()) < until:
        if writer is None:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {path.format(random_.randrange(keys))} {head}".encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        lowered = answer.lower()
        length = int(lowered.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        await reader.readexactly(length)
        taken.append(time.perf_counter() - started)
        wrong += not answer.startswith(b"HTTP/1.1 200")
        if b"connection: close" in lowered:
            writer.close()
            writer = None
    return taken, wrong


if __name__ == "__main__":
    main()
