"""Street lines and how they are compared."""

import pytest

from matching.engine.addresses import parse_street

LINES = [
    (("1001 West Roosevelt Road",), "1001 w roosevelt rd"),
    (("1001 W. Roosevelt Rd.",), "1001 w roosevelt rd"),
    (("1001 W ROOSEVELT RD 606",), "1001 606 w roosevelt rd"),
    (("1001 W Roosevelt Rd, Suite 606",), "1001 w roosevelt rd"),
    (("Suite 606", "1001 W Roosevelt Rd"), "1001 w roosevelt rd"),
    (("1020 West Bryn Mawr # 211",), "1020 w bryn mawr"),
    (("221 E. 51st St.",), "221 51 e st"),
    (("10001 South Woodlawn Avenue First Floor",), "10001 s woodlawn ave"),
    (("Hauptstraße 12a",), "12a hauptst"),
    (("Hauptstr. 12a",), "12a hauptst"),
    (("12 Market Square, 5th floor",), "12 market sq"),
    (("Rose Cottage",), "rose cottage"),
    ((None,), ""),
    ((None, "8 Stanley Street"), "8 stanley st"),
]


@pytest.mark.parametrize(("lines", "line"), LINES)
def test_ways_to_write_a_street_become_one(lines, line):
    assert parse_street(*lines).line == line


DOORS = [
    ("316 N Pulaski Rd", "316 n pulaski"),
    ("316 N. Pulaski", "316 n pulaski"),
    ("12 Main St N", "12 main n"),
    ("12 St. James Place", "12 st james"),
    ("12 Court Street", "12 ct"),
    ("221 E. 51st St.", "221 51 e"),
    ("12 Broadway", "12 broadway"),
    ("3 The Close", "3 the cl"),
    ("3 North Street", "3 n st"),
    ("5 Avenue", "5 ave"),
    ("12 rue de la Paix", "12 rue de la paix"),
]


@pytest.mark.parametrize(("line", "door"), DOORS)
def test_a_door_is_the_same_with_or_without_the_kind_of_street(line: str, door: str):
    assert parse_street(line).door == door


def test_streets_that_differ_in_more_than_their_kind_have_different_doors():
    doors = {
        parse_street(line).door
        for line in ("12 Elm St", "14 Elm St", "12 N Elm St", "12 S Elm St", "12 Elms St")
    }

    assert len(doors) == 5


def test_the_house_number_has_no_letter_and_the_name_neither_direction_nor_kind():
    street = parse_street("12a North Elm Street")

    assert (street.house_number, street.name) == ("12", "elm")


def test_the_name_of_a_street_that_is_counted_is_its_number():
    assert parse_street("221 E. 51st St.").name == "51"


def test_all_words_include_the_other_lines():
    assert parse_street("8 Stanley Street", "Wonga Court").all_words == "8 ct st stanley wonga"
