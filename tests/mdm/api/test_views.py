from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from mdm import golden, overrides
from mdm.golden import Merge
from mdm.models import ApiClient, CrosswalkLink
from tests.factories import LATER, NOW, cause, golden_record, ownership, record

pytestmark = pytest.mark.django_db

ALL = ("*:read", "see:internal", "see:personal", "see:restricted")


def test_an_identifier_is_resolved_to_its_golden_record(machine):
    made = golden_record(record("A"), record("1", source="ERP"))

    answer = machine(*ALL).get("/api/v1/xref/CRM/client/A")

    found = answer.json()
    assert answer.status_code == 200
    assert (found["golden_id"], found["status"]) == (str(made.pk), "active")
    assert [each["source_key"] for each in found["identifiers"]] == ["A", "1"]


@pytest.mark.parametrize("key", ["a/b", "a b", "100%", "Ünïcødé 株式会社", "x" * 512, "a?b#c&d"])
def test_any_source_key_can_be_asked_for(machine, key):
    golden_record(record(key))

    answer = machine(*ALL).get(f"/api/v1/xref/CRM/client/{quoted(key)}")

    assert answer.status_code == 200
    assert answer.json()["source_key"] == key


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("CRM/client/Z", "CRM never sent a client with the key 'Z'."),
        ("SAP/client/A", "There is no source system 'SAP'; there are CRM."),
    ],
)
def test_an_unknown_identifier_is_a_problem_that_says_which_part_is_unknown(machine, address, said):
    golden_record(record("A"))

    answer = machine(*ALL).get(f"/api/v1/xref/{address}")

    assert answer.status_code == 404
    assert answer["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == said
    assert answer.json()["type"] == "/problems/not-found"


def test_a_golden_record_is_served_with_its_provenance(machine):
    crm = record("A", legal_name="Acme")
    made = golden_record(crm)

    found = machine(*ALL).get(f"/api/v1/golden/client/{made.pk}").json()

    assert found["attributes"] == {"legal_name": "Acme"}
    assert found["provenance"] == {str(crm.pk): "*"}
    assert "redirected_from" not in found


def test_a_golden_record_explains_itself_when_asked(machine):
    ownership("client", "ERP", "CRM")
    made = golden_record(
        record("A", legal_name="Acme", tax_id="GB1"), record("1", source="ERP", legal_name="ACME")
    )
    address = f"/api/v1/golden/client/{made.pk}"

    plain = machine(*ALL).get(address).json()
    explained = machine("client:read").get(f"{address}?explain=true").json()["lineage"]

    assert "lineage" not in plain
    assert explained["legal_name"] == {
        "value": "ACME",
        "reason": "its system comes first in the ownership register",
        "strategy": "most trusted",
        "policy": "client-policy-0",
        "doubtful": False,
        "from_its_owner": True,
        "pin": None,
        "candidates": [
            {
                "system": system,
                "source_key": key,
                "value": value,
                "wins": wins,
                "trust": trust,
                "doubtful": False,
                "source_updated_at": None,
            }
            for system, key, value, wins, trust in (
                ("CRM", "A", "Acme", False, 90.0),
                ("ERP", "1", "ACME", True, 100.0),
            )
        ],
    }
    assert explained["tax_id"]["value"] == "•••"
    assert explained["tax_id"]["candidates"][0]["value"] == "•••"


def test_a_retired_id_answers_with_its_successor(machine):
    first, second = golden_record(record("A")), golden_record(record("B"))
    ids = frozenset([first.pk, second.pk])
    golden.merge("client", [Merge(ids, "match")], cause=cause(at=LATER))

    found = machine(*ALL).get(f"/api/v1/golden/client/{second.pk}").json()

    assert (found["id"], found["redirected_from"]) == (str(first.pk), str(second.pk))


def test_an_identifier_and_a_golden_record_are_answered_as_of_a_moment(machine):
    first, second = golden_record(record("A")), golden_record(record("B"))
    merge(first, second)
    before, caller = {"as_of": (LATER - timedelta(days=1)).date().isoformat()}, machine(*ALL)

    xref = caller.get("/api/v1/xref/CRM/client/B", before).json()
    golden_then = caller.get(f"/api/v1/golden/client/{second.pk}", before).json()
    means = caller.get(f"/api/v1/golden/client/{second.pk}/xref", before).json()

    assert (xref["golden_id"], xref["valid_to"]) == (str(second.pk), LATER.isoformat())
    assert (golden_then["title"], golden_then["valid_to"]) == ("Client B", LATER.isoformat())
    assert "redirected_from" not in golden_then
    assert (means["status"], means["held_by"]) == ("active", [])


@pytest.mark.parametrize("moment", ["yesterday", "2026-02-30", "2026-05-01T08:00+99:00"])
@pytest.mark.parametrize(
    "address",
    [
        "xref/CRM/client/A",
        "golden/client/{id}",
        "golden/client/{id}/xref",
        "xref/translate?domain=client&from=CRM:A&to=CRM",
    ],
)
def test_a_moment_that_cannot_be_read_is_a_problem_that_shows_how_to_write_it(
    machine, address, moment
):
    made = golden_record(record("A"))
    mark = "&" if "?" in address else "?"

    answer = machine(*ALL).get(f"/api/v1/{address.format(id=made.pk)}{mark}as_of={quoted(moment)}")

    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/invalid"
    assert [each["field"] for each in answer.json()["errors"]] == ["as_of"]
    assert "2026-04-30T17:00:00Z" in answer.json()["detail"]


def test_what_was_not_there_yet_is_a_problem_that_says_since_when_it_is(machine):
    made = golden_record(record("A"), at=NOW)
    then, caller = {"as_of": "2026-01-01"}, machine(*ALL)

    answer = caller.get(f"/api/v1/golden/client/{made.pk}", then)
    xref = caller.get("/api/v1/xref/CRM/client/A", then)

    assert (answer.status_code, xref.status_code) == (404, 404)
    assert answer.json()["detail"].endswith("it does since 2026-06-01T12:00:00+00:00.")
    assert "until 2026-01-01T23:59:59+00:00" in xref.json()["detail"]


def test_the_past_is_masked_as_the_present_is(machine):
    person = golden_record(record("P", domain="contact", family_name="Lee", language="en"), at=NOW)
    caller, then = machine("contact:read", "see:internal"), {"as_of": LATER.isoformat()}

    found = caller.get(f"/api/v1/golden/contact/{person.pk}", then).json()
    xref = caller.get("/api/v1/xref/CRM/contact/P", then).json()
    timeline = caller.get(f"/api/v1/golden/contact/{person.pk}/timeline").json()

    assert found["attributes"] == {"family_name": "•••", "language": "en"}
    assert (found["title"], xref["title"]) == ("•••", "•••")
    assert {each["attribute"]: each["after"] for each in timeline["entries"][0]["changes"]} == {
        "family_name": "•••",
        "language": "en",
    }


def test_the_reason_of_a_pin_is_for_those_who_may_see_its_attribute(machine, sign_in):
    made = golden_record(record("P", domain="contact", family_name="Lee"), at=NOW)
    overrides.set_override(
        made.pk, "family_name", "Li", reason="Li, as she writes", cause=cause(at=LATER)
    )
    overrides.set_override(made.pk, "language", "en", reason="by phone", cause=cause(at=LATER))
    address = f"/api/v1/golden/contact/{made.pk}/timeline"

    def reasons(caller):
        told = caller.get(address).json()["entries"]
        return {each["reason"] for each in told if each["reason"]}

    assert reasons(machine(*ALL)) == {"Li, as she writes", "by phone"}
    assert reasons(machine("contact:read", "see:internal")) == {"•••", "by phone"}
    page = sign_in("viewer").get(f"/contact/{made.pk}", {"history": 1})
    assert "as she writes" not in page.content.decode()


def test_a_retired_id_whose_records_went_apart_lists_all_that_hold_them(machine):
    wanderer = record("W")
    first, second = golden_record(record("A")), golden_record(record("B"), wanderer)
    big = golden_record(*(record() for _ in range(3)))
    merge(big, second)
    CrosswalkLink.objects.filter(record=wanderer, unlinked_at=None).update(unlinked_at=LATER)
    CrosswalkLink.objects.create(
        record=wanderer, golden=first, method="steward", linked_at=LATER + timedelta(days=1)
    )
    caller, address = machine(*ALL), f"/api/v1/golden/client/{second.pk}"

    shown, means = caller.get(address).json(), caller.get(f"{address}/xref").json()

    leads_to, *_ = held_by = sorted([str(first.pk), str(big.pk)])
    assert (means["status"], means["held_by"], means["golden_id"]) == ("split", held_by, leads_to)
    assert (shown["id"], shown["redirected_from"]) == (leads_to, str(second.pk))
    assert shown["split_into"] == held_by


def test_an_identifier_is_translated(machine):
    made = golden_record(record("A:1"), record("8", source="ERP"), record("7", source="ERP"))

    answer = machine(*ALL).get(
        "/api/v1/xref/translate", {"domain": "client", "from": "CRM:A:1", "to": "ERP"}
    )

    found = answer.json()
    assert answer.status_code == 200
    assert (found["golden_id"], found["status"]) == (str(made.pk), "ambiguous")
    assert [(each["source_key"], each["primary"]) for each in found["identifiers"]] == [
        ("8", True),
        ("7", False),
    ]


@pytest.mark.parametrize(
    ("question", "status", "said"),
    [
        ({"domain": "client", "from": "CRM", "to": "ERP"}, 400, "like CRM:001"),
        ({"domain": "client", "from": "CRM:A"}, 400, "like ERP"),
        ({"from": "CRM:A", "to": "ERP"}, 400, "Name the domain"),
        ({"domain": "client", "from": "CRM:Z", "to": "ERP"}, 404, "never sent"),
        ({"domain": "client", "from": "CRM:A", "to": "SAP"}, 404, "no source system 'SAP'"),
        ({"domain": "client", "from": "CRM:A\x00", "to": "ERP"}, 400, "NUL"),
        ({"domain": "nonsense", "from": "CRM:A", "to": "ERP"}, 403, "may not see"),
    ],
)
def test_a_translation_that_cannot_be_made_says_why(machine, question, status, said):
    golden_record(record("A"))

    answer = machine(*ALL).get("/api/v1/xref/translate", question)

    assert answer.status_code == status
    assert said in str(answer.json()["detail"])


def test_a_translation_is_refused_to_a_key_without_the_scope_of_the_domain(machine):
    question = {"domain": "client", "from": "CRM:A", "to": "ERP"}

    assert machine("contact:read").get("/api/v1/xref/translate", question).status_code == 403


def test_a_timeline_is_read_page_by_page(machine):
    made, caller = golden_record(*(record() for _ in range(60))), machine(*ALL)
    address = f"/api/v1/golden/client/{made.pk}/timeline"

    first = caller.get(address).json()
    second = caller.get(address, {"before": first["next"]}).json()
    wrong = caller.get(address, {"before": "nonsense"})

    assert (len(first["entries"]), len(second["entries"]), second["next"]) == (50, 11, None)
    assert first["entries"][0]["type"] == "golden.created"
    assert wrong.status_code == 400
    assert wrong.json()["errors"][0]["field"] == "before"
    assert "next" in wrong.json()["detail"]


def test_a_golden_record_is_served_under_its_own_domain_only(machine):
    made = golden_record()

    assert machine(*ALL).get(f"/api/v1/golden/contact/{made.pk}").status_code == 404
    assert machine(*ALL).get(f"/api/v1/golden/client/{uuid4()}").status_code == 404


def test_without_a_key_the_api_asks_who_calls(client):
    answer = client.get("/api/v1/xref/CRM/client/A")

    assert answer.status_code == 401
    assert answer["www-authenticate"] == "Bearer"


def test_an_expired_or_revoked_key_is_refused(machine):
    expired, revoked = machine(*ALL, days=-1), machine(*ALL)
    ApiClient.objects.filter(expires_at__gt=timezone.now()).update(revoked_at=timezone.now())

    for caller in (expired, revoked):
        assert caller.get("/api/v1/xref/CRM/client/A").status_code == 401


def test_a_key_without_the_scope_of_the_domain_is_refused(machine):
    golden_record()

    answer = machine("contact:read").get("/api/v1/xref/CRM/client/A")

    assert answer.status_code == 403
    assert answer.json()["detail"] == "You may not see records of this domain."


def test_values_beyond_the_scopes_of_a_key_are_masked(machine):
    person = record("P", domain="contact", family_name="Lee", language="en")
    made = golden_record(person)

    found = machine("contact:read", "see:internal").get(f"/api/v1/golden/contact/{made.pk}").json()

    assert found["attributes"] == {"family_name": "•••", "language": "en"}
    assert found["title"] == "•••"


def test_a_person_reads_the_api_with_the_permissions_of_the_session(sign_in):
    golden_record(record("A"))

    assert sign_in("viewer").get("/api/v1/xref/CRM/client/A").status_code == 200
    assert sign_in().get("/api/v1/xref/CRM/client/A").status_code == 403


def test_the_effective_rate_is_answered_with_its_chain(machine):
    project = golden_record(record("P", domain="project", name="Roof"))
    golden_record(
        record(
            "R",
            source="RATES",
            domain="rate",
            scope="firm",
            labour_category="Architect",
            unit="hour",
            currency="USD",
            amount="100",
            start_date="2026-01-01",
        )
    )
    question = {"project": str(project.pk), "role": "Architect", "on": "2026-05-04"}

    found = machine(*ALL).get("/api/v1/rates/effective", question).json()

    assert found["status"] == "found"
    assert found["rates"][0]["amount"] == "100.0000"
    assert [step["scope"] for step in found["chain"]][-1] == "firm"


@pytest.mark.parametrize(
    ("question", "status", "field"),
    [
        ({"project": "nonsense", "role": "A"}, 400, "project"),
        ({"project": str(uuid4()), "role": "A"}, 404, "None"),
    ],
)
def test_a_malformed_rate_question_says_what_is_wrong(machine, question, status, field):
    answer = machine(*ALL).get("/api/v1/rates/effective", question)

    assert answer.status_code == status
    assert field in str(answer.json().get("errors"))


def test_rates_are_for_those_who_may_see_restricted_values(machine):
    assert machine("rate:read").get("/api/v1/rates/effective").status_code == 403


def test_resolving_takes_few_queries(machine, django_assert_max_num_queries):
    golden_record(*(record(str(number)) for number in range(20)))
    caller = machine(*ALL)

    with django_assert_max_num_queries(3):
        caller.get("/api/v1/xref/CRM/client/1")


def merge(*made):
    ids = frozenset(each.pk for each in made)
    golden.merge("client", [Merge(ids, "match")], cause=cause(at=LATER))


def quoted(key):
    from urllib.parse import quote

    return quote(key, safe="")
