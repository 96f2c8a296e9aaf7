"""What the machine merges by itself, by what people confirmed and by how strong the evidence is."""

from dataclasses import replace

import pytest

from matching.decisions import decide
from matching.domains import MODELS
from matching.engine.model import Merging
from matching.models import Decision
from tests.factories import cause, golden_of, golden_record, match, pair_of, record, steward_links

pytestmark = pytest.mark.django_db

TWINS, COUSINS, STRANGERS = "Acme Tools Ltd", "Acme Tools Group Ltd", "Zebra GmbH"
NEVER = float("inf")


def new(key, name):
    return record(key, legal_name=name)


def unconfirmed(key, name):
    made = record(key, legal_name=name)
    golden_record(made)
    return made


def confirmed(key, name):
    made = record(key, legal_name=name)
    steward_links(made)
    return made


@pytest.mark.parametrize(
    ("threshold", "one", "other"),
    [
        ("new", new, new),
        ("unconfirmed", unconfirmed, unconfirmed),
        ("confirmed", unconfirmed, confirmed),
        ("both_confirmed", confirmed, confirmed),
    ],
)
@pytest.mark.parametrize(
    ("at_least", "name", "outcome"),
    [
        (6.0, TWINS, "automatic"),
        (NEVER, TWINS, "pending"),
        (6.0, COUSINS, "pending"),
        (6.0, STRANGERS, None),
    ],
)
def test_each_standing_has_a_threshold_of_its_own(
    threshold, one, other, at_least, name, outcome, monkeypatch
):
    """Enough, enough but for what people confirmed, hardly alike, and not alike."""
    every = dict.fromkeys(("new", "unconfirmed", "confirmed", "both_confirmed"))
    merging = Merging(**{**every, threshold: at_least})
    monkeypatch.setitem(MODELS, "client", replace(MODELS["client"], merging=merging))
    first, second = one("A", TWINS), other("B", name)

    match()

    pair = pair_of(first, second)
    assert (pair.state if pair else None) == outcome
    assert (len(set(golden_of(first, second))) == 1) == (outcome == "automatic")
    assert None not in golden_of(first, second)


def test_by_default_only_what_people_confirmed_twice_is_left_to_them():
    one, other = confirmed("A", TWINS), confirmed("B", TWINS)

    match()

    pair = pair_of(one, other)
    assert (pair.state, pair.kept_apart_by) == ("pending", "people confirmed both")


def test_what_is_too_weak_to_join_unseen_waits_with_the_reason(monkeypatch):
    merging = Merging(confirmed=NEVER)
    monkeypatch.setitem(MODELS, "client", replace(MODELS["client"], merging=merging))
    known, late = confirmed("A", TWINS), new("B", TWINS)

    match()

    pair = pair_of(known, late)
    assert (pair.state, pair.kept_apart_by) == ("pending", "too weak to join unseen")


def test_a_person_who_decided_that_two_confirmed_ones_are_one_is_followed():
    one, other = confirmed("A", TWINS), confirmed("B", STRANGERS)
    match()
    decide(one.pk, other.pk, Decision.Verdict.MATCH, cause=cause())

    new("C", "Somebody else")
    match()

    assert len(set(golden_of(one, other))) == 1
