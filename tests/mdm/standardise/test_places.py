"""Places, languages and currencies: one code for every name, and addresses by their parts."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mdm.attribute_types import Address
from mdm.feeds.cells import attempt
from mdm.standardise.places import (
    ADDRESS_PARTS,
    address_identity,
    display_address,
    parse_country,
    parse_currency,
    parse_language,
)
from mdm.standardise.reading import InvalidValue, Reading


def address_of(parts, country):
    """What an address attribute makes of the cells of a row."""
    return Address().clean(parts, Reading(country=country))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("GB", "GB"),
        ("gb", "GB"),
        ("UK", "GB"),
        ("England", "GB"),
        ("Great  Britain", "GB"),
        ("USA", "US"),
        ("U.S.A", "US"),
        ("united states", "US"),
        ("United States of America", "US"),
        ("Deutschland", "DE"),
        ("DEU", "DE"),
        ("ALLEMAGNE", "DE"),
        ("Österreich", "AT"),
        ("Autriche", "AT"),
        ("中国", "CN"),
        ("Россия", "RU"),
        ("Türkiye", "TR"),
        ("Turkey", "TR"),
        ("Ivory Coast", "CI"),
        ("Republic of Ireland", "IE"),
        ("Northern Ireland", "GB"),
        ("South Korea", "KR"),
        ("Niger", "NE"),
        ("Nigeria", "NG"),
        ("Dominica", "DM"),
    ],
)
def test_a_country_is_known_by_its_codes_and_names(text, code):
    assert parse_country(text) == code


@pytest.mark.parametrize(
    "text",
    ["Atlantis", "", "XX", "ZZ", "EU", "European Union", "UN", "SUN", "Congo", "001", "x" * 9_999],
)
def test_what_is_no_single_country_is_refused(text):
    with pytest.raises(InvalidValue, match="not a country") as refused:
        parse_country(text)

    assert refused.value.part == "country"
    assert len(refused.value.message) < 200


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("en", "en"),
        ("English", "en"),
        ("en-GB", "en"),
        ("en_US", "en"),
        ("eng", "en"),
        ("deu", "de"),
        ("ger", "de"),
        ("Deutsch", "de"),
        ("français", "fr"),
        ("zh-Hans", "zh"),
    ],
)
def test_a_language_is_known_by_its_codes_and_names(text, code):
    assert parse_language(text) == code


@pytest.mark.parametrize("text", ["Klingonese", "", "und", "mul", "unknown language"])
def test_what_is_no_language_is_refused(text):
    with pytest.raises(InvalidValue, match="not a language"):
        parse_language(text)


@pytest.mark.parametrize(
    ("text", "country", "code"),
    [
        ("EUR", None, "EUR"),
        (" eur ", None, "EUR"),
        ("€", None, "EUR"),
        ("£", "US", "GBP"),
        ("$", None, "USD"),
        ("$", "US", "USD"),
        ("JPY", None, "JPY"),
    ],
)
def test_a_currency_is_known_by_its_code_or_sign(text, country, code):
    assert parse_currency(text, country) == code


@pytest.mark.parametrize(
    ("text", "country"),
    [("$", "CA"), ("$", "AU"), ("dollars", None), ("", None), ("XXX", None), ("EURO", None)],
)
def test_a_sign_of_many_currencies_is_never_guessed(text, country):
    with pytest.raises(InvalidValue, match="not a currency"):
        parse_currency(text, country)


def test_an_address_keeps_what_is_there():
    parts = {"kind": " Billing ", "line1": "12  High St", "line2": "", "city": "Leeds"}

    address = address_of({**parts, "region": "wy", "postcode": "ls1 1aa", "country": "UK"}, "US")

    assert address == {
        "kind": "billing",
        "lines": ["12 High St"],
        "city": "Leeds",
        "region": "WY",
        "postcode": "LS1 1AA",
        "country": "GB",
    }


def test_the_country_of_the_feed_is_assumed_where_a_place_is_given():
    assert address_of({"city": "Leeds"}, "GB") == {
        "kind": "main",
        "city": "Leeds",
        "country": "GB",
    }


@pytest.mark.parametrize("empty", ["", " ", "\t\n", "\u200b", "\xa0"])
def test_an_address_of_nothing_is_none(empty):
    parts = dict.fromkeys(ADDRESS_PARTS, empty)

    assert address_of(parts | {"kind": "billing"}, "GB") is None


@pytest.mark.parametrize(
    ("region", "kept"),
    [("ny", "NY"), ("nsw", "NSW"), ("Zug", "Zug"), ("Var", "Var"), ("Texas", "Texas")],
)
def test_abbreviated_regions_are_in_capitals_and_short_names_are_not(region, kept):
    assert address_of({"region": region}, None) == {"kind": "main", "region": kept}


@pytest.mark.parametrize("city", ["Ulm", "Ely", "Spa", "Y", "Åre"])
def test_a_short_city_stays_as_it_is_written(city):
    assert address_of({"city": city}, None) == {"kind": "main", "city": city}


def test_an_unknown_country_names_its_part():
    with pytest.raises(InvalidValue) as refused:
        address_of({"line1": "12 High St", "country": "Atlantis"}, None)

    assert refused.value.part == "country"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"line1": "12 High St."}, {"line1": "12  HIGH ST"}),
        ({"line1": "1 Rue É. Zola"}, {"line1": "1 rue e zola"}),
        (
            {"line1": "12 High St", "postcode": "SW1A 1AA"},
            {"line1": "12 High St", "postcode": "sw1a1aa"},
        ),
        ({"line1": "12 High St", "line2": "Floor 2"}, {"line1": "12 High St, Floor 2"}),
        ({"line1": "A", "city": "Bonn", "kind": "home"}, {"line1": "A", "city": "BONN"}),
        (
            {"line1": "A", "postcode": "53111", "country": "DE"},
            {"line1": "A", "postcode": "53111", "city": "Bonn"},
        ),
    ],
)
def test_two_spellings_of_an_address_are_one(one, other):
    addresses = [address_of(parts, None) for parts in (one, other)]

    assert len({address_identity(address) for address in addresses}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"line1": "12 High St"}, {"line1": "13 High St"}),
        ({"line1": "1 Main St", "city": "Springfield", "region": "IL"},
         {"line1": "1 Main St", "city": "Springfield", "region": "MO"}),
        ({"country": "DE"}, {"country": "FR"}),
        ({"region": "TX"}, {"region": "NY"}),
        ({"line1": "A", "postcode": "53111"}, {"line1": "A", "postcode": "53112"}),
    ],
)  # fmt: skip
def test_two_places_are_never_taken_for_one(one, other):
    addresses = [address_of(parts, None) for parts in (one, other)]

    assert len({address_identity(address) for address in addresses}) == 2


def test_an_address_is_shown_on_one_line():
    address = {
        "kind": "main",
        "lines": ["12 High St", "Floor 2"],
        "city": "Leeds",
        "postcode": "LS1",
        "country": "GB",
    }

    assert display_address(address) == "12 High St, Floor 2, Leeds LS1, GB"


@given(st.dictionaries(st.sampled_from(ADDRESS_PARTS), st.text(max_size=12)))
@example({"city": "=0"})
def test_any_parts_are_an_address_nothing_or_invalid(parts):
    address = attempt(lambda raw: address_of(raw, "GB"), parts)

    if isinstance(address, InvalidValue):  # an unknown country, or a formula: the part is named
        assert parts[address.part]
        return
    assert address is None or address.keys() - {"kind", "country"} or address["country"]
    assert address is None or display_address(address)
