"""The project: how it is titled, and that its period runs forward."""

import pytest

from mdm.domains.project import PROJECT


@pytest.mark.parametrize(
    ("values", "title"),
    [
        ({"name": "Audit 2026", "code": "PRJ-1"}, "Audit 2026"),
        ({"code": "PRJ-1"}, "PRJ-1"),
        ({}, "unnamed project"),
    ],
)
def test_a_project_is_called_by_its_name_first(values, title):
    assert PROJECT.title(values) == title


@pytest.mark.parametrize(
    ("start", "end", "breaks"),
    [
        ("2024-01-01", "2024-12-31", False),
        ("2024-01-01", "2024-01-01", False),
        ("2024-01-02", "2024-01-01", True),
        (None, "2024-01-01", False),
        ("2024-01-01", None, False),
        ("2024-01-01", "9999-12-31", False),
    ],
)
def test_a_period_does_not_end_before_it_starts(start, end, breaks):
    values = {"start_date": start, "end_date": end}

    assert [rule.breaks(values) for rule in PROJECT.rules] == [breaks]


def test_dates_and_money_survive_with_what_belongs_to_them():
    units = [{each.name for each in unit} for unit in PROJECT.survival_units]

    assert {"start_date", "end_date"} in units
    assert {"currency", "budget"} in units
