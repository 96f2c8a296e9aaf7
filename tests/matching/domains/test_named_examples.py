"""The examples that requirements name, through the shipped models; more cases lie beside."""

import numpy as np
import pytest

from matching.domains import MODELS
from matching.engine.match import Outcome
from tests.matching.domains.two_records import explained, matched, outcome

SAME_DAY = {"date_of_birth": "1980-03-12"}


def person(given: str, family: str) -> dict[str, str | None]:
    return {"given_name": given, "family_name": family, **SAME_DAY}


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Royal Bank", "Royal Mail"),
        ("SIA Rimi Latvia", "SIA Maxima Latvija"),
        ("Bank of the West", "Bank of the East"),
    ],
)
def test_general_words_and_legal_forms_make_no_two_companies_one(left, right):
    place = {"addresses[0].city": "London", "addresses[0].country": "GB"}

    assert outcome("client", {"legal_name": left}, {"legal_name": right}) == "no match"
    assert outcome("client", {"legal_name": left, **place}, {"legal_name": right, **place}) in (
        "no match",
        "review",
    )


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Acme GmbH", "ACME Gesellschaft mbH"),
        ("Acme GmbH", "Acme Gesellschaft mit beschränkter Haftung"),
    ],
)
def test_the_same_company_is_written_in_several_ways(left, right):
    assert outcome("client", {"legal_name": left}, {"legal_name": right}) == "merge"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (("Bob", "Okonkwo"), ("Robert", "Okonkwo")),
        (("José", "Müller"), ("Jose", "Muller")),
        (("Jürgen", "Groß"), ("Juergen", "Gross")),
        (("Anna", "van der Berg"), ("Anna", "Van Der Berg")),
        (("Anna", "van der Berg"), ("Anna", "Berg")),
        (("Okonkwo", "Robert"), ("Robert", "Okonkwo")),
        (("R.", "Okonkwo"), ("Robert", "Okonkwo")),
        (("Robert J.", "Okonkwo"), ("Robert", "Okonkwo")),
    ],
)
def test_the_same_person_is_written_in_several_ways(left, right):
    assert outcome("contact", person(*left), person(*right)) == "merge"


def test_two_companies_of_one_name_and_two_register_numbers_never_merge():
    records = [
        {"legal_name": "Acme GmbH", "register": "Berlin", "registration_number": number}
        for number in ("HRB 111", "HRB 222")
    ]

    result = matched("client", records)

    assert result.outcomes.tolist() == [Outcome.VETO]
    assert result.clusters.members() == {}


def test_a_chain_between_two_register_numbers_is_cut_and_the_bridge_reported():
    acme = {"legal_name": "Acme Robotics GmbH", "phone": "+49301234567"}
    numbers = [{"register": "Berlin", "registration_number": n} for n in ("HRB 111", "HRB 222")]
    records = [acme | numbers[0], acme | {"addresses[0].city": "Berlin"}, acme | numbers[1]]

    result = matched("client", records)

    (together,) = result.clusters.members().values()
    (refused,) = result.clusters.refusals
    assert together in ([0, 1], [1, 2])
    assert refused.reason == "identifiers conflict"
    assert 1 in (refused.left, refused.right)


@pytest.mark.parametrize(
    ("domain", "left", "right"),
    [
        ("client", {"legal_name": "Acme GmbH"}, {"legal_name": "ACME Gesellschaft mbH"}),
        ("client", {"legal_name": "Royal Bank"}, {"legal_name": "Royal Mail"}),
        ("contact", person("Bob", "Okonkwo"), person("Robert", "Okonkwo")),
        ("contact", person("Ann", "Smith"), person("Raj", "Patel")),
    ],
)
def test_what_is_said_of_a_pair_sums_to_its_weight(domain, left, right):
    said = explained(domain, left, right)

    bits = [each.bits + each.rarity for each in said.evidence]
    assert said.match_weight == pytest.approx(said.prior + np.sum(bits), abs=1e-3)
    assert len(said.evidence) == len(MODELS[domain].comparisons)


def test_a_rare_family_name_weighs_more_than_a_common_one():
    rare = [person("Ann", "Featherstonehaugh") for _ in range(2)]
    common = [person("Ann", "Smith") for _ in range(2)]
    crowd = [
        {"given_name": given, "family_name": "Smith", "date_of_birth": f"19{day}-01-02"}
        for day in range(10, 99)
        for given in ("Ann", "John", "Mary", "Peter", "Susan", "David", "Linda")
    ]

    result = matched("contact", [*rare, *common, *crowd])

    weight = {
        (left, right): bits
        for left, right, bits in zip(
            result.pairs.left.tolist(),
            result.pairs.right.tolist(),
            result.pairs.match_weight.tolist(),
            strict=True,
        )
    }
    assert weight[0, 1] > weight[2, 3]
