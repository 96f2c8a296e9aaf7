"""Where more money hangs on golden records than one person may merge, two people do."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User

from matching.models import Decision, MatchPair
from mdm import claims
from mdm.claims import ClaimRefusedError
from mdm.governance import roles
from mdm.models import CrosswalkLink, GoldenRecord, OwnershipRule
from stewardship import review
from stewardship.consenting import SecondPersonNeededError
from stewardship.guarding import guarded, placed
from stewardship.models import MergeConsent, StewardshipTask
from tests.factories import cause, golden_of, golden_record, match, ownership, record
from tests.stewardship.two_people import (
    another,
    homes,
    merge_on_page,
    on_the_cluster_page,
    on_the_merge_page,
    on_the_pair_page,
    standing,
    two,
    two_that_wait,
    weighty,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("limit")]


def test_the_first_person_is_noted_and_the_second_one_merges(sign_in):
    one, other = two()
    first = sign_in("steward")

    assert "two people merge them" in merge_on_page(first, one, other)
    assert "two people merge them" in merge_on_page(first, one, other)
    assert standing() == 2
    task = StewardshipTask.objects.get(kind="second_person")
    second = another("second")
    asked = urlsplit(second.get(task.address()).url)
    assert {str(one.pk), str(other.pk)} == {
        asked.path.split("/")[2],
        *parse_qs(asked.query)["with"],
    }
    merge_on_page(second, one, other)

    assert standing() == 1
    task.refresh_from_db()
    assert (task.state, task.done_by) == ("done", "user:second")


def test_nobody_is_both_people_not_even_a_superuser(sign_in):
    one, other = two()
    boss = sign_in("steward", is_superuser=True)

    for _ in range(2):
        merge_on_page(boss, one, other)

    assert standing() == 2
    assert MergeConsent.objects.count() == 1


def test_what_hangs_together_up_to_the_amount_takes_one_person(sign_in):
    merge_on_page(sign_in("steward"), *two(amount=50))

    assert standing() == 1


def test_a_consent_holds_for_what_was_seen_and_nothing_else(sign_in):
    one, other = two()
    merge_on_page(sign_in("steward"), one, other)
    third = golden_record(record("C"))
    merge_on_page(another("helper"), one, third)

    merge_on_page(another("second"), one, other)

    assert standing() > 1


def test_a_machine_is_neither_of_the_two_people(machine):
    one, other = two()
    ids = [str(one.pk), str(other.pk)]
    caller = machine("client:read", "client:steward", "see:internal")
    send = {"content_type": "application/json"}
    seen = caller.post("/api/v1/golden/client/merge/preview", {"ids": ids}, **send).json()
    body = {"ids": ids, "token": seen["token"], "reason": "one firm"}

    answers = [caller.post("/api/v1/golden/client/merge", body, **send) for _ in range(2)]

    assert [each.status_code for each in answers] == [409, 409]
    assert standing() == 2
    with pytest.raises(SecondPersonNeededError):
        review.merge("client", [one.pk, other.pk], seen["token"], cause=cause(by="user:ann"))


def test_bulk_decisions_leave_them_to_two_people():
    pair = two_that_wait()

    found = guarded("client", placed(MatchPair.objects.filter(pk=pair.pk)), "match")

    assert not found.kept
    assert dict(found.left_out) == {"so much money hangs on them that two people merge them": 1}
    assert len(set(golden_of(pair.left, pair.right))) == 2


@pytest.fixture
def guarded_domain():
    """The register lets only those write clients whom it names."""
    roles.ensure()
    ownership("client", "ERP")
    OwnershipRule.objects.update(on_breach="reject", accountable="ann", steward="sue")


def test_where_the_register_names_who_may_write_one_of_the_two_people_is_named(
    sign_in, guarded_domain
):
    one, other = two()
    User.objects.create_user("sue")

    merge_on_page(sign_in("steward"), one, other)
    said = merge_on_page(another("helper"), one, other)

    assert "one of whom answers for them" in said
    assert "ann, sue may merge them, too" in said
    assert standing() == 2
    tasks = StewardshipTask.objects.filter(kind="second_person")
    assert set(tasks.values_list("assignee", flat=True)) == {"sue"}
    merge_on_page(another("ann"), one, other)
    assert standing() == 1


def test_somebody_named_and_anybody_else_are_two_people_and_nobody_is_asked_twice(guarded_domain):
    one, other = two()

    said = merge_on_page(another("sue"), one, other)
    assert "somebody else has to merge them" in said
    assert StewardshipTask.objects.get().assignee == ""
    merge_on_page(another("helper"), one, other)

    assert standing() == 1


# Every road on which golden records merge

JSON = {"content_type": "application/json"}


def by_a_merge_of_the_api(browser, pair):
    ids = [str(each) for each in homes(pair)]
    seen = browser.post("/api/v1/golden/client/merge/preview", {"ids": ids}, **JSON).json()
    body = {"ids": ids, "token": seen["token"], "reason": "one firm"}
    return browser.post("/api/v1/golden/client/merge", body, **JSON)


def by_a_decision_of_the_api(browser, pair):
    left, right = (
        {"system": each.system.code, "source_key": each.source_key}
        for each in (pair.left, pair.right)
    )
    body = {"left": left, "right": right, "verdict": "match", "reason": "one firm"}
    return browser.post("/api/v1/client/decisions", body, **JSON)


def are_said_to_be_one():
    return standing() == 1 or Decision.objects.live().filter(verdict="match").exists()


ROADS = [
    on_the_merge_page, on_the_pair_page, on_the_cluster_page, by_a_merge_of_the_api,
    by_a_decision_of_the_api,
]  # fmt: skip


@pytest.mark.parametrize("road", ROADS)
def test_on_no_road_one_person_merges_alone_and_the_second_one_does(road, sign_in):
    pair, first = two_that_wait(), sign_in("steward")

    road(first, pair), road(first, pair)

    assert not are_said_to_be_one()
    task = StewardshipTask.objects.get(kind="second_person")
    road(another("second"), pair)
    assert are_said_to_be_one()
    task.refresh_from_db()
    assert (task.state, task.done_by) == ("done", "user:second")


@pytest.mark.parametrize("road", [each for each in ROADS if each != on_the_cluster_page])
def test_the_second_person_may_come_by_the_page_that_the_task_leads_to(road, sign_in):
    pair = two_that_wait()
    road(sign_in("steward"), pair)
    second = another("second")

    asked = urlsplit(second.get(StewardshipTask.objects.get(kind="second_person").address()).url)

    assert second.get(asked.geturl()).status_code == 200
    by_page = {"pairs": on_the_pair_page, "client": on_the_merge_page}
    by_page[asked.path.split("/")[1]](second, pair)
    assert standing() == 1
    assert not StewardshipTask.objects.open().filter(kind="second_person").exists()


def test_a_match_run_merges_what_it_finds_however_much_hangs_on_it():
    alike = [
        record(key, legal_name="Acme Tools Ltd", tax_id="GB123456789", country="GB")
        for key in "ABC"
    ]
    golden_record(alike[0]), golden_record(alike[1])
    weighty(*alike)

    match()

    assert standing() == 1


def test_a_claim_takes_nothing_from_another_golden_record():
    pair = two_that_wait()
    one, other = golden_of(pair.left, pair.right)

    with pytest.raises(ClaimRefusedError):
        claims.claim("CRM", "client", pair.right.source_key, one, cause=cause())

    assert standing() == 2
    assert other != one


def test_what_decisions_join_is_weighed_together(sign_in):
    records = [record(key, legal_name=f"Firm {key}") for key in "ABC"]
    weighty(*records, amount=40)
    made = [golden_record(each) for each in records]
    first, second, third = (each.pk for each in records)
    review.decide(first, second, Decision.Verdict.MATCH, cause=cause(reason="one firm"))

    with pytest.raises(SecondPersonNeededError):
        review.decide(second, third, Decision.Verdict.MATCH, cause=cause(reason="one firm"))

    assert len(made) == standing()


# What the first person chose is what the second one does


def test_the_survivor_that_the_first_person_chose_goes_on(sign_in):
    one, other = two()
    chosen = max(one.pk, other.pk)
    first = sign_in("steward")
    address = f"/client/{one.pk}/merge?with={other.pk}&survivor={chosen}&plan=1"
    token = re.search(r'name="token" value="([^"]+)"', first.get(address).content.decode())[1]
    said = {"with": [str(other.pk)], "token": token, "survivor": str(chosen), "reason": "one firm"}
    first.post(f"/client/{one.pk}/merge", said)
    second = another("second")

    led = second.get(StewardshipTask.objects.get(kind="second_person").address()).url
    page = second.get(f"{led}&plan=1")
    asked = led.partition("?")[0]
    token = re.search(r'name="token" value="([^"]+)"', page.content.decode())[1]
    rest = str(min(one.pk, other.pk)) if str(chosen) in asked else str(chosen)
    second.post(asked, {"with": [rest], "token": token, "survivor": str(chosen), "reason": "same"})

    assert f'value="{chosen}" selected' in page.content.decode()
    assert GoldenRecord.objects.standing().get().pk == chosen


def test_the_values_that_the_first_person_kept_are_kept(sign_in):
    pair = two_that_wait()
    kept = pair.right.attributes["legal_name"]
    said = {"verdict": "match", "reason": "one firm", "pick-legal_name": str(pair.right_id)}
    first = sign_in("steward")
    first.post(f"/pairs/{pair.pk}", said)
    second = another("second")

    page = second.get(StewardshipTask.objects.get(kind="second_person").address(), follow=True)
    box = re.search(rf'<input[^>]*name="pick-legal_name" value="{pair.right_id}"[^>]*>',
                    page.content.decode())[0]  # fmt: skip
    on_the_pair_page(second, pair)

    assert " checked" in box
    assert standing() == 2
    second.post(f"/pairs/{pair.pk}", said)
    assert GoldenRecord.objects.standing().get().attributes["legal_name"] == kept


def test_the_parts_into_which_the_first_person_sorted_a_cluster_are_kept(sign_in):
    members = [record(f"K{number}", legal_name=f"Firm {number}") for number in range(3)]
    made, missed = golden_record(*members), record("M", legal_name="Missed")
    other = golden_record(missed)
    weighty(members[2], missed)
    parts = {f"part{each.pk}": 2 for each in (members[2], missed)}
    said = {**parts, "with": str(other.pk), "reason": "two firms"}
    first, second = sign_in("steward"), another("second")
    first.post(f"/client/{made.pk}/members", said)
    task = StewardshipTask.objects.get(kind="second_person")

    asked = parse_qs(urlsplit(second.get(task.address()).url).query)
    second.post(f"/client/{made.pk}/members", {**said, f"part{members[0].pk}": 3})

    assert [asked[name] for name in parts] == [["2"], ["2"]]
    assert len(set(golden_of(*members))) == 1
    second.post(f"/client/{made.pk}/members", said)
    homes = golden_of(*members, missed)
    assert (homes[0], homes[2]) == (homes[1], homes[3])
    assert homes[0] != homes[2]
    task.refresh_from_db()
    assert task.state == "done"


def test_what_a_merge_would_say_is_shown_before_two_people_do_it(sign_in):
    pair = two_that_wait()

    page = sign_in("steward").post(f"/pairs/{pair.pk}/preview").content.decode()

    assert "cannot be merged" not in page
    assert CrosswalkLink.objects.filter(unlinked_at=None).values("golden").distinct().count() == 2
