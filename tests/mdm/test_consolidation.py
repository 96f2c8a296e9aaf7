"""Consolidation: what golden records say, given their members, and where each value came from."""

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.attribute_types import Address, Date, Email, Number, Text, YesNo
from mdm.consolidation import EVERYTHING, Members, consolidate
from mdm.domains import ENTITY_TYPES
from mdm.schema import Attribute, EntityType
from mdm.survivorship import (
    Decay,
    Turn,
    largest,
    most_complete,
    most_recent,
    most_trusted,
    objects,
)


def attribute(name, type_=None, **given):
    return Attribute(
        name=name, type=type_ or Text(), label=name.title(), glossary=f"The {name}.", **given
    )


PARTY = EntityType(
    domain="party",
    label="Party",
    plural="Parties",
    glossary="A party.",
    title=lambda values: str(values.get("name", "")),
    attributes=(
        attribute("name"),
        attribute("role", survivorship=most_recent),
        attribute("budget", Number(), survivorship=largest),
        attribute("emails", Email(), many=True),
        attribute("addresses", Address(), many=True, survivorship=most_complete),
        attribute("street", group="home"),
        attribute("postcode", group="home"),
        attribute("start", Date(), group="period", survivorship=most_recent),
        attribute("end", Date(), group="period", survivorship=most_recent),
        attribute("consent", YesNo(), group="consent"),
        attribute("consent_text", group="consent"),
    ),
)
GROUPS = [("street", "postcode"), ("start", "end"), ("consent", "consent_text")]


def content_of(rows, entity_type=PARTY, count=None, doubtful=(), at=0):
    """The contents for rows of (golden, record, rank of the system, source time, attributes).

    `doubtful` names the doubtful attributes of records.
    """
    columns = list(zip(*rows, strict=True)) or [[]] * 5
    golden, record, rank, time = (np.array(each) for each in columns[:4])
    doubted = dict(doubtful)
    members = Members(
        golden.astype(np.int64),
        record.astype(np.int64),
        objects(["CRM"] * len(record)),
        time.astype(np.float64),
        columns[4],
        {at: frozenset(doubted[id_]) for at, id_ in enumerate(columns[1]) if id_ in doubted},
    )
    ranks = rank.astype(np.int64)
    goldens = max(golden.tolist(), default=-1) + 1 if count is None else count
    return consolidate(entity_type, members, lambda _: [Turn(ranks)], goldens, at=at)


def one(*records, entity_type=PARTY, **given):
    """The content of one golden record whose members are `records`, the most trusted first."""
    rows = [(0, 10 + at, at, float(at), values) for at, values in enumerate(records)]
    return content_of(rows, entity_type, **given)[0]


def test_a_single_member_gives_everything_it_says():
    content = one({"name": "Acme", "emails": ["a@x.com"]})

    assert content.attributes == {"name": "Acme", "emails": ["a@x.com"]}
    assert content.provenance == {"10": EVERYTHING}


def test_a_golden_record_without_members_is_empty():
    (first, second) = content_of([(1, 10, 0, 0.0, {"name": "Acme"})], count=2)

    assert (first.attributes, first.provenance) == ({}, {})
    assert second.attributes == {"name": "Acme"}


def test_no_members_at_all_give_no_content():
    assert content_of([]) == []


def test_each_attribute_is_chosen_by_its_own_strategy():
    content = one(
        {"name": "Acme", "role": "Buyer", "budget": "9.50"},
        {"name": "ACME Ltd", "role": "Head", "budget": "10.00"},
    )

    assert content.attributes == {"name": "Acme", "role": "Head", "budget": "10.00"}
    assert content.provenance == {
        "10": {"name": "owner"},
        "11": {"role": "recent", "budget": "greatest"},
    }


def test_the_winner_of_an_attribute_is_ranked_by_its_own_ownership():
    members = Members(
        np.array([0, 0]),
        np.array([10, 11]),
        objects(["CRM", "ERP"]),
        np.array([0.0, 0.0]),
        [{"name": "Acme", "street": "1 High St"}, {"name": "Umbrella", "street": "2 Low St"}],
    )
    ranks = {"name": np.array([0, 1]), "street": np.array([1, 0])}

    (content,) = consolidate(
        PARTY, members, lambda each: [Turn(ranks.get(each.name, ranks["name"]))], 1
    )

    assert content.attributes == {"name": "Acme", "street": "2 Low St"}


def test_a_street_of_one_source_never_stands_with_a_postcode_of_another():
    content = one({"street": "1 High St"}, {"street": "2 Low St", "postcode": "LS1 1AA"})

    assert content.attributes == {"street": "1 High St"}
    assert content.provenance == {"10": {"street": "owner"}}


def test_a_group_is_chosen_by_its_strategy_even_where_its_first_attribute_is_missing():
    content = one({"start": "2024-01-01", "end": "2024-12-31"}, {"end": "2025-12-31"})

    assert content.attributes == {"end": "2025-12-31"}


def test_no_is_an_answer_that_a_group_keeps():
    content = one({"consent": False}, {"name": "Acme"})

    assert content.attributes == {"consent": False, "name": "Acme"}


@pytest.mark.parametrize("strategy", [largest, most_complete, most_trusted])
def test_a_group_may_survive_by_any_strategy(strategy):
    grouped = EntityType(
        domain="fee",
        label="Fee",
        plural="Fees",
        glossary="A fee.",
        title=str,
        attributes=(
            attribute("amount", Number(), group="fee", survivorship=strategy),
            attribute("currency", group="fee", survivorship=strategy),
        ),
    )

    content = one(
        {"amount": "10", "currency": "EUR"}, {"amount": "9.5"}, {"currency": "USD"},
        entity_type=grouped,
    )  # fmt: skip

    assert content.attributes == {"amount": "10", "currency": "EUR"}


def test_items_of_all_members_are_united_and_the_best_trusted_come_first():
    content = one({"emails": ["b@x.com", "a@x.com"]}, {"emails": ["a@x.com", "c@x.com"]})

    assert content.attributes == {"emails": ["b@x.com", "a@x.com", "c@x.com"]}
    assert content.provenance == {"10": {"emails": "merged"}, "11": {"emails": "merged"}}


def test_of_two_spellings_of_an_address_the_more_complete_one_stands():
    short = {"kind": "home", "lines": ["12 High St"], "postcode": "LS1 1AA"}
    full = {"kind": "home", "lines": ["12 HIGH ST."], "postcode": "LS11AA", "city": "Leeds"}

    content = one({"addresses": [short]}, {"addresses": [full]})

    assert content.attributes == {"addresses": [full]}
    assert content.provenance == {"11": {"addresses": "merged"}}


@pytest.mark.parametrize("empty", [{}, {"addresses": []}, {"addresses": None}])
def test_two_contacts_with_the_same_home_and_one_empty_give_one_populated_address(empty):
    home = {"kind": "home", "lines": ["12 High St"], "city": "Leeds"}

    content = one(empty, {"addresses": [home]}, {"addresses": [dict(home)]})

    assert content.attributes["addresses"] == [home]


@pytest.mark.parametrize("empty", [None, "", [], {}])
@pytest.mark.parametrize("name", ["name", "role", "budget", "street", "start", "emails"])
def test_an_empty_value_never_beats_a_populated_one(name, empty):
    said = {"emails": ["a@x.com"], "budget": "5", "start": "2024-01-01"}.get(name, "said")

    content = one({name: empty}, {name: said}, {name: empty})

    assert content.attributes == {name: said}
    assert set(content.provenance) == {"11"}


@pytest.mark.parametrize("empty", [None, "", {}])
def test_an_empty_item_is_no_item(empty):
    content = one({"emails": [empty]}, {"emails": [empty, "a@x.com"]})

    assert content.attributes == {"emails": ["a@x.com"]}


def test_an_invalid_value_of_a_strong_source_loses_to_a_valid_one_of_a_weaker():
    content = one({"name": "#N/A"}, {"name": "Acme"}, doubtful={10: ["name"]})

    assert content.attributes == {"name": "Acme"}
    assert content.provenance == {"11": {"name": "trusted"}}


def test_an_invalid_value_is_used_when_it_is_the_only_one():
    content = one({"name": "#N/A"}, {"role": "Head"}, doubtful={10: ["name"]})

    assert content.attributes == {"name": "#N/A", "role": "Head"}


def test_how_much_an_invalid_value_loses_is_the_policys_to_say():
    trusting = replace(PARTY, attributes=(replace(PARTY["name"], distrust=5),))

    assert one(
        {"name": "Acme?"}, {"name": "Acme"}, doubtful={10: ["name"]}, entity_type=trusting
    ).attributes == {"name": "Acme?"}


def test_a_group_with_an_invalid_value_is_distrusted_as_a_whole():
    content = one(
        {"street": "1 High St", "postcode": "?"},
        {"street": "2 Low St"},
        doubtful={10: ["postcode"]},
    )

    assert content.attributes == {"street": "2 Low St"}


def test_a_value_is_as_old_as_its_source_says_at_the_evaluation():
    day = 86_400
    aging = replace(PARTY, attributes=(replace(PARTY["name"], decay=Decay(0, 100)),))
    rows = [
        (0, 10, 0, 0.0, {"name": "Old"}),
        (0, 11, 1, 50.0 * day, {"name": "New"}),
        (0, 12, 2, -np.inf, {"name": "Undated"}),
    ]

    early, late = (content_of(rows, aging, at=days * day)[0] for days in (5, 60))

    assert early.provenance == {"10": {"name": "trusted"}}
    assert late.provenance == {"11": {"name": "trusted"}}


def test_golden_records_are_told_apart():
    rows = [
        (0, 10, 0, 0.0, {"emails": ["a@x.com"]}),
        (1, 11, 0, 0.0, {"emails": ["a@x.com"]}),
        (0, 12, 1, 0.0, {"emails": ["b@x.com"]}),
        (1, 13, 1, 0.0, {"emails": ["c@x.com"]}),
    ]

    first, second = content_of(rows)

    assert first.attributes == {"emails": ["a@x.com", "b@x.com"]}
    assert second.attributes == {"emails": ["a@x.com", "c@x.com"]}


word = st.sampled_from(["a", "b", "cc"])
home = st.fixed_dictionaries(
    {"kind": st.just("home")}, optional={"lines": st.lists(word, min_size=1), "city": word}
)
nothing = st.sampled_from([None, "", []])
values = st.fixed_dictionaries(
    {},
    optional={
        "name": word | nothing,
        "role": word | nothing,
        "budget": st.sampled_from(["9", "10", "10.0"]) | nothing,
        "emails": st.lists(st.sampled_from(["a@x.com", "b@x.com"]), unique=True) | nothing,
        "addresses": st.lists(home, max_size=2, unique_by=Address().identity) | nothing,
        "street": word | nothing,
        "postcode": word | nothing,
        "start": st.sampled_from(["2024-01-01", "2025-01-01"]) | nothing,
        "end": st.sampled_from(["2024-12-31", "2025-12-31"]) | nothing,
        "consent": st.booleans() | nothing,
        "consent_text": word | nothing,
    },
)
member = st.tuples(
    st.integers(0, 2),
    st.integers(1, 99),
    st.integers(0, 1),
    st.sampled_from([-np.inf, 0.0, 1.0]),
    values,
)
linked = st.lists(member, max_size=9, unique_by=lambda each: each[1])


def is_said(value):
    return value not in (None, "", [], {})


def several(rows, number):
    """The members of a golden record by id; none when it has only one."""
    found = {str(record): said for golden, record, _, _, said in rows if golden == number}
    return found if len(found) > 1 else {}


@given(linked, st.randoms(use_true_random=False))
def test_shuffled_members_give_the_same_content(rows, chance: random.Random):
    shuffled = rows.copy()
    chance.shuffle(shuffled)

    assert content_of(shuffled, count=3) == content_of(rows, count=3)


AGING = replace(
    PARTY,
    attributes=tuple(
        replace(each, decay=Decay(0, 1e-4, lowest=40), distrust=70) for each in PARTY.attributes
    ),
)
names = st.frozensets(st.sampled_from(["name", "role", "street", "postcode", "consent"]))


@given(linked, st.dictionaries(st.integers(1, 99), names), st.randoms(use_true_random=False))
def test_neither_does_their_order_matter_where_values_age_and_are_doubted(
    rows, doubtful, chance: random.Random
):
    shuffled = rows.copy()
    chance.shuffle(shuffled)

    one, other = (content_of(each, AGING, 3, doubtful, at=5.0) for each in (shuffled, rows))

    assert one == other


@given(linked)
def test_a_group_never_mixes_sources(rows):
    for number, content in enumerate(content_of(rows, count=3)):
        members = several(rows, number)
        for group in GROUPS:
            chosen = {
                name: content.attributes[name] for name in group if name in content.attributes
            }
            offers = [
                {name: said[name] for name in group if is_said(said.get(name))}
                for said in members.values()
            ]
            assert not members or not chosen or chosen in offers


@given(linked)
def test_whatever_a_member_says_leaves_no_golden_record_silent(rows):
    for number, content in enumerate(content_of(rows, count=3)):
        members = several(rows, number)
        grouped = {name for group in GROUPS for name in group}
        said = {name for each in members.values() for name, value in each.items() if is_said(value)}
        assert not members or said - grouped == content.attributes.keys() - grouped
        for group in GROUPS:
            assert not members or bool(said & set(group)) == bool(
                content.attributes.keys() & set(group)
            )


@given(linked)
def test_every_provenance_names_a_member_that_says_the_value(rows):
    for number, content in enumerate(content_of(rows, count=3)):
        members = several(rows, number)
        named = [(record, why) for record, why in content.provenance.items() if why != EVERYTHING]
        for record, reasons in named:
            for name in reasons:
                value, said = content.attributes[name], members[record][name]
                assert value == said or (isinstance(value, list) and any(x in said for x in value))
        assert not members or {name for _, why in named for name in why} == set(content.attributes)


@given(linked)
def test_no_item_stands_twice_and_none_is_lost(rows):
    for number, content in enumerate(content_of(rows, count=3)):
        for each in (PARTY["emails"], PARTY["addresses"]):
            items = [each.type.identity(item) for item in content.attributes.get(each.name) or ()]
            offered = {
                each.type.identity(item)
                for said in several(rows, number).values()
                for item in said.get(each.name) or ()
            }
            assert not offered or sorted(items) == sorted(offered)


@pytest.mark.parametrize("domain", ENTITY_TYPES)
def test_two_members_that_agree_give_what_each_of_them_says(domain):
    said = {
        each.name: [{"kind": "main", "city": "Leeds"}]
        if each.many
        else {"kind": "main", "city": "x"}
        for each in ENTITY_TYPES[domain].attributes
    }

    content = one(said, dict(said), entity_type=ENTITY_TYPES[domain])

    assert content.attributes == said
