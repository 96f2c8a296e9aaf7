"""What the pages of people show, in as many rows as a test wants.

A maker takes the number of rows. It returns what it made, or the address of a page that shows it.
"""

from itertools import count

from django.contrib.auth.models import User
from django.utils import timezone

from matching import contradictions
from matching.domains import MODELS
from matching.index.keeping import bring_up_to_date
from matching.models import Decision, MatchRun
from mdm import overrides, work
from mdm.configuration import asking
from mdm.models import FeedRow, OwnershipBreach, OwnershipRule
from mdm.quality import scoring
from mdm.webhooks import subscriptions
from mdm.webhooks.subscriptions import Wish
from stewardship import review
from stewardship.models import AskedClose, MergeConsent
from stewardship.reports import closing, keeping
from stewardship.reports.keeping import Wanted
from tests.factories import (
    LATER,
    NOW,
    batch,
    cause,
    feed,
    golden_record,
    match,
    merge_goldens,
    ownership,
    record,
    reference,
    rematch,
    send_again,
)
from tests.stewardship.in_bulk import decide
from tests.stewardship.reviews import review_of, two
from tests.stewardship.waiting import review as waiting_review
from tests.stewardship.waiting import suspect_of, task, waiting_pair

VAT, OTHER = "GB123456789", "GB980780684"
_numbers = count(1_000)


def ann():
    """Whoever looks at the pages."""
    return User.objects.get(username="ann")


def now():
    return cause(at=timezone.now(), by="user:ann", reason="looked at it")


def same(rows, **attributes):
    """A golden record of that many source records, of two systems that disagree; and those."""
    members = [
        record(
            source=("CRM", "ERP")[number % 2],
            legal_name=f"Acme {next(_numbers)} Ltd",
            **attributes,
        )
        for number in range(rows)
    ]
    return golden_record(*members), members


def clients(rows):
    """Golden records with much to show of each: a parent, a project, tasks."""
    top = record(legal_name="Top of all")
    golden_record(top)
    made = []
    for _ in range(rows):
        golden, members = same(rows, parent=reference(top), phone="+442079460000")
        for each in members:
            golden_record(record(domain="project", name="Moon", client=reference(each)))
        task("contested_rate", golden.pk)
        made.append(golden)
    return made


def tasks(rows):
    """Tasks of several kinds, some of which are somebody's."""
    for _ in range(rows):
        waiting_review(next(_numbers))
        suspect(2)
        last = task("relationship", same(2)[0].pk, assignee="ann")
    return last


def quarantined(rows):
    """A batch with rows that wait for a person."""
    made = batch(received=rows, quarantined=rows)
    for number in range(rows):
        FeedRow.objects.create(
            batch=made, row_number=number + 2, outcome="quarantined", cause="missing",
            message="The name is empty.", remedy="Fill it in.", raw={"Id": str(number)},
        )  # fmt: skip
    return made


def batches(rows):
    return [quarantined(rows) for _ in range(rows)]


def everything(rows):
    tasks(rows), batches(rows), clients(rows)


def to_map(rows):
    """A file of that many columns and rows that waits for its mapping."""
    columns = ["Id", *(f"Column {number}" for number in range(rows))]
    return batch(
        feed(mapping={"key": "Id", "attributes": []}), keeps_file=True, state="uploaded",
        columns=columns, prediction={"sample": [["x"] * len(columns)] * rows},
    )  # fmt: skip


def runs(rows):
    """Match runs of which each found pairs; the last one."""
    for _ in range(rows):
        name = f"Acme {next(_numbers)} Tools Limited"
        for source in ("CRM", "ERP"):
            record(source=source, legal_name=name, lei="529900T8BM49AURSDO55")
            record(source=source, legal_name=f"Beta {name}", website="https://beta.example")
        match()
    return rematch()


def compared(rows):
    last, first = runs(rows), MatchRun.objects.filter(domain="client").earliest("pk")
    return f"/matching/compare?one={first.pk}&other={last.pk}"


def index():
    for model in MODELS.values():
        bring_up_to_date(model, at=timezone.now())


def searched(rows):
    clients(rows)
    for _ in range(rows):
        golden_record(record(domain="contact", family_name="Quist", emails=["zoe@acme.com"]))
    index()


def why_not(rows):
    one, other = same(rows)[1][-1], same(rows)[1][-1]
    index()
    return f"/why-not?domain=client&left={one}&right={other}"


def reviews(rows):
    for _ in range(rows):
        review_of(*two(next(_numbers)))


def bulk(rows):
    reviews(rows)
    return f"/bulk/{decide().pk}"


def bulks(rows):
    for _ in range(rows):
        bulk(1)


def webhook(rows):
    for _ in range(rows):
        wish = Wish(
            name=f"receiver {next(_numbers)}", url="https://127.0.0.1:9/", scopes=["*:read"]
        )
        made, _ = subscriptions.subscribe(wish, ann(), cause=cause())
        golden_record()
    return f"/webhooks/{made.pk}"


def pair(rows):
    """A pair on which people decided before, and on whose records others hang."""
    waits = waiting_pair(next(_numbers))
    for _ in range(rows):
        for side in (waits.left, waits.right):
            golden_record(record(domain="project", name="Moon", client=reference(side)))
        decided(waits.left, waits.right, "unsure", superseded_at=LATER)
    task(subject=waits.pk)
    return f"/pairs/{waits.pk}"


def decided(left, right, verdict, **changes):
    return Decision.objects.create(
        left=left, right=right, domain="client", verdict=verdict, decided_by="user:ann",
        decided_at=NOW, **changes,
    )  # fmt: skip


def contradiction(rows):
    """Two records that are two things, and one thing by way of each of several others."""
    one, other = record(legal_name="Gamma Ltd"), record(legal_name="Gamma Limited")
    decided(one, other, "no_match")
    for _ in range(rows):
        between = record(legal_name="Gamma")
        decided(one, between, "match"), decided(other, between, "match")
        golden_record(between)
    golden_record(one), golden_record(other)
    (found,) = contradictions.find_around([one.pk])
    return task("contradiction", contradictions.name_of(found)).address()


def unclear(rows):
    """A golden record whose source records name different parents."""
    parents = [record() for _ in range(rows)]
    for each in parents:
        golden_record(each)
    members = [
        record(source=f"SYS{place}", parent=reference(each)) for place, each in enumerate(parents)
    ]
    return task("relationship", golden_record(*members).pk).address()


def suspect(rows):
    made, members = same(2 * rows)
    ids = [each.pk for each in members]
    found = suspect_of(made, [ids[:rows], ids[rows:]])
    task("suspect_cluster", found.pk)
    return f"/suspects/{found.pk}"


def pin(rows):
    made, _ = same(rows)
    return made, overrides.set_override(made.pk, "legal_name", "Acme plc", reason="x", cause=now())


def contested_pin(rows):
    _, made = pin(rows)
    task("contested_pin", made.pk)
    return f"/pins/{made.pk}"


def consent(rows):
    ids = [same(rows)[0].pk for _ in range(rows)]
    made = MergeConsent.objects.create(
        domain="client", golden_ids=ids, preview="x", given_by=f"user:{ids[0]}", given_at=NOW
    )
    return f"/consents/{made.pk}"


def merge(rows):
    first, *others = (same(rows)[0] for _ in range(rows))
    return f"/client/{first.pk}/merge?" + "&".join(f"with={each.pk}" for each in others)


def take_out(rows):
    made, members = same(rows + 1)
    leaving = "&".join(f"record={each.pk}" for each in members[1:])
    return f"/client/{made.pk}/take-out?{leaving}"


def actions(rows):
    for _ in range(rows):
        waits = waiting_pair(next(_numbers))
        review.decide(waits.left_id, waits.right_id, Decision.Verdict.NO_MATCH, cause=now())


def register():
    """Who owns what, the same however often it is asked for."""
    if not OwnershipRule.objects.exists():
        ownership("client", "CRM", "ERP")
        ownership("client", "ERP", attribute="tax_id")
        OwnershipRule.objects.filter(attribute="tax_id").update(on_breach="propose")


def ownership_request(rows):
    register()
    line = {"domain": "client", "attribute": "tax_id", "systems": ["CRM"], "accountable": "ben"}
    for _ in range(rows):
        same(2, tax_id=VAT)
        made = asking.ask([line], "the CRM owns tax", cause=now())
    work.drain()
    return f"/ownership/{made.pk}"


def breaches(rows):
    """Values that a system changed though another one owns them; the last such change."""
    register()
    for _ in range(rows):
        _, (crm, _) = same(2, tax_id=VAT)
        send_again(crm, at=timezone.now(), legal_name="Acme Inc", tax_id=OTHER)
    work.drain()
    return OwnershipBreach.objects.latest("pk")


def closes(rows):
    """Periods that were closed, and some that are to be."""
    breaches(rows)
    for _ in range(rows):
        period = f"period {next(_numbers)}"
        closing.close(period, ann(), cause=now())
        AskedClose.objects.create(period=f"{period} b", sight=[], asked_by="user:ann", asked_at=NOW)
    return period


def being_made(rows):
    """A report of a large hub that a worker is to make."""
    closes(rows)
    wanted = Wanted("breaches", None)
    return f"/reports/made/{keeping.kept(wanted, ann(), cause=now()).pk}/progress"


def scored(rows):
    breaches(rows)
    scoring.ask(["client"], cause=now())
    work.drain()


def merged(rows):
    """A golden record into which others were merged one after the other."""
    standing = same(2)[0]
    for _ in range(rows):
        other = same(2)[0]
        standing.refresh_from_db()
        merge_goldens(standing, other, at=timezone.now())
    return standing
