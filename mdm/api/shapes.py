"""The shapes of answers and bodies, for the OpenAPI document."""

from mdm.api.documents import (
    COUNT,
    FLAG,
    ID,
    MAYBE_ID,
    MAYBE_MOMENT,
    MAYBE_NUMBER,
    MOMENT,
    TEXT,
    VALUES,
    Shape,
    listed,
    part,
    record,
)
from mdm.crosswalk import MOST, XrefStatus
from mdm.models import GoldenRecord

STATUS: Shape = {"type": "string", "enum": [str(each) for each in XrefStatus]}
LIFECYCLE: Shape = {"type": "string", "enum": [*GoldenRecord.Status.values]}
KEY: Shape = {"type": "string", "minLength": 1, "maxLength": 512}
NAME: Shape = {"type": "string", "minLength": 1}
MAYBE_TEXT: Shape = {"type": ["string", "null"]}

_LINK = {
    "method": TEXT,
    "match_weight": MAYBE_NUMBER,
    "rule_version": TEXT,
    "valid_from": MAYBE_MOMENT,
    "valid_to": MAYBE_MOMENT,
}
_MEANING = {
    "status": STATUS,
    "golden_id": MAYBE_ID,
    "title": TEXT,
    **_LINK,
    "identifiers": listed(part("Identifier")),
}
XREF = part("Xref")
GOLDEN_XREF = part("GoldenXref")
TRANSLATION = part("Translation")
GOLDEN = part("Golden")
TIMELINE = record({"entries": listed(VALUES), "next": MAYBE_TEXT})
RATE = record({"status": TEXT, "rates": listed(VALUES), "chain": listed(VALUES)})

CLAIM = record({"golden_id": ID})
GOLDEN_LIST = record(
    {
        "items": listed(
            record(
                {
                    "id": ID,
                    "lifecycle": LIFECYCLE,
                    "title": TEXT,
                    "version": COUNT,
                    "changed_at": MOMENT,
                    "attributes": VALUES,
                }
            )
        ),
        "next": MAYBE_ID,
    }
)
RECORDS = record(
    {"records": {"type": "array", "items": VALUES, "minItems": 1, "maxItems": 1_000}},
    match_token=TEXT,
)
JOB = part("Job")
DOMAIN = part("Domain")
DOMAINS = record({"domains": listed(DOMAIN)})
_ASKED = {"system": NAME, "domain": NAME, "source_key": KEY}
XREFS = record({"items": listed(XREF), "not_found": listed(COUNT)})
RESOLVE_MANY = record({"items": listed(record(_ASKED, as_of=TEXT), MOST)}, as_of=TEXT)
TRANSLATIONS = record({"items": listed(TRANSLATION), "not_found": listed(COUNT)})
TRANSLATE_MANY = record(
    {"items": listed(record({**_ASKED, "to": NAME}, as_of=TEXT), MOST)}, as_of=TEXT
)

COMPONENTS: dict[str, Shape] = {
    "Problem": record(
        {
            "type": TEXT,
            "title": TEXT,
            "status": COUNT,
            "detail": TEXT,
            "remedy": TEXT,
            "instance": TEXT,
            "correlation_id": TEXT,
        },
        errors=listed(record({"field": TEXT, "detail": TEXT})),
    ),
    "Identifier": record(
        {"system": TEXT, "source_key": TEXT, "active": FLAG, "primary": FLAG, **_LINK}
    ),
    "Xref": record(
        {
            "system": TEXT,
            "domain": TEXT,
            "source_key": TEXT,
            **_MEANING,
            "decision": MAYBE_TEXT,
        }
    ),
    "GoldenXref": record({"asked_for": ID, "domain": TEXT, **_MEANING, "held_by": listed(ID)}),
    "Translation": record(
        {
            "from": record({"system": TEXT, "source_key": TEXT}),
            "domain": TEXT,
            "to": TEXT,
            "status": STATUS,
            "golden_id": MAYBE_ID,
            "title": TEXT,
            "identifiers": listed(part("Identifier")),
        }
    ),
    "Job": record(
        {
            "id": TEXT,
            "state": TEXT,
            "system": TEXT,
            "domain": TEXT,
            "feed": TEXT,
            "received_at": MOMENT,
            "finished_at": MAYBE_MOMENT,
            "received": COUNT,
            "outcomes": VALUES,
            "problem": TEXT,
            "problems": listed(
                record(
                    {
                        "record": COUNT,
                        "source_key": TEXT,
                        "outcome": TEXT,
                        "cause": TEXT,
                        "field": TEXT,
                        "detail": TEXT,
                        "remedy": TEXT,
                    }
                )
            ),
        },
        golden_id=MAYBE_ID,
        source_key=TEXT,
    ),
    "Domain": record(
        {
            "domain": TEXT,
            "label": TEXT,
            "plural": TEXT,
            "glossary": TEXT,
            "search_by": listed(TEXT),
            "attributes": listed(
                record(
                    {
                        "name": TEXT,
                        "type": TEXT,
                        "label": TEXT,
                        "glossary": TEXT,
                        "required": FLAG,
                        "many": FLAG,
                        "group": MAYBE_TEXT,
                        "sensitivity": TEXT,
                        "survivorship": TEXT,
                        "visible": FLAG,
                    },
                    options=listed(TEXT),
                    refers_to=TEXT,
                )
            ),
        }
    ),
    "Golden": record(
        {
            "id": ID,
            "domain": TEXT,
            "lifecycle": LIFECYCLE,
            "title": TEXT,
            "version": COUNT,
            "changed_at": MOMENT,
            "valid_to": MAYBE_MOMENT,
            "attributes": VALUES,
        },
        provenance=VALUES,
        redirected_from=ID,
        split_into=listed(ID),
        lineage=VALUES,
        identifiers=listed(part("Identifier")),
        relationships=listed(VALUES),
        history=TIMELINE,
    ),
}
