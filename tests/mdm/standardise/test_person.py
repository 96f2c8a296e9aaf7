"""Names of people taken apart: tables of cases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.standardise.nicknames import FORMAL_NAMES
from mdm.standardise.person import PersonName, parse_full_name, parse_person, sound

FULL_NAMES = [
    ("John Smith", ("john", "", "smith")),
    ("John E Smith", ("john", "e", "smith")),
    ("Smith, Robert J.", ("robert", "j", "smith")),
    ("King, Jr., Martin Luther", ("martin", "luther", "king")),
    ("Martin Luther King Jr.", ("martin", "luther", "king")),
    ("Prof. Dr. Ludwig van Beethoven", ("ludwig", "", "van beethoven")),
    ("thomas de barry", ("thomas", "", "de barry")),
    ("María de la Cruz García", ("maria", "", "de la cruz garcia")),
    ("sir John O'Neill, 1st baronet", ("john", "", "oneill")),
    ("J. R. R. Tolkien", ("j", "r r", "tolkien")),
    ("Hans-Peter Müller", ("hans peter", "", "muller")),
    ("Yo-Yo Ma", ("yo yo", "", "ma")),
    ("watts", ("", "", "watts")),
    ("", ("", "", "")),
    (",,", ("", "", "")),
]

PARTS = [
    (("Mary Ann", None, "van der Meer"), ("mary", "ann", "van der meer")),
    (("Dr. J. R.", None, "O'Neil Jr."), ("j", "r", "oneil")),
    (("John", "P.", "Smith"), ("john", "p", "smith")),
    ((None, None, "John Smith"), ("john", "", "smith")),
    (("John Smith", None, None), ("john", "", "smith")),
    ((None, None, None), ("", "", "")),
]


@pytest.mark.parametrize(("text", "parts"), FULL_NAMES)
def test_a_full_name_is_taken_apart_in_either_order(text: str, parts: tuple[str, str, str]):
    assert parse_full_name(text) == PersonName(*parts)


@pytest.mark.parametrize(("given_parts", "parts"), PARTS)
def test_parts_lose_titles_and_suffixes(given_parts, parts):
    assert parse_person(*given_parts) == PersonName(*parts)


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("bob", "robert"),
        ("bill", "william"),
        ("peggy", "margaret"),
        ("sepp", "josef"),
        ("paco", "francisco"),
        ("sasha", "alexander"),
        ("kees", "cornelius"),
        ("kathryn", "katherine"),
    ],
)
def test_a_short_form_stands_for_the_full_name(short: str, full: str):
    mine, theirs = PersonName(given=short), PersonName(given=full)

    assert set(mine.formal_given) & set(theirs.formal_given)


def test_an_unknown_given_name_stands_for_itself():
    assert PersonName(given="zebedee").formal_given == ("zebedee",)
    assert PersonName(given="").formal_given == ()


def test_several_hundred_short_forms_are_known():
    assert len(FORMAL_NAMES) >= 1500


def test_swapped_names_have_the_same_words():
    assert parse_person("John", None, "Smith").sorted_words == (
        parse_person("Smith", None, "John").sorted_words
    )


def test_particles_are_no_part_of_the_family_core():
    assert parse_full_name("Ludwig van Beethoven").family_core == "beethoven"
    assert PersonName(family="van").family_core == "van"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("smith", "smyth"),
        ("meier", "mayer"),
        ("philips", "filips"),
        ("schmidt", "schmitt"),
        ("dixon", "dickson"),
        ("wright", "right"),
        ("katherine", "catherine"),
    ],
)
def test_names_that_sound_alike_share_a_sound(one: str, other: str):
    assert sound(one) == sound(other)


@given(st.text(max_size=40))
def test_any_text_is_parsed(text: str):
    name = parse_full_name(text)

    assert all(part == " ".join(part.split()) for part in name)
