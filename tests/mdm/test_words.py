from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from mdm import words


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ("user:ann", "ann"),
        ("system:CRM", "CRM"),
        ("job:match", "the hub (match)"),
        ("ann", "ann"),
        ("", "the hub"),
    ],
)
def test_who_did_something_is_said_without_a_prefix(by, said):
    assert words.person(by) == said


def test_a_moment_is_said_as_on_the_clock_of_whoever_reads():
    with timezone.override(ZoneInfo("Pacific/Auckland")):
        assert words.moment(datetime(2026, 6, 1, 20, 5, tzinfo=UTC)) == "2026-06-02 08:05"
