"""Which weights a run takes: those of the run before, newly learned ones, or stewards' own."""

from itertools import combinations, islice

import numpy as np
import pytest

from matching.domains import MODELS
from matching.engine.blocking import Blocking
from matching.engine.decided import ENOUGH_DECISIONS
from matching.engine.frame import Frame
from matching.engine.train import train
from matching.learned import weights_for_run
from matching.models import Decision, MatchRun
from mdm.models import SourceRecord
from tests.factories import NOW, record
from tests.matching.engine.benchmark_records import generated_columns

pytestmark = pytest.mark.django_db

MODEL = MODELS["client"]


def frame_of(records: int) -> Frame:
    """Generated records; the first ones have the ids of those that are stored."""
    columns, _ = generated_columns(MODEL, records)
    stored = list(SourceRecord.objects.order_by("pk").values_list("pk", flat=True))
    others = range(10**9, 10**9 + len(columns["legal_name"]) - len(stored))
    return Frame.of(MODEL, columns, np.array([*stored, *others]))


def weights_of(records: int):
    frame = frame_of(records)
    return weights_for_run(frame, MODEL, Blocking.of(frame, MODEL))


def remember(weights) -> None:
    """A run that was made with these weights."""
    MatchRun.objects.create(
        domain=MODEL.domain,
        correlation_id="11111111-1111-1111-1111-111111111111",
        model_version=f"{MODEL.domain}-{MODEL.version}",
        weights=weights.to_dict(),
        review_at=MODEL.review_at,
        merge_at=MODEL.merge_at,
        records=weights.trained_on,
        changed_records=0,
        candidate_pairs=0,
        report={},
        state=MatchRun.State.FINISHED,
        started_at=NOW,
    )


def decide(pairs: int) -> None:
    """People have decided that so many pairs of the first forty records are one thing."""
    for _ in range(40 - SourceRecord.objects.count()):
        record()
    stored = sorted(SourceRecord.objects.values_list("pk", flat=True))
    Decision.objects.all().delete()
    Decision.objects.bulk_create(
        Decision(
            left_id=left,
            right_id=right,
            domain=MODEL.domain,
            verdict=Decision.Verdict.MATCH,
            decided_by="user:ann",
            decided_at=NOW,
        )
        for left, right in islice(combinations(stored, 2), pairs)
    )


def test_the_first_run_learns_from_its_records():
    learned = weights_of(600)

    assert learned.trained_on == len(frame_of(600))
    assert learned.decisions == 0


def test_later_runs_keep_what_was_learned_until_the_records_have_doubled():
    first = weights_of(600)
    remember(first)

    assert weights_of(1000) == first
    assert weights_of(1300).trained_on == len(frame_of(1300))


def test_slow_growth_over_many_runs_is_growth_too():
    first = weights_of(600)
    for _ in range(3):
        remember(first)

    assert weights_of(1300).trained_on == len(frame_of(1300))


def test_decisions_are_learned_from_as_soon_as_they_are_enough():
    remember(weights_of(600))

    decide(ENOUGH_DECISIONS - 1)
    assert weights_of(600).decisions == 0
    decide(ENOUGH_DECISIONS)
    assert weights_of(600).decisions == ENOUGH_DECISIONS


def test_what_decisions_taught_is_kept_until_they_have_doubled():
    decide(ENOUGH_DECISIONS)
    first = weights_of(600)
    remember(first)

    decide(2 * ENOUGH_DECISIONS)
    assert weights_of(600) == first
    decide(2 * ENOUGH_DECISIONS + 1)
    assert weights_of(600).decisions == 2 * ENOUGH_DECISIONS + 1


def test_m_follows_what_people_decided():
    decide(700)
    frame = frame_of(600)

    learned = weights_for_run(frame, MODEL, Blocking.of(frame, MODEL))

    unaware = train(frame, MODEL, np.random.default_rng(20_260_101), Blocking.of(frame, MODEL))
    assert learned.m != unaware.m
    assert learned.u == unaware.u
