from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from mdm import words
from mdm.domains import ENTITY_TYPES


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


@pytest.mark.parametrize(
    ("domain", "attribute", "value", "german", "english"),
    [
        ("client", "status", "dormant", "ruht", "dormant"),
        ("contact", "consent", "given", "erteilt", "given"),
        ("contact", "language", "fr", "Französisch", "French"),
        ("rate", "scope", "client", "Kunde", "client"),
        ("rate", "worksite", "client", "beim Kunden", "client"),
        ("project", "start_date", "2026-03-01", "1. Mär 2026", "1 Mar 2026"),
        ("client", "legal_name", "active", "active", "active"),
        ("client", "former_names", ["one", "two"], "one; two", "one; two"),
        ("client", "status", None, "", ""),
    ],
)
def test_values_are_in_the_language_of_the_page_where_they_are_words(
    domain, attribute, value, german, english
):
    declared = ENTITY_TYPES[domain][attribute]

    with translation.override("de"):
        assert words.displayed(declared, value) == german
    with translation.override("fr"):  # of which there is no catalogue
        assert words.displayed(ENTITY_TYPES["client"]["status"], "dormant") == "dormant"
    with translation.override("en"):
        assert words.displayed(declared, value) == english
