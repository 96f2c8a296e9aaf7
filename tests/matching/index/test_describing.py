"""Descriptions are read as a feed is: standardised by the attribute types of the domain."""

import pytest

from matching.index.describing import DescriptionError, described
from mdm.domains import entity_type
from mdm.standardise.reading import Reading

MAIN = {"kind": "main", "country": "GB"}
CLIENT, CONTACT = entity_type("client"), entity_type("contact")


@pytest.mark.parametrize(
    ("type_", "words", "attributes"),
    [
        (CLIENT, ["legal_name= Acme  Ltd "], {"legal_name": "Acme Ltd"}),
        (CLIENT, ["legal_name=A=B Ltd"], {"legal_name": "A=B Ltd"}),
        (CLIENT, ["legal_name="], {}),
        (CLIENT, ["former_names[1]=B", "former_names[0]=A"], {"former_names": ["A", "B"]}),
        (
            CLIENT,
            ["addresses.city=Leeds", "addresses.line1=1 High St", "addresses[1].city=York"],
            {
                "addresses": [
                    MAIN | {"lines": ["1 High St"], "city": "Leeds"},
                    MAIN | {"city": "York"},
                ]
            },
        ),
        (CONTACT, ["client=CRM:A:1"], {"client": {"system": "CRM", "key": "A:1"}}),
        (CONTACT, ["phones=020 7946 0018"], {"phones": ["+442079460018"]}),
    ],
)
def test_descriptions_become_attributes(type_, words, attributes):
    assert described(type_, words, Reading("GB")) == attributes


@pytest.mark.parametrize(
    ("word", "complaint"),
    [
        ("Ann Lee", "'Ann Lee' is not ATTRIBUTE=VALUE"),
        ("full_name=Ann Lee", "give the given_name and the family_name"),
        ("client=Acme", "client names a record: SYSTEM:KEY"),
        ("hair=red", "contact has no attribute 'hair'"),
        ("date_of_birth=the other day", "date_of_birth: "),
    ],
)
def test_what_cannot_be_read_is_said_in_words(word, complaint):
    with pytest.raises(DescriptionError) as error:
        described(CONTACT, [word], Reading())

    assert complaint in str(error.value)
