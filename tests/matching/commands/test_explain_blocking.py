import pytest
from django.core.management import CommandError, call_command

from tests.factories import record

pytestmark = pytest.mark.django_db


def test_each_pass_shows_its_pairs_and_an_example_of_its_largest_block(capsys):
    record("A", legal_name="Acme Tools Ltd", lei="529900T8BM49AURSDO55")
    record("1", source="ERP", legal_name="Acme Tools Limited", lei="529900T8BM49AURSDO55")
    record("B", legal_name="Beta [Partners] LLP")

    call_command("explain_blocking", "client")

    shown = capsys.readouterr().out
    assert "1 of 3 pairs of 3 records are compared" in shown
    assert "same LEI: 2 records share LEI '529900t8bm49aursdo55': CRM A, ERP 1" in shown


def test_the_pairs_of_the_passes_are_drawn_in_a_file_of_its_own(tmp_path):
    record("A")
    file = tmp_path / "passes.html"

    call_command("explain_blocking", "client", chart=file)
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("explain_blocking", "client", chart=tmp_path / "nowhere" / "passes.html")

    assert "match-chart-passes" in file.read_text()


def test_a_domain_without_records_has_nothing_to_compare(capsys):
    call_command("explain_blocking", "rate")

    assert "0 of 0 pairs of 0 records are compared" in capsys.readouterr().out
