"""The page of a source record, and what stewards say on it."""

import pytest

from matching import decisions
from matching.models import Decision
from mdm.models import GoldenRecord, SourceRecord
from stewardship.models import StewardAction
from tests.factories import LATER, cause, golden_of, golden_record, record, send_again

pytestmark = pytest.mark.django_db

WHY = "their register says so"


@pytest.fixture
def acme():
    found = record("A", legal_name="Acme Ltd", phone="+442071234567")
    golden_record(found, record("B", legal_name="Acme Limited"))
    return found


def page_of(found):
    return f"/{found.domain}/records/{found.pk}"


def text(answer):
    return answer.content.decode()


def test_the_page_shows_values_versions_and_where_the_record_belonged(sign_in, acme):
    send_again(acme, legal_name="Acme plc")

    page = text(sign_in("steward").get(page_of(acme)))

    assert "Acme plc" in page
    assert "Version 1," in page
    assert "Version 2," in page
    assert str(golden_of(acme)[0]) in page


def test_whoever_may_not_see_all_values_does_not_see_what_was_sent(sign_in):
    person = record("P", domain="contact", family_name="Curie", emails=["m@x.com"])

    page = text(sign_in("viewer").get(page_of(person)))

    assert "Curie" not in page
    assert "m@x.com" not in page
    assert "•••" in page


def test_a_viewer_reads_no_decisions_and_changes_nothing(sign_in, acme):
    other = record("C")
    decisions.decide(acme.pk, other.pk, Decision.Verdict.NO_MATCH, reason="homonyms", cause=cause())
    viewer = sign_in("viewer")

    page = text(viewer.get(page_of(acme)))
    answer = viewer.post(page_of(acme), {"action": "isolate", "reason": WHY})

    assert "homonyms" not in page
    assert "Keep it out of matching" not in page
    assert answer.status_code == 403
    assert "homonyms" in text(sign_in("steward").get(page_of(acme)))


def test_a_withdrawn_record_has_no_say_until_that_is_undone(sign_in, acme):
    steward = sign_in("steward")

    said = {"action": "condition", "condition": "withdrawn", "reason": WHY}
    assert steward.post(page_of(acme), said).status_code == 302
    assert GoldenRecord.objects.get().attributes["legal_name"] == "Acme Limited"

    action = StewardAction.objects.get(kind="condition")
    steward.post(f"/actions/{action.pk}/undo")
    acme.refresh_from_db()
    assert acme.condition == ""
    assert GoldenRecord.objects.get().attributes["phone"] == "+442071234567"


def test_a_record_is_kept_out_of_matching_and_let_in_again(sign_in, acme):
    steward = sign_in("steward")

    steward.post(page_of(acme), {"action": "isolate", "reason": WHY})
    assert SourceRecord.objects.get(pk=acme.pk).isolated
    assert "Let it be matched again" in text(steward.get(page_of(acme)))

    steward.post(f"/actions/{StewardAction.objects.get().pk}/undo")
    assert not SourceRecord.objects.get(pk=acme.pk).isolated


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"action": "isolate"}, "This field is required"),
        ({"action": "readmit", "reason": WHY}, "it is so already"),
        ({"action": "condition", "condition": "", "reason": WHY}, "it is so already"),
        ({"action": "condition", "condition": "tired", "reason": WHY}, "not one of the available"),
    ],
)
def test_what_cannot_be_said_is_told_and_changes_nothing(sign_in, acme, said, told):
    answer = sign_in("steward").post(page_of(acme), said)

    assert told in text(answer)
    assert not StewardAction.objects.exists()


def test_the_page_asks_the_database_few_questions(sign_in, acme, django_assert_max_num_queries):
    for number in range(5):
        send_again(acme, at=LATER, legal_name=f"Acme {number}")
    steward = sign_in("steward")
    with django_assert_max_num_queries(12):
        steward.get(page_of(acme))
