"""Standardising: rows of raw cells become records, and what is wrong names row, field, remedy."""

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdm.attribute_types import Text, Whole
from mdm.domains.project import PROJECT
from mdm.domains.rate import RATE
from mdm.feeds.readers import ABSENT
from mdm.feeds.standardising import Exposure
from mdm.schema import Attribute, EntityType
from tests.mdm.feeds.standardised import LINES, attributes_of, problem_of, standardise


def test_a_row_becomes_a_record():
    row = {
        "name": " Acme  GmbH ", "phone": "020 7946 0958", "status": "OPEN", "parent": "P-1",
        "from": "ERP", "street": "12 High St", "town": "Leeds", "land": "UK",
    }  # fmt: skip

    assert attributes_of(row, *LINES.values()) == {
        "legal_name": "Acme GmbH",
        "phone": "+442079460958",
        "status": "active",
        "parent": {"system": "ERP", "key": "P-1"},
        "addresses": [
            {"kind": "billing", "lines": ["12 High St"], "city": "Leeds", "country": "GB"}
        ],
    }


@pytest.mark.parametrize(
    ("row", "line", "column", "message", "remedy"),
    [
        ({"phone": "12"}, "phone", "phone", "'12' is not a phone number", "with its country code"),
        ({"status": "x"}, "status", "status", "'x' is not one of prospect", "Write one of"),
        ({"name": "=1+1"}, "name", "name", "'=1+1' looks like a spreadsheet formula", "Export the"),
        ({"street": "=1+1"}, "address", "street", "looks like a spreadsheet formula", "Export the"),
        ({"town": "Leeds", "land": "??"}, "address", "land", "'??' is not a country", "ISO code"),
        ({"name": "x" * 9_999}, "name", "name", "9,999 characters", "missing quote"),
        ({"name": ""}, "name", "name", "the legal name is empty", "Fill it in"),
        ({"name": "N/A"}, "name", "name", "the legal name is empty", "Fill it in"),
        ({"name": None}, "name", "name", "the legal name is empty", "Fill it in"),
    ],
)
def test_a_problem_names_row_field_and_remedy(row, line, column, message, remedy):
    problem = problem_of(row, LINES[line])

    assert (problem.number, problem.column) == (2, column)
    assert problem.message.startswith(f"Row 2, {column}: ")
    assert problem.message.endswith(".")
    assert message in problem.message
    assert remedy in problem.remedy
    assert problem.remedy[0].isupper()
    assert len(problem.message) < 300


WEBSITE = {"attribute": "website", "column": "site"}


@pytest.mark.parametrize(
    ("raw", "kept", "doubtful"),
    [
        ("acme.com", "https://acme.com", frozenset()),
        ("  see   LinkedIn ", "see LinkedIn", frozenset({"website"})),
        ("n/a", None, frozenset()),
        ("", None, frozenset()),
    ],
)
def test_a_value_that_failed_validation_is_kept_as_its_text_where_it_is_only_distrusted(
    raw, kept, doubtful
):
    (record,), (problem,) = standardise([{"site": raw}], WEBSITE)

    assert problem is None
    assert (record.attributes, record.doubtful) == ({"website": kept}, doubtful)


@pytest.mark.parametrize("raw", ["=cmd|' /C calc'!A0", "x" * 400, "ftp://x\n" * 99])
def test_what_is_unfit_to_be_kept_is_quarantined_all_the_same(raw):
    assert problem_of({"site": raw}, WEBSITE).column == "site"


def test_a_feed_may_quarantine_what_is_otherwise_distrusted():
    assert problem_of({"site": "see LinkedIn"}, WEBSITE | {"invalid": "quarantine"})


def test_an_impossible_date_names_its_column():
    line = {"attribute": "start_date", "column": "Start"}

    problem = problem_of({"Start": "31/02/2024"}, line, entity_type=PROJECT)

    assert problem.message == (
        "Row 2, Start: '31/02/2024' is not a date that exists (day is out of range for month)."
    )
    assert problem.remedy == "Write the date like 30/04/2024, or leave it empty."


def test_a_period_that_ends_before_it_starts_names_the_column_of_its_end():
    lines = [{"attribute": name, "column": name.title()} for name in ("start_date", "end_date")]

    problem = problem_of(
        {"Start_Date": "2024-02-01", "End_Date": "2024-01-01"}, *lines, entity_type=PROJECT
    )

    assert problem.message == "Row 2, End_Date: the period ends before it starts."


def test_a_wrong_constant_names_the_attribute():
    line = {"attribute": "status", "value": "asleep"}

    assert problem_of({"id": "1"}, line).message.startswith("Row 2, status: 'asleep' is not one of")


def test_a_problem_costs_its_own_row_only():
    rows = [{"phone": "020 7946 0958"}, {"phone": "junk"}, {"phone": "020 7946 0959"}]

    records, problems = standardise(rows, LINES["phone"])

    assert [problem is None for problem in problems] == [True, False, True]
    assert problems[1].number == 3
    assert records[2].attributes == {"phone": "+442079460959"}


def test_the_first_of_several_problems_is_told():
    row = {"phone": "junk", "status": "x", "name": ""}

    assert problem_of(row, LINES["phone"], LINES["status"], LINES["name"]).column == "phone"


def test_the_raw_row_is_kept_with_its_problem_in_short():
    row = {"phone": "junk", "name": "x" * 50_000, "notes": None, "gone": ABSENT}

    problem = problem_of(row, LINES["phone"])

    assert problem.raw == {"phone": "junk", "name": "x" * 4_000 + "…", "notes": None}


EXPOSURE = {"kind": "pipeline", "amount": "Amount", "currency": "Currency", "as_of": "As of"}
MONEY = {"Amount": "£1,098.20", "Currency": "GBP", "As of": "30/04/2024"}


def test_money_that_hangs_on_a_record_is_read():
    (record,), (problem,) = standardise([MONEY], exposures=[EXPOSURE])

    assert problem is None
    assert record.exposures == [Exposure("pipeline", "2024-04-30", Decimal("1098.20"), "GBP")]


@pytest.mark.parametrize("amount", ["", " ", None, ABSENT, "N/A", "-"])
def test_without_an_amount_there_is_no_exposure(amount):
    (record,), (problem,) = standardise([MONEY | {"Amount": amount}], exposures=[EXPOSURE])

    assert problem is None
    assert record.exposures == []


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("Amount", "much"),
        ("Amount", "9" * 30),
        ("Currency", "quid"),
        ("Currency", ""),
        ("As of", "31/02/2024"),
        ("As of", ""),
    ],
)
def test_a_wrong_exposure_names_the_column_that_is_wrong(column, cell):
    (problem,) = standardise([MONEY | {column: cell}], exposures=[EXPOSURE])[1]

    assert problem.column == column
    assert problem.message.startswith(f"Row 2, {column}: {cell!r} ")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-01 12:30", datetime(2024, 3, 1, 17, 30, tzinfo=UTC)),
        ("2024-03-01T12:30:00Z", datetime(2024, 3, 1, 12, 30, tzinfo=UTC)),
        ("01/03/2024", datetime(2024, 3, 1, 5, tzinfo=UTC)),
        ("", None),
        (" ", None),
        ("N/A", None),
        (None, None),
    ],
)
def test_a_record_is_dated_in_the_time_zone_of_its_source(text, moment):
    (record,), (problem,) = standardise([{"changed": text}], updated_at="changed")

    assert problem is None
    assert record.source_updated_at == moment


@pytest.mark.parametrize("text", ["soon", "0001-01-01T00:00:00", "9999-12-31T23:59:59"])
def test_a_record_that_is_dated_wrongly_is_a_problem(text):
    (problem,) = standardise([{"changed": text}], updated_at="changed")[1]

    assert problem.column == "changed"
    assert repr(text) in problem.message


def test_a_rate_must_name_whose_it_is():
    lines = [{"attribute": name, "column": name} for name in ("scope", "practice")]

    problem = problem_of({"scope": "practice", "practice": ""}, *lines, entity_type=RATE)

    assert problem.column == "scope"
    assert "must name whose it is" in problem.message


def test_a_value_is_parsed_once_however_often_it_occurs():
    calls = Counter()

    class Counted(Text):
        def parse(self, text, reading):
            calls[text] += 1
            return super().parse(text, reading)

    thing = EntityType(
        domain="thing",
        label="Thing",
        plural="Things",
        glossary="A thing.",
        title=str,
        attributes=(Attribute(name="name", type=Counted(), label="Name", glossary="Its name."),),
    )
    rows = [{"name": f"name {number % 20}"} for number in range(1_000)]

    records, _ = standardise(rows, {"attribute": "name", "column": "name"}, entity_type=thing)

    assert len(records) == 1_000
    assert calls == {f"name {number}": 1 for number in range(20)}


def test_nought_is_a_value():
    thing = EntityType(
        domain="thing",
        label="Thing",
        plural="Things",
        glossary="A thing.",
        title=str,
        attributes=(Attribute(name="years", type=Whole(), label="Years", glossary="Years."),),
    )

    found = attributes_of(
        {"years": "0"}, {"attribute": "years", "column": "years"}, entity_type=thing
    )

    assert found == {"years": 0}


def test_no_rows_give_no_records():
    assert standardise([], LINES["name"]) == ([], [])


cells = (
    st.none() | st.just(ABSENT) | st.text(max_size=12) | st.lists(st.none() | st.text(max_size=5))
)


@settings(deadline=None)  # the first phone number loads a table of all countries
@given(
    st.lists(
        st.fixed_dictionaries(
            dict.fromkeys(["name", "phone", "status", "parent", "from", "street", "land"], cells)
        ),
        max_size=4,
    ),
    st.sampled_from(["null", "absent"]),
)
def test_whatever_stands_in_the_cells_a_row_is_a_record_or_a_problem(rows, empty):
    records, problems = standardise(
        rows,
        *LINES.values(),
        empty=empty,
        updated_at="phone",
        exposures=[{"kind": "pipeline", "amount": "name", "currency": "land", "as_of": "phone"}],
    )

    assert len(records) == len(problems) == len(rows)
    for record, problem in zip(records, problems, strict=True):
        assert problem is None or problem.message.startswith(f"Row {problem.number}, ")
        assert empty == "null" or None not in record.attributes.values()
        orjson.dumps(record.attributes)
