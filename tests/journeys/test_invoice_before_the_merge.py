"""An invoice that is dated before a merge belongs to the client that the firm then knew."""

from datetime import timedelta

import pytest

from mdm import crosswalk, golden, invariants
from mdm.golden import Merge
from tests.factories import LATER, NOW, cause, golden_record, record

pytestmark = pytest.mark.django_db

INVOICED = NOW + timedelta(days=10)
MERGED = LATER
TAKEN_APART = LATER + timedelta(days=30)
INVOICE = {"as_of": INVOICED.isoformat()}


@pytest.fixture
def acme_and_beta():
    """Two clients that were merged in July, and taken apart again in August."""
    acme, beta = record("A", legal_name="Acme Ltd"), record("B", legal_name="Beta LLP")
    erp = record("77", source="ERP", legal_name="Beta", phone="+44 20 7946 0000")
    first, second = (
        golden_record(acme, record("A2"), record("A3"), at=NOW),
        golden_record(beta, erp),
    )
    merge = Merge(frozenset([first.pk, second.pk]), "match", 31.0, "client-3")
    golden.merge("client", [merge], cause=cause(at=MERGED))
    leaving = {first.pk: [[beta.pk, erp.pk]]}
    golden.separate("client", leaving, method="steward", cause=cause(at=TAKEN_APART))
    return first, second


def test_each_moment_is_answered_as_the_hub_then_knew_it(acme_and_beta, machine):
    first, second = acme_and_beta
    caller = machine("client:read", "see:internal", "see:personal", "see:restricted")

    def client_of_invoice(moment):
        asked = {"as_of": moment.isoformat()} if moment else {}
        return caller.get("/api/v1/xref/ERP/client/77", asked).json()["golden_id"]

    moments = [INVOICED, MERGED - timedelta(microseconds=1), MERGED, TAKEN_APART, None]
    before, after = str(second.pk), str(first.pk)
    assert [client_of_invoice(each) for each in moments] == [before, before, after, before, before]


def test_the_golden_record_then_has_the_values_and_identifiers_of_then(acme_and_beta, machine):
    first, second = acme_and_beta
    caller = machine("client:read", "see:internal", "see:personal", "see:restricted")

    then = caller.get(f"/api/v1/golden/client/{second.pk}", INVOICE).json()
    while_merged = caller.get(
        f"/api/v1/golden/client/{second.pk}", {"as_of": MERGED.isoformat()}
    ).json()
    translated = caller.get(
        "/api/v1/xref/translate",
        {"domain": "client", "from": "ERP:77", "to": "CRM", **INVOICE},
    ).json()

    assert (then["id"], then["lifecycle"]) == (str(second.pk), "active")
    assert then["attributes"]["legal_name"] in ("Beta LLP", "Beta")
    assert "redirected_from" not in then
    assert (while_merged["id"], while_merged["redirected_from"]) == (str(first.pk), str(second.pk))
    assert [each["source_key"] for each in translated["identifiers"]] == ["B"]


def test_what_came_back_is_what_it_was_and_its_history_tells_both(acme_and_beta, sign_in):
    _, second = acme_and_beta

    then, now = (crosswalk.resolve_golden(second.pk, moment) for moment in (INVOICED, None))
    page = sign_in("steward").get(f"/client/{second.pk}?history")

    assert {each.source_key for each in now.identifiers} == {"B", "77"}
    assert [each.source_key for each in then.identifiers] == [
        each.source_key for each in now.identifiers
    ]
    said = [each["what"] for each in page.context["timeline"]]
    assert said[:2] == ["Came back under its id", "Merged into another"]
    broken = [each.name for each in invariants.check() if each.count]
    assert not any("moment" in name or "at a time" in name for name in broken)
