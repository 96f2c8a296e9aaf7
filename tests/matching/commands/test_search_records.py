import pytest
from django.core.management import CommandError, call_command

from tests.factories import record

pytestmark = pytest.mark.django_db


def search(capsys, *attributes, **options):
    call_command("search_records", *attributes, domain="client", refresh=True, **options)
    return capsys.readouterr().out


def test_records_that_are_alike_are_shown_with_the_evidence(capsys):
    record("A", legal_name="Acme Tools Ltd", tax_id="GB999999973")
    record("1", source="ERP", legal_name="Acme Tools Group Ltd")
    record("B", legal_name="Nordwerk AG")

    shown = search(capsys, "legal_name=ACME  Tools Limited", "tax_id=GB 999 9999 73")

    first, evidence, second, _ = shown.splitlines()
    assert first.startswith("CRM:A  +")
    assert " bits, merge, found by “same tax number”" in first
    assert "tax number: same (+" in evidence
    assert second.startswith("ERP:1  ")


def test_parts_of_an_address_and_items_of_lists_are_named_as_for_files(capsys):
    record("A", legal_name="Acme Tools Ltd", addresses=[{"lines": ["1 High St"], "city": "Leeds"}])

    shown = search(
        capsys, "legal_name=Acme Tools", "addresses.line1=1 High Street", "addresses[0].city=LEEDS"
    )

    assert "address: same" in shown
    assert "and city (+" in shown


def test_an_identifier_that_differs_is_said(capsys):
    record("A", legal_name="Acme Tools Ltd", tax_id="GB123456789")

    shown = search(capsys, "legal_name=Acme Tools Ltd", "tax_id=GB999999973")

    assert " bits, not the same: tax number differs, found by “same name”" in shown


def test_no_more_are_shown_than_asked_for(capsys):
    for key in "ABC":
        record(key, legal_name="Acme Tools Ltd")

    assert len(search(capsys, "legal_name=Acme Tools Ltd", limit=2).splitlines()) == 4


def test_nothing_alike_is_said_in_words(capsys):
    assert search(capsys, "legal_name=Acme") == "No record is alike.\n"


@pytest.mark.parametrize(
    ("described", "complaint"),
    [
        ("Acme", "'Acme' is not ATTRIBUTE=VALUE"),
        ("colour=red", "client has no attribute 'colour'"),
        ("website.city=Leeds", "website has no parts"),
        ("lei=123", "lei: "),
    ],
)
def test_a_description_that_cannot_be_read_is_an_error_in_words(described, complaint):
    with pytest.raises(CommandError) as error:
        call_command("search_records", described, domain="client")

    assert complaint in str(error.value)


def test_a_domain_without_an_index_is_an_error_that_names_the_remedy():
    with pytest.raises(CommandError, match=r"no index of 'client'.*--refresh builds it"):
        call_command("search_records", "legal_name=Acme", domain="client")
