"""Dates: every order in which people write them, and the ones that do not exist."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.standardise.dates import parse_date, parse_moment
from mdm.standardise.reading import InvalidValue, Reading

DMY, MDY, YMD = (Reading(date_order=order) for order in ("dmy", "mdy", "ymd"))


@pytest.mark.parametrize(
    ("text", "reading", "iso"),
    [
        ("2024-04-30", DMY, "2024-04-30"),
        ("2024-4-3", MDY, "2024-04-03"),
        ("20240430", DMY, "2024-04-30"),
        ("2024/04/30", DMY, "2024-04-30"),
        ("2024.4.30", MDY, "2024-04-30"),
        ("30/04/2024", DMY, "2024-04-30"),
        ("30.4.2024", DMY, "2024-04-30"),
        ("30-04-2024", DMY, "2024-04-30"),
        ("30 04 2024", DMY, "2024-04-30"),
        ("04/30/2024", MDY, "2024-04-30"),
        ("4/5/2015", DMY, "2015-05-04"),
        ("4/5/2015", MDY, "2015-04-05"),
        ("5/4/20", MDY, "2020-05-04"),
        ("15/4/20", YMD, "2015-04-20"),
        ("31/12/69", DMY, "2069-12-31"),
        ("31/12/70", DMY, "1970-12-31"),
        ("30 April 2024", DMY, "2024-04-30"),
        ("30. April 2024", DMY, "2024-04-30"),
        ("30th of April, 2024", DMY, "2024-04-30"),
        ("April 30, 2024", DMY, "2024-04-30"),
        ("Apr. 30th 2024", DMY, "2024-04-30"),
        ("30-Apr-2024", MDY, "2024-04-30"),
        ("30-APR-24", DMY, "2024-04-30"),
        ("1 Sept 2024", DMY, "2024-09-01"),
        ("2024-04-30T23:59:59Z", DMY, "2024-04-30"),
        ("2024-04-30 00:00:00.000", DMY, "2024-04-30"),
        ("2024-04-30 10:15:00+02", DMY, "2024-04-30"),
        ("30/04/2024 00:00", DMY, "2024-04-30"),
        ("4/30/2024 2:30 PM", MDY, "2024-04-30"),
        ("29/02/2024", DMY, "2024-02-29"),
        ("9999-12-31", DMY, "9999-12-31"),
        (" 2024-04-30 ", DMY, "2024-04-30"),
    ],
)
def test_a_date_is_read_in_the_order_of_its_feed(text, reading, iso):
    assert parse_date(text, reading) == iso


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("31/02/2024", DMY),
        ("29/02/2023", DMY),
        ("2024-13-01", DMY),
        ("13/13/2024", MDY),
        ("30/04/2024", MDY),
        ("04/30/2024", DMY),
        ("0/5/2024", DMY),
        ("0000-00-00", YMD),
        ("5/4/202", DMY),
        ("0024-05-04", YMD),
        ("0001-01-01", YMD),
        ("2024-04-30 25:00", YMD),
        ("2024-04-30 12:61", YMD),
        ("2024-04-30 13:00 PM", YMD),
    ],
)
def test_a_date_that_does_not_exist_is_refused(text, reading):
    with pytest.raises(InvalidValue) as refused:
        parse_date(text, reading)

    assert repr(text) in refused.value.message
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("soon", DMY),
        ("", DMY),
        ("45412", DMY),
        ("4/24//2014", MDY),
        ("2024", DMY),
        ("April 2024", DMY),
        ("5 marraskuu 2024", DMY),
        ("12 marble 2024", DMY),
        ("30 april 15 2024", DMY),
        ("05/04/2024", YMD),
        ("5/4/2", DMY),
        ("1/2-2024", DMY),
        ("2024-04-30 ---", DMY),
        ("9" * 100_000, DMY),
    ],
)
def test_what_is_no_date_is_refused_with_an_example_of_the_feeds_order(text, reading):
    with pytest.raises(InvalidValue) as refused:
        parse_date(text, reading)

    assert "cannot be read as a date" in refused.value.message
    assert len(refused.value.message) < 200
    example = {"dmy": "30/04/2024", "mdy": "04/30/2024", "ymd": "2024-04-30"}
    assert example[reading.date_order] in refused.value.remedy


def test_a_two_digit_year_is_refused_where_the_century_matters():
    with pytest.raises(InvalidValue, match="century"):
        parse_date("12/03/58", DMY, full_year=True)

    assert parse_date("12/03/1958", DMY, full_year=True) == "1958-03-12"


@given(st.dates(min_value=date(1583, 1, 1)), st.sampled_from([DMY, MDY, YMD]))
def test_every_date_comes_back_from_each_spelling_of_it(day, reading):
    order = {"dmy": "%d/%m/%Y", "mdy": "%m/%d/%Y", "ymd": "%Y/%m/%d"}[reading.date_order]
    spellings = [day.isoformat(), day.strftime("%Y%m%d"), day.strftime(order)]
    spellings += [day.strftime("%d %B %Y"), day.strftime("%b %d, %Y"), day.strftime("%d-%b-%Y")]

    assert {parse_date(spelling, reading) for spelling in spellings} == {day.isoformat()}


@given(st.text(max_size=40), st.sampled_from([DMY, MDY, YMD]))
def test_any_text_is_a_date_or_invalid(text, reading):
    try:
        found = parse_date(text, reading)
    except InvalidValue:
        return

    assert date.fromisoformat(found).isoformat() == found


@pytest.mark.parametrize(
    ("text", "zone", "moment"),
    [
        ("2024-03-01", "UTC", "2024-03-01T00:00:00+00:00"),
        ("2024-07-01", "Europe/London", "2024-07-01T00:00:00+01:00"),
        ("2024-03-01 12:30", "America/New_York", "2024-03-01T12:30:00-05:00"),
        ("2024-03-01T12:30:00Z", "America/New_York", "2024-03-01T12:30:00+00:00"),
        ("2024-03-01T12:30:00.1234567Z", "UTC", "2024-03-01T12:30:00.123456+00:00"),
        ("2024-03-01 12:30:00 +0100", "UTC", "2024-03-01T12:30:00+01:00"),
        ("2024-03-01 12:30:00+01", "UTC", "2024-03-01T12:30:00+01:00"),
        ("2024-03-01 12:30:00 UTC", "Asia/Tokyo", "2024-03-01T12:30:00+00:00"),
        ("01/03/2024 12:30", "UTC", "2024-03-01T12:30:00+00:00"),
        ("1/3/2024, 2:05:09 p.m.", "UTC", "2024-03-01T14:05:09+00:00"),
        ("1/3/2024 12:00 AM", "UTC", "2024-03-01T00:00:00+00:00"),
        ("20240301", "UTC", "2024-03-01T00:00:00+00:00"),
    ],
)
def test_a_moment_without_a_zone_is_one_of_its_source(text, zone, moment):
    assert parse_moment(text, DMY, zone).isoformat() == moment


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("yesterday", "UTC"),
        ("2024-03-01 25:00", "UTC"),
        ("2024-03-01 12:30+99:00", "UTC"),
        ("2024-02-30T12:00:00", "UTC"),
        ("0001-01-01T00:00:00", "Asia/Tokyo"),
        ("9999-12-31T23:59:59", "America/New_York"),
        ("", "UTC"),
    ],
)
def test_a_moment_outside_of_the_calendar_is_refused(text, zone):
    with pytest.raises(InvalidValue) as refused:
        parse_moment(text, DMY, zone)

    assert refused.value.remedy


@given(st.datetimes())
def test_any_moment_in_iso_form_is_read_or_refused(moment):
    try:
        found = parse_moment(moment.isoformat(), DMY, "America/New_York")
    except InvalidValue:
        assert moment.year < 1583 or moment.year == 9999
        return

    assert found.replace(tzinfo=None) == moment
