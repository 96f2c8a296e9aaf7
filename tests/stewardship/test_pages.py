import re

import pytest
from django.urls import reverse

from mdm import golden
from mdm.golden import Merge
from mdm.models import FeedRow, OwnershipRequest, Subscription
from stewardship import ownership_pages, report_pages, webhook_pages
from stewardship.models import PeriodClose
from tests.factories import LATER, NOW, batch, cause, feed, golden_record, ownership, record

pytestmark = pytest.mark.django_db


def text(answer):
    return answer.content.decode()


def test_a_visitor_is_sent_to_sign_in(client):
    for page in ("home", "batches"):
        answer = client.get(reverse(page))
        assert answer.status_code == 302
        assert answer.url.startswith("/login")


def test_signing_in_leads_home(client, sign_in):
    sign_in("steward")

    answer = client.post("/login", {"username": "steward", "password": "x"})

    assert (answer.status_code, answer.url) == (302, "/")


def test_a_wrong_password_says_what_to_do(client, sign_in):
    sign_in("steward")

    answer = client.post("/login", {"username": "steward", "password": "y"})

    assert "The name or the password is wrong" in text(answer)


def test_five_wrong_passwords_lock_the_door(client, sign_in):
    sign_in("steward")
    for _ in range(5):
        client.post("/login", {"username": "steward", "password": "y"})

    answer = client.post("/login", {"username": "steward", "password": "x"})

    assert answer.status_code == 429


def test_whoever_has_no_role_sees_nothing(sign_in):
    made = golden_record()
    browser = sign_in()

    assert browser.get(f"/client/{made.pk}").status_code == 403
    assert browser.get("/client").status_code == 403
    assert browser.get("/feeds/batches").status_code == 403
    assert "Clients" not in text(browser.get("/"))


def test_home_counts_golden_and_source_records(sign_in):
    golden_record(record("A"), record("1", source="ERP"))

    page = text(sign_in("viewer").get("/"))

    assert "from 2 source records" in page


@pytest.mark.parametrize("query", ["acme", "ACME TOOLS", "akme tools", "A1"])
def test_a_golden_record_is_found_by_name_or_by_id_in_any_system(sign_in, query):
    golden_record(record("A1", legal_name="Acme Tools Ltd"))
    golden_record(record("B2", legal_name="Beta Partners"))

    page = text(sign_in("viewer").get("/client", {"q": query}))

    assert "Acme Tools Ltd" in page
    assert "Beta Partners" not in page


def test_a_search_without_a_hit_says_what_to_try(sign_in):
    page = text(sign_in("viewer").get("/client", {"q": "zebra"}))

    assert "Nothing is called “zebra”" in page


def test_whoever_may_not_see_names_may_not_search_by_them(sign_in):
    golden_record(record("P1", domain="contact", given_name="Ann", family_name="Lee"))
    browser = sign_in("integrator")

    by_name = text(browser.get("/contact", {"q": "lee"}))
    by_key = text(browser.get("/contact", {"q": "P1"}))

    assert "P1" not in by_name.replace('value="P1"', "")
    assert "CRM:P1" in by_key
    assert "Lee" not in by_key


def test_a_golden_page_shows_sources_side_by_side_and_why_each_value_won(sign_in):
    ownership("client", "ERP", "CRM")
    made = golden_record(
        record("A", legal_name="Acme", industry="Tools"),
        record("1", source="ERP", legal_name="Acme Limited"),
    )

    page = text(sign_in("viewer").get(f"/client/{made.pk}"))

    assert "Acme Limited" in page
    assert "its system comes first in the ownership register" in page


def test_the_history_of_a_golden_record_is_a_page_for_browsers_without_scripts(sign_in):
    made = golden_record(record("A", legal_name="Acme"))

    page = text(sign_in("viewer").get(f"/client/{made.pk}?history=1"))

    assert re.search(r"<strong>[^<]*reated[^<]*</strong>[^<]* by ann", page)
    assert f'href="/client/{made.pk}"' in page


def test_an_old_address_leads_to_the_record_it_was_merged_into(sign_in):
    first, second = golden_record(record("A")), golden_record(record("B"))
    ids = frozenset([first.pk, second.pk])
    golden.merge("client", [Merge(ids, "match")], cause=cause(at=LATER))

    page = text(sign_in("viewer").get(f"/client/{second.pk}"))

    assert f"{second.pk} was merged into this record" in page
    assert str(first.pk) in page


def test_personal_values_are_masked_for_whoever_may_not_see_them(sign_in):
    made = golden_record(record("P", domain="contact", family_name="Lee", language="en"))

    page = text(sign_in("finance").get(f"/contact/{made.pk}"))

    assert "Lee" not in page
    assert "•••" in page
    assert "English" in page


def test_a_batch_page_shows_ledger_problems_and_reasons(sign_in):
    crm = batch(feed(), received=3, created=1, quarantined=1, out_of_scope=1)
    problem = {"batch": crm, "raw": {}}
    FeedRow.objects.create(
        **problem, row_number=3, outcome="quarantined", cause="missing",
        message="Row 3, Name: the legal name is empty.", remedy="Fill it in.",
    )  # fmt: skip
    FeedRow.objects.create(
        **problem, row_number=4, outcome="out_of_scope", cause="scope", state="closed",
        message="fund, not an equity listing",
    )  # fmt: skip

    page = text(sign_in("steward").get(f"/feeds/batches/{crm.pk}"))

    assert "Row 3, Name: the legal name is empty." in page
    assert "fund, not an equity listing: 1" in page


def test_a_waiting_batch_is_released_by_whoever_may_release_feeds(sign_in):
    waiting = batch(feed(), state="waiting", problem="too short", received=1)

    page = text(sign_in("administrator").get(f"/feeds/batches/{waiting.pk}"))
    refused = sign_in("integrator").post(f"/feeds/batches/{waiting.pk}", {"action": "discard"})
    done = sign_in("domain-owner").post(f"/feeds/batches/{waiting.pk}", {"action": "discard"})

    waiting.refresh_from_db()
    assert "Apply it all the same" in page
    assert (refused.status_code, done.status_code) == (403, 302)
    assert waiting.state == "discarded"


@pytest.mark.parametrize(
    ("address", "most"), [("/", 12), ("/client", 7), ("/client?q=acme", 8), ("/feeds/batches", 6)]
)
def test_list_pages_keep_to_their_query_budget(
    sign_in, django_assert_max_num_queries, address, most
):
    for number in range(60):
        golden_record(record(f"A{number}", legal_name=f"Acme {number}"))
        batch(record("A0").home_feed)
    browser = sign_in("steward")

    with django_assert_max_num_queries(most):
        assert browser.get(address).status_code == 200


def test_lists_are_paged_without_losing_or_repeating_a_record(sign_in):
    for number in range(60):
        golden_record(record(f"A{number}", legal_name=f"Acme {number}"))
    browser = sign_in("viewer")

    first = browser.get("/client")
    second = browser.get(f"/client?{first.context['next_page']}")

    titles = [row["title"] for answer in (first, second) for row in answer.context["records"]]
    assert len(titles) == len(set(titles)) == 60


@pytest.mark.parametrize(
    "address",
    ["/nonsense", "/client?before=x", "/feeds/batches/999", "/feeds/batches?before=x"],
)
def test_an_address_that_leads_nowhere_is_not_found(sign_in, address):
    assert sign_in("steward").get(address).status_code == 404


def test_pages_carry_a_strict_content_security_policy(sign_in):
    policy = sign_in("viewer").get("/")["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_every_answer_carries_a_correlation_id(client):
    offered = client.get("/healthz", headers={"x-correlation-id": "opp-2026-0042"})
    minted = client.get("/healthz")
    refused = client.get("/healthz", headers={"x-correlation-id": "bad id\twith spaces"})

    assert offered["x-correlation-id"] == "opp-2026-0042"
    assert minted["x-correlation-id"].startswith("ts-")
    assert refused["x-correlation-id"].startswith("ts-")


def test_times_are_shown_in_full(sign_in):
    golden_record(record("A"), at=NOW)

    page = text(sign_in("viewer").get("/client"))

    assert 'datetime="2026-06-01T12:00:00+00:00"' in page


@pytest.mark.parametrize(
    ("zone", "shown"),
    [("Asia/Tokyo", "21:00"), ("", "12:00"), ("Nowhere/At all", "12:00"), ("../etc", "12:00")],
)
def test_times_are_in_the_zone_of_whoever_looks(sign_in, zone, shown):
    made = golden_record(record("A"), at=NOW)
    browser = sign_in("viewer")
    browser.cookies["zone"] = zone

    page = text(browser.get(f"/client/{made.pk}?history=1"))

    assert f"1 Jun 2026 {shown}" in page


@pytest.mark.parametrize("path", ["/search", "/client", "/inbox", "/why-not", "/golden"])
def test_the_character_nul_is_refused_with_a_page_that_says_so(sign_in, path):
    steward = sign_in("steward")

    answers = [
        steward.get(path, {"q": "a\x00b", "left": "CRM:\x00"}),
        steward.post("/actions/1/undo", {"there": "\x00"}),
    ]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert all("the character NUL" in answer.content.decode() for answer in answers)


@pytest.mark.parametrize("as_of", ["0001-01-01", "9999-12-31", "9999-12-31T23:59:59-12:00"])
def test_a_moment_that_has_no_date_in_some_zone_is_not_found(sign_in, as_of):
    browser, made = sign_in("domain-owner"), golden_record(record("A"))
    browser.cookies["zone"] = "Pacific/Auckland"

    pages = [f"/client/{made.pk}?as_of={as_of}", f"/reports/ownership?as_of={as_of}"]

    assert {browser.get(each).status_code for each in pages} == {404}


@pytest.mark.parametrize(
    ("address", "module", "size"),
    [
        ("/webhooks", webhook_pages, "PAGE"),
        ("/ownership", ownership_pages, "LISTED"),
        ("/reports", report_pages, "CLOSES"),
    ],
)
def test_a_list_goes_on_on_a_next_page(sign_in, monkeypatch, address, module, size):
    monkeypatch.setattr(module, size, 1)
    for name in ("first-one", "second-one"):
        Subscription.objects.create(
            name=name, url="https://x.example", created_by="user:ann", created_at=NOW, position=0
        )
        OwnershipRequest.objects.create(lines=[], reason=name, asked_by="user:ann", asked_at=NOW)
        PeriodClose.objects.create(period=name, as_of=NOW, closed_by="user:ann", closed_at=NOW)
    browser = sign_in("domain-owner", "integrator")

    pages = [text(browser.get(f"{address}?page={page}")) for page in (1, 2)]

    shown = [{name for name in ("first-one", "second-one") if name in page} for page in pages]
    assert [len(each) for each in shown] == [1, 1]
    assert shown[0] != shown[1]
    assert ["page=2" in page for page in pages] == [True, False]
