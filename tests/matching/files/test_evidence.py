"""Values of a file as the engine compares them, and what becomes of those that cannot be read."""

import pytest

from mdm.standardise.reading import Reading
from tests.matching.files.trying import evidence_of, table_of


def columns_of(*rows, domain="client", **said):
    return evidence_of(table_of(*rows), domain, **said).columns


def test_street_and_number_are_one_line():
    columns = columns_of(["street", "house number", "name"], ["High St", "12", "Acme"])

    assert columns["addresses[0].lines[0]"] == ["12 High St"]


def test_line_breaks_part_an_address():
    columns = columns_of(["name", "address"], ["Acme", "Suite 6\n 12 High St\n"], ["B", "1 Low St"])

    assert columns["addresses[0].lines[0]"] == ["Suite 6", "1 Low St"]
    assert columns["addresses[0].lines[1]"] == ["12 High St", None]


def test_the_second_line_moves_up_where_the_first_is_empty():
    columns = columns_of(["name", "address 1", "address 2"], ["Acme", "", "12 High St"])

    assert columns["addresses[0].lines[0]"] == ["12 High St"]


def test_items_of_several_columns_stand_one_behind_the_other_each_once():
    rows = ["email", "other email", "work email"], ["A@x.com", "a@X.com", "b@x.com"]

    columns = columns_of(*rows, domain="contact")

    assert (columns["emails[0]"], columns["emails[1]"]) == (["a@x.com"], ["b@x.com"])


def test_a_list_in_one_cell_has_its_items_too():
    columns = columns_of(["surname", "emails"], ["Lee", "a@x.com\x1fb@x.com"], domain="contact")

    assert (columns["emails[0]"], columns["emails[1]"]) == (["a@x.com"], ["b@x.com"])


def test_a_full_name_is_taken_apart():
    columns = columns_of(["name"], ["Ann Eve Lee"], ["Lee, Bob"], domain="contact")

    assert columns["given_name"] == ["ann", "bob"]
    assert columns["middle_name"] == ["eve", None]
    assert columns["family_name"] == ["lee", "lee"]


def test_names_in_parts_go_before_the_full_name_that_fills_what_they_leave():
    rows = [
        ["full name", "first name", "surname"],
        ["Ann Eve Leigh", "Ann", "Lee"],
        ["Bob Day", "", ""],
        ["", "Cy", "Orr"],
    ]

    columns = columns_of(*rows, domain="contact")

    assert columns["given_name"] == ["Ann", "bob", "Cy"]
    assert columns["middle_name"] == ["eve", None, None]
    assert columns["family_name"] == ["Lee", "day", "Orr"]


def test_words_of_several_columns_are_joined_and_of_other_values_the_first_counts():
    table = (
        ["first", "second", "tel", "mobile"],
        ["Acme", "Steel Ltd", "", "+442079460958"],
        ["Beta", "", "+442079460123", "+442079460958"],
    )
    maps = ["first=legal_name", "second=legal_name", "tel=phone", "mobile=phone"]

    columns = columns_of(*table, maps=maps)

    assert columns["legal_name"] == ["Acme Steel Ltd", "Beta"]
    assert columns["phone"] == ["+442079460958", "+442079460123"]


def test_a_firm_that_is_named_in_a_reference_is_compared_without_its_legal_form():
    columns = columns_of(["name", "employer"], ["Ann Lee", "ACME Ltd."], domain="contact")

    assert columns["client"] == ["acme"]


def test_what_cannot_be_read_costs_only_itself_and_is_said_with_its_row():
    table = table_of(
        ["surname", "email"], ["Lee", "a@x.com"], ["Day", "b@x.com"], ["Orr", "nothing@@here"]
    )

    evidence = evidence_of(table, "contact")

    assert evidence.columns["emails[0]"] == ["a@x.com", "b@x.com", None]
    [unread] = evidence.unreadable
    assert (unread.column, unread.count, unread.row, unread.kept) == ("email", 1, 4, False)
    assert "nothing@@here" in unread.message
    assert unread.remedy == "write it like name@firm.com"


def test_a_phone_without_a_country_is_compared_by_its_digits():
    table = table_of(["name", "phone"], ["Acme", "(312) 285-9902"], ["Beta", "+1 312 285 9902"])

    bare = evidence_of(table)
    american = evidence_of(table, reading=Reading(country="US"))

    assert bare.columns["phone"] == ["3122859902", "+13122859902"]
    assert [each.kept for each in bare.unreadable] == [True]
    assert american.columns["phone"] == ["+13122859902", "+13122859902"]
    assert american.unreadable == ()


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("1980-03-12", "1980-03-12"),
        ("12/03/1980", "1980-03-12"),
        ("1980-02-31", "1980-02-31"),
        ("31/02/1980", "1980-02-31"),
        ("19800231", "1980-02-31"),
        ("1560-01-01", "1560-01-01"),
        ("0000-00-00", None),
        ("1980-00-00", None),
        ("a while ago", None),
    ],
)
def test_a_day_that_no_calendar_has_is_compared_as_it_is_written(written, compared):
    rows = [["surname", "dob"], ["Lee", "1980-01-01"], ["Day", written]]

    columns = columns_of(*rows, domain="contact", maps=["dob=date_of_birth"])

    assert columns["date_of_birth"] == ["1980-01-01", compared]


def test_placeholders_and_text_as_long_as_a_book_are_no_values():
    table = table_of(["name"], ["N/A"], ["Acme\x00\x1b"], ["x" * 1_000_000])

    evidence = evidence_of(table, maps=["name=legal_name"])

    assert evidence.columns["legal_name"] == [None, "Acme", None]
    assert len(evidence.unreadable[0].message) < 200
