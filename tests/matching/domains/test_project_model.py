"""Projects: one engagement under two names, and two phases under nearly one."""

import pytest

from tests.matching.domains.two_records import outcome

CLIENT = {"client": "golden-1"}
PERIOD = {"start_date": "2024-01-01", "end_date": "2024-12-31"}

CASES = [
    ({"name": "ERP rollout"} | CLIENT, {"name": "ERP Roll-out"} | CLIENT | PERIOD, "review"),
    ({"name": "Core Banking"} | CLIENT, {"name": "core banking"} | CLIENT, "merge"),
    ({"name": "Core Banking", "code": "P-17"}, {"name": "CB migration", "code": "P 17"}, "review"),
    (
        {"name": "Core Banking", "code": "P-17"} | CLIENT,
        {"name": "CB migration", "code": "P-17"} | CLIENT,
        "merge",
    ),
    (
        {"name": "Audit phase 1"} | CLIENT | PERIOD,
        {"name": "Audit phase 2"} | CLIENT | {"start_date": "2025-01-01"},
        "no match",
    ),
    ({"name": "Audit"} | CLIENT, {"name": "Audit", "client": "golden-2"}, "no match"),
]


@pytest.mark.parametrize(("left", "right", "expected"), CASES)
def test_two_projects(left, right, expected):
    assert outcome("project", left, right) == expected
    assert outcome("project", right, left) == expected
