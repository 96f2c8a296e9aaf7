"""A change of ownership in the browser: asked for, looked at, approved, reverted."""

import pytest
from django.contrib.auth.models import User

from mdm import work
from mdm.models import OwnershipRequest, OwnershipRule
from tests.factories import golden_record, ownership, record

pytestmark = pytest.mark.django_db

VAT, OTHER = "GB123456789", "GB987654321"
ASKED = {"domain": "client", "attribute": "tax_id", "systems": "ERP", "accountable": "finance",
         "reason": "books decide"}  # fmt: skip


@pytest.fixture
def home():
    ownership("client", "CRM", "ERP")
    return golden_record(record("A", tax_id=VAT), record("1", source="ERP", tax_id=OTHER))


def text(answer):
    return answer.content.decode()


def test_a_domain_owner_asks_finance_approves_and_it_is_reverted_by_another_request(sign_in, home):
    owner, finance = sign_in("domain-owner"), sign_in("finance")
    OwnershipRule.objects.update(accountable="finance")

    page = text(owner.post("/ownership", ASKED, follow=True))
    assert "books decide" in page
    assert "being computed" in page
    work.drain()
    made = OwnershipRequest.objects.get()
    page = text(finance.get(f"/ownership/{made.pk}"))
    assert "CRM → ERP" in page
    assert VAT in page
    assert OTHER in page
    assert "applied" in text(
        finance.post(f"/ownership/{made.pk}", {"action": "approve"}, follow=True)
    )
    assert OwnershipRule.objects.of("client").filter(attribute="tax_id").exists()

    finance.post(f"/ownership/{made.pk}", {"action": "revert", "reason": "was wrong"})

    assert OwnershipRequest.objects.latest("pk").reverts == made


def test_nobody_approves_their_own_request_not_even_a_superuser(sign_in, home):
    owner = sign_in("domain-owner", is_superuser=True)
    owner.post("/ownership", ASKED)
    work.drain()
    made = OwnershipRequest.objects.get()

    page = text(owner.post(f"/ownership/{made.pk}", {"action": "approve", "reason": "I say so"}))

    assert "somebody else than who asked" in page
    assert ">I say so</textarea>" in page
    assert OwnershipRequest.objects.get().state == "open"


def test_a_sample_hides_values_from_whoever_may_not_see_them(sign_in, home):
    sign_in("domain-owner").post("/ownership", ASKED)
    work.drain()
    blind = sign_in()
    person = User.objects.get(username="nobody")
    from_reports = person.user_permissions.model.objects.filter(
        codename__in=["view_reports", "view_client"]
    )
    person.user_permissions.set(from_reports)

    page = text(blind.get(f"/ownership/{OwnershipRequest.objects.get().pk}"))

    assert VAT not in page
    assert "•••" in page


def test_what_is_refused_is_said_and_kept_in_the_form(sign_in, home):
    page = text(sign_in("finance").post("/ownership", {**ASKED, "systems": "XYZ"}))

    assert "no source system" in page
    assert "books decide" in page


@pytest.mark.parametrize("role", ["auditor", "administrator"])
def test_who_may_only_look_asks_for_nothing(sign_in, home, role):
    person = sign_in(role)

    assert person.get("/ownership").status_code == 200
    assert person.post("/ownership", ASKED).status_code == 403
