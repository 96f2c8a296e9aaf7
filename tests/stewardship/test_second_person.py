"""The task that asks for a second person: on its page as any other, declined, and led on from."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from mdm.models import Event
from stewardship.models import MergeConsent, StewardshipTask
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
)
from tests.stewardship.waiting import review

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("limit")]


def asked():
    return StewardshipTask.objects.get(kind="second_person")


@pytest.mark.parametrize("road", [on_the_merge_page, on_the_pair_page, on_the_cluster_page])
def test_the_page_that_the_task_leads_to_has_it_and_leads_on(road, sign_in):
    road(sign_in("steward"), two_that_wait())
    task = asked()

    answer = another("second").get(f"{task.address()}?inbox=domain%3Dclient", follow=True)
    page = answer.content.decode()

    assert f'action="/inbox/{task.pk}"' in page
    assert "<strong>steward</strong> would merge these" in page
    assert f"~{task.pk}" in re.search(r'href="(/inbox/next[^"]*)"', page)[1].replace("%7E", "~")


def test_after_the_second_person_has_merged_the_next_task_comes(sign_in):
    one, other = two()
    merge_on_page(sign_in("steward"), one, other)
    task, later, second = asked(), review("Later"), another("second")
    address = second.get(task.address()).url
    page = second.get(f"{address}&plan=1").content.decode()
    token = re.search(r'name="token" value="([^"]+)"', page)[1]
    rest = parse_qs(urlsplit(address).query)["with"]

    answer = second.post(address, {"with": rest, "token": token, "reason": "one firm"})

    assert standing() == 3  # what it became, and the two that wait
    assert answer.url.startswith(later.address())


def test_a_second_person_who_decides_on_the_pair_leaves_no_task_of_it_behind(sign_in):
    pair = two_that_wait()
    review_of = StewardshipTask.objects.create(
        kind="match_review", domain="client", subject=str(pair.pk), summary="",
        correlation_id="ts-test", opened_at=pair.run.started_at,
    )  # fmt: skip
    on_the_pair_page(sign_in("steward"), pair)
    task, second = asked(), another("second")

    second.post(f"/pairs/{pair.pk}?consent={task.subject}", {"verdict": "match", "reason": "one"})

    assert standing() == 1
    assert not StewardshipTask.objects.open().filter(pk__in=[task.pk, review_of.pk]).exists()


def test_a_second_person_declines_with_a_reason_and_nobody_is_asked_any_more(sign_in):
    on_the_pair_page(sign_in("steward"), two_that_wait())
    task, second = asked(), another("second")

    refused = second.post(task.address(), {"reason": " "}, follow=True).content.decode()
    assert "Say why not" in refused
    second.post(task.address(), {"reason": "two branches"})

    task.refresh_from_db()
    assert (task.state, task.done_by) == ("done", "user:second")
    assert Event.objects.get(type="stewardship_task.declined").reason == "two branches"
    assert standing() == 2


def test_who_comes_too_late_to_decline_is_told_so(sign_in):
    on_the_pair_page(sign_in("steward"), two_that_wait())
    task, second, third = asked(), another("second"), another("third")
    second.post(task.address(), {"reason": "two branches"})

    page = third.post(task.address(), {"reason": "two branches"}, follow=True).content.decode()

    assert "Somebody was quicker" in page
    assert Event.objects.filter(type="stewardship_task.declined").count() == 1


def test_whoever_wants_it_again_after_it_was_declined_has_it_asked_again(sign_in):
    pair, first = two_that_wait(), sign_in("steward")
    on_the_pair_page(first, pair)
    another("second").post(asked().address(), {"reason": "two branches"})

    on_the_pair_page(first, pair)

    assert StewardshipTask.objects.open().filter(kind="second_person").count() == 1


def test_whoever_takes_their_own_wish_back_is_no_longer_one_of_the_two(sign_in):
    pair, first = two_that_wait(), sign_in("steward")
    on_the_pair_page(first, pair)
    first.post(asked().address(), {"reason": "a mistake of mine"})

    on_the_pair_page(another("second"), pair)

    assert standing() == 2
    assert MergeConsent.objects.get().given_by == "user:second"


def test_whoever_is_unsure_or_moves_nothing_leaves_the_task_for_another_person(sign_in):
    pair = two_that_wait()
    on_the_pair_page(sign_in("steward"), pair)
    task, second = asked(), another("second")

    second.post(f"/pairs/{pair.pk}?consent={task.subject}", {"verdict": "unsure"})
    one, other = homes(pair)
    apart = {f"part{pair.left_id}": "1", f"part{pair.right_id}": "2", "with": str(other)}
    answer = second.post(
        f"/client/{one}/members?consent={task.subject}", {**apart, "reason": "as they are"}
    )

    assert answer.url == f"/client/{one}"
    task.refresh_from_db()
    assert task.state == "open"


def test_whoever_opens_a_wish_that_was_declined_is_told_by_whom(sign_in):
    one, other = two()
    merge_on_page(sign_in("steward"), one, other)
    task = asked()
    another("second").post(task.address(), {"reason": "two branches"})

    page = another("third").get(task.address(), follow=True).content.decode()

    assert "<strong>second</strong> settled this" in page


def test_a_wish_for_records_of_another_domain_is_not_told(sign_in):
    pair = two_that_wait()
    on_the_pair_page(sign_in("steward"), pair)
    MergeConsent.objects.update(domain="contact")

    page = another("second").get(f"/pairs/{pair.pk}?consent={MergeConsent.objects.get().pk}")

    assert "would merge these" not in page.content.decode()
