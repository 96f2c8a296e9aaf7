"""A trial: clusters, what they are measured by, and the files that tell them."""

import csv
import io

import numpy as np
import pytest

from matching.domains import MODELS
from matching.engine.match import Outcome
from matching.files import report
from matching.files.truth import Quality, judge
from matching.files.writing import safe, write_clusters, write_pairs
from mdm.standardise.reading import Reading
from tests.matching.files.trying import table_of, tried, uses_of

PEOPLE = (
    ["id", "first name", "last name", "email", "dob"],
    ["1", "Ann", "Lee", "ann.lee@acme.com", "1980-03-12"],
    ["2", "Bob", "Day", "bob@firm.org", "1971-01-30"],
    ["3", "Anne", "Lee", "ann.lee@acme.com", "1980-03-12"],
    ["4", "Eve", "Orr", "", ""],
    ["5", "Bob", "Day", "bob@firm.org", "1971-01-30"],
    ["6", "Anna", "Lee", "", "1980-03-21"],
)


def written(write, *arguments):
    file = io.StringIO()
    write(file, *arguments)
    return list(csv.DictReader(io.StringIO(file.getvalue())))


def test_clusters_are_counted_in_the_order_of_the_file():
    trial = tried(table_of(*PEOPLE), "contact")

    assert trial.cluster[[0, 1, 2, 3, 4]].tolist() == [1, 2, 1, 3, 2]
    assert trial.sizes[3] == 1


def test_every_row_is_written_behind_its_cluster_and_why():
    table = table_of(*PEOPLE)

    rows = written(write_clusters, table, tried(table, "contact"))

    assert [row["id"] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert (rows[0]["cluster"], rows[0]["strongest_row"]) == ("1", "4")
    assert rows[0]["explanation"].startswith("One contact (")
    assert 0.9 < float(rows[0]["match_probability"]) <= 1
    assert rows[3]["explanation"] == "Alone: no other row comes near."
    assert rows[3]["match_weight"] == ""


def test_a_row_that_stays_alone_tells_its_nearest():
    table = table_of(["name"], ["Ann Lee"], ["Anna Lee"], *([f"P{n} Q{n}"] for n in range(20)))
    trial = tried(table, "contact")

    row = written(write_clusters, table, trial)[0]

    assert row["cluster_size"] == "1"
    assert row["explanation"].startswith("Alone; nearest is row 3: Perhaps one contact (")


def test_a_row_that_several_rows_bring_in_together_says_so():
    full = ["Ann", "Featherstonehaugh", "1980-03-12", "8 Stanley Street", "3550", "Dapto"]
    known = [[*full, f"role {n}"] for n in range(4)]
    sparse = ["A.", "Featherstonehaugh", "", "", "", "Dapto", ""]
    header = ["first name", "last name", "dob", "street", "postcode", "city", "role"]
    table = table_of(header, *known, sparse)

    *_, row = written(write_clusters, table, tried(table, "contact"))

    assert row["cluster_size"] == "5"
    assert float(row["match_weight"]) < MODELS["contact"].merge_at
    assert row["explanation"].startswith(
        "Joined by its links with several rows; strongest is row 5: Perhaps one contact ("
    )


def test_every_pair_is_written_with_its_evidence():
    table = table_of(*PEOPLE)

    rows = written(write_pairs, table, tried(table, "contact"), "id")

    [pair] = [row for row in rows if (row["left_id"], row["right_id"]) == ("1", "3")]
    assert (pair["left_row"], pair["right_row"], pair["decision"]) == ("2", "4", "one cluster")
    assert "same e-mail; " in pair["passes"]
    assert pair["level: date of birth"] == "same"
    assert pair["explanation"].endswith(".")
    weights = [float(row["match_weight"]) for row in rows]
    assert weights == sorted(weights, reverse=True)


def test_added_columns_take_no_name_that_the_file_has():
    table = table_of(["name", "Cluster"], ["Acme", "7"])

    [row] = written(write_clusters, table, tried(table))

    assert (row["Cluster"], row["found_cluster"]) == ("7", "1")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("@sum", "'@sum"),
        ("+1 (212) 555", "'+1 (212) 555"),
        ("-2+3", "'-2+3"),
        ("\t=1", "'\t=1"),
        ("＝1+1", "'＝1+1"),
        ("-12.50", "-12.50"),
        ("+442079460958", "+442079460958"),
        ("Acme = good", "Acme = good"),
        ("nul\x00", "nul"),
        ("a\x1fb", "a; b"),
    ],
)
def test_no_cell_is_a_formula(text, written):
    assert safe(text) == written


def test_hostile_cells_and_column_names_are_written_safely():
    table = table_of(["name", "=cmd"], ["=1+1", "@x"], ["Acme", "\ud800"])
    file = io.StringIO()

    write_clusters(file, table, tried(table, maps=["name=legal_name"]))

    rows = list(csv.reader(io.StringIO(file.getvalue())))
    assert [row[-2:] for row in rows] == [["name", "'=cmd"], ["'=1+1", "'@x"], ["Acme", ""]]


def test_rows_that_repeat_one_another_are_one_however_many_they_are():
    rows = [[str(number), "Acme Widgets Ltd", "60606"] for number in range(10_000)]
    table = table_of(["id", "company", "zip"], *rows)

    trial = tried(table)

    assert set(trial.cluster.tolist()) == {1}
    told = written(write_clusters, table, trial)
    assert told[-1]["explanation"] == "Repeats row 2 in every column."


def test_rows_that_differ_in_a_column_that_is_not_compared_do_not_repeat_one_another():
    rows = [["J Smith", f"remark {number}"] for number in range(600)]

    trial = tried(table_of(["name", "note"], *rows), "contact")

    assert (trial.copy_of == -1).all()


def test_rows_without_a_name_repeat_nothing():
    table = table_of(["name", "city"], ["", "Leeds"], ["", "Leeds"], ["Acme", "Leeds"])

    assert tried(table).sizes.tolist() == [1, 1, 1]


def test_the_same_file_gives_the_same_trial():
    rows = [[f"Firm {n % 300} of words", f"Town {n % 7}"] for n in range(700)]
    table = table_of(["name", "city"], *rows)

    first, second = tried(table), tried(table)

    assert first.weights == second.weights
    assert np.array_equal(first.cluster, second.cluster)
    assert np.array_equal(first.result.pairs.match_weight, second.result.pairs.match_weight)


def test_new_pairs_of_the_passes_sum_to_the_pairs_that_are_compared():
    trial = tried(table_of(*PEOPLE), "contact")

    distinct = sum(len(pairs) for pairs in trial.blocking.pairs())
    assert sum(trial.new_pairs) == distinct
    assert sum(item.pairs for item in trial.result.passes) >= distinct


def test_quality_is_counted_in_pairs_of_rows_whose_truth_is_known():
    rows = [(*row, truth) for row, truth in zip(PEOPLE, ["truth", *"abacb"], strict=False)]
    table = table_of(*rows, (*PEOPLE[-1], ""))
    trial = tried(table, "contact", truth="truth")

    qualities = judge(trial.result, trial.model.merge_at, table.cells["truth"])

    assert qualities.judged == 5
    assert qualities.clusters == Quality(found=2, right=2, true=2)
    assert qualities.clusters.f1 == 1
    assert qualities.automatic.recall == 1


def test_wrong_and_missed_pairs_lower_precision_and_recall():
    quality = Quality(found=4, right=3, true=6)

    assert (quality.precision, quality.recall) == (0.75, 0.5)
    assert quality.f1 == pytest.approx(0.6)
    assert Quality(0, 0, 0).f1 == 0


def test_the_report_tells_passes_clusters_and_thresholds():
    table = table_of(*PEOPLE)
    trial = tried(table, "contact")

    text = "\n".join(report.of_trial(trial, table))

    assert "same e-mail" in text
    assert "review from -2, merge from 2 bits" in text
    assert f"6 records in {trial.cluster.max()} clusters" in text


def test_the_report_names_links_that_an_identifier_refuses():
    rows = [
        ["Acme Widgets", "DE136695976", "030 123456"],
        ["Acme Widgets", "", "030 123456"],
        ["Acme Widgets", "DE129274202", "030 123456"],
    ]
    table = table_of(["name", "vat", "phone"], *rows)
    trial = tried(table)

    assert (trial.result.outcomes == Outcome.VETO).any()
    assert "refused, identifiers conflict: rows" in "\n".join(report.of_trial(trial, table))


def test_the_report_names_rows_whose_values_are_too_common_to_prove_anything():
    rows = [["Acme Widgets", f"remark {number}"] for number in range(400)]
    table = table_of(["name", "note"], *rows)

    text = "\n".join(report.of_trial(tried(table), table))

    assert "alike in all that is compared and yet apart: 400 rows" in text


def test_the_report_of_a_thousand_columns_fits_a_screen():
    table = table_of(["name", *(f"x{number}" for number in range(1_000))], ["Acme", *["7"] * 1_000])

    lines = list(report.of_uses(uses_of(table), Reading()))

    assert len(lines) == 2
    assert "and 970 more ignored: " in lines[1]
