import re
from uuid import uuid4

import pytest

from matching.models import MatchPair
from mdm import golden
from mdm.golden import Merge
from mdm.models import GoldenRecord
from stewardship import cluster_pages, evidence
from stewardship.models import StewardAction
from tests.factories import LATER, cause, golden_of, golden_record, record
from tests.stewardship.waiting import waiting_pair

pytestmark = pytest.mark.django_db


def text(answer):
    return answer.content.decode()


def test_six_members_are_sorted_with_a_missed_one_in_one_save_and_one_undo(steward):
    members = [record(f"K{number}", legal_name=f"Firm {number}") for number in range(6)]
    made, missed = golden_record(*members), record("M", legal_name="Missed")
    other = golden_record(missed)
    parts = {f"part{each.pk}": 1 + number // 3 for number, each in enumerate(members)}
    address = f"/client/{made.pk}/members"

    steward.post(address, {**parts, f"part{missed.pk}": 2, "with": other.pk, "reason": "two firms"})
    homes = golden_of(*members, missed)
    steward.post(f"/actions/{StewardAction.objects.latest('pk').pk}/undo")

    assert len(set(homes[:3])) == len(set(homes[3:])) == 1
    assert homes[0] != homes[3]
    assert [len(set(golden_of(*members))), *golden_of(missed)] == [1, other.pk]


def test_a_bridge_is_marked_in_the_drawing_and_in_the_table(steward):
    pair = waiting_pair()
    one, other = golden_of(pair.left, pair.right)

    page = text(steward.get(f"/client/{one}/members", {"with": other}))

    assert "graph-bridge" in page
    assert "nothing else holds the two sides together" in page


def test_a_missed_record_is_found_by_search(steward):
    made = golden_record(record("A", legal_name="Acme"))
    other = golden_record(record("B", legal_name="Beta Partners"))

    page = text(steward.get(f"/client/{made.pk}/members", {"q": "beta"}))

    assert f"with={other.pk}" in page
    assert GoldenRecord.objects.standing().count() == 2


def test_members_that_the_page_does_not_show_stay_in_the_first_part(steward, monkeypatch):
    monkeypatch.setattr(cluster_pages, "MOST", 2)
    members = [record(f"K{number}", legal_name=f"Firm {number}") for number in range(4)]
    made = golden_record(*members)

    said = {f"part{members[1].pk}": 2, "reason": "two firms"}
    answer = steward.post(f"/client/{made.pk}/members", said)

    homes = golden_of(*members)
    assert answer.status_code == 302
    assert homes[0] == homes[2] == homes[3] != homes[1]


def test_nothing_is_saved_about_members_that_joined_since_the_page_was_shown(steward):
    members = [record(f"K{number}", legal_name=f"Firm {number}") for number in range(2)]
    made = golden_record(*members)
    address = f"/client/{made.pk}/members"
    seen = re.search(r'name="seen" value="([^"]+)"', text(steward.get(address)))[1]
    golden.merge(
        "client",
        [Merge(frozenset({made.pk, golden_record(record("N")).pk}), "match")],
        cause=cause(at=LATER),
    )

    said = {f"part{members[1].pk}": 2, "seen": seen, "reason": "two firms"}
    page = text(steward.post(address, said))

    assert "Nothing was changed" in page
    assert ">two firms</textarea>" in page
    assert '<option value="2" selected>part 2</option>' in page
    assert len(set(golden_of(*members))) == 1


def test_what_is_no_golden_record_of_the_domain_is_never_regrouped(steward):
    made = golden_record(record("A"))
    contact = golden_record(record("C", domain="contact", family_name="Fox"))
    address = f"/client/{made.pk}/members"

    pages = [
        text(steward.post(address, {"with": str(each), "reason": "one firm"}))
        for each in (contact.pk, uuid4())
    ]

    assert all("Nothing was changed" in page for page in pages)
    assert not StewardAction.objects.exists()


def test_bridges_are_found_in_one_walk_however_large_the_cluster_is():
    ring = [(number, number + 1) for number in range(1, 3000)] + [(1, 3000)]
    tail = [(3000, 3001), (3001, 3002)]

    assert evidence.bridges([*ring, *tail]) == set(tail)
    assert evidence.bridges([(1, 2), (2, 3), (1, 3), (3, 4), (4, 5), (4, 6), (5, 6)]) == {(3, 4)}


def test_of_very_many_pairs_the_strongest_are_shown_and_every_bridge(steward, monkeypatch):
    monkeypatch.setattr(evidence, "MOST", 2)
    pair = waiting_pair()
    members = [pair.left, pair.right, record("C"), record("D")]
    made = golden_record(*members[2:])
    golden.merge(
        "client",
        [Merge(frozenset([*golden_of(pair.left, pair.right), made.pk]), "steward")],
        cause=cause(),
    )
    for weight, (left, right) in zip((9.0, 8.0, 1.0), ((0, 2), (1, 2), (2, 3)), strict=True):
        ends = {"left_id": members[left].pk, "right_id": members[right].pk}
        MatchPair.objects.create(**fields_of(pair), **ends, match_weight=weight)

    edges, weaker = evidence.edges_between([each.pk for each in members])
    page = text(steward.get(f"/client/{golden_of(pair.left)[0]}/members"))

    assert [each.match_weight for each in edges] == [9.0, 8.0, 1.0]
    assert weaker == 1
    assert "And 1 weaker pair that is no bridge." in page


def fields_of(pair):
    names = ("domain", "run", "left_version", "right_version", "levels", "weights", "found_by")
    return {name: getattr(pair, name) for name in (*names, "state")}
