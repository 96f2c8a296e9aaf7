"""README.md and docs/ together say what there is: whatever is missing from them fails here."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands
from rest_framework.exceptions import APIException

import matching.api
import stewardship.api
import stewardship.api_decisions
import stewardship.api_pins
from mdm.api import problems
from mdm.api.urls import urlpatterns
from mdm.domains import ENTITY_TYPES
from mdm.governance import access

ROOT: Path = settings.ROOT
PACKAGES = ("mdm", "matching", "stewardship")


def documentation():
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return "\n".join(page.read_text(encoding="utf-8") for page in pages if page.exists())


TEXT = documentation()


def commands():
    return sorted(name for name, app in get_commands().items() if app in PACKAGES)


def make_targets():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE)


def variables():
    """What is read from the environment, by the settings and by the embedded servers."""
    sources = [ROOT / "mdm" / "settings.py", *(ROOT / "mdm" / "embedded").glob("*.py")]
    reads = re.compile(r"\benv(?:iron)?\.\w+\(\s*\"([A-Z_]+)\"")
    found = {name for source in sources for name in reads.findall(source.read_text())}
    return sorted(found - {"PATH"})


def problem_types():
    """The type of every problem that the API can answer with."""
    raised = {each.default_code.replace("_", "-") for each in APIException.__subclasses__()}
    return sorted(f"/problems/{name}" for name in raised | problems.PROBLEMS.keys())


def test_what_is_looked_for_is_found_in_the_sources():
    """Against a pattern that no longer finds anything, and so asks for nothing."""
    assert {"client", "contact", "project", "rate"} <= ENTITY_TYPES.keys()
    assert {"demo", "configure", "check_hub"} <= set(commands())
    assert {"demo", "test", "check"} <= set(make_targets())
    assert {"DATABASE_URL", "SWEEP_SECONDS", "TOUCHSTONE_USER"} <= set(variables())
    assert {"/problems/not-found", "/problems/throttled"} <= set(problem_types())


@pytest.mark.parametrize("domain", ENTITY_TYPES)
def test_every_domain_is_documented(domain):
    assert f"`{domain}`" in TEXT


@pytest.mark.parametrize("command", commands())
def test_every_command_is_documented(command):
    assert re.search(rf"manage\.py {command}\b", TEXT)


@pytest.mark.parametrize("target", make_targets())
def test_every_make_target_is_documented(target):
    assert re.search(rf"\bmake {target}\b", TEXT)


@pytest.mark.parametrize("variable", variables())
def test_every_variable_of_the_environment_is_documented(variable):
    assert f"`{variable}`" in TEXT


@pytest.mark.parametrize("problem", problem_types())
def test_every_type_of_problem_is_documented(problem):
    assert f"`{problem}`" in TEXT


@pytest.mark.parametrize(
    "address",
    [
        str(each.pattern)
        for each in (
            *urlpatterns,
            *matching.api.urlpatterns,
            *stewardship.api.urlpatterns,
            *stewardship.api_decisions.urlpatterns,
            *stewardship.api_pins.urlpatterns,
        )
        if each.name != "api-nowhere"
    ],
)
def test_every_address_of_the_api_is_documented(address):
    documented = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", address).replace("{golden_id}", "{id}")

    assert re.search(rf"\b(GET|POST|PUT) {re.escape(documented)}", TEXT)


@pytest.mark.parametrize("scope", access.scopes())
def test_every_scope_of_an_api_key_is_documented(scope):
    assert f"`{scope}`" in TEXT


@pytest.mark.parametrize("role", access.roles())
def test_every_role_is_documented(role):
    assert re.search(rf"^\| {role} \|", TEXT, re.MULTILINE)
