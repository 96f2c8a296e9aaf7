"""Watching, starting and cancelling runs from the command line."""

import pytest
from django.core.management import CommandError, call_command

from matching.models import MatchRun
from mdm import work
from mdm.models import FeedBatch, Work
from tests.factories import ask_for_match, match, record

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run_in_shards(settings, tmp_path) -> MatchRun:
    settings.MATCH_PAIRS_OF_ONE_WORKER, settings.MATCH_PAIRS_IN_A_RANGE = 0, 1
    settings.MATCH_MATRICES = tmp_path
    record("A", legal_name="Acme Tools Ltd")
    record("B", source="ERP", legal_name="Acme Tools Limited")
    ask_for_match()
    work.perform(Work.objects.get(kind="match").pk)
    return MatchRun.objects.get()


def test_runs_are_listed_with_their_state(capsys):
    record("A")
    run = match()

    call_command("match_runs")

    assert f"{run.pk}" in (said := capsys.readouterr().out)
    assert "client" in said
    assert "finished" in said


def test_a_run_in_shards_says_how_far_it_is(capsys, run_in_shards):
    work.perform(Work.objects.filter(kind="compare range").first().pk)

    call_command("match_runs")

    assert f"compared 1 of {run_in_shards.ranges.count()} ranges" in capsys.readouterr().out


def test_a_run_is_cancelled_and_started_again(capsys, run_in_shards):
    call_command("match_runs", cancel=run_in_shards.pk)
    assert "match_runs --start client" in capsys.readouterr().out

    call_command("match_runs", start="client")
    work.drain()

    states = MatchRun.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["cancelled", "finished"]
    assert not FeedBatch.objects.filter(matched_at=None).exists()


def test_what_cannot_be_cancelled_is_said():
    record("A")
    run = match()

    with pytest.raises(CommandError, match="there is no run 999999"):
        call_command("match_runs", cancel=999_999)
    with pytest.raises(CommandError, match="is finished: only a run that is being compared"):
        call_command("match_runs", cancel=run.pk)
