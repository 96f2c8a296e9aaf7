"""Golden ids: UUIDs of version 7 that sort by the time they were minted."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import RFC_4122

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.golden_ids import mint

NOW = datetime(2026, 7, 1, 12, 30, 15, 123_456, tzinfo=UTC)


@pytest.mark.parametrize("count", [0, 1, 2, 1_000, 20_000])
def test_ids_are_distinct_and_in_ascending_order(count):
    ids = mint(count, NOW)

    assert len(set(ids)) == count
    assert ids == sorted(ids)
    assert [str(each) for each in ids] == sorted(str(each) for each in ids)


def test_an_id_is_a_uuid_of_version_7():
    for each in mint(100, NOW):
        assert each.version == 7
        assert each.variant == RFC_4122


@given(st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001
def test_an_id_begins_with_its_millisecond(at):
    (id_,) = mint(1, at)

    minted_at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=id_.int >> 80)

    assert abs(minted_at - at) < timedelta(milliseconds=1)


def test_ids_of_a_later_millisecond_sort_behind_all_earlier_ones():
    earlier, later = mint(1_000, NOW), mint(1_000, NOW + timedelta(milliseconds=1))

    assert max(earlier) < min(later)


def test_the_time_zone_in_which_a_moment_is_told_makes_no_difference():
    tokyo = NOW.astimezone(timezone(timedelta(hours=9)))

    assert mint(1, NOW)[0].int >> 80 == mint(1, tokyo)[0].int >> 80


def test_two_batches_of_one_millisecond_share_no_id():
    assert not set(mint(5_000, NOW)) & set(mint(5_000, NOW))


def test_the_counter_crosses_the_border_between_its_two_parts_in_order():
    ids = mint((1 << 14) + 2, NOW)

    assert ids[(1 << 14) - 1] < ids[1 << 14] < ids[(1 << 14) + 1]
