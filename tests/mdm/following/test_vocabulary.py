import ast
import re
from collections.abc import Iterator

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
    "match_run.asked", "restandardising.asked", "evaluation.advanced",
    "stewardship_task.claimed", "stewardship_task.assigned", "stewardship_task.deferred",
    "stewardship_task.declined", "feed.registered", "feed_mapping.changed",
    "subscription.made", "subscription.secret_rotated",
}  # fmt: skip
"""What the hub keeps for itself."""
RECORDING = {"record", "_record", "_tell"}
"""How functions are called that record an event, with its type first."""


def modules() -> list[ast.Module]:
    return [ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES]


def recorded(module: ast.Module) -> Iterator[str]:
    """What is said of types where events are recorded; one that is composed ends with its dot."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            first = (
                node.args[0].values[0]
                if isinstance(node.args[0], ast.JoinedStr)
                else (node.args[0])
            )
            if name in RECORDING and isinstance(first, ast.Constant):
                yield str(first.value)


def types_in(module: ast.Module, families: set[str]) -> Iterator[str]:
    """Types of events that a module names, or composes of words."""
    said = list(recorded(module))
    for family in (each for each in said if each.endswith(".")):
        yield from (f"{family}{word}" for word in said if "." not in word)
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            family, _, word = node.value.partition(".")
            if family in families and re.fullmatch("[a-z_]+", word):
                yield node.value


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
    read = modules()
    families = {each.partition(".")[0] for module in read for each in recorded(module)}
    families |= {each.partition(".")[0] for each in EVENT_TYPES} - {"hub"}  # a ping is only sent

    said = {found for module in read for found in types_in(module, families)}
    said -= {"hub.yaml"}  # a file

    assert {"golden.merged", "feed_row.dismissed", "relationship.placed"} <= said
    assert {"ownership.requested", "stewardship_task.claimed"} <= said
    assert said - EVENT_TYPES.keys() == INTERNAL


def test_every_family_of_composed_types_is_public_or_internal():
    composed = {each for module in modules() for each in recorded(module) if each.endswith(".")}

    known = {f"{each.partition('.')[0]}." for each in {*EVENT_TYPES, *INTERNAL}}
    assert {"feed_batch.", "subscription."} <= composed <= known


@pytest.mark.parametrize("name", sorted(INTERNAL))
def test_what_the_hub_keeps_for_itself_is_documented(name):
    assert f"`{name}`" in DOCUMENTED or f"`{name.partition('.')[0]}.*`" in DOCUMENTED


def test_every_type_in_the_page_is_one_that_there_is():
    listed = re.findall(r"^\| `touchstone\.([a-z_.]+)\.v\d+` \|", DOCUMENTED, re.MULTILINE)

    assert listed == list(EVENT_TYPES)
