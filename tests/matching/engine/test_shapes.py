"""Parsing by shape gives what parsing each text gives, for every form of every grammar."""

import csv
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine import reading
from matching.engine.addresses import STREETS, parse_street
from matching.engine.arrays import MISSING
from matching.engine.forms import FORMS, Form, Parse
from matching.engine.organisation_forms import ORGANISATIONS, organisation_forms
from matching.engine.person_forms import PERSONS, family_name, given_name, sorted_names
from matching.engine.shapes import filled
from mdm.feeds.generator import generate

FEEDS = Path(__file__).parents[3] / "mdm/feeds/sample_feeds"
Value = tuple[str | None, ...]

ODD_WORDS = "Ácme straße 東京 O'Neil Macy’s 12a 5th B12 3M A. AG ag S.A. amazon.com (Eli) ½ ＡＧ №"
PUNCTUATION = (" ", "  ", ", ", " & ", "-", ".", "/", "'", "#", " dba ", " t/a ", ", the", "\n")
FORMS_OF_FIRMS = ("", "Inc.", "GmbH & Co. KG", "Holdings Ltd", "Bank", "5", "S.A.")


def texts_of(words: frozenset[str]) -> st.SearchStrategy[str]:
    """Names and lines made of words that a parser knows, of others, and of odd ones."""
    word = st.sampled_from([*sorted(words), *ODD_WORDS.split()]) | st.text("abzé", min_size=1)
    cased = st.builds(lambda text, case: case(text), word, st.sampled_from([str, str.upper]))
    pieces = st.lists(st.tuples(cased, st.sampled_from(PUNCTUATION)), max_size=7)
    return st.builds(lambda pairs: "".join(a + b for a, b in pairs), pieces)


names = texts_of(ORGANISATIONS.known | ORGANISATIONS.alike) | st.text(max_size=30)
lines = texts_of(STREETS.known) | st.text(max_size=30)
people = texts_of(PERSONS.known) | st.text(max_size=20)
addresses = st.tuples(st.none() | lines, st.none() | lines)


def forms_with(parse: Parse) -> tuple[Form, ...]:
    return tuple(form for form in FORMS.values() if form.parse is parse)


def columns_of(values: list[Value]) -> list[pa.StringArray]:
    return [pa.array(part, pa.string()) for part in zip(*values, strict=True)]


def read_by_shape(parse: Parse, values: list[Value]) -> list[list[str | None]]:
    """For each form the texts of all values, slot by slot."""
    with patch.object(reading, "FEW", 0):
        read = reading.read(forms_with(parse), columns_of(values))
    return [
        [None if code == MISSING else column[code] or None for code in codes]
        for codes, column in ((texts.codes, texts.texts.to_pylist()) for texts in read)
    ]


def read_one_by_one(parse: Parse, values: list[Value]) -> list[list[str | None]]:
    parsed = [parse(*value) for value in values]
    return [list(taken(form, parsed)) for form in forms_with(parse)]


def taken(form: Form, parsed: list[object]) -> Iterator[str | None]:
    for value in parsed:
        taken = form.take(value) or ()
        kept = (taken if isinstance(taken, tuple) else (taken,))[: form.width]
        yield from [*(text or None for text in kept), *[None] * (form.width - len(kept))]


@settings(max_examples=300, deadline=None)
@given(values=st.lists(st.tuples(names), min_size=1, max_size=12))
def test_names_are_read_by_shape_as_one_by_one(values):
    assert read_by_shape(organisation_forms, values) == read_one_by_one(organisation_forms, values)


@settings(max_examples=300, deadline=None)
@given(values=st.lists(addresses, min_size=1, max_size=12))
def test_addresses_are_read_by_shape_as_one_by_one(values):
    assert read_by_shape(parse_street, values) == read_one_by_one(parse_street, values)


@pytest.mark.parametrize("parse", [given_name, family_name])
@settings(deadline=None)
@given(values=st.lists(st.tuples(people), min_size=1, max_size=12))
def test_names_of_people_are_read_by_shape_as_one_by_one(parse, values):
    assert read_by_shape(parse, values) == read_one_by_one(parse, values)


@settings(deadline=None)
@given(values=st.lists(st.tuples(st.none() | people, st.none() | people), min_size=1, max_size=9))
def test_pairs_of_names_are_read_at_once_as_one_by_one(values):
    assert read_by_shape(sorted_names, values) == read_one_by_one(sorted_names, values)


@pytest.mark.parametrize("parse", [organisation_forms, given_name, family_name])
def test_an_accent_by_itself_parts_words_in_every_way_of_reading(parse):
    values: list[Value] = [("N´Djamena",), ("O´Neil",)]

    assert read_by_shape(parse, values) == read_one_by_one(parse, values)


def test_every_name_of_the_sample_feeds_is_read_as_by_itself():
    values = sorted({(name,) for name in names_in_feeds()})

    assert read_by_shape(organisation_forms, values) == read_one_by_one(organisation_forms, values)


@pytest.mark.parametrize(
    ("parse", "columns"),
    [
        (organisation_forms, {"crm": ("Account Name",), "erp": ("Name 1",)}),
        (parse_street, {"crm": ("Billing Street", "Website"), "erp": ("Street", "Name 1")}),
    ],
)
def test_generated_records_are_read_as_by_themselves(parse, columns):
    values = [
        tuple(text or None for text in texts)
        for chunk in generate("client", 4_000, seed=5)
        for texts in zip(*(chunk.columns[name] for name in columns[chunk.system]), strict=True)
    ]

    assert read_by_shape(parse, values) == read_one_by_one(parse, values)


@pytest.mark.parametrize("name", ["Stan Creek", "Müller", "O'Neil & Sons", "3M", "A. O. Smith"])
def test_an_ordinary_name_has_a_shape(name):
    values: list[Value] = [(f"{name} {form}",) for form in FORMS_OF_FIRMS]

    found = filled(
        organisation_forms, ORGANISATIONS, forms_with(organisation_forms), columns_of(values)
    )

    assert found.shaped.all()


def names_in_feeds() -> Iterator[str]:
    columns: dict[str, str] = {
        "sp500_constituents": "Security",
        "nyse_listed": "Company Name",
        "nasdaq_listed": "Security Name",
        "gsa_schedule70_rates": "VENDOR NAME",
        "synthetic_erp_client_addresses": "Name 1",
    }
    for file, column in columns.items():
        with (FEEDS / f"{file}.csv").open(newline="") as rows:
            yield from (row[column] for row in csv.DictReader(rows))
