import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mdm import golden, sources
from mdm.golden import Merge
from mdm.models import FeedRow
from tests.factories import LATER, batch, cause, feed, golden_record, ownership, record, system

pytestmark = pytest.mark.django_db

HOSTILE = '<script>alert("1")</script><img src=x onerror=alert(1)>'


def text(answer):
    return answer.content.decode()


def named(number, **attributes):
    return record(f"K{number}", legal_name=f"Acme {number}", **attributes)


def titles(answer):
    return [row["title"] for row in answer.context["records"]]


def queries(browser, address):
    """How many queries a page takes, once the session is warm."""
    browser.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize("address", ["/", "/client", "/client?q=acme", "/feeds/batches"])
def test_a_list_takes_as_many_queries_for_many_rows_as_for_one(sign_in, address):
    browser = sign_in("steward")
    golden_record(named(1))
    for_one = queries(browser, address)
    for number in range(2, 40):
        golden_record(named(number), record(f"E{number}", source="ERP"))
        batch(feed())

    assert queries(browser, address) == for_one


def test_a_golden_page_takes_as_many_queries_for_many_sources_as_for_one(sign_in):
    browser = sign_in("steward")
    parent = golden_record(record("P"))
    reference = {"system": "CRM", "key": "P"}
    small = golden_record(named(1, parent=reference))
    large = golden_record(*(named(number, parent=reference) for number in range(2, 40)))

    one, many = (queries(browser, f"/client/{each.pk}") for each in (small, large))

    assert one == many
    assert f'href="/client/{parent.pk}"' in text(browser.get(f"/client/{large.pk}"))


def test_a_golden_page_keeps_to_its_budget_and_its_past_comes_after_it(
    sign_in, django_assert_max_num_queries
):
    golden_record(record("P"))
    made = golden_record(named(1, parent={"system": "CRM", "key": "P"}))
    browser = sign_in("steward")
    browser.get(f"/client/{made.pk}")

    with django_assert_max_num_queries(12):
        page = text(browser.get(f"/client/{made.pk}"))
    with django_assert_max_num_queries(12):
        past = text(browser.get(f"/client/{made.pk}?history=1", headers={"HX-Request": "true"}))

    assert "What happened to it" in page
    assert "Created" in past
    assert "<html" not in past


@pytest.mark.parametrize(
    ("count", "pages"), [(0, 1), (1, 1), (49, 1), (50, 1), (51, 2), (100, 2), (101, 3)]
)
def test_every_record_is_on_one_page_and_the_last_page_leads_nowhere(sign_in, count, pages):
    for number in range(count):
        golden_record(named(number))
    browser = sign_in("viewer")

    seen, address = [], "/client"
    for page in range(1, pages + 1):
        answer = browser.get(address)
        seen += titles(answer)
        address = f"/client?{answer.context['next_page']}"
        assert bool(answer.context["next_page"]) == (page < pages)

    assert sorted(seen) == sorted(f"Acme {number}" for number in range(count))


def test_the_newest_record_comes_first(sign_in):
    for number in range(3):
        golden_record(named(number))

    assert titles(sign_in("viewer").get("/client")) == ["Acme 2", "Acme 1", "Acme 0"]


def test_a_record_that_was_merged_away_is_in_no_list_and_no_search(sign_in):
    first, second = golden_record(named(1)), golden_record(named(2))
    ids = frozenset([first.pk, second.pk])
    golden.merge("client", [Merge(ids, "match")], cause=cause(at=LATER))
    browser = sign_in("viewer")

    for address in ("/client", "/client?q=acme", "/client?q=K2"):
        assert len(titles(browser.get(address))) == 1


def test_the_likest_name_comes_first_and_an_identifier_before_any_name(sign_in):
    for name in ("Acme Tools International Holdings", "Acme Tools", "Acme"):
        golden_record(record(name.replace(" ", "-"), legal_name=name))
    golden_record(record("Acme Tools", legal_name="Zebra"))
    browser = sign_in("viewer")

    assert titles(browser.get("/client?q=acme+tools+int"))[0].endswith("Holdings")
    assert titles(browser.get("/client", {"q": "Acme Tools"}))[:2] == ["Zebra", "Acme Tools"]


def test_a_common_name_fills_one_page(sign_in):
    for number in range(60):
        golden_record(named(number))

    assert len(titles(sign_in("viewer").get("/client?q=acme"))) == 50


@pytest.mark.parametrize("query", ["%", "_", "!!!", "' OR 1=1 --", "\\", "x" * 5_000, "日本", "😀"])
def test_a_search_for_what_nobody_is_called_finds_nothing(sign_in, query):
    golden_record(named(1))

    answer = sign_in("viewer").get("/client", {"q": query})

    assert answer.status_code == 200
    assert titles(answer) == []


@pytest.mark.parametrize("query", ["", "   ", "\u200b"])
def test_a_search_for_nothing_is_the_list(sign_in, query):
    golden_record(named(1))

    answer = sign_in("viewer").get("/client", {"q": query})

    assert titles(answer) == ["Acme 1"]
    assert answer.context["query"] == ""


def test_an_identifier_of_another_domain_finds_nothing(sign_in):
    golden_record(record("P7", domain="project", name="Roof"))

    assert titles(sign_in("viewer").get("/client?q=P7")) == []


@pytest.mark.parametrize("address", ["/contact", "/contact?q=P1", "/contact?q=lee"])
def test_a_list_of_people_is_masked_for_whoever_may_not_see_personal_values(sign_in, address):
    golden_record(record("P1", domain="contact", given_name="Ann", family_name="Lee"))

    answer = sign_in("viewer").get(address)

    assert set(titles(answer)) <= {"•••"}
    assert "Ann" not in text(answer)


@pytest.mark.parametrize("role", ["viewer", "steward"])
def test_hostile_values_are_shown_as_text(sign_in, role):
    home = feed(name=HOSTILE)
    hostile = golden_record(
        record(f"K{HOSTILE}", legal_name=HOSTILE, former_names=[HOSTILE], industry=HOSTILE)
    )
    row = FeedRow.objects.create(
        batch=batch(home, file_name=HOSTILE, problem=HOSTILE, state="waiting"),
        row_number=3, outcome="quarantined", cause="missing", message=HOSTILE, remedy=HOSTILE,
        raw={HOSTILE: HOSTILE},
    )  # fmt: skip
    browser = sign_in(role)

    addresses = ["/", "/client", f"/client/{hostile.pk}", "/feeds/batches"]
    addresses += [f"/feeds/batches/{row.batch_id}"]
    for address in addresses:
        page = text(browser.get(address))
        assert "<script>alert" not in page, address
        assert "<img src=x" not in page, address
    assert "<script>" not in text(browser.get("/client", {"q": HOSTILE}))
    assert "&lt;script&gt;" in text(browser.get(f"/client/{hostile.pk}"))


def test_the_api_answers_hostile_values_as_json(machine):
    hostile = golden_record(record("A", legal_name=HOSTILE))

    answer = machine("*:read").get(f"/api/v1/golden/client/{hostile.pk}")

    assert answer["content-type"] == "application/json"
    assert answer["x-content-type-options"] == "nosniff"
    assert answer.json()["title"] == HOSTILE


def test_a_link_to_a_source_quotes_the_key(sign_in):
    system("CRM", entity_url_template="https://crm.example/{domain}/{key}")
    made = golden_record(record('A/1?x="#'))

    page = text(sign_in("viewer").get(f"/client/{made.pk}"))

    assert 'href="https://crm.example/client/A/1%3Fx%3D%22%23"' in page


def test_each_identifier_has_a_button_that_copies_it_and_says_which(sign_in):
    made = golden_record(record('A "1"'), record("E-7", source="ERP"))

    page = text(sign_in("viewer").get(f"/client/{made.pk}"))

    buttons = re.findall(r'<button [^>]*data-copies="([^"]*)">(.*?)</button>', page)
    assert [(key, re.sub("<[^>]+>", "", label)) for key, label in buttons] == [
        ("A &quot;1&quot;", "Copy CRM A &quot;1&quot;"),
        ("E-7", "Copy ERP E-7"),
    ]


def test_a_record_that_its_source_ended_says_so(sign_in):
    crm = record("A")
    made = golden_record(crm, record("1", source="ERP"))
    sources.inactivate([crm.pk], cause=cause())

    page = text(sign_in("viewer").get(f"/client/{made.pk}"))

    assert "ended" in page


@pytest.mark.parametrize(
    "address",
    [
        "/client/00000000-0000-7000-8000-000000000000",
        "/contact/{client}",
        "/Client",
        "/client/no-id",
        "/client?before=no-id",
        "/client/{client}?before=nonsense",
        "/client/{client}?as_of=yesterday",
        "/contact/{client}?as_of=2026-06-30",
        "/feeds/batches/0",
        "/feeds/batches/1?after=x",
        "/feeds/batches/99999999999999999999",
    ],
)
def test_what_is_not_there_is_not_found(sign_in, address):
    made = golden_record()

    assert sign_in("steward").get(address.format(client=made.pk)).status_code == 404


@pytest.mark.parametrize("name", ["home", "golden-list", "golden", "batches"])
def test_pages_that_only_show_refuse_to_be_written_to(sign_in, name):
    made = golden_record()
    arguments = {"golden-list": ["client"], "golden": ["client", made.pk]}.get(name, [])

    assert sign_in("steward").post(reverse(name, args=arguments)).status_code == 405


def test_the_navigation_leads_to_what_one_may_see_and_says_where_one_is(sign_in):
    golden_record()

    viewer, nobody = (text(sign_in(*roles).get("/")) for roles in (["viewer"], []))
    clients = text(sign_in("finance").get("/client"))

    assert 'href="/rate"' in viewer
    assert 'href="/feeds"' not in viewer
    assert 'href="/client"' not in nobody
    assert clients.count('aria-current="page"') == 1
    assert 'href="/feeds"' in clients


def test_a_page_of_very_many_sources_is_small_and_its_values_are_of_all(sign_in):
    ownership("client", "ERP", "CRM")
    members = [named(number, website=f"https://{number}.example") for number in range(299)]
    owner = record("Z", source="ERP", legal_name="Zebra", industry="Tools")
    last = named(299, phone="+442079460000", updated_at=LATER)
    made = golden_record(*members, last, owner)

    answer = sign_in("steward").get(f"/client/{made.pk}")
    page = text(answer)

    values = {line["name"]: line for line in answer.context["lines"]}
    assert len(answer.content) < 300_000
    assert (values["legal_name"]["value"], values["phone"]["value"]) == (
        "Zebra",
        "+442079460000",
    )
    assert values["legal_name"]["owned"]["written_by"] == "ERP"
    assert values["phone"]["owned"]["written_by"] == "CRM"
    assert {"K299", "Z"} <= {each.source_key for each in answer.context["sources"]}
    assert {len(each["cells"]) for each in values.values()} == {20}
    assert "281 more are not" in page
    assert "251 more identifiers are not shown" in page
    assert page.count("data-copies") == 50


def test_the_api_tells_all_sources_and_identifiers_of_a_golden_record(machine):
    made = golden_record(*(named(number) for number in range(60)))

    answer = machine("*:read").get(
        f"/api/v1/golden/client/{made.pk}", {"include": "identifiers", "explain": "true"}
    )

    assert len(answer.json()["identifiers"]) == 60
