"""How clients are matched: legal entities by name, place, ways to reach them and numbers."""

from matching.engine.model import (
    Column,
    Comparison,
    Identifier,
    Joining,
    Level,
    MatchModel,
    Pass,
    absent,
    equal,
    similar,
)

_LEGAL, _TRADING, _FORMER = ("legal_name",), ("trading_name",), ("former_names[0]",)
_LINES = ("addresses[0].lines[0]", "addresses[0].lines[1]")

_NAME, _BRAND, _REACH, _NO_REACH = equal("name"), equal("brand"), equal("reach"), absent("reach")
_SPELT_ALIKE = similar("words", "spelling", 0.86)
_SHARE_WORDS = similar("brand words", "shared_word", 0.5)
_BEGINS = similar("core", "leading_words", 1.0)
_DOOR, _NUMBER = equal("door"), equal("house number")
_POSTCODE, _CITY = equal("postcode"), equal("city")
_NO_DOOR, _NO_POSTCODE = absent("door"), absent("postcode")
_STREET_ALIKE = similar("street", "indel", 0.8)

MODEL = MatchModel(
    domain="client",
    version=2,
    prior=-14.0,
    review_at=-2.0,
    merge_at=6.0,
    columns=(
        Column("name", _LEGAL, "organisation.name", also=(_TRADING, _FORMER), chance=5e-7),
        Column("general name", _LEGAL, "organisation.general_name", chance=1e-3),
        Column("core", _LEGAL, "organisation.core"),
        Column("words", _LEGAL, "organisation.words"),
        Column("letters", _LEGAL, "organisation.compact", also=(_TRADING,), chance=5e-7),
        Column("brand", _LEGAL, "organisation.brand", also=(_TRADING,)),
        Column("brand words", _LEGAL, "organisation.brand_words"),
        Column("first words", _LEGAL, "organisation.first_words", chance=1e-4),
        Column("sound", _LEGAL, "organisation.sound"),
        Column("legal form", _LEGAL, "organisation.legal_form"),
        Column("legal family", _LEGAL, "organisation.legal_family"),
        Column("registration", ("register", "registration_number"), "together"),
        Column("registration number", ("registration_number",), "letters"),
        Column("register", ("register",), "letters"),
        Column("tax number", ("tax_id",), "letters"),
        Column("tax country", ("tax_id",), "identifier.country"),
        Column("LEI", ("lei",), "letters"),
        Column("DUNS", ("duns",), "letters"),
        Column("reach", ("website",), "reach", also=(("email_domain",), ("phone",)), chance=6e-5),
        Column("street", _LINES, "address.street"),
        Column("door", _LINES, "address.door"),
        Column("house number", _LINES, "address.number"),
        Column("street name", _LINES, "address.street_name"),
        Column("postcode", ("addresses[0].postcode",), "letters"),
        Column("city", ("addresses[0].city",), "letters"),
        Column("country", ("addresses[0].country",), "letters"),
    ),
    passes=(
        Pass("same registration", ("registration",)),
        Pass("same tax number", ("tax number",)),
        Pass("same LEI", ("LEI",)),
        Pass("same D-U-N-S", ("DUNS",)),
        Pass("same name", ("name",)),
        Pass("same letters", ("letters",)),
        Pass("same reach", ("reach",)),
        Pass("same brand", ("brand",)),
        Pass("same words", ("words",)),
        Pass("same general name", ("general name",)),
        Pass("same door and postcode", ("door", "postcode")),
        Pass("same house number and street name", ("house number", "street name")),
        Pass("same house number and postcode", ("house number", "postcode")),
        Pass("same first words", ("first words",)),
        Pass("same sound and postcode", ("sound", "postcode")),
        Pass("same sound and city", ("sound", "city")),
        Pass("same sound", ("sound",)),
    ),
    comparisons=(
        Comparison(
            "name and reach",
            (
                Level("same name and reach", (_NAME, _REACH), 0.35, 1e-8, "name"),
                Level("same name", (_NAME, _NO_REACH), 0.25, 2e-7, "name"),
                Level("same name, other reach", (_NAME,), 0.05, 5e-7, "name"),
                Level("same letters", (equal("letters"),), 0.02, 1.4e-8, "letters"),
                Level("same words in another order", (equal("words"),), 0.02, 2e-8),
                Level("spelt alike, same reach", (_SPELT_ALIKE, _REACH), 0.05, 2.5e-8),
                Level("spelt alike", (_SPELT_ALIKE,), 0.04, 1e-6),
                Level("name but for Group, same reach", (_BRAND, _REACH), 0.02, 8e-7),
                Level("name but for Group", (_BRAND, _NO_REACH), 0.04, 6e-7),
                Level("name but for Group, other reach", (_BRAND,), 0.005, 2e-6),
                Level("one name begins the other, same reach", (_BEGINS, _REACH), 0.02, 4e-5),
                Level(
                    "one name begins the other", (_BEGINS, _NO_REACH), 0.03, 1.5e-6, "first words"
                ),
                Level("same general name", (equal("general name"),), 0.005, 1e-6, "general name"),
                Level("same reach, names share words", (_REACH, _SHARE_WORDS), 0.02, 1e-4),
                Level("same reach", (_REACH,), 0.03, 6e-5, "reach"),
                Level("names share words", (_SHARE_WORDS,), 0.02, 4e-4),
            ),
        ),
        Comparison(
            "legal form",
            (
                Level("same form", (equal("legal form"),), 0.90, 0.25),
                Level("same kind of form", (equal("legal family"),), 0.07, 0.20),
            ),
        ),
        Comparison("registration", (Level("same", (equal("registration"),), 0.9, 1e-7),)),
        Comparison("tax number", (Level("same", (equal("tax number"),), 0.9, 1e-7),)),
        Comparison("LEI", (Level("same", (equal("LEI"),), 0.95, 1e-8),)),
        Comparison("D-U-N-S", (Level("same", (equal("DUNS"),), 0.9, 1e-7),)),
        Comparison(
            "address",
            (
                Level("same door and postcode", (_DOOR, _POSTCODE), 0.43, 1e-5),
                Level("same door and city", (_DOOR, _CITY), 0.08, 1e-5),
                Level("same door", (_DOOR, _NO_POSTCODE), 0.05, 2e-5),
                Level("same door, other postcode", (_DOOR,), 0.03, 2e-5),
                Level(
                    "same number and postcode, street alike",
                    (_NUMBER, _STREET_ALIKE, _POSTCODE),
                    0.08,
                    1e-5,
                ),
                Level(
                    "same number, street alike", (_NUMBER, _STREET_ALIKE, _NO_POSTCODE), 0.05, 5e-5
                ),
                Level("same postcode", (_POSTCODE, _NO_DOOR), 0.05, 2e-3),
                Level("same postcode, other door", (_POSTCODE,), 0.04, 2e-2),
                Level("same city", (_CITY,), 0.04, 2e-2),
            ),
        ),
        Comparison("country", (Level("same", (equal("country"),), 0.97, 0.35),)),
    ),
    identifiers=(
        Identifier("registration number", "registration number", within="register"),
        Identifier("tax number", "tax number", within="tax country"),
        Identifier("LEI", "LEI"),
        Identifier("D-U-N-S number", "DUNS"),
    ),
    joining=Joining(support=0.0),
)
