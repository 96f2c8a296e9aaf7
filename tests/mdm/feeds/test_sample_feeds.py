"""The feeds that ship with the hub: real ones untouched, synthetic ones as generated."""

import csv
import json
import re
from contextlib import closing
from hashlib import sha256

import openpyxl
import pytest

from mdm.feeds.generator.demo import demo_feeds, write_demo
from mdm.feeds.generator.demo_rates import CHAIN, GAP, OVERLAP
from mdm.feeds.generator.faults import FAULTS
from mdm.feeds.generator.real_clients import SAMPLE_FEEDS

README = (SAMPLE_FEEDS / "README.md").read_text(encoding="utf-8")

REAL = {
    "sp500_constituents.csv": (503, "e5325068834c252d"),
    "nyse_listed.csv": (2_918, "fa21262caad4cf38"),
    "nasdaq_listed.csv": (5_571, "94a22f6e2cf46218"),
    "gsa_schedule70_rates.csv": (4_157, "d59c527bf9e9193a"),
}


def rows_of(path):
    """The rows of a feed in any of its formats, every cell as text."""
    if path.suffix == ".jsonl":
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    elif path.suffix == ".xlsx":
        with closing(openpyxl.load_workbook(path, read_only=True)) as book:
            header, *cells = book.active.values
        rows = [dict(zip(header, row, strict=True)) for row in cells]
    else:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    return [{name: _as_text(value) for name, value in row.items()} for row in rows]


def _as_text(value):
    if value is None:
        return ""
    return value if isinstance(value, str) else value.date().isoformat()


@pytest.fixture(scope="module")
def feeds():
    return {
        path.name: rows_of(path)
        for path in SAMPLE_FEEDS.glob("*.*")
        if path.name != "hub.yaml" and path.suffix != ".md"
    }


@pytest.fixture(scope="module")
def sound(feeds):
    """The synthetic rows, without those that are broken on purpose."""
    broken = {(fault.file, fault.row - (not fault.file.endswith(".jsonl"))) for fault in FAULTS}
    return {
        name: [row for number, row in enumerate(rows, 1) if (name, number) not in broken]
        for name, rows in feeds.items()
    }


@pytest.mark.parametrize("name", REAL)
def test_a_real_file_is_untouched(name, feeds):
    rows, digest = REAL[name]

    assert sha256((SAMPLE_FEEDS / name).read_bytes()).hexdigest()[:16] == digest
    assert len(feeds[name]) == rows


def test_the_readme_lists_every_file_with_its_rows(feeds):
    listed = dict(re.findall(r"^\| `([\w.]+)` \| ([\d,]+) \| [a-z]", README, re.MULTILINE))

    assert listed == {name: f"{len(rows):,}" for name, rows in feeds.items()}


def test_the_synthetic_files_are_what_the_generator_writes(tmp_path, feeds):
    written = write_demo(tmp_path)

    assert {path.name for path in written} == feeds.keys() - REAL.keys()
    for path in written:
        assert rows_of(path) == feeds[path.name], path.name
        if path.suffix != ".xlsx":
            assert path.read_bytes() == (SAMPLE_FEEDS / path.name).read_bytes(), path.name


def test_another_seed_gives_other_feeds():
    assert demo_feeds(seed=1) != demo_feeds(seed=2)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.file}:{fault.row}")
def test_a_broken_row_is_in_its_file_and_in_the_readme(fault, feeds):
    rows = feeds[fault.file]
    row = rows[fault.row - (1 if fault.file.endswith(".jsonl") else 2)]
    shown = f"`{fault.value}`" if fault.value else "(empty)"
    key = next(iter(row.values()))

    assert row[fault.column] == fault.value
    line = f"| `{fault.file}` | {fault.row} | {key} | {fault.column} | {shown} | {fault.why} |"
    assert line in README


def test_every_client_that_a_synthetic_row_names_is_in_the_real_files(sound):
    members = {row["Symbol"] for row in sound["sp500_constituents.csv"]}
    listed = {row["ACT Symbol"] for row in sound["nyse_listed.csv"]}
    listed |= {row["Symbol"] for row in sound["nasdaq_listed.csv"]}
    named = {"CRM": set(), "ERP": set()}
    for rows in (sound[name] for name in sound if name.startswith("synthetic_")):
        for row in rows:
            named["CRM"].add(row.get("Account ID", ""))
            named["ERP"].add(row.get("Customer", ""))
            if row.get("Client ID"):
                named[row["Client System"]].add(row["Client ID"])

    assert named["CRM"] - {""} <= members
    assert named["ERP"] - {""} <= listed
    assert len(named["CRM"]) > 150
    assert len(named["ERP"]) > 150


def test_every_project_that_a_rate_names_is_in_the_psa(sound):
    projects = {row["Project ID"] for row in sound["synthetic_psa_projects.csv"]}

    named = {row["Project ID"] for row in sound["synthetic_register_rates.csv"]} - {""}
    assert named <= projects
    assert len(named) > 30


def test_source_keys_are_unique(feeds):
    for name in feeds.keys() - REAL.keys() - {"synthetic_truth.csv"}:
        keys = [next(iter(row.values())) for row in feeds[name]]

        assert len(set(keys)) == len(keys), name


def test_the_truth_knows_the_overlap_between_systems(feeds):
    systems: dict[str, set[str]] = {}
    for row in feeds["synthetic_truth.csv"]:
        systems.setdefault(row["entity"], set()).add(row["system"])

    in_both = [entity for entity, known in systems.items() if len(known) == 2]
    assert f"{sum(each.startswith('contact') for each in in_both)} people are in both" in README
    assert f"{sum(each.startswith('project') for each in in_both)} are in the PSA too" in README


def test_colleagues_share_a_domain_and_some_a_mailbox(sound):
    mail = [row["Email"] for row in sound["synthetic_crm_contacts.csv"] if row["Email"]]

    assert all(address.endswith(".example") for address in mail)
    assert any(address.startswith("accounts@") for address in mail)


def test_some_erp_addresses_contradict_the_seat_in_the_crm(feeds):
    seats = {row["Symbol"]: row["Headquarters Location"] for row in feeds["sp500_constituents.csv"]}
    addresses = feeds["synthetic_erp_client_addresses.csv"]

    claims = [row for row in addresses if row["Address Kind"] == "headquarters"]
    assert len(claims) == 20
    assert all(not seats[row["Customer"]].startswith(row["City"]) for row in claims)


def _rates(feeds, scope, work):
    return [
        row
        for row in feeds["synthetic_register_rates.csv"]
        if row["Scope"] == scope
        and (row["Labour Category"], row["Level"]) == work
        and row["Valid From"] <= "2026-05-04" <= row["Valid To"]
    ]


def test_the_rate_cards_hold_a_whole_chain(feeds):
    (firm,), (practice,) = _rates(feeds, "firm", CHAIN), _rates(feeds, "practice", CHAIN)
    (client,) = [row for row in _rates(feeds, "client", CHAIN) if row["Client ID"] == "QCOM"]
    (own,) = [row for row in _rates(feeds, "project", CHAIN) if row["Project ID"] == "PRJ-0000085"]

    (project,) = [
        row for row in feeds["synthetic_psa_projects.csv"] if row["Project ID"] == "PRJ-0000085"
    ]
    assert (project["Client ID"], project["Practice"]) == ("QCOM", practice["Practice"])
    amounts = [row["Amount"] for row in (own, client, practice, firm)]
    assert amounts == ["202.40", "211.60", "253.00", "236.90"]
    assert all(amount in README for amount in amounts)


def test_the_rate_cards_hold_a_gap(feeds):
    priced = [row for row in feeds["synthetic_register_rates.csv"] if row["Labour Category"] == GAP]

    assert {(row["Scope"], row["Practice"]) for row in priced} == {("practice", "Deals")}


def test_the_rate_cards_hold_one_overlap(sound):
    periods: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for row in sound["synthetic_register_rates.csv"]:
        names = (
            "Scope",
            "Practice",
            "Region",
            "Client ID",
            "Project ID",
            "Labour Category",
            "Level",
        )
        period = (row["Valid From"], row["Valid To"])
        periods.setdefault(tuple(row[name] for name in names), []).append(period)

    overlapping = [
        of_what
        for of_what, held in periods.items()
        if any(a < b and a[1] >= b[0] for a in held for b in held)
    ]
    assert overlapping == [("client", "", "", "QCOM", "", *OVERLAP)]
