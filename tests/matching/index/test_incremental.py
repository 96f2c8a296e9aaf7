"""Matching what changed through the index is matching it in a run over the whole domain."""

import numpy as np
import pytest

from matching.decisions import decide
from matching.engine.match import find_pairs
from matching.engine.score import Scorer
from matching.engine.weights import Weights
from matching.frames import load
from matching.index.building import build
from matching.index.incremental import changed_part, incremental_pairs
from matching.models import Decision
from mdm.models import SourceRecord
from tests.factories import NOW, cause, golden_record
from tests.matching.index.invented import crowded_model, store

pytestmark = pytest.mark.django_db
NAMES = ["Acme", "Acme Ltd", "Acne", "Beta", "Acme", "Beta", "Beta Gmbh", "Acme"]
CLIENTS = [{"legal_name": name, "addresses": [{"city": "oslo"}]} for name in NAMES]


def test_incremental_pairs_are_those_of_a_run_over_what_changed():
    model = crowded_model()
    store(CLIENTS)
    index = build(model, at=NOW)
    frame = load(model).frame
    changed = frame.record_ids % 2 == 0

    record_ids, pairs = incremental_pairs(
        model, Weights.of(model), index, frame.record_ids[changed].tolist()
    )

    run = find_pairs(frame, model, Weights.of(model), changed=changed)
    assert record_ids[pairs.left].tolist() == frame.record_ids[run.left].tolist()
    assert record_ids[pairs.right].tolist() == frame.record_ids[run.right].tolist()
    assert pairs.match_weight == pytest.approx(run.match_weight, abs=1e-9)
    assert pairs.levels.tolist() == run.levels.tolist()
    assert pairs.blocking.tolist() == run.blocking.tolist()


def test_the_part_of_a_domain_weighs_its_pairs_as_the_whole_does():
    model = crowded_model()
    changed = store(CLIENTS)[3:5]
    index = build(model, at=NOW)

    part = changed_part(model, Weights.of(model), index, changed)

    left, right = part.pairs.left, part.pairs.right
    _, bits, rarity = Scorer(part.records.frame, model, Weights.of(model)).evidence(left, right)
    prior = Scorer(load(model).frame, model, Weights.of(model)).prior
    assert len(part.pairs)
    assert prior + (bits + rarity).sum(axis=1) == pytest.approx(part.pairs.match_weight)
    ids = part.records.frame.record_ids
    assert (np.isin(ids[left], changed) | np.isin(ids[right], changed)).all()


def test_the_part_holds_all_that_share_a_golden_record_or_a_decision_with_what_changed():
    model = crowded_model()
    alone, mate, mate_of_mate, decided, other = store(
        [{"legal_name": name} for name in ("Acme", "Nordwerk", "Zenith", "Omega", "Delta")]
    )
    records = SourceRecord.objects.in_bulk([alone, mate, mate_of_mate, decided])
    golden_record(records[alone], records[mate])
    decide(mate, decided, Decision.Verdict.NO_MATCH, cause=cause())
    golden_record(records[decided], records[mate_of_mate])
    index = build(model, at=NOW)

    part = changed_part(model, Weights.of(model), index, [alone])

    assert part.records.frame.record_ids.tolist() == [alone, mate, mate_of_mate, decided]
    assert other not in part.records.frame.record_ids
    golden = part.records.golden.tolist()
    assert golden[0] == golden[1] != golden[2] == golden[3]
