"""A project: an engagement that the firm delivers and bills."""

from mdm.attribute_types import Choice, Code, Currency, Date, Number, Reference, Text
from mdm.domains.periods import PERIOD_RUNS_FORWARD
from mdm.relation_kinds import RelationKind
from mdm.schema import Attribute, Attributes, EntityType, Sensitivity
from mdm.survivorship import most_recent


def _title(values: Attributes) -> str:
    return str(values.get("name") or values.get("code") or "unnamed project")


PROJECT = EntityType(
    domain="project",
    label="Project",
    plural="Projects",
    glossary="An engagement under one contract, with its own team, budget and invoices.",
    title=_title,
    search_by=("name", "code", "contract_number"),
    rules=(PERIOD_RUNS_FORWARD,),
    attributes=(
        Attribute(
            name="name",
            type=Text(longest=300),
            label="Name",
            glossary="What the project is called on invoices.",
            required=True,
            null_clears=False,
        ),
        Attribute(
            name="code",
            type=Code(),
            label="Code",
            glossary="The short code that time sheets use.",
            unique=True,
            critical=True,
        ),
        Attribute(
            name="client",
            type=Reference("client", relation=RelationKind.ENGAGED_BY),
            label="Client",
            glossary="The client who pays for it.",
            critical=True,
        ),
        Attribute(
            name="contract_number",
            type=Code(),
            label="Contract number",
            glossary="The contract or statement of work under which it runs.",
            critical=True,
        ),
        Attribute(
            name="engagement_manager",
            type=Text(longest=200),
            label="Engagement manager",
            glossary="The person who answers for delivery.",
            survivorship=most_recent,
        ),
        Attribute(
            name="practice",
            type=Text(longest=100),
            label="Practice",
            glossary="The practice of the firm that delivers it.",
        ),
        Attribute(
            name="start_date",
            type=Date(),
            label="Start",
            glossary="The first day on which time may be booked.",
            critical=True,
            group="period",
        ),
        Attribute(
            name="end_date",
            type=Date(),
            label="End",
            glossary="The last day on which time may be booked.",
            group="period",
        ),
        Attribute(
            name="status",
            type=Choice(
                ("proposed", "active", "on hold", "closed", "cancelled"),
                (
                    ("open", "active"),
                    ("in progress", "active"),
                    ("planned", "proposed"),
                    ("complete", "closed"),
                    ("completed", "closed"),
                    ("finished", "closed"),
                    ("paused", "on hold"),
                    ("canceled", "cancelled"),
                ),
            ),
            label="Status",
            glossary="Where delivery stands.",
            critical=True,
            survivorship=most_recent,
        ),
        Attribute(
            name="currency",
            type=Currency(),
            label="Currency",
            glossary="The currency of the budget.",
            group="budget",
        ),
        Attribute(
            name="budget",
            type=Number(least=0),
            label="Budget",
            glossary="The fee that the client agreed to, without tax.",
            group="budget",
            sensitivity=Sensitivity.RESTRICTED,
        ),
    ),
)
