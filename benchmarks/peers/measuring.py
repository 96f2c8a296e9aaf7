"""Each side in a process of its own: seconds by stage, memory above the loaded input, repeats.

Wall seconds are what a user waits for; CPU seconds, of all cores and processes together, say the
same on a machine that has other work to do.
"""

import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

Figures = dict[str, Any]
ROOT = Path(__file__).parents[2]

_KIB_PER_MB = 1024
_GLANCE_SECONDS = 0.5


class Stopwatch:
    """Wall seconds of each stage, and when the input was loaded and how large the process then was.

    `figures` fit JSON; `measured` completes them with what it sees from outside.
    """

    def __init__(self) -> None:
        self.figures: Figures = {}
        self._cpu_before = _cpu_seconds()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """The time of the block is the figure `<name> seconds`."""
        started = time.perf_counter()
        yield
        self.figures[f"{name} seconds"] = time.perf_counter() - started

    def input_is_loaded(self) -> None:
        """From here on memory counts: the high-water mark starts anew."""
        Path("/proc/self/clear_refs").write_text("5")
        self.figures["loaded at"] = time.monotonic()
        self.figures["loaded MB"] = _own_mb("VmRSS")

    def is_done(self) -> None:
        """Sums the stages. What comes after, such as measuring quality, counts for nothing."""
        self.figures["total seconds"] = sum(
            value for name, value in self.figures.items() if name.endswith(" seconds")
        )
        self.figures["CPU seconds"] = _cpu_seconds() - self._cpu_before
        self.figures["done at"] = time.monotonic()
        self.figures["high MB"] = _own_mb("VmHWM")


def measured(module: str, *arguments: str) -> Figures:
    """Runs `python -m module arguments` and returns its last line, which is JSON.

    `MB above input` is the most that the process and its children held between `input_is_loaded`
    and `is_done`, above what it held at the former. Memory that they share counts once.
    """
    child = subprocess.Popen(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    glances: list[tuple[float, float]] = []
    watching = threading.Thread(target=_watch, args=(child, glances))
    watching.start()
    printed, _ = child.communicate()
    watching.join()
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, child.args)
    figures: Figures = json.loads(printed.splitlines()[-1])
    loaded_at, done_at = figures.pop("loaded at"), figures.pop("done at")
    loaded, high = figures.pop("loaded MB"), figures.pop("high MB")
    during = [held for at, held in glances if loaded_at <= at <= done_at]
    peak = max([high, *during])
    return figures | {"MB above input": round(peak - loaded), "peak MB": round(peak)}


def interleaved(
    sides: Mapping[str, Callable[[], Figures]], repeats: int
) -> dict[str, list[Figures]]:
    """The sides one after the other, and that `repeats` times: a slow moment meets them alike."""
    runs: dict[str, list[Figures]] = {name: [] for name in sides}
    for _ in range(repeats):
        for name, run in sides.items():
            runs[name].append(run())
    return runs


def medians(runs: Sequence[Figures]) -> Figures:
    """The median of each figure over the repeats; what is no number is taken from the first."""
    return {
        name: round(median(run[name] for run in runs), 4)
        if isinstance(value, int | float)
        else value
        for name, value in runs[0].items()
    }


def ratios(first: Sequence[Figures], second: Sequence[Figures], name: str) -> list[float]:
    """`first` over `second` of one figure, repeat by repeat."""
    return [one[name] / other[name] for one, other in zip(first, second, strict=True)]


def _cpu_seconds() -> float:
    """Of this process and of its children that have ended."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def _own_mb(field: str) -> float:
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith(f"{field}:"))
    return int(line.split()[1]) / _KIB_PER_MB


def _watch(process: "subprocess.Popen[str]", glances: list[tuple[float, float]]) -> None:
    while process.poll() is None:
        glances.append((time.monotonic(), sum(map(_mb_of, _family(process.pid)))))
        time.sleep(_GLANCE_SECONDS)


def _family(pid: int) -> list[int]:
    """A process and all that it started; none of those that ended meanwhile."""
    try:
        children = [
            int(child)
            for task in os.listdir(f"/proc/{pid}/task")
            for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split()
        ]
    except OSError:
        return []
    return [pid, *(each for child in children for each in _family(child))]


def _mb_of(pid: int) -> float:
    """The memory of a process, what it shares with others counted in equal parts."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / _KIB_PER_MB
