"""Who may see and change what: every address for every role. A new address needs a line here."""

from io import BytesIO
from zipfile import ZipFile

import pytest

from matching.domains import MODELS
from matching.engine.document import to_dict
from matching.engine.weights import Weights
from matching.models import MatchPair, MatchRun, SuspectCluster
from mdm import overrides
from mdm.feeds import trials
from mdm.governance import access
from mdm.models import FeedRow, OwnershipBreach, OwnershipRequest
from stewardship import report_pages, review
from stewardship.models import BulkDecision, MergeConsent, StewardshipTask
from tests.factories import NOW, batch, cause, feed, golden_record, record
from tests.test_every_address import addresses, refusal

pytestmark = pytest.mark.django_db

ROLES = set(access.roles())
ALL, NOBODY = ROLES, set[str]()
FEEDS = ROLES - {"viewer"}
MATCHES = {"steward", "domain-owner", "administrator", "auditor"}
MAPS = {"integrator", "domain-owner", "administrator"}
BRINGS = MAPS | {"steward"}
DECIDES = {"steward", "domain-owner"}
RUNS = {"domain-owner", "administrator"}
HOOKS, SEES_HOOKS = {"integrator", "administrator"}, {"integrator", "administrator", "auditor"}
REPORTS = {"domain-owner", "finance", "administrator", "auditor"}
QUALITY = REPORTS | {"steward"}
RESTRICTED = {"steward", "domain-owner", "finance", "auditor"}

MAY = {
    # open to whoever is signed in; what is on them depends on the role
    "home": (ALL, NOBODY),
    "logout": (NOBODY, ALL),
    # records
    "search": (ALL, NOBODY),
    "search-alike": (ALL, NOBODY),
    "golden-list": (ALL, NOBODY),
    "golden": (ALL, NOBODY),
    "record-report": (ALL, NOBODY),
    "source-record": (ALL, DECIDES),
    "why-not": (DECIDES, NOBODY),
    # deciding
    "inbox": (DECIDES, DECIDES),
    "next-task": (DECIDES, DECIDES),
    "arrange": (NOBODY, DECIDES),
    "presence": (DECIDES, DECIDES),
    "golden-company": (DECIDES, NOBODY),
    "pair": (DECIDES, DECIDES),
    "pair-preview": (NOBODY, DECIDES),
    "contradiction": (DECIDES, DECIDES),
    "unclear": (DECIDES, DECIDES),
    "suspect": (DECIDES, DECIDES),
    "contested-pin": (DECIDES, DECIDES),
    "cluster": (DECIDES, DECIDES),
    "actions": (DECIDES, NOBODY),
    "undo": (NOBODY, DECIDES),
    "merge": (DECIDES, DECIDES),
    "take-out": (DECIDES, DECIDES),
    "pin": (DECIDES, DECIDES),
    "bulk": (DECIDES, NOBODY),
    "bulk-choose": (DECIDES, DECIDES),
    "bulk-decision": (DECIDES, DECIDES),
    "bulk-progress": (DECIDES, NOBODY),
    # feeds
    "feeds": (FEEDS, NOBODY),
    "feed": (FEEDS, BRINGS),
    "new-feed": (MAPS, MAPS),
    "batches": (FEEDS, NOBODY),
    "batch": (FEEDS, BRINGS),
    "batch-progress": (FEEDS, NOBODY),
    "batch-mapping": (MAPS, MAPS),
    "quarantine": (FEEDS, BRINGS),
    "quarantined-row": (FEEDS, BRINGS),
    "row-company": (FEEDS, NOBODY),
    # matching
    "match-runs": (MATCHES, RUNS),
    "compare-runs": (MATCHES, NOBODY),
    "match-run": (MATCHES, RUNS),
    "run-progress": (MATCHES, NOBODY),
    "match-model": (MATCHES, NOBODY),
    # telling others
    "webhooks": (SEES_HOOKS, HOOKS),
    "webhook": (SEES_HOOKS, HOOKS),
    "catalogue": (SEES_HOOKS, NOBODY),
    # reports
    "reports": (REPORTS, {"finance"}),
    "closes-progress": (REPORTS, NOBODY),
    "report": (REPORTS, REPORTS),
    "report-progress": (REPORTS, NOBODY),
    "conflict-rows": (REPORTS, REPORTS),
    "change-rows": (REPORTS, REPORTS),
    "certify": (NOBODY, {"finance"}),
    # how good the data is
    "quality": (QUALITY, RUNS),
    "quality-progress": (QUALITY, NOBODY),
    "quality-domain": (QUALITY, RUNS),
    "quality-failing": (QUALITY, NOBODY),
    # who owns what
    "proposal": (DECIDES, DECIDES),
    "consent": (DECIDES, DECIDES),
    "ownership": (REPORTS, {"domain-owner", "finance"}),
    "ownership-register": (REPORTS, {"domain-owner", "finance"}),
    "ownership-request": (REPORTS, REPORTS),
    # for machines
    "metrics": (NOBODY, NOBODY),
}
"""Which roles may look at an address, and which may change something by it.

What a machine may do by the API its key says; here no person gets more from it than from pages.
"""

FOR_EVERYBODY = {
    "health", "login", "language", "problem", "well-known-catalogue", "api-token", "oauth-metadata",
}  # fmt: skip
HIDDEN = ("zzyzxian", "zzyzx@hidden.example", "+442079460123", "1971-03-04")
"""Personal values, in lower case, of a contact that is met on every page."""


def named():
    return [each for each in addresses() if not each[0].startswith(("admin:", "api-"))]


class _Sample(dict):
    """The ids of what there is; 1 for what the API has besides."""

    def __missing__(self, key):
        return "1"


@pytest.fixture
def world():
    """A contact that is everywhere, with something of each kind that an address may name."""
    said = {
        "given_name": "Zzyzxian", "family_name": "Zzyzxian", "emails": ["zzyzx@hidden.example"],
        "phones": ["+442079460123"], "date_of_birth": "1971-03-04",
    }  # fmt: skip
    one = record("P-77", domain="contact", **said)
    other = record("Q-88", source="ERP", domain="contact", **said)
    home, twin = golden_record(one), golden_record(other)
    people = feed(
        "people",
        domain="contact",
        mapping={
            "key": "Id",
            "attributes": [
                {"attribute": "family_name", "column": "Name"},
                {"attribute": "emails", "column": "Mail"},
            ],
        },
    )
    held = batch(
        people, state="waiting", received=1, columns=["Id", "Name", "Mail", "Other"],
        prediction={
            "changes": [
                {"key": "P-77", "attribute": "family_name", "before": "Zzyzxian", "after": "x"}
            ]
        },
    )  # fmt: skip
    row = FeedRow.objects.create(
        batch=held, row_number=2, outcome="quarantined", cause="validation", column="Mail",
        message="Row 2, Mail: 'zzyzx@hidden.example' is odd.", source_key="P-77",
        raw={"Id": "P-77", "Name": "Zzyzxian", "Mail": "zzyzx@hidden.example", "Other": "Zzyzxian"},
    )  # fmt: skip
    trial = trials.bring(people, "a.csv", [b"Id,Name,Mail\nP-77,Zzyzxian,x\n"], cause=cause())
    trial.columns = ["Id", "Name", "Mail", "Other"]
    trial.prediction = {"rows": 1, "sample": [["P-77", "Zzyzxian", HIDDEN[1], "Zzyzxian"]]}
    trial.state = "uploaded"
    trial.save()
    run = MatchRun.objects.create(
        domain="contact", correlation_id="ts-test", model_version="contact-2", review_at=-2,
        merge_at=2, state="finished", started_at=NOW,
        weights=Weights.of(MODELS["contact"]).to_dict(),
        report={"model": to_dict(MODELS["contact"])},
    )  # fmt: skip
    left, right = sorted((one, other), key=lambda each: each.pk)
    pair = MatchPair.objects.create(
        left=left, right=right, domain="contact", run=run, match_weight=1.0, left_version=1,
        right_version=1, levels=[1] * 7, weights=[1.0] * 7, found_by="same e-mail",
        state="pending",
    )  # fmt: skip
    task = StewardshipTask.objects.create(
        kind="match_review", domain="contact", subject=str(pair.pk), summary="",
        correlation_id="ts-test", opened_at=NOW,
    )  # fmt: skip
    pin = overrides.set_override(
        home.pk, "family_name", "Zzyzxian", reason="asked", cause=cause(at=NOW)
    )
    suspect = SuspectCluster.objects.create(
        domain="contact", golden=home, content="x", members=[one.pk], findings=["odd"],
        parts=[[one.pk]], bridge=[one.pk, other.pk], run=run, found_at=NOW,
    )  # fmt: skip
    unlike = record("R-99", domain="contact", family_name="Other")
    decided = review.decide(one.pk, unlike.pk, "no_match", cause=cause())
    many = BulkDecision.objects.create(
        id="00000000-0000-4000-8000-000000000001", domain="contact", verdict="match", reason="",
        rule={"low": 1, "high": 2, "systems": [], "top": []}, state="done", done_by="user:ann",
        asked_at=NOW, correlation_id="ts-test",
    )  # fmt: skip
    breach = OwnershipBreach.objects.create(
        domain="contact", attribute="family_name", record=one, system=one.system,
        owner=other.system, before="x", after="Zzyzxian", owned="Zzyzxian", outcome="propose",
        batch=held, at=NOW,
    )  # fmt: skip
    line = {"domain": "contact", "systems": ["CRM"], "accountable": "Ann", "since": "2026-06-01"}
    change = {
        "golden_id": str(home.pk), "attribute": "family_name", "systems": ["CRM", "ERP"],
        "before": "Zzyzxian", "after": "Zzyzxian",
    }  # fmt: skip
    wish = OwnershipRequest.objects.create(
        lines=[line], reason="asked", asked_by="user:ann", asked_at=NOW, foreseen_at=NOW,
        effect={"contact": {"golden_records": 1, "values": 1, "by_attribute": {"family_name": 1},
                            "by_systems": {"CRM → ERP": 1}, "sample": [change]}},
    )  # fmt: skip
    consent = MergeConsent.objects.create(
        domain="contact", golden_ids=[home.pk, twin.pk], preview="x", given_by="user:ann",
        given_at=NOW,
    )  # fmt: skip
    assert twin.pk != home.pk
    return {
        "domain": "contact", "golden_id": home.pk, "record_id": one.pk, "batch_id": held.pk,
        "row_id": row.pk, "code": "people", "run_id": run.pk, "bulk_id": many.pk,
        "task_id": task.pk, "pair_id": pair.pk, "override_id": pin.pk, "suspect_id": suspect.pk,
        "action_id": decided.pk, "attribute": "family_name", "system": "CRM",
        "source_key": "P-77", "event_type": "golden.changed", "address": "nowhere",
        "trial": trial.pk, "webhook_id": 1, "verb": "pause", "close_id": 1, "kept_id": 1,
        "breach_id": breach.pk, "consent_id": consent.pk,
        "request_id": wish.pk, "name": "not-found",
    }  # fmt: skip


@pytest.fixture
def filled(world, monkeypatch):
    """Every address with the ids of what there is in the world."""
    monkeypatch.setattr("tests.test_every_address.value", lambda name, _="": f"{{{name}}}")
    known = []
    for name, address in addresses():
        if name.startswith("admin:"):
            continue
        ids = {**world, "batch_id": world["trial" if name == "batch-mapping" else "batch_id"]}
        if name == "report":
            ids["code"] = next(iter(report_pages.REPORTS))
        known.append((name, address.format_map(_Sample(ids))))
    return known


def test_every_address_is_in_the_matrix():
    assert {name for name, _ in named()} - FOR_EVERYBODY == MAY.keys()


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_role_sees_and_changes_what_the_matrix_says_and_no_more(sign_in, filled, role):
    browser = sign_in(role)
    wrong = []
    for name, address in filled:
        if name not in MAY:
            continue
        sees, changes = MAY[name]
        if name != "logout" and sees != NOBODY:
            answer = browser.get(address)
            if bool(refusal(answer)) == (role in sees) or answer.status_code >= 500:
                wrong.append(("GET", address, answer.status_code))
        if role not in changes:
            answer = browser.post(address)
            if not refusal(answer) and answer.status_code not in (404, 405):
                wrong.append(("POST", address, answer.status_code))

    assert wrong == []


@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_whoever_only_looks_changes_nothing_by_the_api(sign_in, filled, role):
    browser = sign_in(role)

    for name, address in filled:
        if name.startswith("api-"):
            assert 400 <= browser.post(address).status_code < 500, address


def test_a_visitor_sees_and_changes_nothing(client, filled):
    for name, address in filled:
        if name not in FOR_EVERYBODY:
            assert refusal(client.get(address)), address
            assert refusal(client.post(address)), address


def told(content):
    """The text of a page, or of all that is packed into a workbook."""
    if not content.startswith(b"PK"):
        return content.decode()
    with ZipFile(BytesIO(content)) as book:
        return "".join(book.read(name).decode() for name in book.namelist())


@pytest.mark.parametrize("role", ["viewer", "finance", "integrator", "administrator"])
def test_whoever_may_not_see_personal_values_meets_them_nowhere(sign_in, filled, role):
    browser = sign_in(role)
    seen = []
    for name, address in filled:
        if name in MAY and role not in MAY[name][0]:
            continue
        for asked in ("", "?q=P-77", "?as_of=2030-01-01"):
            answer = browser.get(address + asked)
            shown = answer.status_code == 200 and not answer.streaming
            text = told(answer.content).lower() if shown else ""
            seen += [(address + asked, hidden) for hidden in HIDDEN if hidden in text]

    assert seen == []


@pytest.mark.parametrize("role", ["steward", "domain-owner", "auditor"])
def test_whoever_may_see_personal_values_does(sign_in, world, role):
    page = sign_in(role).get(f"/contact/{world['golden_id']}").content.decode()

    assert "Zzyzxian" in page


@pytest.mark.parametrize("role", ["viewer", "finance", "integrator", "administrator"])
@pytest.mark.parametrize("address", ["/search", "/search/alike", "/contact"])
def test_nobody_finds_a_record_by_what_they_may_not_see(sign_in, world, role, address):
    browser = sign_in(role)

    for hidden in ("Zzyzxian", "zzyzx@hidden.example"):
        page = browser.get(address, {"q": hidden, "domain": "contact"}).content.decode()
        assert "P-77" not in page
        assert str(world["golden_id"]) not in page
