"""A client: a legal entity that the firm sells to, is asked by, or buys from."""

from mdm.attribute_types import (
    Address,
    Choice,
    Code,
    Duns,
    Lei,
    OrganisationName,
    Phone,
    Reference,
    TaxId,
    Text,
    Url,
    WebDomain,
)
from mdm.relation_kinds import RelationKind
from mdm.schema import Attribute, Attributes, EntityType, Sensitivity, WhenInvalid
from mdm.survivorship import most_complete, most_recent


def _title(values: Attributes) -> str:
    return str(values.get("legal_name") or values.get("trading_name") or "unnamed client")


CLIENT = EntityType(
    domain="client",
    label="Client",
    plural="Clients",
    glossary="A legal entity with which the firm has, had or seeks a contract.",
    title=_title,
    search_by=("legal_name", "trading_name", "former_names"),
    attributes=(
        Attribute(
            name="legal_name",
            type=OrganisationName(),
            label="Legal name",
            glossary="The name in the commercial register, with its legal form.",
            required=True,
            null_clears=False,
            sensitivity=Sensitivity.PUBLIC,
        ),
        Attribute(
            name="trading_name",
            type=OrganisationName(),
            label="Trading name",
            glossary="The name that the client's own customers know.",
            sensitivity=Sensitivity.PUBLIC,
        ),
        Attribute(
            name="former_names",
            type=OrganisationName(),
            label="Former names",
            glossary="Legal or trading names that the client no longer uses.",
            many=True,
            sensitivity=Sensitivity.PUBLIC,
        ),
        Attribute(
            name="registration_number",
            type=Code(),
            label="Registration number",
            glossary="The entry in the register named beside it; unique within that register.",
            unique=True,
            critical=True,
            group="registration",
        ),
        Attribute(
            name="register",
            type=Text(longest=100),
            label="Register",
            glossary="The commercial register that issued the registration number.",
            group="registration",
        ),
        Attribute(
            name="tax_id",
            type=TaxId(),
            label="Tax number",
            glossary="The VAT number or EIN printed on invoices, with its country in front.",
            critical=True,
        ),
        Attribute(
            name="lei",
            type=Lei(),
            label="LEI",
            glossary="Legal Entity Identifier, ISO 17442.",
            sensitivity=Sensitivity.PUBLIC,
        ),
        Attribute(
            name="duns",
            type=Duns(),
            label="D-U-N-S",
            glossary="The nine-digit number that Dun & Bradstreet gives to a place of business.",
        ),
        Attribute(
            name="website",
            type=Url(),
            label="Website",
            glossary="The client's public site.",
            when_invalid=WhenInvalid.DISTRUST,
            survivorship=most_recent,
            sensitivity=Sensitivity.PUBLIC,
        ),
        Attribute(
            name="email_domain",
            type=WebDomain(),
            label="E-mail domain",
            glossary="What stands behind the @ in the addresses of the client's people.",
            when_invalid=WhenInvalid.DISTRUST,
            survivorship=most_recent,
        ),
        Attribute(
            name="phone",
            type=Phone(),
            label="Phone",
            glossary="The switchboard.",
            survivorship=most_recent,
        ),
        Attribute(
            name="addresses",
            type=Address(),
            label="Addresses",
            glossary="Where the client sits, and where invoices go; each with its kind.",
            critical=True,
            many=True,
            survivorship=most_complete,
        ),
        Attribute(
            name="industry",
            type=Text(longest=200),
            label="Industry",
            glossary="The industry in which the client earns its money.",
        ),
        Attribute(
            name="size",
            type=Text(longest=100),
            label="Size",
            glossary="The size class that the source uses.",
        ),
        Attribute(
            name="parent",
            type=Reference("client", relation=RelationKind.PARENT_OF),
            label="Parent",
            glossary="The client that holds the majority of this one.",
        ),
        Attribute(
            name="status",
            type=Choice(
                ("prospect", "active", "dormant", "former"),
                (
                    ("open", "active"),
                    ("customer", "active"),
                    ("inactive", "dormant"),
                    ("closed", "former"),
                    ("lead", "prospect"),
                ),
            ),
            label="Commercial status",
            glossary="Where the business relation stands.",
            critical=True,
            survivorship=most_recent,
        ),
    ),
)
