"""A rate: what an hour or a day of a kind of work costs, for whom, and from when until when."""

from mdm.attribute_types import Choice, Currency, Date, Number, Reference, Text, Whole
from mdm.domains.periods import PERIOD_RUNS_FORWARD
from mdm.schema import Attribute, Attributes, EntityType, Rule, Sensitivity

SCOPES = ("project", "client", "region", "practice", "firm")
"""From the narrowest to the widest: the narrowest scope that has a rate decides."""

MOST_PER_UNIT = 9_999_999_999
"""More than any hour or task costs, and as much as a typed rate holds."""


def _title(values: Attributes) -> str:
    category = values.get("labour_category") or "any work"
    level = values.get("level")
    return f"{category}, {level}" if level else str(category)


def _lacks_its_scope(values: Attributes) -> bool:
    scope = values.get("scope", "firm")
    return scope != "firm" and not values.get(scope)


RATE = EntityType(
    domain="rate",
    label="Rate",
    plural="Rates",
    glossary="A price for a unit of work of a labour category, within a scope and a period.",
    title=_title,
    search_by=("labour_category", "level"),
    fresh_days=None,  # a rate holds for its period, however old it is
    rules=(
        PERIOD_RUNS_FORWARD,
        Rule(
            attribute="scope",
            breaks=_lacks_its_scope,
            message="the scope is not said: a rate of this scope must name whose it is",
            remedy="fill in the project, client, region or practice, or widen the scope",
            broken="a ->> 'scope' <> 'firm' AND NOT a ? (a ->> 'scope')",
            reads=SCOPES[:-1],
        ),
    ),
    attributes=(
        Attribute(
            name="scope",
            type=Choice(SCOPES),
            label="Scope",
            glossary="How widely the rate applies; a narrower scope goes before a wider one.",
            required=True,
            null_clears=False,
            group="scope",
        ),
        Attribute(
            name="practice",
            type=Text(longest=100),
            label="Practice",
            glossary="The practice, for a rate of practice scope.",
            group="scope",
        ),
        Attribute(
            name="region",
            type=Text(longest=100),
            label="Region",
            glossary="The region, for a rate of region scope.",
            group="scope",
        ),
        Attribute(
            name="client",
            type=Reference("client"),
            label="Client",
            glossary="The client, for a rate of client scope.",
            group="scope",
        ),
        Attribute(
            name="project",
            type=Reference("project"),
            label="Project",
            glossary="The project, for a rate of project scope.",
            group="scope",
        ),
        Attribute(
            name="labour_category",
            type=Text(longest=300),
            label="Labour category",
            glossary="The kind of work, as the rate card names it.",
            required=True,
            null_clears=False,
        ),
        Attribute(
            name="level",
            type=Text(longest=100),
            label="Level",
            glossary="The seniority, where the category does not say it.",
        ),
        Attribute(
            name="education",
            type=Text(longest=200),
            label="Education",
            glossary="The least education that the category asks for.",
        ),
        Attribute(
            name="years_of_experience",
            type=Whole(),
            label="Years of experience",
            glossary="The least experience that the category asks for.",
        ),
        Attribute(
            name="worksite",
            type=Choice(
                ("both", "client", "contractor"),
                (("customer", "client"), ("n/a", "both"), ("onsite", "client")),
            ),
            label="Worksite",
            glossary="Where the work is done.",
        ),
        Attribute(
            name="unit",
            type=Choice(
                ("hour", "day", "month", "task"),
                (("per hour", "hour"), ("hourly", "hour"), ("daily", "day")),
            ),
            label="Unit",
            glossary="What the amount pays for.",
            required=True,
            null_clears=False,
            group="price",
        ),
        Attribute(
            name="currency",
            type=Currency(),
            label="Currency",
            glossary="The currency of the amount.",
            required=True,
            null_clears=False,
            group="price",
        ),
        Attribute(
            name="amount",
            type=Number(least=0, most=MOST_PER_UNIT),
            label="Amount",
            glossary="The price of one unit, without tax.",
            required=True,
            null_clears=False,
            group="price",
            sensitivity=Sensitivity.RESTRICTED,
        ),
        Attribute(
            name="start_date",
            type=Date(),
            label="From",
            glossary="The first day on which the rate applies.",
            required=True,
            null_clears=False,
            group="period",
        ),
        Attribute(
            name="end_date",
            type=Date(),
            label="Until",
            glossary="The last day on which the rate applies; empty while it has no end.",
            group="period",
        ),
        Attribute(
            name="period_basis",
            type=Choice(("stated", "inferred")),
            label="Period is",
            glossary="Whether the source states the period or the hub inferred it from a ladder.",
            group="period",
        ),
    ),
)
