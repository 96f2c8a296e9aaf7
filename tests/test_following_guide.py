"""docs/changes.md: its examples are run as they stand there."""

import re

import pytest
from django.conf import settings

from tests.factories import golden_record, merge_goldens, record
from tests.mdm.following.follower import golden_table, live_links

pytestmark = pytest.mark.django_db

GUIDE = (settings.ROOT / "docs" / "changes.md").read_text(encoding="utf-8")


def functions():
    """The functions of the guide, by name."""
    scope = {}
    for code in re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL):
        exec(code, scope)  # noqa: S102
    return scope


def test_whoever_follows_as_the_guide_says_has_golden_records_and_identifiers(machine):
    merge_goldens(golden_record(record("A")), golden_record(record("B")))
    golden_record(record("C"))
    caller, golden, crosswalk = machine("*:read", "see:internal", "see:personal"), {}, {}
    guide = functions()

    cursor = guide["follow"](
        lambda address, query: caller.get(address, query).json(),
        "0",
        lambda change: guide["apply"](change, golden, crosswalk),
    )

    assert cursor.startswith("5-")
    assert crosswalk == live_links()
    assert {id_: said["attributes"] for id_, said in golden.items()} == {
        id_: said["attributes"] for id_, said in golden_table().items()
    }
