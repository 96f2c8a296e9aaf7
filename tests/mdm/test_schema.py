"""The declarative language: what a declaration offers, and what it refuses."""

import pytest

from mdm.attribute_types import Choice, Email, Number, Reference, Text
from mdm.relation_kinds import RelationKind
from mdm.schema import Attribute, EntityType, WhenInvalid
from mdm.survivorship import most_recent, most_trusted


def attribute(name, **given):
    return Attribute(
        **{"name": name, "type": Text(), "label": name.title(), "glossary": f"The {name}."} | given
    )


def entity_type(*attributes, **given):
    return EntityType(
        **{
            "domain": "thing",
            "label": "Thing",
            "plural": "Things",
            "glossary": "A thing.",
            "attributes": attributes,
            "title": lambda values: values.get("name", "unnamed"),
        }
        | given
    )


def test_an_attribute_is_found_by_its_name():
    thing = entity_type(attribute("name"), attribute("size"))

    assert "size" in thing
    assert "colour" not in thing
    assert thing["size"].label == "Size"


def test_an_unknown_attribute_names_the_known_ones():
    thing = entity_type(attribute("name"), attribute("size"))

    with pytest.raises(KeyError, match="thing has no attribute 'colour'; it has name, size"):
        thing["colour"]


@pytest.mark.parametrize("name", ["id", "golden_title", "lifecycle", "cursor", "fields"])
def test_no_attribute_has_the_name_of_something_else_in_lists(name):
    with pytest.raises(ValueError, match=f"domain thing cannot name an attribute {name}: lists"):
        entity_type(attribute("size"), attribute(name))


def test_an_attribute_may_be_declared_once_only():
    with pytest.raises(ValueError, match="domain thing declares an attribute twice"):
        entity_type(attribute("name"), attribute("name"))


def test_attributes_of_a_group_are_one_unit_in_order_of_declaration():
    thing = entity_type(
        attribute("start", group="period"),
        attribute("name"),
        attribute("end", group="period"),
    )

    units = [[each.name for each in unit] for unit in thing.survival_units]

    assert units == [["start", "end"], ["name"]]


def test_a_group_called_like_an_attribute_does_not_take_it_in():
    thing = entity_type(attribute("name"), attribute("size", group="name"))

    assert len(thing.survival_units) == 2


def test_a_list_cannot_survive_together_with_something_else():
    with pytest.raises(ValueError, match="a list cannot be in group reach"):
        entity_type(
            attribute("phone", group="reach"),
            attribute("emails", type=Email(), many=True, group="reach"),
        )


def test_a_group_survives_in_one_way():
    with pytest.raises(ValueError, match="group period survives in more than one way"):
        entity_type(
            attribute("start", group="period", survivorship=most_trusted),
            attribute("end", group="period", survivorship=most_recent),
        )


@pytest.mark.parametrize("given", [{"many": True}, {"type": Number()}, {"type": Choice(("a",))}])
def test_only_one_text_can_be_kept_and_distrusted(given):
    with pytest.raises(ValueError, match="name is not one text that could be distrusted"):
        attribute("name", when_invalid=WhenInvalid.DISTRUST, **given)


def test_the_unit_of_an_attribute_is_all_that_survives_with_it():
    thing = entity_type(
        attribute("start", group="period"), attribute("name"), attribute("end", group="period")
    )

    assert [each.name for each in thing.unit_of("end")] == ["start", "end"]
    assert [each.name for each in thing.unit_of("name")] == ["name"]


def test_required_attributes_are_listed_by_name():
    thing = entity_type(attribute("name", required=True), attribute("size"))

    assert thing.required == ("name",)


def test_an_attribute_is_kept_public_to_colleagues_and_quarantined_unless_it_says_otherwise():
    plain = attribute("name")

    assert plain.sensitivity == "internal"
    assert plain.when_invalid == WhenInvalid.QUARANTINE
    assert plain.null_clears
    assert not plain.many


@pytest.mark.parametrize(
    ("many", "value", "shown"),
    [
        (False, None, ""),
        (True, None, ""),
        (False, "Acme", "Acme"),
        (True, ["a@x.com", "b@x.com"], "a@x.com; b@x.com"),
        (True, [], ""),
    ],
)
def test_a_value_or_each_of_its_items_is_shown(many, value, shown):
    assert attribute("name", many=many).display(value) == shown


def test_a_declaration_can_be_a_key():
    thing = entity_type(attribute("name"))

    assert {thing: 1}[thing] == 1


def test_a_relationship_is_no_list():
    client = Reference("client", relation=RelationKind.WORKS_FOR)

    with pytest.raises(ValueError, match="clients is a relationship and cannot be a list"):
        entity_type(attribute("clients", type=client, many=True))
