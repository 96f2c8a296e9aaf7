"""Open match reviews of clients, made for tests."""

from matching.models import MatchPair, MatchRun
from stewardship.models import StewardshipTask
from tests.factories import NOW, golden_record, record

DIFFERENT_FORM, SAME = 3, 1


def run():
    made = MatchRun.objects.filter(domain="client").first()
    return made or MatchRun.objects.create(
        domain="client", correlation_id="ts-test", model_version="client-2", review_at=-2,
        merge_at=6, state="finished", started_at=NOW, report={},
    )  # fmt: skip


def review_of(one, other, weight=4.0, **levels):
    """An open match review of two source records, agreeing in all unless `levels` say otherwise."""
    left, right = sorted((one, other), key=lambda each: each.pk)
    names = ("name", "form", "registration", "tax", "lei", "duns", "address", "country")
    pair = MatchPair.objects.create(
        left=left, right=right, domain="client", run=run(), match_weight=weight, left_version=1,
        right_version=1, levels=[levels.get(name, SAME) for name in names], weights=[0.5] * 8,
        found_by="same name", state="pending",
    )  # fmt: skip
    StewardshipTask.objects.create(
        kind="match_review", domain="client", subject=str(pair.pk), summary="",
        correlation_id="ts-test", opened_at=NOW,
    )  # fmt: skip
    return pair


def two(number, **attributes):
    """A client of the CRM and one of the ERP, each a golden record of its own."""
    one = record(f"C{number}", legal_name=f"Client {number} Ltd", **attributes.get("crm", {}))
    other = record(
        f"E{number}", source="ERP", legal_name=f"Client {number} Limited",
        **attributes.get("erp", {}),
    )  # fmt: skip
    golden_record(one)
    golden_record(other)
    return one, other
