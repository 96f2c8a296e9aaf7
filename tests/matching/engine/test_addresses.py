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


def test_the_house_number_has_no_letter_and_the_name_no_direction():
    street = parse_street("12a North Elm Street")

    assert (street.house_number, street.name) == ("12", "elm st")


def test_all_words_include_the_other_lines():
    assert parse_street("8 Stanley Street", "Wonga Court").all_words == "8 ct st stanley wonga"
