import re

import jsonschema
import pytest
from django.conf import settings

from mdm.following.vocabulary import EVENT_TYPES

DOCUMENTED = (settings.ROOT / "docs" / "events.md").read_text(encoding="utf-8")
SOURCES = [
    path
    for package in ("mdm", "matching", "stewardship")
    for path in (settings.ROOT / package).rglob("*.py")
    if path.name != "vocabulary.py"
]
INTERNAL = {
    "source_records.changed", "source_records.condition", "source_records.isolated",
    "match_run.asked", "restandardising.asked",
    "evaluation.advanced", "hub.broken", "hub.mended",
}  # fmt: skip
"""What only tells the hub's own workers what to do next."""


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_example_is_as_its_schema_says(name):
    declared = EVENT_TYPES[name]

    jsonschema.Draft202012Validator.check_schema(declared.schema)
    jsonschema.validate(declared.example, declared.schema)


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_type_is_documented_with_what_it_holds(name):
    declared = EVENT_TYPES[name]
    [row] = re.findall(rf"^\| `{re.escape(declared.public_name)}` \|.*$", DOCUMENTED, re.MULTILINE)

    assert declared.meaning in row
    own = declared.properties.keys() - EVENT_TYPES["golden.changed"].properties.keys()
    assert all(f"`{each}`" in row for each in own)


def test_every_type_that_the_hub_records_is_public_or_internal():
    said = {
        found
        for path in SOURCES
        for found in re.findall(
            r"\"((?:golden|decision|match_run|suspects?|ownership|policy|override|rates"
            r"|relationships?|feed_batch|feed_row|source_records|restandardising|evaluation|quality)"
            r"\.[a-z]+|hub\.(?:broken|mended|ping))\"",
            path.read_text(encoding="utf-8"),
        )
    }

    assert {"golden.merged", "feed_row.dismissed", "relationship.placed"} <= said
    assert said - EVENT_TYPES.keys() == INTERNAL
