"""Contacts: people, colleagues, families, mailboxes that many share."""

import pytest

from matching.engine.match import Outcome
from tests.matching.domains.two_records import explained, matched, outcome

ANN = {"given_name": "Ann", "family_name": "Featherstonehaugh"}
BORN = {"date_of_birth": "1980-03-12"}
HOME = {"address.lines[0]": "8 Stanley Street", "address.postcode": "3550", "address.city": "Dapto"}
MAIL = {"emails[0]": "ann.f@firm.com"}
NUMBER = {"national_id": "QQ 12 34 56 C"}
DESK = {"phones[0]": "+442079460958", "client": "golden-1"} | HOME

CASES = [
    (ANN | MAIL, ANN | MAIL, "merge"),
    (ANN | BORN, ANN | BORN, "merge"),
    (ANN | HOME, ANN | HOME, "merge"),
    (ANN | {"client": "golden-1"}, ANN | {"client": "golden-1"}, "merge"),
    (ANN | MAIL, ANN | {"emails[1]": "Ann.F@firm.com"}, "merge"),
    (ANN | BORN, {"given_name": "Featherstonehaugh", "family_name": "Ann"} | BORN, "merge"),
    (ANN | BORN | HOME, ANN | {"date_of_birth": "1980-12-03"} | HOME, "merge"),
    (ANN | MAIL, {"given_name": "A.", "family_name": "Fetherstonehaugh"} | MAIL, "merge"),
    (ANN | NUMBER, ANN | {"national_id": "QQ 12 34 65 C"}, "merge"),
    (ANN | NUMBER, {"given_name": "Bob", "family_name": "Patel"} | NUMBER, "review"),
    (ANN | NUMBER, ANN | {"national_id": "ZA 98 76 54 B"}, "no match"),
    (ANN, ANN, "review"),
    (ANN | HOME, {"given_name": "Bob", "family_name": "Featherstonehaugh"} | HOME, "review"),
    (ANN | DESK, {"given_name": "Raj", "family_name": "Patel"} | DESK, "no match"),
    (ANN | BORN, ANN | {"date_of_birth": "1951-11-30"}, "no match"),
    (ANN | {"client": "golden-1"}, ANN | {"client": "golden-2"} | BORN, "no match"),
]


@pytest.mark.parametrize(("left", "right", "expected"), CASES)
def test_two_contacts(left, right, expected):
    assert outcome("contact", left, right) == expected
    assert outcome("contact", right, left) == expected


@pytest.mark.parametrize(
    ("short", "full"), [("Bob", "Robert"), ("Bill", "William"), ("Kathy", "Katherine")]
)
def test_a_short_form_is_the_full_name(short: str, full: str):
    left = {"given_name": short, "family_name": "Okonkwo", "client": "golden-1"} | BORN
    right = {"given_name": full, "family_name": "Okonkwo", "client": "golden-1"} | BORN

    (name,) = (e for e in explained("contact", left, right).evidence if e.comparison == "name")

    assert name.level == "short form"
    assert outcome("contact", left, right) == "merge"


@pytest.mark.parametrize(
    ("left", "right", "level"),
    [
        (("Bayden", "Sonn"), ("Sonn", "Bayde"), "names swapped, nearly alike"),
        (("Bob", "Featherstonehaugh"), ("Ann", "Featherstonehaugh"), "same family name only"),
        (("Ann", "Featherstonehaugh"), ("Bob", "Fetherstonehaugh"), "family nearly alike only"),
        (("Sonn", "Patel"), ("Bayden", "Sonn"), "a name in the other's place"),
    ],
)
def test_how_far_two_names_agree(left, right, level):
    one, other = (
        dict(zip(("given_name", "family_name"), name, strict=True)) for name in (left, right)
    )

    (name,) = (e for e in explained("contact", one, other).evidence if e.comparison == "name")

    assert name.level == level


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("2848", "2488", "postcode one slip off"),
        ("SW1A 1AA", "SW1A 1AB", "postcode one slip off"),
        ("2848", "2910", "different"),
    ],
)
def test_a_slip_in_a_postcode_is_not_another_place(one, other, level):
    left, right = ANN | {"address.postcode": one}, ANN | {"address.postcode": other}

    found = explained("contact", left, right).evidence
    (place,) = (each for each in found if each.comparison == "phone and place")

    assert place.level == level


def test_a_record_of_which_little_is_known_joins_the_many_of_a_person():
    known = [ANN | BORN | HOME | {"role": f"role {n}"} for n in range(4)]
    sparse = {"given_name": "A.", "family_name": "Featherstonehaugh", "address.city": "Dapto"}
    others = [{"given_name": f"G{n}", "family_name": f"F{n}"} for n in range(50)]

    alone = matched("contact", [known[0], sparse, *others])
    among = matched("contact", [*known, sparse, *others])

    assert alone.clusters.members() == {}
    assert among.clusters.members() == {0: [0, 1, 2, 3, 4]}


def test_a_mailbox_of_a_role_gives_no_candidates():
    records = [
        {"given_name": f"Given{n}", "family_name": f"Family{n}", "emails[0]": "info@firm.com"}
        for n in range(40)
    ]

    result = matched("contact", records)

    assert len(result.pairs) == 0
    assert all(report.pairs == 0 for report in result.passes if report.name == "same e-mail")


def test_a_mailbox_that_many_people_share_joins_nobody():
    crowd = "abcdefghijklmnopqrstuvwxyz"
    records = [
        {
            "given_name": f"{a}{b}anus",
            "family_name": f"{b}{a}ovic",
            "emails[0]": "projectroom@firm.com",
        }
        for a in crowd
        for b in crowd
        if a != b
    ][:400]

    result = matched("contact", records)

    assert len(result.having(Outcome.MERGE)) == 0


def test_a_common_name_alone_is_not_proposed_in_a_large_feed():
    people = [{"given_name": "John", "family_name": "Smith"} for _ in range(2)]
    crowd = [{"given_name": "John", "family_name": "Smith", "role": f"r{n}"} for n in range(300)]
    others = [{"given_name": f"G{n}", "family_name": f"F{n}"} for n in range(5000)]

    result = matched("contact", [*people, *crowd, *others])

    assert len(result.pairs) == 0
