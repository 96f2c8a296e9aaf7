"""Writes that the register refuses: nothing changes, and the breach ledger has a row for each."""

from decimal import Decimal

import orjson
import pytest
from django.db import IntegrityError

from mdm.governance import proposals
from mdm.models import (
    ApiClient,
    ExposureFact,
    GoldenRecord,
    Override,
    OwnershipBreach,
    OwnershipRule,
    SourceSystem,
)
from stewardship.models import StewardAction
from tests.factories import NOW, golden_record, ownership, record, send_again
from tests.stewardship.waiting import waiting_pair

pytestmark = pytest.mark.django_db

MAY = ("client:steward", "see:internal", "see:personal", "see:restricted")
PIN = {"attribute": "legal_name", "value": "Acme plc", "reason": "their letter head"}


@pytest.fixture
def acme():
    """A client of which both systems say the name; the ERP owns it and lets nobody else write."""
    ownership("client", "ERP", attribute="legal_name")
    OwnershipRule.objects.update(on_breach="reject")
    crm = record("A", legal_name="Acme")
    erp = record("1", source="ERP", legal_name="Acme Ltd")
    for currency, amount in (("GBP", "100.50"), ("EUR", "7.00")):
        ExposureFact.objects.create(
            record=erp, kind="unbilled_work", as_of=NOW.date(), amount=Decimal(amount),
            currency=currency,
        )  # fmt: skip
    return golden_record(crm, erp)


def pin(caller, made):
    address = f"/api/v1/golden/client/{made.pk}/pin"
    return caller.post(address, orjson.dumps(PIN), "application/json")


def test_a_refused_pin_is_in_the_ledger_with_what_was_there_and_the_money(machine, acme):
    answer = pin(machine(*MAY), acme)

    (row,) = OwnershipBreach.objects.all()
    assert (answer.status_code, "lets nobody else write it" in answer.json()["detail"]) == (422, 1)
    assert (row.domain, row.attribute, row.golden_id) == ("client", "legal_name", acme.pk)
    assert (row.before, row.after, row.owned) == ("Acme Ltd", "Acme plc", "Acme Ltd")
    assert (row.system, row.record, row.batch, row.outcome) == (None, None, None, "reject")
    assert row.owner.code == "ERP"
    assert row.by == row.written_by == f"client:{ApiClient.objects.get().name}"
    assert row.at_stake == {"GBP": "100.50", "EUR": "7.00"}
    assert not Override.objects.exists()
    assert not StewardAction.objects.exists()


@pytest.mark.parametrize("on_breach", OwnershipRule.OnBreach.values)
@pytest.mark.parametrize(("system", "status"), [("ERP", 200), ("CRM", 422)])
def test_a_key_that_speaks_for_a_system_writes_what_that_one_owns(
    machine, acme, on_breach, system, status
):
    OwnershipRule.objects.update(on_breach=on_breach)
    caller = machine(*MAY)
    ApiClient.objects.update(system=SourceSystem.objects.get(code=system))

    answer = pin(caller, acme)

    rows = OwnershipBreach.objects.values_list("system__code", "outcome")
    assert answer.status_code == status
    assert list(rows) == [("CRM", "reject")] * (status == 422)
    assert Override.objects.exists() == (status == 200)


def test_a_key_that_is_called_like_a_person_is_not_that_person(machine, acme):
    caller = machine(*MAY)
    OwnershipRule.objects.update(steward=ApiClient.objects.get().name)

    assert pin(caller, acme).status_code == 422
    assert OwnershipBreach.objects.exists()


def test_what_is_refused_on_a_page_is_in_the_ledger(sign_in, acme):
    said = {"value": "Acme plc", "reason": "their letter head"}

    page = sign_in("steward").post(f"/client/{acme.pk}/pin/legal_name", said)

    assert "lets nobody else write it" in page.content.decode()
    assert OwnershipBreach.objects.get().by.startswith("user:")


def test_what_is_refused_with_a_merge_is_in_the_ledger(sign_in):
    pair = waiting_pair()
    ownership("client", "ERP", attribute="legal_name")
    OwnershipRule.objects.update(on_breach="reject")
    said = {"verdict": "match", "reason": "one firm", "pick-legal_name": str(pair.right_id)}

    sign_in("steward").post(f"/pairs/{pair.pk}", said)

    assert OwnershipBreach.objects.get().attribute == "legal_name"
    assert GoldenRecord.objects.standing().count() == 2


def test_a_proposal_that_one_may_not_take_is_in_the_ledger(sign_in, acme):
    OwnershipRule.objects.update(on_breach="propose")
    crm = acme.links.get(record__system__code="CRM").record
    send_again(crm, legal_name="Acme plc")
    proposed = OwnershipBreach.objects.get()
    OwnershipRule.objects.update(on_breach="reject")

    steward = sign_in("steward")
    steward.post(f"/proposals/{proposed.pk}", {"action": "take", "reason": "yes"})

    refused = OwnershipBreach.objects.latest("pk")
    assert (refused.after, refused.outcome, refused.record) == ("Acme plc", "reject", None)
    assert proposals.standing([proposed.pk, refused.pk]) == {proposed.pk}
    assert steward.get(f"/proposals/{refused.pk}").status_code == 404


@pytest.mark.parametrize("wrong", [{"by": ""}, {"outcome": "ignore"}, {"golden_id": None}])
def test_a_row_of_the_ledger_was_sent_or_refused(acme, wrong):
    said = {
        "domain": "client", "attribute": "legal_name", "golden_id": acme.pk, "by": "user:ann",
        "owner": SourceSystem.objects.get(code="ERP"), "outcome": "reject", "at": NOW,
    }  # fmt: skip
    OwnershipBreach.objects.create(**said)

    with pytest.raises(IntegrityError, match="a_breach_was_sent_or_refused"):
        OwnershipBreach.objects.create(**{**said, **wrong})
