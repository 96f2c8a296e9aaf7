"""Clients: what merges, what a steward sees, what stays apart."""

import pytest

from matching.engine.match import Outcome
from tests.matching.domains.two_records import explained, matched, outcome

BY_NAME_ALONE = [
    ("Acme GmbH", "ACME Gesellschaft mbH", "merge"),
    ("Novo Nordisk", "Novo Nordisk A/S", "merge"),
    ("FedEx", "Fed Ex Corporation", "merge"),
    ("A. O. Smith", "AO Smith Corporation", "merge"),
    ("Lilly (Eli) & Co", "Eli Lilly and Company", "merge"),
    ("Amazon", "Amazon.com, Inc.", "merge"),
    ("株式会社トヨタ", "トヨタ株式会社", "merge"),
    ("ООО Ромашка", "Ромашка", "merge"),
    ("Goldman Sachs", "Goldman Sachs Group, Inc. (The)", "review"),
    ("Sherwin", "Sherwin-Williams Company", "review"),
    ("Microsft Deutschland GmbH", "Microsoft Deutschland GmbH", "review"),
    ("Universal Ltd", "Universal Ltd", "review"),
    ("Acme GmbH", "Acme AG", "review"),
    ("Royal Bank", "Royal Mail", "no match"),
    ("SIA Rimi Latvia", "SIA Maxima Latvija", "no match"),
    ("Bank of the West", "Bank of the East", "no match"),
    ("Viking Acquisition Corp. I", "Viking Acquisition Corp. II", "no match"),
    ("First National Bank", "First National Holdings", "no match"),
    ("Acme GmbH", "Zenith GmbH", "no match"),
]


@pytest.mark.parametrize(("left", "right", "expected"), BY_NAME_ALONE)
def test_names_alone(left: str, right: str, expected: str):
    assert outcome("client", {"legal_name": left}, {"legal_name": right}) == expected
    assert outcome("client", {"legal_name": right}, {"legal_name": left}) == expected


def test_the_order_of_two_clients_does_not_change_their_weight():
    left = {"legal_name": "Acme GmbH", "phone": "+49301234"}
    right = {"legal_name": "Acme AG", "phone": "+49305678"}

    assert explained("client", left, right) == explained("client", right, left)


def test_a_trading_name_is_as_good_as_the_legal_name():
    left = {"legal_name": "Smith Holdings 12 Ltd", "trading_name": "Roadrunner Couriers"}
    right = {"legal_name": "Roadrunner Couriers"}

    assert outcome("client", left, right) == "merge"


def test_different_numbers_in_one_register_are_never_one_client():
    left = {"legal_name": "Acme GmbH", "register": "HRB Berlin", "registration_number": "111"}
    right = {"legal_name": "Acme GmbH", "register": "HRB Berlin", "registration_number": "222"}

    result = matched("client", [left, right])

    assert result.clusters.members() == {}
    assert len(result.having(Outcome.VETO)) == 1
    assert explained("client", left, right).veto == "registration number"


@pytest.mark.parametrize(
    ("left", "right", "veto"),
    [
        ({"tax_id": "DE111111111"}, {"tax_id": "DE222222222"}, "tax number"),
        ({"tax_id": "DE111111111"}, {"tax_id": "FR22222222222"}, None),
        ({"lei": "5299000J2N45DDNE4Y28"}, {"lei": "529900T8BM49AURSDO55"}, "LEI"),
        ({"duns": "150483782"}, {"duns": "150483783"}, "D-U-N-S number"),
        ({"tax_id": "DE111111111"}, {"tax_id": None}, None),
    ],
)
def test_conflicting_identifiers_are_a_veto(left, right, veto):
    name = {"legal_name": "Acme GmbH"}

    assert explained("client", name | left, name | right).veto == veto


@pytest.mark.parametrize("path", ["tax_id", "lei", "duns"])
def test_an_equal_identifier_joins_names_that_only_resemble(path: str):
    left = {"legal_name": "Acme Robotics GmbH", path: "529900T8BM49AURSDO55"}
    right = {"legal_name": "Acme Robotix", path: "529900T8BM49AURSDO55"}

    assert outcome("client", left, right) == "merge"


def test_sister_companies_with_one_domain_do_not_merge():
    shared = {"website": "https://www.plum-quarry.com", "phone": "+442079460958"}
    foods = {"legal_name": "Plum Quarry Foods LLP", "addresses[0].postcode": "B16 4WZ"}
    tools = {"legal_name": "Plum Quarry Tools PLC", "addresses[0].postcode": "EH1 1AA"}

    assert outcome("client", foods | shared, tools | shared) != "merge"


def test_a_free_mail_domain_is_no_evidence():
    left = {"legal_name": "Acme Tools", "email_domain": "gmail.com"}
    right = {"legal_name": "Zenith Foods", "email_domain": "gmail.com"}

    assert explained("client", left, right).found_by is None


def test_one_place_and_one_phone_bring_differently_named_records_to_a_steward():
    place = {"addresses[0].lines[0]": "10001 S Woodlawn Ave", "addresses[0].postcode": "60628"}
    left = {"legal_name": "Olive-Harvey College", "phone": "+13122916317"}
    right = {"legal_name": "City Colleges Olive-Harvey CDC", "phone": "+13122916317"}

    assert outcome("client", left | place, right | place) in ("merge", "review")


def site(name: str, street: str, phone: str | None = None) -> dict[str, str | None]:
    return {"legal_name": name, "addresses[0].lines[0]": street, "phone": phone}


def test_a_site_is_the_same_with_and_without_the_kind_of_its_street():
    postcode = {"addresses[0].postcode": "60609"}
    left = site("Grace Mission Day Care", "5332 S Western Avenue", "4761990")
    right = site("Charities of the Archdiocese Grace Mission", "5332 S. Western", "4761990")

    assert outcome("client", left | postcode, right | postcode) == "merge"
    assert outcome("client", left, right) == "review"


def test_sites_of_one_organisation_that_share_a_switchboard_do_not_merge():
    postcode = {"addresses[0].postcode": "60618"}
    east = site("Mary Crane League Mary Crane Center (East)", "2974 N Clybourn", "3485528")
    north = site("Mary Crane North", "2905 N Leavitt", "3485528")

    assert outcome("client", east | postcode, north | postcode) != "merge"


@pytest.mark.parametrize(
    ("streets", "postcodes", "level"),
    [
        (("12 High Street", "12 High St."), ("LS1 4AP", "LS14AP"), "same door and postcode"),
        (("12 High Street", "12 High"), ("LS1 4AP", None), "same door"),
        (("12 High Street", "12 High"), ("LS1 4AP", "M1 1AE"), "same door, other postcode"),
        (("12 High Street", "12 Hihg St"), ("LS1 4AP", None), "same number, street alike"),
        (("12 High Street", "14 High Street"), ("LS1 4AP", "LS1 4AP"), "same postcode, other door"),
        (("12 High Street", None), ("LS1 4AP", "LS1 4AP"), "same postcode"),
        (("12 High Street", "14 High Street"), ("LS1 4AP", "LS1 4AR"), "different"),
        (("12 High Street", None), ("LS1 4AP", None), "missing"),
    ],
)
def test_how_far_two_addresses_agree(streets, postcodes, level):
    left, right = (
        {"legal_name": "Acme", "addresses[0].lines[0]": street, "addresses[0].postcode": postcode}
        for street, postcode in zip(streets, postcodes, strict=True)
    )

    evidence = {each.comparison: each.level for each in explained("client", left, right).evidence}

    assert evidence["address"] == level
