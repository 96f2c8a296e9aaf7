"""A contact: a person at a client."""

from mdm.attribute_types import (
    Address,
    Choice,
    Code,
    Date,
    Email,
    Language,
    PersonName,
    Phone,
    Reference,
    Text,
)
from mdm.relation_kinds import RelationKind
from mdm.schema import Attribute, Attributes, EntityType, Sensitivity
from mdm.survivorship import most_complete, most_recent


def _title(values: Attributes) -> str:
    parts = (values.get(name) for name in ("given_name", "middle_name", "family_name"))
    return " ".join(str(part) for part in parts if part) or "unnamed contact"


def _personal(
    name: str,
    type_: PersonName | Text | Email | Phone | Date | Code,
    label: str,
    glossary: str,
    *,
    unique: bool = False,
) -> Attribute:
    return Attribute(
        name=name,
        type=type_,
        label=label,
        glossary=glossary,
        unique=unique,
        sensitivity=Sensitivity.PERSONAL,
    )


CONTACT = EntityType(
    domain="contact",
    label="Contact",
    plural="Contacts",
    glossary="A person whom the firm deals with, usually on behalf of a client.",
    title=_title,
    search_by=("given_name", "middle_name", "family_name"),
    attributes=(
        _personal("given_name", PersonName(), "Given name", "The name that friends use."),
        _personal("middle_name", PersonName(), "Middle name", "Names between given and family."),
        Attribute(
            name="family_name",
            type=PersonName(),
            label="Family name",
            glossary="The name shared with relatives.",
            required=True,
            null_clears=False,
            sensitivity=Sensitivity.PERSONAL,
        ),
        _personal("title", Text(longest=100), "Title", "Form of address or academic title."),
        Attribute(
            name="client",
            type=Reference("client", relation=RelationKind.WORKS_FOR),
            label="Client",
            glossary="The client for whom the person works.",
            critical=True,
            survivorship=most_recent,
        ),
        Attribute(
            name="role",
            type=Text(longest=200),
            label="Role",
            glossary="What the person does there.",
            survivorship=most_recent,
        ),
        Attribute(
            name="emails",
            type=Email(),
            label="E-mail",
            glossary="Addresses at which the person reads mail.",
            critical=True,
            many=True,
            survivorship=most_recent,
            sensitivity=Sensitivity.PERSONAL,
        ),
        Attribute(
            name="phones",
            type=Phone(),
            label="Phone",
            glossary="Numbers at which the person answers.",
            many=True,
            survivorship=most_recent,
            sensitivity=Sensitivity.PERSONAL,
        ),
        Attribute(
            name="address",
            type=Address(),
            label="Address",
            glossary="Where letters reach the person.",
            survivorship=most_complete,
            sensitivity=Sensitivity.PERSONAL,
        ),
        _personal(
            "date_of_birth",
            Date(full_year=True),
            "Date of birth",
            "Only where the law asks for it.",
        ),
        _personal(
            "national_id",
            Code(),
            "National number",
            "The number that a state gives a person, for taxes or social security. Only where the"
            " law asks for it.",
            unique=True,
        ),
        Attribute(
            name="language",
            type=Language(),
            label="Language",
            glossary="The language in which to write.",
        ),
        Attribute(
            name="consent",
            type=Choice(
                ("given", "refused", "withdrawn"),
                (
                    ("yes", "given"),
                    ("opt-in", "given"),
                    ("no", "refused"),
                    ("opt-out", "withdrawn"),
                ),
            ),
            label="Consent",
            glossary="Whether the person agreed to be written to.",
            survivorship=most_recent,
        ),
    ),
)
