"""manage.py match_file: a file in, clusters out, and no database anywhere."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from matching.domains import MODELS
from tests.matching.engine.benchmark_records import generated_columns

ROOT = Path(__file__).parents[3]
ROWS = [
    ["id", "Company", "Zip", "Phone", "group"],
    ["1", "Acme Widgets Ltd", "60606", "285 9902 11", "a"],
    ["2", "ACME Widgets Limited", "60606", "285 9902 11", "a"],
    ["3", "Beta Rail GmbH", "10115", "030 123456", "b"],
    ["4", "Gamma Steel", "75001", "", "c"],
]


@pytest.fixture
def try_out(tmp_path, capsys):
    """Runs the command on a file of the folder; returns what it printed and the rows written."""

    def try_out(name, *arguments, domain="client"):
        out = tmp_path / "clusters.csv"
        call_command(
            "match_file", str(tmp_path / name), *arguments, "--domain", domain, "--out", str(out)
        )
        with out.open(encoding="utf-8", newline="") as file:
            return capsys.readouterr().out, list(csv.DictReader(file))

    return try_out


def write_csv(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def write_xlsx(path, rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)


def write_jsonl(path, rows):
    header, *cells = rows
    lines = [json.dumps(dict(zip(header, row, strict=True))) for row in cells]
    path.write_text("\n".join(lines), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "write"), [("f.csv", write_csv), ("f.xlsx", write_xlsx), ("f.jsonl", write_jsonl)]
)
def test_any_kind_of_file_comes_back_with_its_clusters(tmp_path, try_out, name, write):
    write(tmp_path / name, ROWS)

    said, rows = try_out(name)

    assert [row["cluster"] for row in rows] == ["1", "1", "2", "3"]
    assert [row["Company"] for row in rows] == [row[1] for row in ROWS[1:]]
    assert '"Company" compared as legal_name: its name says so' in said
    assert '"id" key' in said
    assert '"group" ignored' in said
    assert said.index("compared as") < said.index("found by these passes")


def test_the_truth_is_told_and_never_compared(tmp_path, try_out):
    write_csv(tmp_path / "f.csv", ROWS)

    said, _ = try_out("f.csv", "--truth", "group")

    assert '"group" truth' in said
    assert "final clusters: precision 1.0000, recall 1.0000, F1 1.0000" in said


def test_pairs_are_written_where_they_are_asked_for(tmp_path, try_out):
    write_csv(tmp_path / "f.csv", ROWS)

    try_out("f.csv", "--pairs", str(tmp_path / "pairs.csv"))

    with (tmp_path / "pairs.csv").open(encoding="utf-8", newline="") as file:
        pair = next(csv.DictReader(file))
    assert (pair["left_id"], pair["right_id"], pair["decision"]) == ("1", "2", "one cluster")


def test_columns_may_be_mapped_by_hand(tmp_path, try_out):
    write_csv(tmp_path / "f.csv", [["q", "r", "s"], ["Acme", "1", "High St"], ["B", "2", "Low St"]])

    said, _ = try_out(
        "f.csv", "--map", "q=legal_name", "r=addresses.line1", "s=addresses[0].lines[0]"
    )

    assert '"q" compared as legal_name: you said so' in said
    assert '"s" compared as addresses.line1: you said so' in said


@pytest.mark.parametrize("training", ["em", "ecm", "shipped"])
def test_weights_are_learned_as_one_wishes_and_two_runs_write_the_same(tmp_path, try_out, training):
    columns, _ = generated_columns(MODELS["client"], 700)
    rows = zip(columns["legal_name"], columns["phone"], columns["addresses[0].city"], strict=True)
    write_csv(tmp_path / "f.csv", [["company", "phone", "city"], *rows])
    arguments = ["f.csv", "--train", training, "--pairs", str(tmp_path / "pairs.csv")]

    said, clusters = try_out(*arguments)
    pairs = (tmp_path / "pairs.csv").read_bytes()

    assert ("learned from the file" in said) == (training != "shipped")
    assert try_out(*arguments)[1] == clusters
    assert (tmp_path / "pairs.csv").read_bytes() == pairs


def test_what_is_written_does_not_depend_on_how_python_hashes(tmp_path):
    columns, _ = generated_columns(MODELS["contact"], 700)
    paths = {"given_name": "given_name", "family_name": "family_name", "email": "emails[0]"}
    rows = zip(*(columns[path] for path in paths.values()), strict=True)
    write_csv(tmp_path / "f.csv", [list(paths), *rows])

    written = [in_own_process(tmp_path, hash_seed) for hash_seed in ("1", "2")]

    assert written[0] == written[1]


def in_own_process(folder, hash_seed: str) -> list[bytes]:
    """The two files that the command writes."""
    out, pairs = folder / f"{hash_seed}.csv", folder / f"{hash_seed}-pairs.csv"
    command = [sys.executable, "manage.py", "match_file", folder / "f.csv", "--domain", "contact"]
    subprocess.run(
        [*command, "--out", out, "--pairs", pairs],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return [out.read_bytes(), pairs.read_bytes()]


def test_one_column_is_enough(tmp_path, try_out):
    write_csv(tmp_path / "f.csv", [["company"], ["Acme Widgets Ltd"], ["ACME Widgets"], ["Beta"]])

    _, rows = try_out("f.csv")

    assert [row["cluster"] for row in rows] == ["1", "1", "2"]


def test_control_characters_and_markup_neither_break_nor_colour_the_terminal(tmp_path, try_out):
    rows = [["na\x1b[31mme", "[bold]city"], ["Ac\x1bme Steel", "Leeds"], ["Acme Steel", "Leeds"]]
    write_csv(tmp_path / "f.csv", rows)

    said, found = try_out("f.csv", "--map", "na\x1b[31mme=legal_name")

    assert "\x1b" not in said
    assert '"na·[31mme"' in said
    assert '"[bold]city"' in said
    assert [row["cluster"] for row in found] == ["1", "1"]


def test_a_cell_of_a_megabyte_costs_its_row(tmp_path, try_out):
    write_csv(tmp_path / "f.csv", [*ROWS, ["5", "x" * 1_000_000, "", "", ""]])

    said, rows = try_out("f.csv")

    assert len(rows) == 4
    assert "left out, as it cannot be read: 1 further row" in said
    assert len(said) < 20_000


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "The file is empty"),
        ("company,zip\n", "no row that can be read"),
        ("company,zip\n,\n,\n", "No column tells anything of a client"),
        ("company,zip\nn/a,-\n", "No column tells anything of a client"),
        ("alpha,beta\n1,2\n3,4\n", "--map COLUMN=ATTRIBUTE; there are legal_name"),
        ("id\n1\n2\n", "No column tells anything of a client"),
        ("company,company\nA,B\n", "names two columns 'company'"),
        ("%PDF-1.4\n", "is in fact a PDF document"),
    ],
)
def test_a_file_that_tells_nothing_is_refused_in_words(tmp_path, try_out, text, why):
    (tmp_path / "f.csv").write_text(text, encoding="utf-8")

    with pytest.raises(CommandError) as refused:
        try_out("f.csv")

    assert why in str(refused.value)
    assert not (tmp_path / "clusters.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--map", "Firm=legal_name"], "the file has no column 'Firm'"),
        (["--map", "Zip=zipcode"], "client has no attribute 'zipcode'"),
        (["--truth", "Answer"], "the file has no column 'Answer'"),
        (["--country", "Atlantis"], "'Atlantis' is not a country"),
        (["--encoding", "klingon"], "There is no encoding 'klingon'"),
        (["--map", "Company=ignore", "Zip=ignore", "Phone=ignore"], "No column tells anything"),
    ],
)
def test_a_slip_on_the_command_line_is_told(tmp_path, try_out, arguments, why):
    write_csv(tmp_path / "f.csv", ROWS)

    with pytest.raises(CommandError) as refused:
        try_out("f.csv", *arguments)

    assert why in str(refused.value)


def test_what_is_read_is_never_written_over(tmp_path):
    write_csv(tmp_path / "f.csv", ROWS)
    path = str(tmp_path / "f.csv")

    with pytest.raises(CommandError, match="must be different files"):
        call_command("match_file", path, "--domain", "client", "--out", path)
    with pytest.raises(CommandError, match="There is no file"):
        call_command("match_file", f"{path}x", "--domain", "client", "--out", path)
    with pytest.raises(CommandError, match="There is no folder"):
        call_command("match_file", path, "--domain", "client", "--out", f"{path}x/y/out.csv")
