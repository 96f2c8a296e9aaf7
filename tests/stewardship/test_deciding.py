import re

import pytest

from matching import decisions
from matching.models import ClusterDecision, Decision
from mdm.models import GoldenRecord, Override, OwnershipRule
from stewardship.models import StewardAction, StewardshipTask
from tests.factories import LATER, cause, golden_of, golden_record, ownership, record
from tests.stewardship.waiting import suspect_of, waiting_pair

pytestmark = pytest.mark.django_db


def text(answer):
    return answer.content.decode()


def token_in(page):
    return re.search(r'name="token" value="([^"]+)"', page)[1]


@pytest.fixture
def two():
    ownership("client", "ERP", "CRM")
    return (
        golden_record(record("A", legal_name="Acme Ltd", phone="+1")),
        golden_record(record("1", source="ERP", legal_name="Acme Limited")),
    )


def test_a_merge_is_previewed_with_both_records_and_what_they_become(steward, two):
    first, second = two

    page = text(steward.get(f"/client/{first.pk}/merge", {"with": second.pk, "plan": 1}))

    assert "Acme Ltd" in page
    assert "CRM:A, ERP:1" in page
    assert f"{second.pk}</span> will lead to" in page
    assert GoldenRecord.objects.standing().count() == 2


@pytest.mark.parametrize(("on_breach", "standing"), [("reject", 2), ("ignore", 1)])
def test_a_value_that_its_owner_lets_nobody_write_is_not_chosen_with_a_merge(
    steward, on_breach, standing
):
    ownership("client", "ERP", attribute="legal_name")
    OwnershipRule.objects.update(on_breach=on_breach)
    pair = waiting_pair()
    said = {"verdict": "match", "reason": "one firm", "pick-legal_name": str(pair.right_id)}

    page = text(steward.post(f"/pairs/{pair.pk}", said, follow=True))

    assert GoldenRecord.objects.standing().count() == standing
    assert ("lets nobody else write it" in page) == (standing == 2)


def test_the_page_does_not_wait_for_what_would_happen(steward, two):
    first, second = two
    page = text(steward.get(f"/client/{first.pk}/merge", {"with": [second.pk]}))

    (later,) = re.findall(r'id="plan" class="later" hx-get="([^"]+)"', page)
    assert 'name="token"' not in page
    assert 'id="plan"' in text(steward.get(later.replace("&amp;", "&")))
    assert f'<noscript><p><a class="btn" href="{later}">' in page


def test_another_record_to_merge_with_is_found_by_search(steward, two):
    first, second = two

    page = text(steward.get(f"/client/{first.pk}/merge", {"q": "limited"}))

    assert f"with={second.pk}" in page


def test_what_was_previewed_is_merged_and_the_record_opens(steward, two):
    first, second = two
    address = f"/client/{first.pk}/merge"
    token = token_in(text(steward.get(address, {"with": second.pk, "plan": 1})))

    answer = steward.post(
        address, {"with": second.pk, "token": token, "reason": "same register"}, follow=True
    )

    assert "Undo" in text(answer)
    assert "Acme Limited" in text(answer)
    assert ClusterDecision.objects.get().reason == "same register"


def test_a_stale_preview_changes_nothing_and_shows_a_new_one(steward, two):
    first, second = two

    answer = steward.post(
        f"/client/{first.pk}/merge", {"with": second.pk, "token": "old"}, follow=True
    )

    assert "Nothing was changed" in text(answer)
    assert GoldenRecord.objects.standing().count() == 2


def test_a_record_is_taken_out_after_its_itinerary_was_shown(steward):
    one, two = record("A", legal_name="Acme"), record("B", legal_name="Beta")
    made = golden_record(one, two)
    address = f"/client/{made.pk}/take-out"

    page = text(steward.get(address, {"record": two.pk, "plan": 1}))
    steward.post(
        address,
        {"record": two.pk, "token": token_in(page), "reason": "another firm", "apart": "on"},
    )

    assert "under a new id" in page
    assert len(set(golden_of(one, two))) == 2
    assert ClusterDecision.objects.get().verdict == "no_match"


def test_a_record_that_no_merge_brought_cannot_be_taken_out_as_a_tree(steward):
    one, two = record("A"), record("B")
    made = golden_record(one, two)

    page = text(
        steward.get(f"/client/{made.pk}/take-out", {"record": two.pk, "mode": "tree", "plan": 1})
    )

    assert "no merge brought this record" in page


def test_my_last_actions_can_be_undone_and_those_of_others_cannot(steward, two, sign_in):
    first, second = two
    address = f"/client/{first.pk}/merge"
    token = token_in(text(steward.get(address, {"with": second.pk, "plan": 1})))
    steward.post(address, {"with": second.pk, "token": token, "reason": "x"})
    action = StewardAction.objects.get()

    assert sign_in("steward", "viewer").post(f"/actions/{action.pk}/undo").status_code == 403
    page = text(steward.post(f"/actions/{action.pk}/undo", follow=True))

    assert "Undone: merged" in page
    assert GoldenRecord.objects.standing().count() == 2


def test_a_pair_shows_what_differs_and_why_and_takes_a_verdict(steward):
    pair = waiting_pair()

    page = text(steward.get(f"/pairs/{pair.pk}"))
    answer = steward.post(
        f"/pairs/{pair.pk}",
        {"verdict": "no_match", "reason_code": "namesake", "reason": "two firms"},
        follow=True,
    )

    assert "differs" in page
    assert "Kept apart for good" in text(answer)
    made = Decision.objects.get()
    assert (made.verdict, made.reason_code, made.reason) == ("no_match", "namesake", "two firms")


def earlier(page):
    """The earlier decisions on the page of a pair, in its order."""
    return re.findall(r"<li>(.+?)</li>", page.partition("Earlier decisions</h2>")[2])


def test_the_page_of_a_pair_tells_of_decisions_on_groups_newest_first(
    steward, django_assert_max_num_queries
):
    pair = waiting_pair()
    address = f"/pairs/{pair.pk}"
    steward.post(address, {"verdict": "match", "reason": "one firm"})
    steward.post(f"/actions/{StewardAction.objects.get().pk}/undo")
    steward.post(address, {"verdict": "unsure", "reason": "who knows"})
    steward.post(address, {"verdict": "match", "reason": "a letter says so"})
    taken_out = f"/client/{golden_of(pair.left)[0]}/take-out"
    asked = {"record": pair.right_id}
    token = token_in(text(steward.get(taken_out, {**asked, "plan": 1})))
    steward.post(taken_out, {**asked, "token": token, "reason": "two firms", "apart": "on"})

    with django_assert_max_num_queries(12):
        page = text(steward.get(address))

    verdicts = [re.match(r"(.+) by (\w+), .+?: (.+)", each).groups() for each in earlier(page)]
    assert [(verdict, why.split(" (")[0]) for verdict, _, why in verdicts] == [
        ("Two things", "two firms"),
        ("One thing", "a letter says so"),
        ("Unsure", "who knows"),
        ("One thing", "one firm"),
    ]
    assert {by for _, by, _ in verdicts} == {"steward"}
    assert ["(no longer holds)" in each for each in earlier(page)] == [False, True, False, True]


def test_groups_that_say_nothing_of_the_two_are_not_on_the_page_of_a_pair(steward):
    pair = waiting_pair()
    both, other = (pair.left_id, pair.right_id), record("C").pk
    match, no_match = ClusterDecision.Verdict
    for sides, verdict in [([both], match), ([both, (other,)], no_match)]:
        decisions.decide_groups("client", sides, verdict, reason=f"{len(sides)}", cause=cause())
    decisions.decide_groups("client", [(other,), (record("D").pk,)], no_match, cause=cause())

    (only,) = earlier(text(steward.get(f"/pairs/{pair.pk}")))

    assert only.startswith("One thing")


def test_the_inbox_leads_to_each_pair_that_waits(steward):
    pair = waiting_pair()
    StewardshipTask.objects.create(
        kind="match_review",
        domain="client",
        subject=pair.pk,
        summary="1.5 bits",
        correlation_id="ts-test",
        opened_at=LATER,
    )

    page = text(steward.get("/inbox"))

    assert f"/pairs/{pair.pk}" in page


def test_a_value_is_pinned_with_a_reason_and_unpinned_by_undo(steward, two):
    first, _ = two
    address = f"/client/{first.pk}/pin/legal_name"

    steward.post(address, {"value": "Acme plc", "reason": "register extract"})
    first.refresh_from_db()
    pinned = first.attributes["legal_name"]
    steward.post(f"/actions/{StewardAction.objects.get().pk}/undo")

    first.refresh_from_db()
    assert pinned == "Acme plc"
    assert first.attributes["legal_name"] == "Acme Ltd"


def test_a_pin_without_a_reason_or_with_nonsense_says_what_to_do(steward, two):
    address = f"/client/{two[0].pk}/pin/lei"

    page = text(steward.post(address, {"value": "nonsense", "reason": ""}))
    nonsense = text(steward.post(address, {"value": "nonsense", "reason": "x"}))

    assert "This field is required" in page
    assert 'role="alert"' in nonsense


@pytest.mark.parametrize(("action", "name"), [("keep", "Acme plc"), ("end", "Acme Ltd")])
def test_a_contested_pin_is_kept_or_ended(steward, two, action, name):
    steward.post(f"/client/{two[0].pk}/pin/legal_name", {"value": "Acme plc", "reason": "x"})
    override = Override.objects.get()

    page = text(steward.get(f"/pins/{override.pk}"))
    assert steward.post(f"/pins/{override.pk}", {"action": "other"}).status_code == 404
    after = text(steward.post(f"/pins/{override.pk}", {"action": action}, follow=True))

    two[0].refresh_from_db()
    assert "Acme Ltd" in page
    assert two[0].attributes["legal_name"] == name
    assert (f"/actions/{StewardAction.objects.latest('pk').pk}/undo" in after) == (action == "end")


@pytest.mark.parametrize("kind", StewardshipTask.Kind.values)
def test_the_inbox_shows_every_kind_of_task(steward, kind):
    subject = golden_record().pk if kind == "contested_rate" else 1
    StewardshipTask.objects.create(
        kind=kind, domain="client", subject=subject, summary="So", opened_at=LATER
    )

    assert steward.get("/inbox").status_code == 200


def test_whoever_is_no_steward_may_not_decide(sign_in, two):
    first, second = two
    viewer = sign_in("viewer")

    for address in (f"/client/{first.pk}/merge", f"/client/{first.pk}/take-out", "/inbox"):
        assert viewer.get(address).status_code == 403
    assert viewer.post(f"/client/{first.pk}/merge", {"with": second.pk}).status_code == 403


def test_what_was_typed_and_chosen_is_kept_when_a_preview_is_outdated(steward, two):
    first, second = two
    one = record("X", source="HR")
    whole = golden_record(record("Y"), one)

    merge = text(
        steward.post(
            f"/client/{first.pk}/merge", {"with": second.pk, "token": "old", "reason": "same firm"}
        )
    )
    take_out = text(
        steward.post(
            f"/client/{whole.pk}/take-out", {"record": one.pk, "token": "old", "reason": "two"}
        )
    )

    assert ">same firm</textarea>" in merge
    assert ">two</textarea>" in take_out
    assert 'name="apart">' in take_out
    assert 'name="apart" checked>' in text(
        steward.get(f"/client/{whole.pk}/take-out", {"record": one.pk, "plan": 1})
    )


def test_a_form_sets_aside_only_decisions_on_the_records_at_hand(steward, two):
    first, second = two
    others = record("X"), record("Y")
    foreign = decisions.decide(
        others[0].pk, others[1].pk, Decision.Verdict.NO_MATCH, cause=cause(at=LATER)
    )
    said = {"with": second.pk, "supersede": f"pair-{foreign.pk}"}
    token = token_in(text(steward.get(f"/client/{first.pk}/merge", {**said, "plan": 1})))

    steward.post(f"/client/{first.pk}/merge", {**said, "token": token, "reason": "one firm"})

    foreign.refresh_from_db()
    assert foreign.superseded_at is None
    assert GoldenRecord.objects.standing().count() == 1


@pytest.mark.parametrize("seen", ["", "x", "1.2-3", "bm9uZQ", "W3sieCI6MX0sInkiXQ"])
def test_what_a_form_forges_counts_as_changed(steward, two, seen):
    first, second = two
    waiting = waiting_pair("forged")

    pair = text(steward.post(f"/pairs/{waiting.pk}", {"verdict": "unsure", "seen": seen}))
    merge = text(
        steward.post(f"/client/{first.pk}/merge", {"with": second.pk, "token": seen, "reason": "x"})
    )

    assert "since you looked" in pair
    assert "Nothing was changed" in merge


def test_digits_that_are_no_number_name_nothing(steward, two, sign_in):
    first, _ = two
    suspect = suspect_of(first, [[first.links.get().record_id]] * 2)

    answers = [
        steward.get(f"/client/{first.pk}/take-out", {"record": "²"}),
        steward.get(f"/client/{first.pk}/merge", {"supersede": "pair-²"}),
        steward.get(f"/client/{first.pk}/members", {f"part{first.links.get().record_id}": "²"}),
        steward.get(f"/suspects/{suspect.pk}", {f"part{first.links.get().record_id}": "²"}),
        steward.post("/feeds/quarantine", {"row": "²", "action": "resubmit"}),
        sign_in("domain-owner").get("/reports/ownership", {"page": "²"}),
    ]

    assert {answer.status_code // 100 for answer in answers} <= {2, 3, 4}


def test_decisions_and_people_are_told_in_words(steward, two):
    first, second = two
    made = decisions.decide(
        *(each.links.get().record_id for each in two), Decision.Verdict.NO_MATCH, cause=cause()
    )

    page = text(
        steward.get(
            f"/client/{first.pk}/merge",
            {"with": second.pk, "supersede": f"pair-{made.pk}", "plan": 1},
        )
    )

    assert "No longer holds: CRM:A and ERP:1: not a match, says ann, 1 Jun 2026" in page
    assert "user:" not in page
