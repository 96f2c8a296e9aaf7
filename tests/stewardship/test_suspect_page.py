"""The page of a suspect cluster: split by a person, or found to be fine."""

import pytest

from stewardship import deciding
from tests.factories import golden_of, golden_record, record
from tests.stewardship.waiting import suspect_of

pytestmark = pytest.mark.django_db


def text(answer):
    return answer.content.decode()


def test_a_suspect_cluster_is_split_where_a_person_draws_the_line(steward):
    one, two, three = (record(key, legal_name=f"Firm {key}") for key in "ABC")
    suspect = suspect_of(golden_record(one, two, three), [[one.pk], [two.pk, three.pk]])

    page = text(steward.get(f"/suspects/{suspect.pk}", {f"part{two.pk}": 1, "plan": 1}))
    steward.post(
        f"/suspects/{suspect.pk}",
        {
            f"part{one.pk}": 1,
            f"part{two.pk}": 1,
            f"part{three.pk}": 2,
            "reason": "two firms",
            "action": "split",
        },
    )

    assert "CRM:A, CRM:B" in page
    homes = golden_of(one, two, three)
    assert homes[0] == homes[1] != homes[2]


def test_a_suspect_cluster_may_be_fine(steward):
    one, two = record("A"), record("B")
    suspect = suspect_of(golden_record(one, two), [[one.pk], [two.pk]])

    steward.post(f"/suspects/{suspect.pk}", {"action": "fine", "reason": "checked"})

    suspect.refresh_from_db()
    assert (suspect.fine_because, len(set(golden_of(one, two)))) == ("checked", 1)


def test_a_verdict_that_no_page_offers_is_none(steward):
    parts = [record("A"), record("B")]
    suspect = suspect_of(golden_record(*parts), [[each.pk] for each in parts])

    assert steward.post(f"/suspects/{suspect.pk}", {"action": "other"}).status_code == 404


def test_a_large_suspect_cluster_shows_its_bridges_and_says_how_many_more(steward, monkeypatch):
    monkeypatch.setattr(deciding, "MOST", 2)
    one, two, three = (record(key) for key in "ABC")
    suspect = suspect_of(golden_record(one, two, three), [[one.pk], [two.pk, three.pk]])

    page = " ".join(text(steward.get(f"/suspects/{suspect.pk}")).split())

    assert "And 1 more" in page
    assert page.count("<small>bridge</small>") == 2
