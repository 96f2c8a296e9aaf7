"""A mapping as a person edits it: what is not touched stays word for word."""

from mdm.domains import ENTITY_TYPES
from mdm.feeds import drafting
from mdm.feeds.mapping import compile_mapping

CLIENT = ENTITY_TYPES["client"]
KNOWN = {
    "key": ["Account ID"],
    "updated_at": "Changed",
    "scope": [{"column": "Name", "rule": "equity_listing"}],
    "attributes": [
        {"attribute": "legal_name", "column": "Name", "transform": ["upper"]},
        {"attribute": "status", "value": "active"},
        {"attribute": "industry", "column": "Sector", "optional": True},
        {"attribute": "addresses", "parts": {"kind": {"value": "billing"}, "city": "Town"}},
        {"attribute": "parent", "column": "Parent", "system": {"value": "ERP"}},
    ],
}
AS_THEY_ARE = {
    "Account ID": "key",
    "Changed": "updated_at",
    "Name": "legal_name",
    "Town": "addresses.city",
    "Parent": "parent",
}


def written(**changes):
    chosen = {**AS_THEY_ARE, **{name.replace("_", " "): each for name, each in changes.items()}}
    made = drafting.write(KNOWN, CLIENT, "CRM", chosen)
    compile_mapping(made, CLIENT)
    return made


def test_each_column_has_the_target_that_it_feeds():
    assert drafting.read(KNOWN) == {**AS_THEY_ARE, "Sector": "industry"}


def test_what_nobody_touches_stays_word_for_word():
    assert written() == KNOWN


def test_a_column_that_is_left_out_takes_its_line_with_it():
    made = written(Town="")

    assert "addresses" not in {line["attribute"] for line in made["attributes"]}
    assert made["attributes"][0] == KNOWN["attributes"][0]


def test_new_columns_become_plain_lines_and_parts_of_the_address_there_is():
    made = written(Zip="addresses.postcode", Web="website")

    assert made["attributes"][3]["parts"]["postcode"] == "Zip"
    assert made["attributes"][-1] == {"attribute": "website", "column": "Web"}


def test_a_reference_points_into_the_feeds_own_system_unless_a_line_says_otherwise():
    made = drafting.write({}, CLIENT, "CRM", {"Up": "parent", "Id": "key"})

    assert made["attributes"] == [
        {"attribute": "parent", "column": "Up", "system": {"value": "CRM"}}
    ]
    assert made["key"] == ["Id"]


def test_another_key_replaces_the_one_there_was():
    assert written(Account_ID="", Number="key")["key"] == ["Number"]


def test_the_mapping_that_was_given_is_left_as_it_was():
    before = repr(KNOWN)

    written(Zip="addresses.postcode")

    assert repr(KNOWN) == before
