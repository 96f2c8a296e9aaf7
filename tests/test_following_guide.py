"""docs/changes.md: its examples are run as they stand there."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils import timezone

from mdm.webhooks import signing
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


@pytest.mark.parametrize(
    ("body", "minutes", "salts", "believed"),
    [
        (b'{"a": 1}', 0, 1, True),
        (b'{"a": 1}', 0, 3, True),
        (b'{"a": 2}', 0, 1, False),
        (b'{"a": 1}', 6, 1, False),
    ],
)
def test_whoever_verifies_as_the_guide_says_believes_what_is_signed(body, minutes, salts, believed):
    used = [uuid4() for _ in range(salts)]
    at = timezone.now() - timedelta(minutes=minutes)
    headers = signing.headers("7-0a1b2c3d", '{"a": 1}', used, at)

    assert functions()["verify"](signing.secret_of(used[-1]), headers, body) is believed
    assert not functions()["verify"](signing.secret_of(uuid4()), headers, body)
