"""What a newcomer waits for: the demo on a clean clone, the demo again, and the tests.

    python -m benchmarks.clean_clone

Clones the last commit into an empty folder and runs the README's commands there with a bare
environment. Caches of packages are as warm as pip has them.
"""

import json
import re
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
BARE = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
_SUMMARY = re.compile(r"(\d+) passed.* in [\d.]+s")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="touchstone-clone-") as folder:
        clone = Path(folder)
        clone.chmod(0o711)  # the embedded servers' own account passes through it
        subprocess.run(["git", "clone", "--quiet", ROOT, clone / "hub"], check=True)
        figures: dict[str, float] = {}
        for title, command in (
            ("first demo", ["make", "demo", "SERVE=0"]),
            ("second demo", ["make", "demo", "SERVE=0"]),
            ("tests", ["make", "test"]),
        ):
            started = time.perf_counter()
            said = _run(command, clone / "hub")
            figures[f"{title}, seconds"] = round(time.perf_counter() - started, 1)
            if found := _SUMMARY.search(said):
                figures["tests passed"] = int(found[1])
        for name, value in figures.items():
            print(f"{name:<24} {value:>8,}")
        print(json.dumps(figures))


def _run(command: list[str], clone: Path) -> str:
    done = subprocess.run(command, cwd=clone, env=BARE, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


if __name__ == "__main__":
    main()
