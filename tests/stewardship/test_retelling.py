"""What was stored in English is told in the language of the page, as far as its form is fixed."""

from dataclasses import replace

import pytest
from django.utils import translation

from matching.engine.suspects import suspicion
from matching.models import SuspectCluster
from mdm.domains import ENTITY_TYPES
from mdm.feeds.limits import Prediction, objection
from mdm.models import Feed
from mdm.standardise import contacting, dates, numbers, places
from mdm.standardise.reading import InvalidValue, Reading
from stewardship.retelling import retold
from tests.factories import feed, golden_record, load, record
from tests.stewardship.waiting import suspect_of, task

READING = Reading()
GERMAN = {"accept-language": "de"}


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("registration differs", "verschieden: Registrierung"),
        ("one link alone joins its parts", "eine einzige Verbindung hält die Teile zusammen"),
        ("12 records; one link alone joins its parts",
         "12 Datensätze; eine einzige Verbindung hält die Teile zusammen"),
        ("Row 3, Name: the legal name is empty.", "Zeile 3, Name: leer: Firmenname."),
        ("Fill it in; a record cannot do without.",
         "Ergänzen Sie den Wert; kein Datensatz kommt ohne ihn aus."),
        ("Row 2, Phone: '12; 3' is not a phone number (no such length).",
         "Zeile 2, Phone: '12; 3' ist keine Telefonnummer (diese Länge gibt es nicht)."),
        ("Row 2, Id: 'is not a b' is not a country.",
         "Zeile 2, Id: 'is not a b' ist nicht lesbar als Land."),
        ("Row 9: 'A{0}' is new, and a required value is missing.",
         "Zeile 9: 'A{0}' ist neu, und ein Pflichtwert fehlt."),
        ("Row 7, Start: the rows of this contract state 2 different periods; no two dates stand on"
         " most of them.",
         "Zeile 7, Start: die Zeilen dieses Vertrags nennen 2 verschiedene Zeiträume; kein Paar von"
         " Daten steht auf den meisten."),
        ("what somebody wrote; and more", "what somebody wrote; and more"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_stored_sentence_is_told_in_german(english, german):
    with translation.override("de"):
        assert retold(english) == german


@pytest.mark.parametrize("text", ["registration differs", "Row 3, Name: the key is empty.", "so"])
def test_in_english_it_stands_as_it_was_stored(text):
    assert retold(text) == text


def test_both_reasons_of_the_circuit_breaker_are_told():
    both = Prediction(known=12_000, inactivations=6_000, updates=9_000)
    stored = objection(Feed(largest_inactivated_share=0.1, largest_changed_share=0.5), both)

    with translation.override("de"):
        said = retold(stored)

    assert said == (
        "6.000 von 12.000 bekannten Datensätzen (50%) fehlen; die Grenze ist 10%; "
        "9.000 von 12.000 bekannten Datensätzen (75%) würden sich ändern; die Grenze ist 50%"
    )


def test_whatever_is_odd_about_a_cluster_is_told():
    joined = [(number, number + 1, 5.0) for number in range(1, 8)]
    found = [
        suspicion(range(1, 9), joined, {}),
        suspicion([1, 2], [], {}),
        suspicion([1, 2], [(1, 2, 5.0)], {"registration": {1: (0, 7), 2: (0, 8)}}),
    ]

    with translation.override("de"):
        for finding in (each for one in found for each in one.findings):
            assert retold(finding) != finding


UNREADABLE = [
    lambda: numbers.parse_decimal("x", READING),
    lambda: numbers.parse_decimal("9" * 99, READING),
    lambda: numbers.parse_integer("1.5", READING),
    lambda: dates.parse_date("soon", READING),
    lambda: dates.parse_date("31.2.2026", READING),
    lambda: dates.parse_date("1.13.2026", replace(READING, date_order="dmy")),
    lambda: contacting.parse_phone("12", replace(READING, country="GB")),
    lambda: contacting.parse_email("nobody"),
    lambda: contacting.parse_domain("no domain"),
    lambda: places.parse_language("Nonsense"),
    lambda: places.parse_currency("Nonsense"),
]


@pytest.mark.parametrize("read", UNREADABLE)
def test_what_is_wrong_with_a_value_and_what_would_mend_it_is_told(read):
    with pytest.raises(InvalidValue) as refused:
        read()

    with translation.override("de"):
        assert retold(refused.value.message) != refused.value.message
        assert retold(refused.value.remedy) != refused.value.remedy


def test_broken_rules_of_every_domain_are_told():
    rules = [rule for each in ENTITY_TYPES.values() for rule in each.rules]

    with translation.override("de"):
        told = [(retold(each.message), retold(each.remedy)) for each in rules]

    assert rules
    assert all(
        message != rule.message and remedy != rule.remedy
        for (message, remedy), rule in zip(told, rules, strict=True)
    )


def test_pages_tell_what_was_stored(sign_in):
    load(feed(), "Id,Name\n1,Acme\n2,\n,Beta\n1,Other\n")
    parts = [record(f"S{number}", legal_name=f"Zeta {number}") for number in range(2)]
    suspect = suspect_of(golden_record(*parts), [[each.pk] for each in parts])
    SuspectCluster.objects.update(findings=["nothing joins its parts any more"])
    task("suspect_cluster", suspect.pk, summary="one link alone joins its parts")
    browser = sign_in("steward", is_superuser=True)

    def page(address):
        return browser.get(address, headers=GERMAN).content.decode()

    rows = page("/feeds/quarantine")
    assert "Zeile 3, Name: leer: Firmenname." in rows
    assert "Zeile 4, Id: der Schlüssel ist leer." in rows
    assert "aber anderen Inhalt." in rows
    assert "Tragen Sie den Schlüssel ein." in rows
    assert "eine einzige Verbindung hält die Teile zusammen" in page("/inbox")
    assert "nichts verbindet die Teile mehr" in page(f"/suspects/{suspect.pk}")
    assert '-lt">aktiv</span>' in page("/catalogue")
