"""Sides of the benchmark of real organisations, on sites that we made up."""

import pandas as pd

from benchmarks.peers.measuring import Stopwatch
from benchmarks.peers.raw_file import run_raw_file
from benchmarks.peers.sites import run_recordlinkage, write_standardised

SITES = pd.DataFrame(
    {
        "True Id": ["1", "1", "2", "2", "3", "3"],
        "Site name": ["Bunny Care", "Bunny Care ", "Loren Academy", "LOREN ACADEMY", "Vireva", ""],
        "Address": ["12 N Elm St", "12 N. Elm", "9 Oak Rd", "9 Oak Road", "", "7 Ash Ave"],
        "Zip": ["60618", "", "60620", "60620", "60621", "60621"],
        "Phone": ["2653830", "2653830", "2859902", "2859902", "", "9068600"],
    }
)


def pairs_together(cluster):
    rows = range(len(cluster))
    return {(a, b) for a in rows for b in rows if a < b and cluster[a] == cluster[b]}


def test_the_raw_columns_of_a_file_are_guessed_and_matched(tmp_path):
    file = tmp_path / "sites.csv"
    SITES.to_csv(file, index=False)

    found = run_raw_file(file, "client", "True Id", Stopwatch())

    assert pairs_together(found.cluster) == {(0, 1), (2, 3)}
    assert {(0, 1), (2, 3)} <= set(zip(found.left.tolist(), found.right.tolist(), strict=True))


def test_rivals_are_given_standardised_columns_and_no_truth(tmp_path):
    file = tmp_path / "sites.parquet"
    write_standardised(SITES, file)

    table = pd.read_parquet(file)

    assert list(table["name"][:2]) == ["bunny care", "bunny care"]
    assert list(table["address"][2:4]) == ["9 oak rd", "9 oak rd"]
    assert table["zip"].isna().sum() == 1
    assert "true_id" not in table.columns


def test_recordlinkage_compares_the_pairs_of_all_blocking_rules(tmp_path):
    file = tmp_path / "sites.parquet"
    write_standardised(pd.concat([SITES] * 3, ignore_index=True), file)

    found = run_recordlinkage(file, Stopwatch())

    compared = {tuple(sorted(pair)) for pair in zip(found.left, found.right, strict=True)}
    assert (0, 1) in compared
    assert (0, 2) not in compared
    assert len(found.cluster) == 18
