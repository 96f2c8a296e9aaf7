"""What the report on conflicts says."""

import pytest

from tests.factories import (
    golden_record,
    record,
)
from tests.stewardship.reports.reading import Nobody, lines, made

pytestmark = pytest.mark.django_db


def test_conflicts_are_golden_records_of_which_systems_say_different_things():
    golden_record(
        record("A", legal_name="Acme", industry="Law"),
        record("1", source="ERP", legal_name="Acme Ltd", industry="Law"),
    )
    golden_record(record("B", legal_name="Beta"), record("2", source="ERP", legal_name="Beta"))
    golden_record(record("C", legal_name="Gamma"), record("D", legal_name="Delta"))

    found = made("conflicts")

    assert lines(found, "attribute", "disagree", "shared") == [("Legal name", 1, 2)]
    assert dict(found.totals)["Conflicts"] == 1
    assert made("conflicts", Nobody()).rows != ()
