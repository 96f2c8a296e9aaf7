"""What another system proposes of an owned value waits for a steward, and is taken or declined."""

import pytest
from django.contrib.auth.models import User

from mdm import golden, work
from mdm.models import Event, OwnershipBreach, OwnershipRule
from stewardship import correcting, regret
from stewardship.models import StewardAction, StewardshipTask
from tests.factories import LATER, cause, golden_record, match, ownership, record, send_again

pytestmark = pytest.mark.django_db

VAT, OTHER, THIRD = "GB123456789", "GB980780684", "GB987654321"


@pytest.fixture
def crm():
    """A CRM record in a golden record whose tax number the ERP owns; changes are proposed."""
    ownership("client", "CRM", "ERP")
    ownership("client", "ERP", attribute="tax_id")
    OwnershipRule.objects.filter(attribute="tax_id").update(on_breach="propose", steward="sue")
    found, erp = record("A", tax_id=VAT), record("1", source="ERP", tax_id=VAT)
    golden_record(found, erp)
    return found


def proposed(crm, value=OTHER):
    send_again(crm, legal_name="Client A", tax_id=value)
    work.drain()
    return OwnershipBreach.objects.latest("pk")


def task(breach):
    return StewardshipTask.objects.get(kind="proposed_change", subject=str(breach.pk))


def test_a_breach_that_proposes_opens_a_task_for_the_steward_of_the_rule(crm):
    User.objects.create_user("sue")

    opened = task(proposed(crm))

    assert opened.state == "open"
    assert opened.assignee == "sue"
    assert opened.systems == ["CRM"]
    assert OTHER not in opened.summary


@pytest.mark.parametrize("left", [True, False])
def test_the_deputy_stands_in_for_a_steward_who_does_not_sign_in(crm, left):
    OwnershipRule.objects.filter(attribute="tax_id").update(deputy="dan")
    User.objects.create_user("dan")
    if left:
        User.objects.create_user("sue", is_active=False)

    assert task(proposed(crm)).assignee == "dan"


def test_nobody_is_given_what_a_name_without_a_login_answers_for(crm):
    assert task(proposed(crm)).assignee == ""


def test_a_steward_takes_the_proposed_value_and_takes_that_back(sign_in, crm):
    breach = proposed(crm)
    steward = sign_in("steward")
    page = steward.get(f"/proposals/{breach.pk}").content.decode()
    assert OTHER in page
    assert VAT in page

    steward.post(f"/proposals/{breach.pk}", {"action": "take"})

    made = crm.links.get(unlinked_at=None).golden
    assert made.attributes["tax_id"] == OTHER
    assert task(breach).state == "done"
    regret.undo(StewardAction.objects.get().pk, cause=cause(at=LATER, by="user:steward"))
    made.refresh_from_db()
    assert made.attributes["tax_id"] == VAT


def test_keeping_what_the_owner_says_needs_a_reason_and_changes_nothing(sign_in, crm):
    breach = proposed(crm)
    steward = sign_in("steward")

    refused = steward.post(f"/proposals/{breach.pk}", {"action": "keep"}, follow=True)
    assert "say why" in refused.content.decode()
    assert steward.post(f"/proposals/{breach.pk}", {"action": "other"}).status_code == 404
    assert task(breach).state == "open"
    steward.post(f"/proposals/{breach.pk}", {"action": "keep", "reason": "checked with HMRC"})

    assert task(breach).state == "done"
    assert Event.objects.get(type="stewardship_task.declined").reason == "checked with HMRC"
    assert crm.links.get(unlinked_at=None).golden.attributes["tax_id"] == VAT


@pytest.mark.parametrize("value", [VAT, THIRD])
def test_a_task_closes_itself_once_its_system_says_something_else(crm, value):
    breach = proposed(crm)

    send_again(crm, legal_name="Client A", tax_id=value)
    match()

    assert task(breach).state == "done"


def test_a_task_closes_itself_once_the_owner_agrees(crm):
    breach = proposed(crm)
    home = crm.links.get(unlinked_at=None).golden
    erp = home.links.exclude(record=crm).get().record

    send_again(erp, legal_name="Client 1", tax_id=OTHER)
    golden.rebuild("client", [home.pk], cause=cause(at=LATER))
    match()

    assert task(breach).state == "done"


def test_a_person_who_pins_the_same_value_settles_it(crm):
    breach = proposed(crm)
    home = crm.links.get(unlinked_at=None).golden

    correcting.pin(home.pk, "tax_id", OTHER, cause=cause(at=LATER, reason="seen the paper"))
    work.drain()

    assert task(breach).state == "done"


def test_the_inbox_and_the_golden_record_lead_to_it(sign_in, crm):
    breach = proposed(crm)
    steward = sign_in("steward")
    home = crm.links.get(unlinked_at=None).golden_id

    assert f"/proposals/{breach.pk}" in steward.get("/inbox").content.decode()
    assert f"/proposals/{breach.pk}" in steward.get(f"/client/{home}").content.decode()


@pytest.mark.parametrize("role", ["viewer", "finance", "auditor"])
def test_only_stewards_decide_on_it(sign_in, crm, role):
    assert sign_in(role).post(f"/proposals/{proposed(crm).pk}").status_code == 403


def test_the_golden_record_says_who_owns_each_value_and_who_answers_for_it(sign_in, crm):
    page = sign_in("viewer").get(f"/client/{crm.links.get().golden_id}").content.decode()

    assert "Owner: ERP" in page
    assert "Steward: sue" in page
    assert "by the rule of its domain" in page
