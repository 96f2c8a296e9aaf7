"""The same person, asked for by every door of the hub."""

import pytest
from django.contrib.auth.models import User

from mdm.governance import access
from mdm.models import FeedRow
from tests.factories import batch, feed, golden_record, record

pytestmark = pytest.mark.django_db

PERSON = {
    "given_name": "Zebulon",
    "family_name": "Quackenbush",
    "emails": ["zeb@quack.example"],
    "phones": ["+441632960123"],
    "date_of_birth": "1980-02-29",
    "role": "Buyer",
}
PERSONAL = ("Zebulon", "Quackenbush", "zeb@quack.example", "960123", "960 123", "1980")


@pytest.fixture
def made():
    return golden_record(
        record("P", domain="contact", **PERSON),
        record("7", source="ERP", domain="contact", **PERSON),
    )


@pytest.fixture
def doors(made):
    row = FeedRow.objects.create(
        batch=batch(feed(domain="contact", source="PSA")), row_number=3, outcome="quarantined",
        cause="validation", column="Mail", raw={},
        message="Row 3, Mail: 'zeb@quack.example' is no e-mail address.", remedy="Correct it.",
    )  # fmt: skip
    return {
        "golden page": f"/contact/{made.pk}",
        "list": "/contact",
        "search by key": "/contact?q=P",
        "API": f"/api/v1/golden/contact/{made.pk}",
        "cross-reference": "/api/v1/xref/CRM/contact/P",
        "batch page": f"/feeds/batches/{row.batch_id}",
    }


@pytest.mark.parametrize("role", ["viewer", "finance", "integrator"])
def test_personal_values_are_masked_behind_every_door_for_whoever_may_not_see_them(
    doors, sign_in, role
):
    browser = sign_in(role)

    for door, address in doors.items():
        page = browser.get(address).content.decode()
        assert not [value for value in PERSONAL if value in page], door


def test_personal_values_are_shown_to_a_steward(doors, sign_in):
    browser = sign_in("steward")

    for door, address in doors.items():
        page = browser.get(address).content.decode()
        assert [value for value in PERSONAL if value in page], door


def test_personal_values_are_not_found_by_whoever_may_not_see_them(made, sign_in):
    page = sign_in("viewer").get("/contact", {"q": "Quackenbush"}).content.decode()

    assert str(made.pk) not in page


def test_personal_values_are_hidden_in_the_lineage_while_its_reasons_and_other_values_show(
    made, sign_in
):
    page = sign_in("viewer").get(f"/contact/{made.pk}").content.decode()

    assert page.count(access.MASK) > 6
    assert "Buyer" in page


def test_a_machine_needs_the_scope(made, machine):
    address = f"/api/v1/golden/contact/{made.pk}"

    hidden = machine("contact:read", "see:internal").get(address).json()
    shown = machine("contact:read", "see:personal").get(address).json()

    assert hidden["title"] == hidden["attributes"]["emails"] == access.MASK
    assert shown["title"] == "Zebulon Quackenbush"
    assert shown["attributes"]["role"] == access.MASK


def test_a_quarantined_row_says_where_and_what_kind_of_fault(doors, sign_in):
    page = sign_in("integrator").get(doors["batch page"]).content.decode()

    assert "Row 3, Mail: a value is not valid." in page
    assert "Correct it." in page


def test_an_administrator_sees_all_and_an_inactive_one_nothing(made, client):
    boss = User.objects.create_superuser("boss", password="x")
    client.force_login(boss, backend="django.contrib.auth.backends.ModelBackend")
    shown = client.get(f"/contact/{made.pk}").content.decode()

    User.objects.update(is_active=False)
    gone = client.get(f"/contact/{made.pk}")

    assert "Quackenbush" in shown
    assert gone.status_code == 302
