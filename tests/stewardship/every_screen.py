"""The address of every page for people, each with something to show to whoever has every role."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from matching.models import MatchRun
from mdm import overrides, work
from mdm.feeds import trials
from mdm.following.positions import place_events
from mdm.models import (
    Delivery,
    FeedRow,
    HubCheck,
    OwnershipBreach,
    OwnershipRequest,
    OwnershipRule,
    QualityRun,
    QualityScore,
)
from mdm.quality import scoring
from mdm.webhooks import subscriptions, telling
from mdm.webhooks.subscriptions import Wish
from stewardship.models import BulkDecision, MergeConsent
from stewardship.reports import REPORTS, closing
from tests.factories import NOW, cause, feed, golden_record, load, ownership, record
from tests.stewardship.reviews import review_of, two
from tests.stewardship.screens import steward_screens

BILLING = {
    "key": "Id",
    "attributes": [
        {"attribute": "legal_name", "column": "Name"},
        {"attribute": "addresses", "parts": {
            "kind": {"value": "billing"}, "city": "City", "country": "Country",
        }},
    ],
}  # fmt: skip
BILLED = "Id,Name,City,Country\nBilled,Acme,{}\n"


def every_screen():
    """What workers have to do is done first, so that they change nothing of the rest."""
    boss = User(username="boss", is_superuser=True, is_active=True)
    return [
        *_feed_screens(), *_quality_screens(), *_report_screens(boss), *_webhook_screens(boss),
        *_matching_screens(), *_bulk_screens(), *_waiting_screens(), *steward_screens(),
        *_under_way_screens(),
    ]  # fmt: skip


def _feed_screens():
    crm = feed("crm-clients", largest_changed_share=0.1)
    rows = "".join(f"{key},Client {key}\n" for key in range(25))
    load(crm, f"Id,Name\n{rows}99,\n")
    held = load(crm, "Id,Name\n" + rows.replace("Client", "Customer"))
    row = FeedRow.objects.get(state="open")
    trial = trials.bring(crm, "a.csv", [b"Nr,Legal name,Colour\n1,Acme,red\n"], cause=cause())
    work.drain()
    batch = "/feeds/batches/"
    yield from ("/feeds", "/feeds/new", "/feeds/crm-clients", "/feeds/batches")
    yield from (f"{batch}{held.pk}", f"{batch}{trial.pk}", f"{batch}{trial.pk}/mapping")
    yield from ("/feeds/quarantine", f"/feeds/quarantine/{row.pk}")


def _quality_screens():
    ownership("client", "CRM", "ERP")
    for number in range(3):
        golden_record(
            record(f"Q{number}", tax_id="GB123456789"),
            record(f"Q{number}", source="ERP", industry="Law", website="https://acme.example"),
        )
        golden_record(record(f"P{number}", domain="project", name=f"Audit {number}", code="A"))
    scoring.ask(["client", "project"], cause=cause(at=timezone.now()))
    work.drain()
    for run in QualityRun.objects.all():
        _scored_before(run)
    broken = [{"name": "links are sound", "count": 3, "rows": ["client CRM A0 0"]}]
    HubCheck.objects.create(checked_at=timezone.now(), seconds=1, invariants=30, broken=broken)
    yield from ("/quality", "/quality/client", "/quality/client?dimension=uniqueness")
    yield "/quality/client/failing?rule=uniqueness.tax_id&system=CRM"


def _scored_before(run):
    """The same run on each of the days before, with a little less that failed."""
    lines = list(run.scores.all())
    for days in range(1, 25):
        run.pk, run.scored_at = None, timezone.now() - timedelta(days=days)
        run.save()
        for each in lines:
            each.pk, each.run = None, run
            each.failed = min(each.checked, each.failed + days // 4)
        QualityScore.objects.bulk_create(lines)


def _report_screens(boss):
    """An address that the ERP owns was said otherwise by the CRM, and a period was closed since."""
    ownership("client", "ERP", attribute="addresses")
    OwnershipRule.objects.update(on_breach="propose")
    crm = feed("crm-billing", mapping=BILLING)
    for each in (crm, feed("erp-billing", source="ERP", mapping=BILLING)):
        load(each, BILLED.format("Leeds,GB"))
    load(crm, BILLED.format("Paris,FR"))
    closing.ask("2026-11", boss, cause=cause(at=timezone.now()))
    broken = OwnershipBreach.objects.latest("pk")
    line = {"domain": "client", "systems": ["CRM"], "accountable": "Ann", "since": "2026-06-01"}
    asked = OwnershipRequest.objects.create(
        lines=[line], reason="asked", asked_by="user:ann", asked_at=NOW, foreseen_at=NOW,
        effect={"client": {"golden_records": 1, "values": 1, "by_attribute": {"legal_name": 1},
                           "by_systems": {"CRM → ERP": 1}, "sample": []}},
    )  # fmt: skip
    yield from ("/reports", *(f"/reports/{code}" for code in REPORTS))
    yield from ("/reports/breaches?period=2026-11", "/reports/conflicts/client/addresses")
    yield from ("/reports/changes/client/addresses", f"/client/{broken.golden_id}/ownership")
    yield from ("/ownership", f"/ownership/{asked.pk}", f"/proposals/{broken.pk}")


def _webhook_screens(boss):
    wish = Wish(name="PSA", url="https://9.9.9.9/never-asked", scopes=["client:read"])
    made, _ = subscriptions.subscribe(wish, boss, cause=cause())
    golden_record(record("Told")), golden_record(record("Told too"))
    place_events()
    telling.tell_subscribers()
    given_up = made.deliveries.earliest("position")
    given_up.tries.create(at=NOW, milliseconds=12, status=422, problem="answered 422")
    Delivery.objects.filter(pk=given_up.pk).update(state="dead", finished_at=NOW)
    yield from ("/webhooks", f"/webhooks/{made.pk}", "/catalogue", "/api/v1/docs")


def _matching_screens():
    earlier, later = MatchRun.objects.filter(domain="client").order_by("pk")[:2]
    yield from ("/matching", "/matching/models/client", f"/matching/runs/{later.pk}")
    yield f"/matching/compare?one={earlier.pk}&other={later.pk}"


def _bulk_screens():
    review_of(*two(11))
    yield from ("/bulk", "/bulk/choose/client?low=&verdict=match")
    for number, state in enumerate(BulkDecision.State.values):
        made = BulkDecision.objects.create(
            id=f"00000000-0000-4000-8000-00000000000{number}", domain="client", verdict="match",
            reason="same name", rule={"low": 1, "high": 2, "systems": ["CRM"], "top": ["name"]},
            state=state, done_by="user:ann", asked_at=NOW, correlation_id="ts-test",
        )  # fmt: skip
        yield f"/bulk/{made.pk}"


def _waiting_screens():
    one, other = golden_record(record("Pinned")), golden_record(record("Other"))
    pin = overrides.set_override(
        one.pk, "legal_name", "Acme plc", reason="asked", cause=cause(at=timezone.now())
    )
    consent = MergeConsent.objects.create(
        domain="client", golden_ids=[one.pk, other.pk], preview="x", given_by="user:ann",
        given_at=NOW,
    )  # fmt: skip
    yield from (f"/pins/{pin.pk}", f"/consents/{consent.pk}")


def _under_way_screens():
    """What workers have not come to yet."""
    trial = trials.bring(feed("to-come"), "a.csv", [b"Id,Name\n1,Acme\n"], cause=cause())
    run = MatchRun.objects.filter(domain="client").latest("pk")
    run.pk, run.state, run.finished_at = None, "comparing", None
    run.save()
    yield from (f"/feeds/batches/{trial.pk}", f"/matching/runs/{run.pk}")
