"""Cells and entries: where a mapping takes values from, and what several sources say together."""

from collections import Counter

import pytest

from mdm.domains.client import CLIENT
from mdm.domains.contact import CONTACT
from mdm.feeds.cells import Cell, Entry, MappingError, missing_columns, telling_parts
from mdm.feeds.readers import ABSENT
from mdm.schema import WhenInvalid
from mdm.standardise.reading import InvalidValue

COLUMNS = {"a": 0, "b": 1, "c": 2}


def value_of(specification, *row):
    return Cell.of(specification).values(COLUMNS, [list(row)])[0]


@pytest.mark.parametrize(
    ("specification", "row", "value"),
    [
        ("b", ("x", "y", "z"), "y"),
        ({"column": "b"}, ("x", "y", "z"), "y"),
        ({"columns": ["c", "a"]}, ("x", "y", "z"), "z x"),
        ({"columns": ["a", "b"]}, ("x", "", "z"), "x"),
        ({"columns": ["a", "b"]}, ("", None, "z"), None),
        ({"columns": ["a", "b"]}, (ABSENT, "y", "z"), "y"),
        ({"columns": ["a", "b"]}, (ABSENT, None, "z"), None),
        ({"columns": ["a", "b"]}, (ABSENT, ABSENT, "z"), ABSENT),
        ({"columns": ["a", "b"]}, (["x", None, "w"], "y", "z"), "x w y"),
        ({"columns": ["a", "gone"], "optional": True}, ("x", "y", "z"), "x"),
        ({"value": "CRM"}, ("x", "y", "z"), "CRM"),
        ({"value": 5}, ("x", "y", "z"), "5"),
        ("b", ("x", None, "z"), None),
        ("b", ("x", ABSENT, "z"), ABSENT),
        ("b", ("x", "", "z"), ""),
        ("b", ("x", ["p", None], "z"), ("p", None)),
        ({"column": "gone", "optional": True}, ("x", "y", "z"), ABSENT),
        ({"column": "b", "transform": ["upper"]}, ("x", "y", "z"), "Y"),
        ({"column": "b", "transform": ["after_last_comma", "upper"]}, ("", "p,q", ""), "Q"),
        ({"column": "b", "transform": ["upper"]}, ("x", None, "z"), None),
        ({"column": "b", "transform": ["upper"]}, ("x", ABSENT, "z"), ABSENT),
        ({"column": "b", "transform": ["upper"]}, ("x", ["p", None, "q"], "z"), ("P", None, "Q")),
    ],
)
def test_a_cell_gives_the_value_of_a_row(specification, row, value):
    assert value_of(specification, *row) == value


@pytest.mark.parametrize(
    "specification",
    [None, 5, ["a"], {}, {"column": ""}, {"columns": []}, {"columns": "ab"}, {"value": None}],
)
def test_a_cell_that_names_nothing_is_refused(specification):
    with pytest.raises(MappingError, match="names neither a column nor a value"):
        Cell.of(specification)


def test_an_unknown_transformation_names_the_known_ones():
    with pytest.raises(MappingError, match="no transformation 'uper'; there are before_last_comma"):
        Cell.of({"column": "a", "transform": ["uper"]})


def test_a_transformation_runs_once_for_each_distinct_text():
    calls = Counter()

    def counted(text):
        calls[text] += 1
        return text.upper()

    cell = Cell(columns=("a",), transformations=(counted,))

    values = cell.values(COLUMNS, [["x"], ["y"]] * 1_000)

    assert values == ["X", "Y"] * 1_000
    assert calls == {"x": 1, "y": 1}


@pytest.mark.parametrize(
    ("value", "text", "key"),
    [
        (" x ", " x ", "x"),
        ("", "", ""),
        (None, "", ""),
        (ABSENT, "", ""),
        (["x"], "x", "x"),
        (["x", "y"], "x, y", ""),
        ([None, "y"], "y", ""),
        ([], "", ""),
    ],
)
def test_a_cell_is_a_text_or_a_part_of_a_key(value, text, key):
    cell, rows = Cell.of("a"), [[value]]

    assert cell.texts(COLUMNS, rows) == [text]
    assert cell.keys(COLUMNS, rows) == [key]


def test_missing_columns_are_named_once_in_the_order_of_the_cells():
    cells = [
        Cell.of("name"),
        Cell.of({"columns": ["name", "a", "town"]}),
        Cell.of({"column": "gone", "optional": True}),
        Cell.of({"value": "x"}),
    ]

    assert missing_columns(cells, ["a", "b"]) == ["name", "town"]


def entry(attribute, *sources, when_invalid=WhenInvalid.QUARANTINE, empty_is_absent=False):
    return Entry(attribute, sources, when_invalid, empty_is_absent, must_exist=False)


INVALID = InvalidValue("'x' is wrong", "mend it")


@pytest.mark.parametrize(
    ("offered", "settled"),
    [
        (["A"], "A"),
        ([None, "B"], "B"),
        ([ABSENT, "B"], "B"),
        (["A", "B"], "A"),
        (["A", INVALID], "A"),
        ([INVALID, "B"], INVALID),
        ([None, INVALID], INVALID),
        ([None], None),
        ([ABSENT], ABSENT),
        ([None, ABSENT], None),
        ([ABSENT, ABSENT], ABSENT),
        ([0], 0),
        ([False], False),
    ],
)
def test_of_several_sources_the_first_that_says_something_counts(offered, settled):
    assert entry(CLIENT["legal_name"]).settle(offered) == settled


@pytest.mark.parametrize(
    ("offered", "settled"),
    [
        ([["a@x.com"], ["b@x.com"]], ["a@x.com", "b@x.com"]),
        ([["a@x.com"], ["a@x.com", "b@x.com"]], ["a@x.com", "b@x.com"]),
        ([None, ["b@x.com"]], ["b@x.com"]),
        ([ABSENT, None], None),
        ([ABSENT, ABSENT], ABSENT),
        ([["a@x.com"], [INVALID]], INVALID),
    ],
)
def test_a_list_takes_the_items_of_all_sources(offered, settled):
    assert entry(CONTACT["emails"]).settle(offered) == settled


@pytest.mark.parametrize(
    ("attribute", "offered", "settled"),
    [
        (CLIENT["phone"], [INVALID], ABSENT),
        (CLIENT["phone"], [INVALID, None], ABSENT),
        (CLIENT["phone"], [INVALID, "+442079460958"], "+442079460958"),
        (CONTACT["emails"], [["a@x.com", INVALID]], ["a@x.com"]),
        (CONTACT["emails"], [[INVALID]], ABSENT),
    ],
)
def test_a_dropped_value_costs_itself_and_clears_nothing(attribute, offered, settled):
    assert entry(attribute, when_invalid=WhenInvalid.DROP).settle(offered) == settled


@pytest.mark.parametrize("offered", [[None], [None, ABSENT], [ABSENT]])
def test_an_empty_value_says_nothing_where_the_mapping_says_so(offered):
    assert entry(CLIENT["phone"], empty_is_absent=True).settle(offered) == ABSENT


@pytest.mark.parametrize(
    ("sources", "part", "column"),
    [
        ([{"value": "Phone"}], "", "Phone"),
        ([{"value": {"value": "5"}}, {"value": "Mobile"}], "", "Mobile"),
        ([{"city": "Town", "country": "Land"}], "country", "Land"),
        ([{"city": "Town", "country": {"value": "GB"}}], "country", "Town"),
        ([{"key": "Parent", "system": "From"}], "system", "From"),
        ([{"value": {"columns": ["a", "b"]}}], "", "a and b"),
        ([{"value": {"value": "5"}}], "", "phone"),
    ],
)
def test_a_message_can_name_the_column_that_is_to_blame(sources, part, column):
    given = [{name: Cell.of(cell) for name, cell in source.items()} for source in sources]

    assert entry(CLIENT["phone"], *given).column(part) == column


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ({"kind": {"value": "billing"}, "city": "Town"}, {"city"}),
        ({"kind": "Kind", "city": "Town"}, {"city"}),
        ({"city": "Town", "country": {"value": "GB"}}, {"city"}),
        ({"city": {"value": "Leeds"}}, {"city"}),
    ],
)
def test_a_kind_or_a_constant_does_not_say_where_an_address_is(source, parts):
    assert telling_parts({name: Cell.of(cell) for name, cell in source.items()}) == parts
