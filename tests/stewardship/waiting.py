"""What waits for a steward in tests: pairs, suspect clusters, and the tasks that ask about them."""

from datetime import timedelta

from django.utils import timezone

from matching.domains import MODELS
from matching.engine.document import to_dict
from matching.engine.weights import Weights
from matching.models import MatchPair, MatchRun, SuspectCluster
from stewardship.models import StewardshipTask
from tests.factories import LATER, golden_record, record


def task(kind="match_review", subject=1, **changes):
    """An open stewardship task that was opened an hour ago."""
    values = {
        "domain": "client",
        "summary": "1.5 bits",
        "correlation_id": "ts-test",
        "opened_at": timezone.now() - timedelta(hours=1),
        **changes,
    }
    return StewardshipTask.objects.create(kind=kind, subject=str(subject), **values)


def review(number="", **changes):
    """The task of a pair that waits."""
    pair = waiting_pair(number)
    values = {"match_weight": pair.match_weight, "systems": ["CRM"], **changes}
    return task(subject=pair.pk, **values)


def suspect_of(made, parts):
    run = MatchRun.objects.create(
        domain="client", model_version="client-1", review_at=-2, merge_at=6, started_at=LATER
    )
    return SuspectCluster.objects.create(
        domain="client",
        golden=made,
        content=str(made.pk),
        members=sorted(record_id for part in parts for record_id in part),
        findings=["a bridge holds it together"],
        parts=parts,
        bridge=[parts[0][0], parts[1][0]],
        run=run,
        found_at=LATER,
    )


def waiting_pair(number="", **alike):
    """A pair of golden records that a run left to a person, and what both say."""
    left = record(f"A{number}", legal_name=f"Acme{number} Brands", **alike)
    right = record(f"B{number}", legal_name=f"Acme{number} Group", **alike)
    golden_record(left), golden_record(right)
    model = MODELS["client"]
    run = MatchRun.objects.create(
        domain="client",
        correlation_id="ts-test",
        model_version="client-1",
        weights=Weights.of(model).to_dict(),
        review_at=-2,
        merge_at=6,
        report={"model": to_dict(model)},
        started_at=LATER,
    )
    return MatchPair.objects.create(
        left=left,
        right=right,
        domain="client",
        run=run,
        match_weight=1.5,
        left_version=1,
        right_version=1,
        levels=[0] * len(model.comparisons),
        weights=[0.0] * len(model.comparisons),
        found_by=model.passes[0].name,
        state="pending",
    )
