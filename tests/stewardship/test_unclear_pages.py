"""The pages on which people settle what contradicts itself, and whose a relationship is."""

from datetime import timedelta

import pytest

from matching import contradictions, decisions
from matching.conflicts import DecisionRefusedError
from matching.models import Decision
from mdm import relationships, work
from mdm.models import Relationship
from stewardship.models import StewardshipTask
from tests.factories import LATER, NOW, cause, golden_record, record, split_off
from tests.stewardship.waiting import task

pytestmark = pytest.mark.django_db

MATCH, NO_MATCH = Decision.Verdict.MATCH, Decision.Verdict.NO_MATCH
SAID_AT = LATER + timedelta(days=1)


def crm(key):
    """A record of CRM as another one names it."""
    return {"system": "CRM", "key": key}


def text(answer):
    return answer.content.decode()


def stored(one, other, verdict, at=NOW):
    """A decision that nobody checked against others."""
    left, right = sorted((one.pk, other.pk))
    return Decision.objects.create(
        left_id=left, right_id=right, domain="client", verdict=verdict, decided_by="user:ann",
        decided_at=at,
    )  # fmt: skip


@pytest.fixture
def contradiction():
    """The task about three decisions of which one has to go, the last one to be made."""
    one, other, third = (record(key, legal_name=f"{key * 6} Ltd") for key in "ABC")
    stored(one, other, MATCH), stored(one, third, NO_MATCH)
    last = stored(other, third, MATCH, at=LATER)
    (found,) = contradictions.find("client")
    return task("contradiction", contradictions.name_of(found)), last


def test_a_contradiction_says_what_was_decided_and_what_to_look_at_first(sign_in, contradiction):
    asked, _ = contradiction

    page = text(sign_in("steward").get(asked.address()))

    assert "These cannot all be true" in page
    assert page.count("Take it back") == 3
    assert page.count("look at this first") == 1


def test_a_decision_that_is_taken_back_ends_the_contradiction(sign_in, contradiction):
    asked, last = contradiction
    steward = sign_in("steward")

    answer = steward.post(
        asked.address(), {"take_back": f"pair-{last.pk}", "reason": "read the register"}
    )

    last.refresh_from_db()
    asked.refresh_from_db()
    assert answer.status_code == 302
    assert last.superseded_at is not None
    assert asked.state == "done"
    assert "They agree by now" in text(steward.get(asked.address()))


def test_what_was_typed_stays_when_a_decision_cannot_be_taken_back(
    sign_in, contradiction, monkeypatch
):
    asked, last = contradiction
    monkeypatch.setattr(decisions, "withdraw", refuse)

    page = text(
        sign_in("steward").post(
            asked.address(), {"take_back": f"pair-{last.pk}", "reason": "read the register"}
        )
    )

    assert "Nothing was changed: too late" in page
    assert ">read the register</textarea>" in page


def refuse(*_, **__):
    raise DecisionRefusedError("too late")


def test_only_what_the_page_names_can_be_taken_back(sign_in, contradiction):
    asked, _ = contradiction
    other = stored(record("X"), record("Y"), MATCH)

    answer = sign_in("steward").post(asked.address(), {"take_back": f"pair-{other.pk}"})

    other.refresh_from_db()
    assert answer.status_code == 404
    assert other.superseded_at is None


@pytest.fixture
def parents():
    """A client whose two source records name different parents, and the task that asks."""
    first, second = golden_record(record("P", legal_name="Pan")), golden_record(record("Q"))
    child = golden_record(record("A", parent=crm("P")), record("B", source="ERP", parent=crm("Q")))
    return task("relationship", child.pk, summary="Has different parents"), first, second


def test_competing_parents_are_named_and_one_of_them_is_set_aside(sign_in, parents):
    asked, *_ = parents
    steward = sign_in("steward")
    page = text(steward.get(asked.address()))
    wrong = Relationship.objects.get(other_key="Q", withdrawn_at=None)

    answer = steward.post(
        asked.address(), {"relationship": wrong.pk, "action": "withdraw", "reason": "sold"}
    )

    wrong.refresh_from_db()
    asked.refresh_from_db()
    assert "Pan" in page
    assert page.count("Not its parent") == 2
    assert answer.status_code == 302
    assert wrong.withdrawn_at is not None
    assert asked.state == "done"


def test_a_relationship_of_another_task_is_not_settled(sign_in, parents):
    asked, *_ = parents
    golden_record(record("C", parent=crm("P")))
    foreign = Relationship.objects.get(record__source_key="C")

    answer = sign_in("steward").post(
        asked.address(), {"relationship": foreign.pk, "action": "withdraw", "reason": "no"}
    )

    unknown = sign_in("steward", "viewer").post(
        asked.address(),
        {"relationship": Relationship.objects.get(other_key="Q").pk, "action": "other"},
    )

    assert answer.status_code == 404
    assert unknown.status_code == 404


@pytest.fixture
def claimed():
    """A payer that a steward named for a golden record which then came apart, and the task."""
    a, b, payer = record("A"), record("B", source="ERP"), record("PAYER")
    whole = golden_record(a, b)
    named = golden_record(payer)
    said = relationships.assert_relationship(
        "bills_to", whole.pk, named.pk, cause=cause(reason="seen", at=SAID_AT)
    )
    split_off(b, at=SAID_AT + timedelta(days=1))
    work.drain()
    return StewardshipTask.objects.get(kind="relationship", state="open"), said, b


def test_what_a_steward_said_is_placed_with_the_part_that_it_belongs_to(sign_in, claimed):
    asked, said, part = claimed
    steward = sign_in("steward")
    page = text(steward.get(asked.address()))

    steward.post(
        asked.address(),
        {"relationship": said.pk, "action": "place", "record_id": part.pk, "reason": "asked"},
    )

    asked.refresh_from_db()
    assert "To which part does it belong?" in page
    assert asked.state == "done"
    assert Relationship.objects.filter(withdrawn_at=None, record=part).exists()


@pytest.mark.parametrize("role", ["viewer", "finance"])
def test_only_stewards_settle_what_is_unclear(sign_in, parents, contradiction, role):
    browser = sign_in(role)

    answers = [browser.get(each.address()) for each in (parents[0], contradiction[0])]

    assert [each.status_code for each in answers] == [403, 403]
