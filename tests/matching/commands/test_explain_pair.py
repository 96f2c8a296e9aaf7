import pytest
from django.core.management import CommandError, call_command

from tests.factories import record

pytestmark = pytest.mark.django_db


def test_two_records_are_explained_with_levels_values_and_what_would_merge_them(capsys):
    record("A", legal_name="Acme [Tools] Ltd", addresses=[{"city": "Leeds"}])
    record("1:2", source="ERP", legal_name="Acme Tools Group Ltd", addresses=[{"city": "York"}])

    call_command("explain_pair", "client", "CRM:A", "ERP:1:2")

    shown = capsys.readouterr().out
    assert shown.startswith(("Perhaps one client (", "Not one client ("))
    assert "city leeds | york" in shown
    assert "brings them together" in shown
    assert "Would merge (" in shown


def test_a_pair_is_drawn_in_a_file_of_its_own_without_any_value(tmp_path):
    record("A", legal_name="Acme Tools Ltd")
    record("B", legal_name="Acme Tools Group Ltd")
    file = tmp_path / "pair.html"

    call_command("explain_pair", "client", "CRM:A", "CRM:B", chart=file)

    drawn = file.read_text()
    assert "<title>CRM:A and CRM:B</title>" in drawn
    assert "match-chart-waterfall" in drawn
    assert "acme" not in drawn.lower()


def test_records_that_no_pass_finds_are_told_why_by_each_pass(capsys):
    record("A", legal_name="Acme Ltd")
    record("B", legal_name="Zenith Partners LLP")

    call_command("explain_pair", "client", "CRM:A", "CRM:B")

    assert "The pass “same name” does not find them: name differs." in capsys.readouterr().out


@pytest.mark.parametrize("name", ["CRM:Z", "A", ""])
def test_a_record_that_is_not_there_is_an_error_in_words(name):
    record("A")

    with pytest.raises(CommandError, match="name one as SYSTEM:KEY"):
        call_command("explain_pair", "client", "CRM:A", name)


def test_a_record_is_not_compared_with_itself():
    record("A")

    with pytest.raises(CommandError, match="two different source records"):
        call_command("explain_pair", "client", "CRM:A", "CRM:A")
