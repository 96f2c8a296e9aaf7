import csv
import io

import pytest

from mdm.domains import ENTITY_TYPES, entity_type
from mdm.schema import COLUMNS
from tests.factories import golden_record, record, reference

pytestmark = pytest.mark.django_db

ALL = ("*:read", "see:internal", "see:personal", "see:restricted")
HARMLESS = "'=HYPERLINK(1)"


def listed(caller, domain="client", **query):
    """Every row of a list, page by page."""
    rows = []
    while True:
        page = caller.get(f"/api/v1/golden/{domain}", query).json()
        rows += page["items"]
        if page["next"] is None:
            return rows
        query["cursor"] = page["next"]


@pytest.fixture
def three():
    return [
        golden_record(
            record("A", legal_name="Acme Ltd", industry="Mining", former_names=["Old Acme"])
        ),
        golden_record(
            record(
                "B", legal_name="Beta AG", industry="Mining", tax_id="DE811115368", status="dormant"
            )
        ),
        golden_record(
            record("ID-C", legal_name="Gamma", addresses=[{"kind": "office", "city": "Leeds"}])
        ),
    ]


def test_a_list_has_every_golden_record_once_page_by_page(machine, three):
    found = listed(machine(*ALL), limit=2)

    assert [each["id"] for each in found] == sorted(str(each.pk) for each in three)


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ({"industry": "Mining"}, ["Acme Ltd", "Beta AG"]),
        ({"industry": "Mining", "legal_name": "Acme Ltd"}, ["Acme Ltd"]),
        ({"former_names": "Old Acme"}, ["Acme Ltd"]),
        ({"addresses.city": "Leeds"}, ["Gamma"]),
        ({"tax_id": "de 811 115 368"}, ["Beta AG"]),
        ({"search": "acme"}, ["Acme Ltd"]),
        ({"search": "ID-C"}, ["Gamma"]),
        ({"lifecycle": "inactive"}, []),
        ({"lifecycle": "active", "status": "dormant"}, ["Beta AG"]),
    ],
)
def test_a_list_is_filtered_by_attributes_and_searched(machine, three, query, keys):
    found = listed(machine(*ALL), **query)

    assert [each["attributes"]["legal_name"] for each in found] == keys


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"addresses.country": "United Kingdom"}, ["Here", "There"]),
        ({"addresses.postcode": "ls1  4ap"}, ["Here"]),
        ({"addresses.city": "Leeds", "addresses.country": "gb"}, ["Here"]),
        ({"addresses.city": "Leeds", "addresses.kind": "Office"}, ["Here"]),
        ({"addresses.kind": "office"}, ["Here"]),
        ({"addresses.line1": "1 Park Row"}, ["Here"]),
        ({"addresses.city": "Leeds", "addresses.postcode": "75001"}, []),
    ],
)
def test_parts_of_an_address_are_standardised_and_are_of_one_address(machine, query, found):
    leeds = {"kind": "office", "lines": ["1 Park Row"], "city": "Leeds", "postcode": "LS1 4AP",
             "country": "GB"}  # fmt: skip
    paris = {"kind": "billing", "city": "Paris", "postcode": "75001", "country": "FR"}
    york = {"kind": "main", "city": "York", "country": "GB"}
    ohio = {"kind": "main", "city": "Leeds", "country": "US"}
    golden_record(record("A", legal_name="Here", addresses=[leeds, paris]))
    golden_record(record("B", legal_name="There", addresses=[york, ohio]))

    rows = listed(machine(*ALL), **query)

    assert [each["attributes"]["legal_name"] for each in rows] == found


def test_an_identifier_is_searched_for_as_it_is_written(machine):
    made = golden_record(record("№  ７", legal_name="Acme"))

    assert [each["id"] for each in listed(machine(*ALL), search="№  ７")] == [str(made.pk)]


def test_a_list_is_filtered_by_a_reference(machine):
    parent = record("P", legal_name="Parent")
    golden_record(parent)
    child = golden_record(record("K", legal_name="Child", parent=reference(parent)))

    assert [each["id"] for each in listed(machine(*ALL), parent="CRM:P")] == [str(child.pk)]


def test_only_the_fields_asked_for_are_told(machine, three):
    found = listed(machine(*ALL), fields="industry")

    assert [each["attributes"] for each in found] == [
        {"industry": "Mining"}, {"industry": "Mining"}, {},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"nonsense": "x"}, "nonsense"),
        ({"addresses": "Leeds"}, "addresses"),
        ({"addresses.colour": "x"}, "addresses.colour"),
        ({"lei": "x"}, "lei"),
        ({"limit": "0"}, "limit"),
        ({"limit": "1001"}, "limit"),
        ({"cursor": "x"}, "cursor"),
        ({"fields": "x"}, "fields"),
        ({"lifecycle": "merged"}, "lifecycle"),
        ({"status": "merged"}, "status"),
        ({"legal_name": ""}, "legal_name"),
        ({"addresses.country": "Atlantis", "addresses.city": "x"}, "addresses.country"),
        ({"addresses.city": " "}, "addresses.city"),
        ({"legal_name": "a\x00"}, "legal_name"),
        ({"search": "a\x00"}, "search"),
    ],
)
def test_a_question_that_makes_no_sense_names_the_parameter(machine, query, field):
    answer = machine(*ALL).get("/api/v1/golden/client", query)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_a_parameter_that_is_there_twice_is_refused(machine, three):
    answer = machine(*ALL).get("/api/v1/golden/client?industry=Mining&industry=Retail")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "industry")


def test_hidden_values_are_neither_filtered_by_nor_found_nor_told(machine):
    golden_record(record("P", domain="contact", family_name="Lee", language="en"))
    caller = machine("contact:read", "see:internal")

    filtered = caller.get("/api/v1/golden/contact", {"family_name": "Lee"})
    (row,) = listed(caller, "contact")

    assert filtered.status_code == 403
    assert listed(caller, "contact", search="Lee") == []
    assert (row["title"], row["attributes"]["family_name"]) == ("•••", "•••")
    assert "family_name" not in caller.get("/api/v1/golden/contact.csv").getvalue().decode()


def test_the_csv_has_the_rows_of_the_list_and_no_formula(machine, three):
    golden_record(record("F", legal_name="=HYPERLINK(1)"))
    caller = machine(*ALL)

    answer = caller.get("/api/v1/golden/client.csv", {"fields": "legal_name,industry"})

    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert answer["content-type"] == "text/csv; charset=utf-8"
    assert [*rows[0]] == [*COLUMNS, "legal_name", "industry"]
    assert [each["id"] for each in rows] == [each["id"] for each in listed(caller)]
    assert [each["legal_name"] for each in rows] == ["Acme Ltd", "Beta AG", "Gamma", HARMLESS]


@pytest.mark.parametrize("domain", ENTITY_TYPES)
def test_no_two_columns_of_a_csv_have_one_name(machine, domain):
    answer = machine(*ALL).get(f"/api/v1/golden/{domain}.csv")

    head = answer.getvalue().decode().strip().split(",")
    assert len(head) == len(set(head))
    assert {*COLUMNS, *entity_type(domain).by_name} == {*head}


def test_a_list_takes_few_queries(machine, django_assert_max_num_queries):
    for number in range(30):
        golden_record(record(str(number)))
    caller = machine(*ALL)
    caller.get("/api/v1/nowhere")

    with django_assert_max_num_queries(1):
        caller.get("/api/v1/golden/client", {"search": "client"})


def test_an_unchanged_golden_record_is_not_sent_again(machine):
    made = golden_record(record("A"))
    caller, address = machine(*ALL), f"/api/v1/golden/client/{made.pk}"
    etag = caller.get(address)["ETag"]

    again = caller.get(address, headers={"if-none-match": etag})
    other = caller.get(address, headers={"if-none-match": '"v9-00"'})

    assert etag.startswith('"v1-')
    assert (again.status_code, other.status_code) == (304, 200)
    assert (again["ETag"], again.content) == (etag, b"")
    weak = {"if-none-match": f'"x", W/{etag}'}
    assert caller.head(address, headers=weak).status_code == 304


def test_only_writing_heeds_if_match(machine):
    made = golden_record(record("A"))

    answer = machine(*ALL).get(f"/api/v1/golden/client/{made.pk}", headers={"if-match": '"v9-00"'})

    assert (answer.status_code, answer.json()["version"]) == (200, 1)


def test_a_golden_record_comes_with_what_is_asked_for(machine):
    parent = record("P", legal_name="Parent")
    above = golden_record(parent)
    made = golden_record(record("K", legal_name="Child", parent=reference(parent)))
    address = f"/api/v1/golden/client/{made.pk}"
    include = {"include": "identifiers,relationships,history"}

    found = machine(*ALL).get(address, include).json()
    less = machine("client:read").get(address, include).json()
    wrong = machine(*ALL).get(address, {"include": "everything"})

    assert "provenance" not in found
    assert [each["source_key"] for each in found["identifiers"]] == ["K"]
    assert [each["golden_id"] for each in found["relationships"]] == [str(above.pk)]
    assert found["history"]["entries"][0]["type"] == "golden.created"
    assert less["relationships"] == []
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "include")


def test_domains_serve_their_declarations(machine):
    caller = machine("client:read")

    (client,) = caller.get("/api/v1/domains").json()["domains"]

    attributes = {each["name"]: each for each in client["attributes"]}
    assert client == caller.get("/api/v1/domains/client").json()
    assert attributes["status"]["options"] == ["prospect", "active", "dormant", "former"]
    assert (attributes["parent"]["refers_to"], attributes["parent"]["visible"]) == ("client", False)
    assert caller.get("/api/v1/domains/contact").status_code == 403
