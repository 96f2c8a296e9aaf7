"""GoldenMatch on a CSV file as its README says: no configuration at all.

Where it cannot read the file or refuses what it doubts, it is given the table and told to go on.

    python goldenmatch_alone.py table.csv answer.json
"""

import json
import sys
import time
from pathlib import Path

import goldenmatch
from pyarrow.csv import read_csv


def main() -> None:
    table, answer = sys.argv[1:]
    started = time.perf_counter()
    try:
        found = goldenmatch.dedupe(table).clusters
    except Exception:  # its own errors and those of what it reads with
        anyway = {"confidence_required": False, "allow_red_config": True}
        found = goldenmatch.dedupe_df(read_csv(table), **anyway).clusters
    seconds = time.perf_counter() - started
    cluster = {row: number for number, each in found.items() for row in each["members"]}
    numbers = [cluster[row] for row in range(len(cluster))]
    Path(answer).write_text(json.dumps({"cluster": numbers, "seconds": seconds}))


if __name__ == "__main__":
    main()
