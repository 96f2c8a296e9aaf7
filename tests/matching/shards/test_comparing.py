from threading import Event as Signal

import pytest

from matching import jobs
from matching.domains import MODELS
from matching.engine.match import find_pairs
from matching.engine.weights import Weights
from matching.frames import load
from matching.models import MatchPair, MatchRange, MatchRun, MatrixPiece
from matching.shards import comparing, publishing
from mdm import invariants, work
from mdm.models import CrosswalkLink, FeedBatch, GoldenRecord, Work
from mdm.work import LeaseLostError
from tests.concurrency import in_background
from tests.factories import ask_for_match, cause, match, record, work_in_hand

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def every_run_is_large(settings, tmp_path) -> None:
    settings.MATCH_PAIRS_OF_ONE_WORKER = 0
    settings.MATCH_PAIRS_IN_A_RANGE = 2
    settings.MATCH_MATRICES = tmp_path


def some_clients() -> None:
    for number in range(4):
        record(f"A{number}", legal_name="Müller & Söhne GmbH", website="mueller.de")
        record(f"B{number}", source="ERP", legal_name="Muller Soehne", website="mueller.de")
    record("C", legal_name="Acme Tools Ltd", tax_id="GB123456789")
    record("D", source="ERP", legal_name="Acme Tools Ltd", tax_id="GB999999973")
    record("E", legal_name="株式会社アクメ")
    record("F", source="ERP", legal_name="アクメ")


def shared() -> MatchRun:
    """A run whose ranges wait for workers."""
    ask_for_match()
    work.perform(*waiting("match"))
    return MatchRun.objects.get()


def waiting(kind: str) -> list[int]:
    return list(Work.objects.filter(kind=kind, state="waiting").values_list("pk", flat=True))


def kept() -> list[tuple]:
    names = "left", "right", "match_weight", "levels", "weights", "found_by", "state"
    return sorted(MatchPair.objects.values_list(*names), key=str)


def test_shards_leave_the_very_pairs_that_one_worker_finds(settings):
    some_clients()
    model = MODELS["client"]
    alone = find_pairs(load(model).frame, model, Weights.of(model))

    run = shared()
    while ranges := waiting("compare range"):
        work.perform(ranges.pop())
    _, pairs = comparing.result(run)

    assert run.ranges.count() > 3
    for name in ("left", "right", "match_weight", "levels", "veto", "blocking"):
        assert getattr(pairs, name).tobytes() == getattr(alone, name).tobytes()


def test_a_run_in_shards_ends_as_any_other_and_leaves_nothing_behind(settings, tmp_path):
    some_clients()
    match()
    in_shards = kept()
    assert MatchRun.objects.get().matrix
    MatchPair.objects.all().delete()
    FeedBatch.objects.update(matched_at=None)

    settings.MATCH_PAIRS_OF_ONE_WORKER = 1_000_000
    ask_for_match()
    CrosswalkLink.objects.all().delete()
    work.drain()

    assert in_shards == kept() != []
    assert not MatchRange.objects.exists()
    assert not MatrixPiece.objects.exists()
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".matrix"] == []


def test_the_golden_records_of_a_run_in_shards_stand_and_no_invariant_is_broken():
    some_clients()

    run = match()

    assert run.state == "finished"
    assert GoldenRecord.objects.standing().count() == 4
    assert [each.name for each in invariants.check() if each.count] == []


def test_a_host_that_has_no_file_fetches_it_once(tmp_path):
    some_clients()
    run = shared()
    (made,) = tmp_path.glob("*.matrix")
    content = made.read_bytes()
    made.unlink()

    with in_background() as start:
        paths = [start(publishing.on_this_host, run) for _ in range(3)]

    assert {path.result() for path in paths} == {made}
    assert made.read_bytes() == content
    assert [path.suffix for path in tmp_path.iterdir() if path.suffix == ".new"] == []


def test_a_host_keeps_no_matrix_of_a_run_that_is_over(tmp_path):
    old = tmp_path / "old.matrix"
    old.touch()
    some_clients()
    run = shared()
    publishing.on_this_host(run).unlink()

    publishing.on_this_host(run)

    assert not old.exists()


def test_a_damaged_piece_is_noticed():
    some_clients()
    run = shared()
    publishing.on_this_host(run).unlink()
    run.pieces.all().delete()

    with pytest.raises(publishing.MatrixError, match="not whole"):
        publishing.on_this_host(run)


def test_the_range_of_a_worker_that_lost_its_lease_is_compared_by_another_one():
    some_clients()
    run = shared()
    first = waiting("compare range")[0]
    Work.objects.filter(kind="compare range").exclude(pk=first).update(state="cancelled")
    dead = work_in_hand("compare range")
    Work.objects.filter(pk=first).update(state="waiting", lease=None, leased_until=None)

    with pytest.raises(LeaseLostError):
        comparing.compare_range(dead)
    work.perform(first)

    assert comparing.progress(run) == (1, run.ranges.count())


def test_a_range_that_is_compared_is_not_compared_again():
    some_clients()
    shared()
    Work.objects.filter(kind="compare range").exclude(pk=waiting("compare range")[0]).delete()
    job = work_in_hand("compare range")
    comparing.compare_range(job)
    before = MatchRange.objects.get(pk=job.subject).compared_at

    comparing.compare_range(job)

    assert MatchRange.objects.get(pk=job.subject).compared_at == before


def test_a_run_that_is_cancelled_keeps_nothing_and_its_batches_wait_for_the_next(tmp_path):
    some_clients()
    run = shared()
    work.perform(waiting("compare range")[0])

    assert comparing.cancel(run.pk, cause=cause())
    work.drain()

    run.refresh_from_db()
    assert run.state == "cancelled"
    assert not MatchPair.objects.exists()
    assert not GoldenRecord.objects.exists()
    assert not MatchRange.objects.exists()
    assert not MatrixPiece.objects.exists()
    assert list(tmp_path.glob("*.matrix")) == []
    assert match().state == "finished"
    assert GoldenRecord.objects.standing().count() == 4


def test_a_run_is_cancelled_while_its_last_range_is_compared(monkeypatch):
    some_clients()
    run = shared()
    *others, last = waiting("compare range")
    for work_id in others:
        work.perform(work_id)
    compared, go_on = Signal(), Signal()
    packed = comparing._packed

    def slowly(pairs):
        compared.set()
        go_on.wait()
        return packed(pairs)

    monkeypatch.setattr(comparing, "_packed", slowly)
    with in_background() as start:
        done = start(work.perform, last)
        compared.wait()
        cancelled = comparing.cancel(run.pk, cause=cause())
        go_on.set()

    assert cancelled
    assert done.exception() is None
    assert waiting("finish match") == []
    run.refresh_from_db()
    assert run.state == "cancelled"


def test_it_is_too_late_to_cancel_a_run_that_is_being_applied():
    some_clients()
    run = match()

    assert not comparing.cancel(run.pk, cause=cause())
    assert MatchRun.objects.get(pk=run.pk).state == "finished"


def test_a_run_waits_while_the_shards_of_another_one_are_compared():
    some_clients()
    shared()
    record("G", legal_name="Late Partners LLP")
    ask_for_match()
    job = work_in_hand("match")

    with pytest.raises(work.BusyError, match="not over yet"):
        jobs.match(job)
