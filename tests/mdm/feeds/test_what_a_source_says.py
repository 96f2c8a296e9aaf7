"""What a source says: a value, that there is none, or nothing, whatever the file is made of."""

import csv
import io

import orjson
import pytest
from openpyxl import Workbook

from mdm.attribute_types import Reference
from mdm.domains.client import CLIENT
from mdm.domains.contact import CONTACT
from mdm.feeds.mapping import compile_mapping
from mdm.feeds.readers import ABSENT, open_sheet
from mdm.feeds.standardising import Standardiser
from mdm.schema import Attribute, EntityType
from tests.mdm.feeds.standardised import AROUND, LINES, attributes_of, problem_of, standardise


def csv_file(folder, rows):
    path = folder / "feed.csv"
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    path.write_text(text.getvalue(), newline="")
    return path


def xlsx_file(folder, rows):
    path = folder / "feed.xlsx"
    book = Workbook()
    for row in rows:
        book.active.append([cell or None for cell in row])
    book.save(path)
    return path


def json_file(folder, rows):
    path = folder / "feed.jsonl"
    header, *records = rows
    path.write_bytes(
        b"".join(
            orjson.dumps(dict(zip(header, [cell or None for cell in row], strict=True))) + b"\n"
            for row in records
        )
    )
    return path


def read(path, *lines, **words):
    sheet = open_sheet(path, path.name, {})
    (block,) = sheet.blocks
    specification = {"key": "id", "reading": {"country": "GB"}, "attributes": list(lines)} | words
    standardiser = Standardiser(compile_mapping(specification, CLIENT), sheet.columns, AROUND)
    (record,), (problem,) = standardiser.standardise(block.numbers, block.rows)
    assert problem is None, problem
    return record.attributes


OPTIONAL_PHONE = LINES["phone"] | {"optional": True}
OPTIONAL_ADDRESS = {
    "attribute": "addresses",
    "parts": {
        "kind": {"value": "billing"},
        "country": {"value": "GB"},
        "city": {"column": "town", "optional": True},
    },
}


@pytest.mark.parametrize("write", [csv_file, xlsx_file, json_file])
@pytest.mark.parametrize("empty", ["null", "absent"])
def test_a_value_is_read_from_every_kind_of_file(tmp_path, write, empty):
    path = write(tmp_path, [["id", "phone", "town"], ["1", "020 7946 0958", "Leeds"]])

    found = read(path, OPTIONAL_PHONE, OPTIONAL_ADDRESS, empty=empty)

    assert found == {
        "phone": "+442079460958",
        "addresses": [{"kind": "billing", "city": "Leeds", "country": "GB"}],
    }


@pytest.mark.parametrize("write", [csv_file, xlsx_file, json_file])
@pytest.mark.parametrize(
    ("empty", "found"), [("null", {"phone": None, "addresses": None}), ("absent", {})]
)
def test_an_empty_cell_clears_unless_the_feed_says_that_it_says_nothing(
    tmp_path, write, empty, found
):
    path = write(tmp_path, [["id", "phone", "town"], ["1", "", ""]])

    assert read(path, OPTIONAL_PHONE, OPTIONAL_ADDRESS, empty=empty) == found


@pytest.mark.parametrize("write", [csv_file, xlsx_file, json_file])
@pytest.mark.parametrize("empty", ["null", "absent"])
def test_what_a_file_does_not_mention_is_never_cleared(tmp_path, write, empty):
    path = write(tmp_path, [["id", "name"], ["1", "Acme"]])

    assert read(path, OPTIONAL_PHONE, OPTIONAL_ADDRESS, empty=empty) == {}


def test_one_json_record_mentions_what_another_does_not():
    rows = [{"id": "1", "phone": None}, {"id": "2"}, {"id": "3", "phone": "020 7946 0958"}]

    records, _ = standardise(rows, LINES["phone"])

    assert [record.attributes for record in records] == [
        {"phone": None},
        {},
        {"phone": "+442079460958"},
    ]


@pytest.mark.parametrize("said", ["", " ", "\t", "\u200b", "N/A", "n/a ", "-", "0000000"])
@pytest.mark.parametrize(("empty", "found"), [("null", {"phone": None}), ("absent", {})])
def test_blanks_and_placeholders_say_as_little_as_an_empty_cell(said, empty, found):
    assert attributes_of({"phone": said}, LINES["phone"], empty=empty) == found


def test_a_placeholder_of_one_attribute_is_a_value_of_another():
    assert attributes_of({"name": "0000000"}, LINES["name"]) == {"legal_name": "0000000"}


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"street": "N/A", "town": "Leeds", "land": "n/a"}, {"city": "Leeds", "country": "GB"}),
        ({"street": "12 High St", "town": "-"}, {"lines": ["12 High St"], "country": "GB"}),
        ({"street": " ", "town": "\u200b", "land": "DE"}, {"country": "DE"}),
    ],
)
def test_placeholders_are_no_part_of_an_address(row, found):
    assert attributes_of(row, LINES["address"]) == {"addresses": [{"kind": "billing", **found}]}


@pytest.mark.parametrize(
    "row",
    [
        {"street": "", "town": "", "land": ""},
        {"street": " ", "town": "N/A", "land": None},
        {"street": ABSENT, "town": "", "land": ABSENT},
    ],
)
@pytest.mark.parametrize(("empty", "found"), [("null", {"addresses": None}), ("absent", {})])
def test_a_kind_alone_makes_no_address(row, empty, found):
    assert attributes_of(row, LINES["address"], empty=empty) == found


def test_a_constant_country_alone_makes_no_address():
    line = {"attribute": "addresses", "parts": {"city": "town", "country": {"value": "GB"}}}

    assert attributes_of({"town": "N/A"}, line) == {"addresses": None}


@pytest.mark.parametrize("key", ["", " ", "N/A", None])
def test_a_reference_to_nothing_is_empty(key):
    assert attributes_of({"parent": key, "from": "nowhere"}, LINES["parent"]) == {"parent": None}


@pytest.mark.parametrize("system", ["LEGACY", "", None, "crm"])
def test_an_unknown_source_system_is_named_with_those_there_are(system):
    problem = problem_of({"parent": "P-1", "from": system}, LINES["parent"])

    assert problem.column == "from"
    assert problem.message == f"Row 2, from: {system or ''!r} is not a registered source system."
    assert problem.remedy == "Register it, or use one of CRM, ERP."


@pytest.mark.parametrize(
    ("row", "phone"),
    [
        ({"desk": "020 7946 0958", "mobile": "020 7946 0959"}, "+442079460958"),
        ({"desk": "", "mobile": "020 7946 0959"}, "+442079460959"),
        ({"desk": " ", "mobile": "020 7946 0959"}, "+442079460959"),
        ({"desk": "N/A", "mobile": "020 7946 0959"}, "+442079460959"),
        ({"desk": None, "mobile": None}, None),
    ],
)
def test_the_first_source_that_says_something_counts(row, phone):
    lines = [{"attribute": "phone", "column": column} for column in ("desk", "mobile")]

    assert attributes_of(row, *lines) == {"phone": phone}


EMAILS = [{"attribute": "emails", "column": column} for column in ("email", "other")]


@pytest.mark.parametrize(
    ("row", "emails"),
    [
        ({"email": "A@x.com", "other": "b@x.com"}, ["a@x.com", "b@x.com"]),
        ({"email": "a@x.com", "other": "A@X.com"}, ["a@x.com"]),
        ({"email": "", "other": "b@x.com"}, ["b@x.com"]),
        ({"email": ["a@x.com", None, " ", "N/A"], "other": "b@x.com"}, ["a@x.com", "b@x.com"]),
        ({"email": [], "other": ""}, None),
        ({"email": [None], "other": ABSENT}, None),
    ],
)
def test_a_list_is_gathered_from_columns_and_json_lists(row, emails):
    assert attributes_of(row, *EMAILS, entity_type=CONTACT) == {"emails": emails}


@pytest.mark.parametrize(
    ("value", "name"), [(["Acme"], "Acme"), (["Acme", None, " "], "Acme"), ([], None)]
)
def test_a_json_list_of_one_is_its_value(value, name):
    line = {"attribute": "trading_name", "column": "name"}

    assert attributes_of({"name": value}, line) == {"trading_name": name}


@pytest.mark.parametrize(
    ("row", "line", "column"),
    [
        ({"name": ["Acme", "Umbrella"]}, "name", "name"),
        ({"parent": ["P-1", "P-2"], "from": "CRM"}, "parent", "parent"),
        ({"street": ["12 High St", "Floor 2"]}, "address", "street"),
    ],
)
def test_a_json_list_where_one_value_belongs_is_a_problem(row, line, column):
    problem = problem_of(row, LINES[line])

    assert problem.column == column
    assert problem.message == f"Row 2, {column}: a list of 2 values stands where one belongs."
    assert problem.remedy == "Send one of them."


def test_a_list_of_references_takes_every_key_of_a_json_list():
    line = {"attribute": "parents", "column": "parent", "system": {"value": "CRM"}}
    many = EntityType(
        domain="thing",
        label="Thing",
        plural="Things",
        glossary="A thing.",
        title=str,
        attributes=(
            Attribute(
                name="parents",
                type=Reference("client"),
                label="Parents",
                glossary="All parents.",
                many=True,
            ),
        ),
    )

    found = attributes_of({"parent": ["P-1", "P-2", "P-1"]}, line, entity_type=many)

    assert found == {"parents": [{"system": "CRM", "key": "P-1"}, {"system": "CRM", "key": "P-2"}]}


DROP = {"invalid": "drop"}


@pytest.mark.parametrize(
    ("row", "lines", "found"),
    [
        ({"phone": "see notes"}, [LINES["phone"] | DROP], {}),
        (
            {"email": ["a@x.com", "junk"], "other": "b@x.com"},
            [EMAILS[0] | DROP, EMAILS[1]],
            {"emails": ["a@x.com", "b@x.com"]},
        ),
        ({"email": "junk", "other": ""}, [EMAILS[0] | DROP, EMAILS[1]], {}),
    ],
)
def test_a_dropped_value_costs_only_itself(row, lines, found):
    entity_type = CONTACT if "email" in row else CLIENT

    assert attributes_of(row, *lines, entity_type=entity_type) == found
