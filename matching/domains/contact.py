"""How contacts are matched: people by name, ways to reach them, place and date of birth."""

from matching.engine.model import (
    Column,
    Comparison,
    Joining,
    Level,
    MatchModel,
    Pass,
    absent,
    equal,
    similar,
)

_GIVEN, _FAMILY, _BIRTH = ("given_name",), ("family_name",), ("date_of_birth",)
_LINES = ("address.lines[0]", "address.lines[1]")
_EMAIL, _OTHER_EMAIL = ("emails[0]",), ("emails[1]",)
_FIRST_PHONE, _OTHER_PHONE = ("phones[0]",), ("phones[1]",)

_SAME_GIVEN, _SAME_FAMILY = equal("given"), equal("family")
_NEAR_GIVEN = similar("given", "jaro_winkler", 0.80)
_NEAR_FAMILY = similar("family", "jaro_winkler", 0.85)
_NEAR_BOTH = similar("both names", "indel", 0.85)
_SHORT_GIVEN = equal("formal given")
_INITIAL = similar("given", "initial", 1.0)
_NO_GIVEN = absent("given")
_PHONE, _CLIENT, _STREET = equal("phone"), equal("client"), equal("street")
_POSTCODE, _CITY = equal("postcode"), equal("city")
_POSTCODE_SLIP = similar("postcode", "edits", 0.74)
_ADDRESS_ALIKE = similar("whole address", "indel", 0.75)
_ADDRESS_NEARLY_SAME = similar("whole address", "indel", 0.85)

MODEL = MatchModel(
    domain="contact",
    version=2,
    prior=-14.5,
    review_at=-2.0,
    merge_at=2.0,
    copies=4,
    columns=(
        Column("given", _GIVEN, "person.given", chance=4e-3),
        Column("formal given", _GIVEN, "person.formal_given"),
        Column("given initial", _GIVEN, "person.given_initial"),
        Column("middle initial", ("middle_name",), "person.given_initial"),
        Column("family", _FAMILY, "person.family", chance=8e-4),
        Column("family sound", _FAMILY, "person.family_sound"),
        Column("family initial", _FAMILY, "person.given_initial"),
        Column("both names", (*_GIVEN, *_FAMILY), "person.sorted_names", chance=3e-6),
        Column("any name", _FAMILY, "person.family", also=(_GIVEN,)),
        Column("birth", _BIRTH, "exact", chance=5e-5),
        Column("national number", ("national_id",), "letters", chance=1e-6),
        Column("e-mail", _EMAIL, "email", also=(_OTHER_EMAIL,), chance=1e-6),
        Column("phone", _FIRST_PHONE, "exact", also=(_OTHER_PHONE,), chance=1e-6),
        Column("client", ("client",), "exact", chance=1e-4),
        Column("street", _LINES, "address.street", chance=1e-5),
        Column("postcode", ("address.postcode",), "letters", chance=1e-3),
        Column("city", ("address.city",), "letters", chance=5e-3),
        Column("whole address", _LINES, "address.all_words"),
        Column("role", ("role",), "text", chance=0.03),
    ),
    passes=(
        Pass("same national number", ("national number",)),
        Pass("same e-mail", ("e-mail",)),
        Pass("same phone and family initial", ("phone", "family initial")),
        Pass("same phone and given initial", ("phone", "given initial")),
        Pass("same birth and postcode", ("birth", "postcode")),
        Pass("same birth and city", ("birth", "city")),
        Pass("same birth and a name", ("birth", "any name")),
        Pass("same birth and family initial", ("birth", "family initial")),
        Pass("same birth and given initial", ("birth", "given initial")),
        Pass("same family name and client", ("family sound", "given initial", "client")),
        Pass("same postcode and family initial", ("postcode", "family initial")),
        Pass("same postcode and given name", ("postcode", "formal given")),
        Pass("same postcode and a name", ("postcode", "any name")),
        Pass("same postcode and role", ("postcode", "role")),
        Pass("same city and family name", ("city", "family sound")),
        Pass("same city and a name", ("city", "any name")),
        Pass("same street and family initial", ("street", "family initial")),
        Pass("same street and given initial", ("street", "given initial")),
        Pass("same names", ("both names",)),
        Pass("same family name and given initial", ("family", "given initial")),
        Pass("same given name, like family name", ("formal given", "family sound")),
    ),
    comparisons=(
        Comparison(
            "name",
            (
                Level("same names", (_SAME_GIVEN, _SAME_FAMILY), 0.61, 1e-5, "both names"),
                Level("short form", (_SHORT_GIVEN, _SAME_FAMILY), 0.07, 3e-6, "family"),
                Level("names swapped", (equal("both names"),), 0.02, 1e-6, "both names"),
                Level("initial and family name", (_INITIAL, _SAME_FAMILY), 0.04, 6e-6, "family"),
                Level("given name nearly alike", (_NEAR_GIVEN, _SAME_FAMILY), 0.06, 8e-6, "family"),
                Level("family name nearly alike", (_SAME_GIVEN, _NEAR_FAMILY), 0.07, 1e-5, "given"),
                Level("short form, family nearly alike", (_SHORT_GIVEN, _NEAR_FAMILY), 0.01, 1e-5),
                Level("both nearly alike", (_NEAR_GIVEN, _NEAR_FAMILY), 0.02, 3e-5),
                Level(
                    "family name, no given name", (_NO_GIVEN, _SAME_FAMILY), 0.02, 2e-5, "family"
                ),
                Level("same given name only", (_SAME_GIVEN,), 0.02, 5e-3, "given"),
                Level("same family name only", (_SAME_FAMILY,), 0.008, 4e-3),
                Level("family nearly alike only", (_NEAR_FAMILY,), 0.01, 3e-3),
                Level("names swapped, nearly alike", (_NEAR_BOTH,), 0.01, 1e-5),
                Level("a name in the other's place", (equal("any name"),), 0.02, 2e-3),
                Level("a name is missing", (_NO_GIVEN,), 0.005, 0.02),
            ),
        ),
        Comparison("middle initial", (Level("same", (equal("middle initial"),), 0.85, 0.08),)),
        Comparison(
            "date of birth",
            (
                Level("same", (equal("birth"),), 0.88, 5e-5, "birth"),
                Level("one slip", (similar("birth", "date_slip", 0.9),), 0.08, 1e-3),
                Level("same year", (similar("birth", "date_slip", 0.5),), 0.02, 1.5e-2),
            ),
        ),
        Comparison(
            "national number",
            (
                Level("same", (equal("national number"),), 0.90, 1e-6),
                Level("one slip", (similar("national number", "edits", 0.85),), 0.08, 1e-4),
            ),
        ),
        Comparison(
            "e-mail",
            (
                Level("same", (equal("e-mail"),), 0.65, 1e-6, "e-mail"),
                Level("nearly alike", (similar("e-mail", "jaro_winkler", 0.94),), 0.08, 3e-3),
            ),
        ),
        Comparison(
            "phone and place",
            (
                Level("same phone and client", (_PHONE, _CLIENT), 0.17, 1e-5, "phone"),
                Level("same phone and street", (_PHONE, _STREET), 0.19, 5e-6, "phone"),
                Level("same phone", (_PHONE,), 0.10, 1e-6, "phone"),
                Level("same client and street", (_CLIENT, _STREET), 0.08, 1e-5, "street"),
                Level("same street and postcode", (_STREET, _POSTCODE), 0.15, 5e-6, "street"),
                Level("same street and city", (_STREET, _CITY), 0.04, 5e-6, "street"),
                Level("same postcode, address alike", (_POSTCODE, _ADDRESS_ALIKE), 0.06, 1e-5),
                Level("address nearly the same", (_ADDRESS_NEARLY_SAME,), 0.03, 1e-5),
                Level("same street", (_STREET,), 0.02, 3e-5, "street"),
                Level("same client", (_CLIENT,), 0.06, 1e-4, "client"),
                Level("phone one digit off", (similar("phone", "edits", 0.91),), 0.01, 1e-4),
                Level("same postcode", (_POSTCODE,), 0.02, 1e-3, "postcode"),
                Level("postcode one slip off", (_POSTCODE_SLIP,), 0.02, 5e-3),
                Level("same city", (_CITY,), 0.03, 5e-3, "city"),
            ),
        ),
        Comparison("role", (Level("same", (equal("role"),), 0.45, 0.03, "role"),)),
    ),
    joining=Joining(support=2.0),
)
