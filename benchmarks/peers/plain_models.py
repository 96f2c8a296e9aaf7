"""Models of the generated sets that Splink can run, too: equality and Jaro-Winkler, nothing else.

Each column of `MODELS` names the form that makes it. What both sides are given are these forms,
made beforehand and stored: `as_stored` is the same model over them. The m and u that both sides
start to learn from, and the thresholds and guard of ours, were chosen on the records of seed 1: the
u of domains, phones, places and names nearly alike has sister companies in mind.
"""

from dataclasses import replace

from benchmarks.peers.sides import Training
from matching.engine.model import (
    Column,
    Comparison,
    Guard,
    Identifier,
    Level,
    MatchModel,
    Pass,
    equal,
    similar,
)
from matching.engine.splink_sql import identifier

_NAME, _STREET = ("legal_name",), ("street",)

CLIENTS = MatchModel(
    domain="client",
    version=1,
    prior=-14.0,
    review_at=-3.17,  # a probability of 0.1
    copies=3,
    merge_at=8.0,
    columns=(
        Column("name", _NAME, "organisation.core", chance=2.5e-7),
        Column("words", _NAME, "organisation.words"),
        Column("first words", _NAME, "organisation.first_words"),
        Column("sound", _NAME, "organisation.sound"),
        Column("legal form", _NAME, "organisation.legal_form"),
        Column("domain", ("website",), "domain", chance=1e-4),
        Column("phone", ("phone",), "exact", chance=2e-5),
        Column("tax number", ("tax_id",), "letters"),
        Column("registration", ("registration_number",), "letters"),
        Column("street", _STREET, "address.street", chance=3e-7),
        Column("street name", _STREET, "address.street_name"),
        Column("house number", _STREET, "address.number"),
        Column("postcode", ("postcode",), "letters"),
        Column("area", ("postcode",), "first_3"),
        Column("city", ("city",), "letters", chance=5e-4),
        Column("country", ("country",), "letters"),
    ),
    passes=(
        Pass("same tax number", ("tax number",)),
        Pass("same registration", ("registration",)),
        Pass("same domain", ("domain",)),
        Pass("same phone", ("phone",)),
        Pass("same name", ("name",)),
        Pass("same words", ("words",)),
        Pass("same street and postcode", ("street", "postcode")),
        Pass("same first words and city", ("first words", "city")),
        Pass("same first words and postcode", ("first words", "postcode")),
        Pass("same house number and street name", ("house number", "street name")),
        Pass("same sound and city", ("sound", "city")),
        Pass("same sound and postcode", ("sound", "postcode")),
    ),
    comparisons=(
        Comparison(
            "name",
            (
                Level("same", (equal("name"),), 0.80, 2.5e-7, "name"),
                Level("same words", (equal("words"),), 0.03, 2e-8),
                Level("nearly alike", (similar("words", "jaro_winkler", 0.95),), 0.10, 1e-3),
                Level("alike", (similar("words", "jaro_winkler", 0.88),), 0.04, 2e-2),
                Level("a little alike", (similar("words", "jaro_winkler", 0.75),), 0.02, 5e-2),
            ),
        ),
        Comparison("legal form", (Level("same", (equal("legal form"),), 0.90, 0.13),)),
        Comparison("domain", (Level("same", (equal("domain"),), 0.95, 1e-4, "domain"),)),
        Comparison("phone", (Level("same", (equal("phone"),), 0.85, 2e-5, "phone"),)),
        Comparison("tax number", (Level("same", (equal("tax number"),), 0.95, 1e-8),)),
        Comparison("registration", (Level("same", (equal("registration"),), 0.95, 1e-7),)),
        Comparison(
            "street",
            (
                Level("same", (equal("street"),), 0.80, 3e-7, "street"),
                Level("nearly alike", (similar("street", "jaro_winkler", 0.93),), 0.08, 4e-5),
                Level("alike", (similar("street", "jaro_winkler", 0.85),), 0.01, 5e-4),
            ),
        ),
        Comparison(
            "place",
            (
                Level("same postcode", (equal("postcode"),), 0.80, 1e-4),
                Level("same city", (equal("city"),), 0.10, 5e-3, "city"),
            ),
        ),
    ),
    identifiers=(
        Identifier("tax number", "tax number", within="country"),
        Identifier("registration", "registration", within="country"),
    ),
    guard=Guard(below=20.0),
)

_GIVEN, _FAMILY = ("given_name",), ("family_name",)

CONTACTS = MatchModel(
    domain="contact",
    version=1,
    prior=-14.0,
    review_at=-3.17,  # a probability of 0.1
    copies=3,
    merge_at=12.0,
    columns=(
        Column("given", _GIVEN, "person.given", chance=3.5e-3),
        Column("given initial", _GIVEN, "person.given_initial"),
        Column("family", _FAMILY, "person.family", chance=1e-4),
        Column("family sound", _FAMILY, "person.family_sound"),
        Column("family initial", _FAMILY, "person.given_initial"),
        Column("both names", (*_GIVEN, *_FAMILY), "person.sorted_names", chance=3.5e-7),
        Column("birth", ("date_of_birth",), "exact", chance=6e-5),
        Column("e-mail", ("email",), "email", chance=1e-8),
        Column("phone", ("phone",), "exact", chance=3e-6),
        Column("mobile", ("mobile",), "exact", chance=1e-8),
        Column("street", _STREET, "address.street", chance=6e-6),
        Column("postcode", ("postcode",), "letters"),
        Column("area", ("postcode",), "first_3"),
        Column("city", ("city",), "letters", chance=1e-2),
        Column("role", ("role",), "text", chance=0.025),
    ),
    passes=(
        Pass("same e-mail", ("e-mail",)),
        Pass("same mobile", ("mobile",)),
        Pass("same phone and family initial", ("phone", "family initial")),
        Pass("same phone and given initial", ("phone", "given initial")),
        Pass("same names", ("both names",)),
        Pass("same birth and family name", ("birth", "family sound")),
        Pass("same birth and given name", ("birth", "given")),
        Pass("same family name and postcode", ("family sound", "postcode")),
        Pass("same street and given name", ("street", "given")),
        Pass("same family name, initial and city", ("family sound", "given initial", "city")),
        Pass("same given name, like family name", ("given", "family sound")),
        Pass("same family name and given initial", ("family", "given initial")),
    ),
    comparisons=(
        Comparison(
            "given name",
            (
                Level("same", (equal("given"),), 0.75, 3.5e-3, "given"),
                Level("nearly alike", (similar("given", "jaro_winkler", 0.90),), 0.06, 9e-4),
                Level("alike", (similar("given", "jaro_winkler", 0.75),), 0.10, 1.3e-2),
            ),
        ),
        Comparison(
            "family name",
            (
                Level("same", (equal("family"),), 0.85, 1e-4, "family"),
                Level("nearly alike", (similar("family", "jaro_winkler", 0.90),), 0.08, 5e-4),
                Level("alike", (similar("family", "jaro_winkler", 0.80),), 0.01, 5e-3),
            ),
        ),
        Comparison(
            "birth",
            (
                Level("same", (equal("birth"),), 0.92, 6e-5, "birth"),
                Level("alike", (similar("birth", "jaro_winkler", 0.94),), 0.02, 2.3e-3),
            ),
        ),
        Comparison(
            "e-mail",
            (
                Level("same", (equal("e-mail"),), 0.80, 1e-8, "e-mail"),
                Level("alike", (similar("e-mail", "jaro_winkler", 0.92),), 0.03, 2e-6),
            ),
        ),
        Comparison("phone", (Level("same", (equal("phone"),), 0.85, 3e-6, "phone"),)),
        Comparison("mobile", (Level("same", (equal("mobile"),), 0.85, 1e-8, "mobile"),)),
        Comparison(
            "street",
            (
                Level("same", (equal("street"),), 0.80, 6e-6, "street"),
                Level("alike", (similar("street", "jaro_winkler", 0.92),), 0.08, 8e-5),
            ),
        ),
        Comparison(
            "place",
            (
                Level("same postcode", (equal("postcode"),), 0.80, 8e-5),
                Level("same city", (equal("city"),), 0.15, 1e-2, "city"),
            ),
        ),
        Comparison("role", (Level("same", (equal("role"),), 0.60, 0.025, "role"),)),
    ),
    guard=Guard(below=16.0),
)


def _agree(*names: str) -> str:
    return " AND ".join(f'l."{name}" = r."{name}"' for name in names)


BAD_RULE = Pass("same sound", ("sound",))  # some 70 million pairs of a million clients

MODELS = {"clients": CLIENTS, "contacts": CONTACTS}

TRAINING = {
    "clients": Training(
        sure=(_agree("tax_number"), _agree("words", "street")),
        recall=0.6,
        sessions=(_agree("domain"), _agree("words"), _agree("street")),
    ),
    "contacts": Training(
        sure=(_agree("e_mail", "family"), _agree("mobile")),
        recall=0.6,
        sessions=(_agree("e_mail"), _agree("both_names"), _agree("street")),
    ),
}


def as_stored(model: MatchModel) -> MatchModel:
    """The model over a table that holds the comparison form of each column under its SQL name."""
    columns = tuple(
        replace(each, of=(identifier(each.name),), form="exact") for each in model.columns
    )
    return replace(model, columns=columns)
