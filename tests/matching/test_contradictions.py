"""Decisions that cannot all be true: listed by a command, and waiting as stewardship tasks."""

import pytest
from django.core.management import call_command

from matching import contradictions
from matching.decisions import decide, withdraw
from matching.models import Decision
from mdm import work
from stewardship.models import StewardshipTask
from tests.factories import LATER, NOW, cause, match, record, steward_links

pytestmark = pytest.mark.django_db

MATCH, NO_MATCH = Decision.Verdict.MATCH, Decision.Verdict.NO_MATCH


@pytest.fixture
def three():
    return [record(key, legal_name=f"{key * 6} Ltd") for key in "ABC"]


def stored(one, other, verdict, by="user:ann", at=NOW):
    """A decision that nobody checked against others, as from before there were checks."""
    left, right = sorted((one.pk, other.pk))
    return Decision.objects.create(
        left_id=left, right_id=right, domain="client", verdict=verdict, decided_by=by,
        decided_at=at,
    )  # fmt: skip


def contradictory(three):
    one, other, third = three
    return (
        stored(one, other, MATCH),
        stored(other, third, MATCH, by="user:bob", at=LATER),
        stored(one, third, NO_MATCH),
    )


def tasks():
    return StewardshipTask.objects.filter(kind="contradiction", state="open")


def test_a_contradiction_shows_all_its_decisions_and_the_fewest_to_revisit(three):
    first, second, apart = contradictory(three)

    (found,) = contradictions.find("client")

    assert [each.name for each in found.judgements] == [
        f"decision {each.pk}" for each in (first, second, apart)
    ]
    assert [each.name for each in found.revisit] == [f"decision {second.pk}"]
    assert contradictions.find("contact") == []


def test_what_people_linked_is_part_of_a_contradiction(three):
    one, other, third = three
    steward_links(one, other)
    stored(other, third, MATCH)
    stored(one, third, NO_MATCH)

    (found,) = contradictions.find("client")

    assert found.judgements[0].name.startswith("golden record ")


def test_what_the_machine_linked_contradicts_no_decision(three):
    one, other = record("D", legal_name="Acme Ltd"), record("E", legal_name="Acme Ltd")
    match()
    stored(other, three[2], MATCH)
    stored(one, three[2], NO_MATCH)

    assert contradictions.find("client") == []


def test_the_command_tells_who_decided_what_and_when(three, capsys):
    _, second, apart = contradictory(three)

    call_command("contradictions", "client")

    said = capsys.readouterr().out
    assert f"CRM:B, CRM:C are one thing (decision {second.pk} by user:bob at 2026-07-01" in said
    assert f"CRM:A and CRM:C are two things (decision {apart.pk} by user:ann" in said
    assert f"They agree once you revisit decision {second.pk}." in said


def test_the_command_says_when_there_are_none(three, capsys):
    call_command("contradictions")

    assert capsys.readouterr().out == "No decisions contradict each other.\n"


def test_a_contradiction_is_a_task_until_it_is_resolved(three):
    _, second, apart = contradictory(three)
    match()

    task = tasks().get()
    assert task.subject == f"decision {apart.pk}"
    assert task.summary == (
        f"3 decisions contradict each other; revisit decision {second.pk} by user:bob"
    )

    withdraw(second, cause=cause(at=LATER))
    work.drain()

    assert not tasks().exists()


def test_a_contradiction_is_found_when_somebody_decides_on_its_records(three):
    contradictory(three)

    decide(three[0].pk, record("D").pk, NO_MATCH, cause=cause())
    work.drain()

    assert tasks().count() == 1


def test_a_domain_without_contradictions_has_no_task(three):
    decide(three[0].pk, three[1].pk, MATCH, cause=cause())
    work.drain()

    assert not tasks().exists()
