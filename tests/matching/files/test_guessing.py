"""Which column means what: by its name, by its values, as the user says."""

import pytest

from matching.files.contents import Contents, find_date_order
from matching.files.guessing import Role, printable, shown
from tests.matching.files.trying import compared, guessed, table_of

BY_NAME = [
    ("client", "Company", "Acme Ltd", "legal_name"),
    ("client", "organisation", "Acme Ltd", "legal_name"),
    ("client", "Account Name", "Acme Ltd", "legal_name"),
    ("client", "Site name", "Acme Ltd", "legal_name"),
    ("client", "raison sociale", "Acme SA", "legal_name"),
    ("client", "VAT no", "GB980780684", "tax_id"),
    ("client", "zip", "60606", "addresses.postcode"),
    ("client", "BillingPostalCode", "60606", "addresses.postcode"),
    ("client", "Telephone", "020 7946 0958", "phone"),
    ("client", "e-mail", "ann@acme.com", "email_domain"),
    ("contact", "surname", "Lee", "family_name"),
    ("contact", "last name", "Lee", "family_name"),
    ("contact", "LastName", "Lee", "family_name"),
    ("contact", "first_name", "Ann", "given_name"),
    ("contact", "Full Name", "Ann Lee", "full_name"),
    ("contact", "dob", "1980-03-12", "date_of_birth"),
    ("contact", "Geburtsdatum", "12.03.1980", "date_of_birth"),
    ("contact", "SSN", "5304218", "national_id"),
    ("contact", "National Insurance Number", "QQ 12 34 56 C", "national_id"),
    ("contact", "Employer", "Acme Ltd", "client"),
    ("contact", "Title", "Director", "role"),
    ("contact", "email address", "ann@acme.com", "emails"),
    ("contact", "Street", "1 High Street", "address.line1"),
    ("contact", "birth_place", "Leeds", "address.city"),
    ("project", "WBS Element", "C.001", "code"),
    ("rate", "Hourly rate", "120.00", "amount"),
]


@pytest.mark.parametrize(("domain", "column", "value", "target"), BY_NAME)
def test_a_column_is_known_by_what_it_is_called(domain, column, value, target):
    table = table_of([column], [value])

    assert compared(table, domain) == {column: target}


BY_CONTENTS = [
    ("contact", ["ann@acme.com", "bob@firm.org"], "emails"),
    ("contact", ["+44 20 7946 0958", "(020) 7946 0123"], "phones"),
    ("contact", ["SY5 7NT", "LN1 2NQ"], "address.postcode"),
    ("contact", ["1931-04-02", "1999-12-31"], "date_of_birth"),
    ("client", ["https://acme.com", "www.firm.org"], "website"),
    ("client", ["ann@acme.com", "bob@firm.org"], "email_domain"),
]


@pytest.mark.parametrize(("domain", "values", "target"), BY_CONTENTS)
def test_a_column_that_is_called_nothing_is_known_by_its_values(domain, values, target):
    table = table_of(["x7"], *([value] for value in values))

    assert compared(table, domain) == {"x7": target}


def test_dates_of_a_few_years_are_no_dates_of_birth():
    table = table_of(["x7"], ["2021-04-02"], ["2023-12-31"])

    assert compared(table, "contact") == {}


def test_values_that_few_rows_have_are_not_compared_unless_the_name_says_so():
    rows = [["Acme", "www.acme.com"], ["Beta", ""], ["Gamma", ""]]

    assert compared(table_of(["name", "x7"], *rows)) == {"name": "legal_name"}
    assert "website" in guessed(table_of(["name", "x7"], *rows))["x7"].reason
    assert compared(table_of(["name", "website"], *rows))["website"] == "website"


def test_a_name_that_the_values_belie_is_not_believed():
    table = table_of(["name", "Website"], ["Acme", "No"], ["Beta", "Yes"])

    use = guessed(table)["Website"]

    assert use.role is Role.IGNORED
    assert use.reason == 'called like website, but most of its values cannot be that, as "No"'


def test_a_title_before_the_name_is_no_role():
    table = table_of(["Title", "name"], ["Dr", "Ann Lee"], ["Mrs.", "Eve Day"])

    assert guessed(table, "contact")["Title"].role is Role.IGNORED


def test_of_two_columns_called_alike_the_fuller_one_is_compared():
    table = table_of(["Agency name", "Site name"], ["", "Acme"], ["Beta", "Beta"], ["", "Gamma"])

    uses = guessed(table)

    assert str(uses["Site name"].target) == "legal_name"
    assert uses["Agency name"].reason == 'legal_name is taken from "Site name"'


def test_the_name_of_somebody_else_is_not_taken():
    table = table_of(["name", "Parent name", "Fax number"], ["Acme", "Holding", "020 7946 0958"])

    assert compared(table) == {"name": "legal_name"}


def test_the_house_number_stands_before_the_street():
    table = table_of(["street", "house number"], ["High Street", "12"])

    assert list(compared(table)) == ["house number", "street"]
    assert set(compared(table).values()) == {"addresses.line1"}


def test_every_mail_and_phone_column_feeds_the_list():
    table = table_of(
        ["email", "work email", "mobile", "phone"],
        ["a@x.com", "b@x.com", "+44 20 7946 0958", "+44 20 7946 0123"],
    )

    targets = compared(table, "contact")

    assert sorted(targets.values()) == ["emails", "emails[1]", "phones", "phones[1]"]


@pytest.mark.parametrize("name", ["id", "unique_id", "Record ID", "key", "no"])
def test_a_unique_column_called_a_key_is_never_compared(name):
    table = table_of([name, "company"], ["1", "Acme"], ["2", "Beta"])

    assert guessed(table)[name].role is Role.KEY


def test_an_id_that_rows_share_is_no_key():
    table = table_of(["group id", "company"], ["1", "Acme"], ["1", "Beta"])

    assert guessed(table)["group id"].role is Role.IGNORED


def test_key_and_truth_are_never_compared_though_they_are_called_like_evidence():
    table = table_of(["company", "name", "city"], ["A", "Acme", "Leeds"], ["B", "Beta", "Leeds"])

    uses = guessed(table, key="company", truth="city")

    assert (uses["company"].role, uses["city"].role) == (Role.KEY, Role.TRUTH)
    assert compared(table, key="company", truth="city") == {"name": "legal_name"}


def test_what_the_user_says_goes_before_every_guess():
    table = table_of(
        ["company", "alias", "zip"], ["Acme", "Acme Holdings", "60606"], ["B", "Beta", "60607"]
    )

    targets = compared(table, maps=["alias=legal_name", "zip=ignore"])

    assert targets == {"alias": "legal_name"}


def test_a_column_that_the_model_does_not_compare_is_said_to_be_ignored():
    table = table_of(["company", "industry"], ["Acme", "Steel"], ["Beta", "Rail"])

    reason = guessed(table)["industry"].reason

    assert reason == "it is industry, which the client model does not compare"


def test_without_a_column_called_name_the_words_that_differ_are_the_name():
    table = table_of(
        ["x7", "kind"], ["Acme Steel", "firm"], ["Beta Rail", "firm"], ["Crow", "firm"]
    )

    assert compared(table) == {"x7": "legal_name"}


def test_empty_columns_and_placeholders_say_nothing():
    table = table_of(["company", "phone"], ["n/a", ""], ["-", ""])

    assert {use.reason for use in guessed(table).values()} == {"it is empty"}


def test_numbers_without_a_name_are_nothing():
    table = table_of(["alpha", "beta"], ["12", "7"], ["13", "9"])

    assert compared(table) == {}


@pytest.mark.parametrize(
    ("dates", "country", "order"),
    [
        (["03/04/2020", "25/04/2020"], None, "dmy"),
        (["03/04/2020", "04/25/2020"], None, "mdy"),
        (["03/04/2020"], None, "dmy"),
        (["03/04/2020"], "US", "mdy"),
        (["2020-04-03"], None, "dmy"),
    ],
)
def test_the_order_of_dates_is_the_one_in_which_they_exist(dates, country, order):
    assert find_date_order([Contents.of(dates)], country) == order


def test_names_are_shown_without_what_a_terminal_would_obey():
    assert shown("na\x1b[31mme") == '"na·[31mme"'
    assert printable("two\nlines") == "two·lines"
    assert len(shown("x" * 1_000_000)) < 100
