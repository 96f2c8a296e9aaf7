"""Eight stewards and two feeds act on the same fifty records at the same time."""

import random

import pytest
from django.utils import timezone

from matching.conflicts import DecisionRefusedError
from matching.models import ClusterDecision, Decision
from mdm import golden, invariants, sources
from mdm.again import atomically
from mdm.golden import MergeRefusedError, SeparationRefusedError
from mdm.models import GoldenRecord, SourceRecord
from mdm.preview import PreviewOutdatedError
from stewardship import regret, review
from stewardship.models import StewardAction
from tests.concurrency import at_once
from tests.factories import arrival, batch, cause, feed, golden_record, ownership, record

pytestmark = pytest.mark.django_db(transaction=True)

STEWARDS, ROUNDS, RECORDS = 8, 12, 50
REFUSALS = (
    MergeRefusedError,
    SeparationRefusedError,
    DecisionRefusedError,
    PreviewOutdatedError,
    regret.UndoRefusedError,
)


def test_no_deadlock_reaches_anybody_and_nothing_breaks():
    ownership("client", "ERP", "CRM")
    for number in range(RECORDS):
        source = ("CRM", "ERP")[number % 2]
        golden_record(record(f"{source}{number}", source=source, legal_name=f"Firm {number // 2}"))
    feeds = [feed(f"again-{source}", source=source) for source in ("CRM", "ERP")]

    results = at_once(
        *(lambda number=number: steward(number) for number in range(STEWARDS)),
        *(lambda of=of: feed_again(of) for of in feeds),
    )

    failures = [each for each in results if isinstance(each, BaseException)]
    assert failures == []
    assert {each.name: each.rows for each in invariants.check() if each.count} == {}
    noted = [pk for action in StewardAction.objects.all() for pk in action.content["made"]]
    kept = {("pair", pk) for pk in Decision.objects.values_list("pk", flat=True)}
    kept |= {("group", pk) for pk in ClusterDecision.objects.values_list("pk", flat=True)}
    assert set(map(tuple, noted)) <= kept
    assert sum(results[:STEWARDS]) > STEWARDS


def steward(number):
    """One steward's day; returns how many actions were carried out."""
    chance = random.Random(number)  # noqa: S311
    done = 0
    for _ in range(ROUNDS):
        try:
            chance.choice([merge, take_out, decide, undo])(number, chance)
            done += 1
        except REFUSALS:
            pass
    return done


def merge(number, chance):
    ids = chance.sample(standing(), 2)
    token = review.preview_merge("client", ids, cause=by(number)).token
    review.merge("client", ids, token, cause=by(number))


def take_out(number, chance):
    home = chance.choice(standing())
    members = golden.members_of([home]).get(home, [])
    if len(members) > 1:
        leaving = [[members[-1].record_id]]
        token = review.preview_separation("client", home, leaving, cause=by(number)).token
        review.separate("client", home, leaving, token, cause=by(number))


def decide(number, chance):
    left, right = chance.sample(list(SourceRecord.objects.values_list("pk", flat=True)), 2)
    verdict = chance.choice(list(Decision.Verdict))
    review.decide(left, right, verdict, cause=by(number))


def undo(number, chance):
    mine = StewardAction.objects.filter(done_by=by(number).by, undone_at=None).order_by("-pk")
    if last := mine.first():
        regret.undo(last.pk, cause=by(number))


def feed_again(of):
    """A feed that sends all its records again and again, each time with another phone number."""
    known = SourceRecord.objects.filter(system=of.system).order_by("pk")
    for turn in range(ROUNDS):
        arrivals = [
            arrival(each.source_key, legal_name=each.attributes["legal_name"], phone=f"+{turn}")
            for each in known
        ]
        apply(of, arrivals)


@atomically
def apply(of, arrivals):
    """As a chunk of a feed is applied."""
    said = cause(at=timezone.now(), by="job:apply chunk")
    done = sources.upsert(of, batch(of), arrivals, cause=said)
    golden.rebuild("client", golden.fed_by(done.changed_ids), cause=said)


def standing():
    return list(GoldenRecord.objects.standing().values_list("pk", flat=True))


def by(number):
    return cause(at=timezone.now(), by=f"user:steward{number}")
