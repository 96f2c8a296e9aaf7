import html
import json
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from mdm.bulk import execute, fetch
from mdm.models import FeedRow
from stewardship import inbox
from stewardship.inbox import Filters, Reader
from stewardship.models import StewardshipTask
from stewardship.navigation import navigation
from tests.factories import feed, golden_record, load, record
from tests.stewardship.waiting import review, suspect_of, task, waiting_pair

pytestmark = pytest.mark.django_db


def text(answer):
    return answer.content.decode()


def reader(name="steward"):
    return Reader(User.objects.get(username=name), name, timezone.now())


def found(**filters):
    return [each.pk for each in inbox.page(reader(), Filters(**filters))[0]]


def test_grave_tasks_come_first_and_then_what_is_most_uncertain(steward):
    sure, unsure = task(match_weight=5.0), task(subject=2, match_weight=0.1)
    grave, pin = task("contested_rate", subject=golden_record().pk), task("contested_pin")

    assert found() == [grave.pk, pin.pk, unsure.pk, sure.pk]


def test_a_filter_lets_through_what_it_names(steward):
    mine = task(assignee="steward", systems=["CRM", "ERP"], match_weight=0.0)
    old = task("relationship", domain="contact", opened_at=timezone.now() - timedelta(days=8))

    assert found(assignee="me") == found(system="ERP") == found(band="even") == [mine.pk]
    assert found(domain="contact") == found(age="week") == found(kind="relationship") == [old.pk]
    assert found(when="overdue") == found(assignee="nobody") == [old.pk]
    assert found(band="likely") == []


def test_filters_are_kept_in_the_address_and_nonsense_is_left_out():
    assert (
        Filters.of({"domain": "client", "band": "x", "kind": "nonsense"}).query == "domain=client"
    )


def test_what_is_put_off_is_back_on_its_day(steward):
    put_off, today = task(), timezone.now().date()
    steward.post(f"/inbox/{put_off.pk}", {"action": "defer", "until": today + timedelta(days=2)})

    before = found()
    later = Reader(reader().actor, "steward", timezone.now() + timedelta(days=2))

    assert before == []
    assert found(when="deferred") == [put_off.pk]
    assert [each.pk for each in inbox.page(later, Filters())[0]] == [put_off.pk]


def test_a_day_that_has_passed_is_refused(steward):
    waits = task()

    answer = steward.post(
        f"/inbox/{waits.pk}", {"action": "defer", "until": "2020-01-01"}, follow=True
    )

    assert "choose a day after today" in text(answer)


def test_a_task_is_claimed_once_released_and_given(steward, sign_in):
    waits, other = task(), sign_in("steward", "viewer")
    address = f"/inbox/{waits.pk}"

    steward.post(address, {"action": "claim"})
    late = text(other.post(address, {"action": "claim"}, follow=True))
    steward.post(address, {"action": "assign", "person": "steward-viewer"})
    waits.refresh_from_db()
    given = waits.assignee
    other.post(address, {"action": "release"})
    waits.refresh_from_db()

    assert "steward has it" in late
    assert (given, waits.assignee) == ("steward-viewer", "")


def test_a_task_is_given_to_stewards_only(steward, sign_in):
    sign_in("viewer")
    waits = task()

    answer = steward.post(
        f"/inbox/{waits.pk}", {"action": "assign", "person": "viewer"}, follow=True
    )

    assert "viewer is no steward" in text(answer)


def test_deciding_leads_to_the_next_task_that_the_filters_let_through(steward):
    first, other, third = review(1), task("contested_pin"), review(2)
    address = f"/pairs/{first.subject}"

    answer = steward.post(address, {"verdict": "unsure", "inbox": "kind=match_review"})

    assert answer.url.startswith(f"/pairs/{third.subject}?inbox=kind")
    first.refresh_from_db()
    assert (first.state, first.done_by) == ("done", "user:steward")
    assert other.state == "open"


def test_after_the_last_task_comes_the_inbox(steward):
    only = review()

    answer = steward.post(f"/pairs/{only.subject}", {"verdict": "unsure"}, follow=True)

    assert "Nothing waits for you" in text(answer)


def test_a_task_on_the_screen_of_another_person_is_skipped_and_says_so(steward, sign_in):
    first, second = review(1), review(2)
    sign_in("steward", "viewer").get(f"/pairs/{first.subject}")

    page = text(steward.get(f"/pairs/{first.subject}"))
    answer = steward.get("/inbox/next")

    assert "<strong>steward-viewer</strong> has this on the screen too" in page
    assert answer.url.startswith(f"/pairs/{second.subject}")


def test_the_second_one_sees_at_once_that_it_was_settled(steward, sign_in):
    waits, other = review(), sign_in("steward", "viewer")
    steward.get(f"/pairs/{waits.subject}")
    seen = other.get(f"/inbox/{waits.pk}/presence", {"seen": "steward"})

    steward.post(f"/pairs/{waits.subject}", {"verdict": "no_match"})
    told = text(other.get(f"/inbox/{waits.pk}/presence", {"seen": "steward"}))

    assert seen.status_code == 204
    assert "<strong>steward</strong> settled this" in told


def test_counts_are_exact_up_to_a_limit(steward, monkeypatch):
    monkeypatch.setattr(inbox, "COUNTED", 2)
    for number in range(3):
        task(subject=number)
    task("contested_pin")

    page = text(steward.get("/inbox"))

    assert "2+" in page
    assert "Contested pin (1)" in page


def test_pages_go_on_where_the_last_one_ended(steward, monkeypatch):
    monkeypatch.setattr(inbox, "PAGE", 2)
    tasks = [task(subject=number, match_weight=number) for number in range(5)]
    seen, after = [], ""
    while True:
        page, after = inbox.page(reader(), Filters(), after)
        seen += [each.pk for each in page]
        if not after:
            break

    assert sorted(seen) == sorted(each.pk for each in tasks)
    assert len(seen) == 5


def test_tasks_of_domains_that_a_person_may_not_see_are_not_there(steward):
    task(domain="somewhere else")

    assert found() == []


def test_quarantined_rows_are_one_task_a_batch_until_they_are_repaired(steward):
    crm = feed()
    batch = load(crm, "Id,Name\n1,Acme\n2,\n")
    waits = StewardshipTask.objects.get(kind="quarantine")

    load(crm, "Id,Name\n1,Acme\n2,Beta\n")

    assert (waits.subject, waits.systems) == (str(batch.pk), ["CRM"])
    assert not FeedRow.objects.filter(state="open").exists()
    assert not StewardshipTask.objects.open().filter(kind="quarantine").exists()


def test_the_inbox_and_a_pair_keep_to_their_budget_of_queries(
    steward, django_assert_max_num_queries
):
    for number in range(5):
        waits = review(number)
    one, two = record(), record()
    suspect = suspect_of(golden_record(one, two), [[one.pk], [two.pk]])
    task("suspect_cluster", subject=suspect.pk)

    for address in ("/inbox", "/inbox?kind=match_review", f"/pairs/{waits.subject}"):
        steward.get(address)
        with django_assert_max_num_queries(12):
            steward.get(address)


SEEDED = """
    INSERT INTO stewardship_stewardshiptask
        (kind, domain, subject, summary, systems, match_weight, correlation_id, state, opened_at)
    SELECT 'match_review', CASE n % 50 WHEN 0 THEN 'rate' ELSE 'client' END, n::text, 'x',
           ARRAY[CASE n % 3 WHEN 0 THEN 'CRM' ELSE 'ERP' END], n % 20 - 10, 'ts', 'open',
           now() - n * interval '1 minute'
    FROM generate_series(1, 20000) n
"""


@pytest.mark.parametrize(
    "filters", [{}, {"domain": "rate"}, {"kind": "match_review"}, {"system": "CRM"}]
)
def test_a_page_of_many_tasks_is_read_along_an_index(steward, filters):
    execute(SEEDED)
    execute("ANALYZE stewardship_stewardshiptask")
    tasks = inbox.waiting(reader(), Filters(**filters)).order_by("rank", "id")[: inbox.PAGE + 1]

    query, parameters = tasks.query.sql_with_params()
    ((plan,),) = fetch(f"EXPLAIN (FORMAT JSON) {query}", parameters)

    assert "Seq Scan" not in json.dumps(plan)
    assert "Sort" not in json.dumps(plan)


def test_a_pair_shows_what_hangs_on_each_side(steward):
    pair = waiting_pair()
    record("P1", domain="project", name="Moon base", client={"system": "CRM", "key": "A"})

    page = text(steward.get(f"/pairs/{pair.pk}"))

    assert "What hangs on CRM:A" in page
    assert "1 project" in page


@pytest.mark.parametrize("until", ["2020-01-01", "soon", "2030-02-30"])
def test_who_cannot_put_a_case_off_stays_with_it(steward, until):
    waits, _ = review(1), review(2)
    here = f"/pairs/{waits.subject}?inbox=kind%3Dmatch_review"

    answer = steward.post(
        f"/inbox/{waits.pk}",
        {"action": "defer", "until": until, "inbox": "kind=match_review", "back": here},
        follow=True,
    )

    assert answer.request["PATH_INFO"] == f"/pairs/{waits.subject}"
    assert "Nothing was changed" in text(answer)
    assert "isoformat" not in text(answer)


def test_who_has_a_case_is_asked_under_the_filters_it_was_opened_with(steward, sign_in):
    waits = review()
    page = text(steward.get(f"/pairs/{waits.subject}?inbox=kind%3Dmatch_review"))
    asked = html.unescape(re.search(r'hx-get="([^"]+presence[^"]+)"', page)[1])
    sign_in("steward", "viewer").post(f"/pairs/{waits.subject}", {"verdict": "unsure"})

    told = text(steward.get(asked))

    assert "inbox=kind%3Dmatch_review" in told


@pytest.mark.parametrize("address", ["/contradictions/1", "/unclear/1", "/consents/1"])
def test_the_navigation_shows_that_a_case_is_of_the_inbox(rf, steward, address):
    request = rf.get(address)
    request.user, request.resolver_match = User.objects.get(username="steward"), None

    assert navigation(request)["navigation"]["inbox_here"]
