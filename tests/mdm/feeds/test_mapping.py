"""Mappings: what their language takes, and the words with which it refuses the rest."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import mdm.feeds
from mdm.domains import ENTITY_TYPES
from mdm.domains.client import CLIENT
from mdm.domains.contact import CONTACT
from mdm.feeds.cells import MappingError
from mdm.feeds.mapping import compile_mapping
from mdm.feeds.readers import ABSENT, FileRefusedError
from mdm.standardise.reading import Reading

HUB = Path(mdm.feeds.__file__).parent / "sample_feeds" / "hub.yaml"
SAMPLE_FEEDS = yaml.safe_load(HUB.read_text())["feeds"]
NAME = {"attribute": "legal_name", "column": "Name"}


def mapping(*attributes, entity_type=CLIENT, **words):
    return compile_mapping({"key": "ID", "attributes": list(attributes)} | words, entity_type)


def test_a_mapping_without_words_about_reading_reads_dates_by_the_day_first():
    assert mapping(NAME).reading == Reading(country=None, date_order="dmy", decimal_comma=False)


@pytest.mark.parametrize(
    ("reading", "compiled"),
    [
        ({"country": "GB"}, Reading("GB")),
        ({"country": "UK"}, Reading("GB")),
        ({"country": "Germany", "decimal_comma": True}, Reading("DE", decimal_comma=True)),
        ({"date_order": "mdy"}, Reading(date_order="mdy")),
    ],
)
def test_a_reading_is_compiled(reading, compiled):
    assert mapping(NAME, reading=reading).reading == compiled


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"key": []}, "names no key column"),
        ({"key": ""}, "names no key column"),
        ({"key": [{"column": ""}]}, "names neither a column nor a value"),
        ({"updated-at": "Changed"}, "the mapping has no word 'updated-at'; there are key, upd"),
        ({"reading": {"date_order": "american"}}, "date_order cannot be 'american'; .* ymd, dmy"),
        ({"reading": {"country": "Atlantis"}}, "'Atlantis' is not a country"),
        ({"reading": {"dateorder": "mdy"}}, "reading has no word 'dateorder'"),
        ({"reading": "GB"}, "reading: 'GB' is not"),
        ({"empty": "absnet"}, "empty cannot be 'absnet'; it may be null, absent"),
        ({"arrange": "ladders"}, "arrange cannot be 'ladders'; it may be price_ladders"),
        ({"scope": [{"column": "Name", "rule": "equity"}]}, "names no scope rule; there are"),
        ({"scope": [{"column": "Name"}]}, "names no scope rule"),
        ({"exposures": [{"kind": "pipeline", "amount": "A"}]}, "an exposure needs 'currency'"),
        ({"exposures": [{"sort": "pipeline"}]}, "exposures has no word 'sort'"),
    ],
)
def test_a_mapping_that_makes_no_sense_says_where(words, message):
    with pytest.raises(MappingError, match=message):
        mapping(NAME, **words)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            {"attribute": "name", "column": "Name"},
            "client has no attribute 'name'; it has legal_na",
        ),
        ({"column": "Name"}, "client has no attribute ''"),
        ({"attribute": "phone"}, "names neither a column nor a value"),
        ({"attribute": "phone", "colunm": "Phone"}, "attributes has no word 'colunm'"),
        ({"attribute": "phone", "column": "P", "invalid": "ignore"}, "invalid cannot be 'ignore'"),
        ({"attribute": "phone", "column": "P", "transform": ["up"]}, "no transformation 'up'"),
        ({"attribute": "parent", "column": "Parent"}, "name the system it points into"),
        ({"attribute": "addresses", "column": "Address"}, "is an address: give its parts"),
        ({"attribute": "addresses", "parts": {"town": "Town"}}, "parts cannot be 'town'"),
        ("legal_name", "is not a list of words"),
    ],
)
def test_a_line_that_makes_no_sense_says_where(line, message):
    with pytest.raises(MappingError, match=message):
        mapping(line)


@pytest.mark.parametrize("feed", SAMPLE_FEEDS, ids=lambda feed: feed["code"])
def test_the_mappings_of_the_sample_feeds_compile(feed):
    compiled = compile_mapping(feed["mapping"], ENTITY_TYPES[feed["domain"]])

    if feed.get("creates", True):
        compiled.check_complete()


def test_a_mapping_that_cannot_make_a_new_record_names_what_it_lacks():
    with pytest.raises(MappingError, match="nothing is mapped to legal_name"):
        mapping({"attribute": "phone", "column": "Phone"}).check_complete()


def test_every_missing_column_is_named_with_the_columns_there_are():
    compiled = mapping(NAME, {"attribute": "phone", "column": "Phone"}, updated_at="Changed")

    with pytest.raises(FileRefusedError) as refused:
        compiled.check_columns(["ID", "name"])

    assert refused.value.message == (
        "Row 1 has no column 'Name' and no column 'Phone' and no column 'Changed'; it has ID, name."
    )
    assert "Rename the column" in refused.value.remedy


def test_a_column_may_be_optional():
    phone = {"attribute": "phone", "column": "Phone", "optional": True}

    mapping(NAME, phone).check_columns(["ID", "Name"])


def test_columns_of_parts_systems_scope_and_exposures_are_needed_too():
    compiled = mapping(
        {"attribute": "addresses", "parts": {"city": "Town", "kind": {"value": "billing"}}},
        {"attribute": "parent", "column": "Parent", "system": "From"},
        scope=[{"column": "Security", "rule": "equity_listing"}],
        exposures=[{"kind": "pipeline", "amount": "A", "currency": {"value": "EUR"}, "as_of": "D"}],
    )

    with pytest.raises(
        FileRefusedError, match=r"'Security' .*'Town' .*'Parent' .*'From' .*'A' .*'D'"
    ):
        compiled.check_columns(["ID"])


@pytest.mark.parametrize(
    ("row", "key"),
    [
        (["7", "EU"], "7|EU"),
        ([" 7 ", "EU\u200b"], "7|EU"),
        (["7", ""], ""),
        (["7", None], ""),
        (["7", ABSENT], ""),
        (["", ""], ""),
        ([["7"], "EU"], "7|EU"),
        ([["7", "8"], "EU"], ""),
    ],
)
def test_a_key_of_several_columns_needs_them_all(row, key):
    compiled = mapping(NAME, key=["ID", "Region"])

    assert compiled.keys({"ID": 0, "Region": 1}, [row]) == [key]


printable = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=4)


@given(st.lists(st.tuples(printable, printable), unique=True, min_size=2, max_size=2))
def test_no_two_rows_share_a_key_by_chance(parts):
    compiled = mapping(NAME, key=["ID", "Region"])

    first, second = compiled.keys({"ID": 0, "Region": 1}, [list(each) for each in parts])

    assert first != second


def test_a_key_of_one_column_is_its_text_as_it_is():
    assert mapping(NAME).keys({"ID": 0}, [["A|B"], ["a\\b"]]) == ["A|B", "a\\b"]


def test_a_distinct_feed_keeps_the_columns_it_maps():
    columns = ["Price", "Name", "ID", "Notes"]

    assert mapping(NAME, distinct=True).kept_columns(columns) == ["Name", "ID"]
    assert mapping(NAME).kept_columns(columns) == columns


def test_rows_out_of_scope_have_a_reason():
    compiled = mapping(NAME, scope=[{"column": "Name", "rule": "equity_listing"}])

    reasons = compiled.out_of_scope({"Name": 0}, [["Acme Inc. Common Stock"], ["Acme Bond ETF"]])

    assert reasons[0] is None
    assert "not an equity listing" in reasons[1]


def test_several_lines_of_one_attribute_are_its_sources_in_order():
    compiled = mapping(
        {"attribute": "emails", "column": "E-mail"},
        {"attribute": "emails", "column": "Other"},
        entity_type=CONTACT,
    )

    (entry,) = compiled.entries

    assert [source["value"].columns for source in entry.sources] == [("E-mail",), ("Other",)]


@pytest.mark.parametrize(("empty", "absent"), [(None, False), ("null", False), ("absent", True)])
def test_what_an_empty_cell_means_is_said_once_for_the_feed(empty, absent):
    (entry,) = mapping(NAME, empty=empty).entries

    assert entry.empty_is_absent == absent


@pytest.mark.parametrize("invalid", ["drop", "quarantine", "distrust"])
def test_a_line_may_say_what_an_invalid_value_costs(invalid):
    (entry,) = mapping({"attribute": "phone", "column": "Phone", "invalid": invalid}).entries

    assert entry.when_invalid == invalid


@pytest.mark.parametrize("name", ["emails", "date_of_birth", "client"])
def test_only_one_text_can_be_distrusted(name):
    line = {"attribute": name, "column": "X", "system": "Y", "invalid": "distrust"}

    with pytest.raises(MappingError, match=f"{name} is not one text that could be distrusted"):
        mapping(line, entity_type=CONTACT)
