"""Every type of event that others may follow: what it means, what it holds, and an example."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Json = dict[str, Any]

_ID = "018f2c6e-7d11-7c3a-9b52-3f4a5b6c7d8e"
_OTHER = "018f2c6e-7d12-7a01-8c44-112233445566"
_KEY = {"system": "CRM", "source_key": "001"}

_UUID: Json = {"type": "string", "format": "uuid"}
_UUIDS: Json = {"type": "array", "items": _UUID}
_NUMBER: Json = {"type": "integer"}
_NUMBERS: Json = {"type": "array", "items": _NUMBER}
_WORD: Json = {"type": "string"}
_WORDS: Json = {"type": "array", "items": _WORD}
_MOMENT: Json = {"type": "string", "format": "date-time"}
_IDENTIFIER: Json = {
    "type": "object",
    "properties": {"system": _WORD, "source_key": _WORD},
    "required": ["system", "source_key"],
    "additionalProperties": False,
}
_IDENTIFIERS: Json = {"type": "array", "items": _IDENTIFIER}
_CHANGES: Json = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"attribute": _WORD, "before": {}, "after": {}},
        "required": ["attribute", "before", "after"],
        "additionalProperties": False,
    },
}

_GOLDEN: Json = {
    "domain": _WORD,
    "by": _WORD,
    "golden_id": _UUID,
    "version": {"type": "integer", "minimum": 1},
    "lifecycle": _WORD,
    "title": _WORD,
    "merged_into": {"anyOf": [_UUID, {"type": "null"}]},
    "attributes": {"type": "object"},
    "changes": _CHANGES,
    "changed": _WORDS,
    "linked": _IDENTIFIERS,
    "unlinked": _IDENTIFIERS,
}
_ALWAYS = (
    "domain", "by", "golden_id", "version", "lifecycle", "title", "merged_into", "changed",
    "linked", "unlinked",
)  # fmt: skip
_EXAMPLE: Json = {
    "domain": "client",
    "by": "job:apply match",
    "golden_id": _ID,
    "version": 4,
    "lifecycle": "active",
    "title": "Acme Ltd",
    "merged_into": None,
    "attributes": {"legal_name": "Acme Ltd", "country": "GB"},
    "changed": [],
    "linked": [],
    "unlinked": [],
}


class About(StrEnum):
    """What events tell of, which decides who may follow them."""

    RECORDS = "records"
    FEEDS = "feeds"
    HUB = "hub"
    CONSUMER = "consumer"


@dataclass(frozen=True, slots=True)
class EventType:
    """One type of event. `properties` are JSON Schemas of what its data holds."""

    name: str
    meaning: str
    properties: Mapping[str, Json]
    example: Json
    required: tuple[str, ...] = ("domain", "by")
    about: About = About.RECORDS
    version: int = field(default=1)

    @property
    def is_of_golden_record(self) -> bool:
        return "golden_id" in self.required

    @property
    def public_name(self) -> str:
        """The type as others read it; its version changes when what it says means otherwise."""
        return f"touchstone.{self.name}.v{self.version}"

    @property
    def schema(self) -> Json:
        """The JSON Schema of the event's data."""
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": self.public_name,
            "description": self.meaning,
            "type": "object",
            "properties": dict(self.properties),
            "required": list(self.required),
            "additionalProperties": False,
        }


def _golden(name: str, meaning: str, example: Json, **more: Json) -> EventType:
    required = (*_ALWAYS, *(each for each in more if each != "from"))
    return EventType(name, meaning, {**_GOLDEN, **more}, {**_EXAMPLE, **example}, required)


def _fact(
    name: str, meaning: str, example: Json, *, about: About = About.RECORDS, **properties: Json
) -> EventType:
    return EventType(
        name,
        meaning,
        {"domain": _WORD, "by": _WORD, **properties},
        {"domain": "client", "by": "user:ann", **example},
        about=about,
    )


_PINS: Json = {"overrides": _NUMBERS, "golden_ids": _UUIDS, "attributes": _WORDS}
_A_PIN: Json = {"overrides": [7], "golden_ids": [_ID], "attributes": ["legal_name"]}
_ENDING: Json = {
    "consumer": _WORD, "version": _WORD, "operation": _WORD, "deprecated_at": _MOMENT,
    "sunset_at": {"anyOf": [_MOMENT, {"type": "null"}]}, "successor": _WORD,
}  # fmt: skip
_AN_ENDING: Json = {
    "domain": "", "by": "job:tell consumers", "consumer": "PSA", "version": "v1",
    "operation": "resolve", "deprecated_at": "2026-01-01T00:00:00+00:00",
    "sunset_at": "2027-01-01T00:00:00+00:00", "successor": "/api/v2/identifiers",
}  # fmt: skip
_DECIDED: Json = {
    "records": _IDENTIFIERS,
    "verdict": _WORD,
    "decision": _NUMBER,
    "group_decision": _NUMBER,
    "decisions": _NUMBERS,
    "group_decisions": _NUMBERS,
    "pairs": _NUMBERS,
    "supersedes": {"type": "object"},
}
_BATCH: Json = {"batch": _NUMBER, "feed": _WORD, "dry_run": {"type": "boolean"}}
_A_BATCH: Json = {"batch": 12, "feed": "crm-clients", "dry_run": False}
_ROW: Json = {"batch": _NUMBER, "row": _NUMBER}
_A_ROW: Json = {"batch": 12, "row": 40}
_RELATED: Json = {
    "relationships": _NUMBERS,
    "ambiguous": _NUMBERS,
    "held_back": _NUMBERS,
    "several_parents": _UUIDS,
    "golden_ids": _UUIDS,
}
_A_RELATIONSHIP: Json = {"relationship": _NUMBER, "kind": _WORD, "records": _IDENTIFIERS}
_RELATED_SO: Json = {"relationship": 5, "kind": "parent_of", "records": [_KEY]}

_TYPES = (
    _golden(
        "golden.created",
        "A golden record exists; its source records are linked to it. `from` are the golden records"
        " that they were in before.",
        {"version": 1, "changed": ["country", "legal_name"], "linked": [_KEY]},
        **{"from": _UUIDS},
    ),
    _golden(
        "golden.changed",
        "Its values, its life cycle or its source records changed. `lifecycle` says whether it is"
        " inactive or withdrawn now. Of the domain `rate` this is a change of a rate.",
        {
            "changed": ["legal_name"],
            "changes": [{"attribute": "legal_name", "before": "Acme", "after": "Acme Ltd"}],
        },
    ),
    _golden(
        "golden.merged",
        "Other golden records were merged into this one, and their source records linked to it.",
        {"merged": [_OTHER], "linked": [_KEY]},
        merged=_UUIDS,
    ),
    _golden(
        "golden.redirected",
        "The id leads to another golden record from now on: it was merged away, or what it led to"
        " was.",
        {
            "lifecycle": "merged",
            "title": "",
            "attributes": {},
            "merged_into": _OTHER,
            "unlinked": [_KEY],
            "into": _OTHER,
        },
        into=_UUID,
    ),
    _golden(
        "golden.split",
        "Source records were taken out; `parts` are the golden records in which all are now.",
        {"unlinked": [_KEY], "parts": [_ID, _OTHER]},
        parts=_UUIDS,
    ),
    _golden(
        "golden.reinstated",
        "An id that had been merged away stands again; `from` are the golden records that its"
        " source records were in.",
        {"linked": [_KEY], "from": [_OTHER]},
        **{"from": _UUIDS},
    ),
    _golden(
        "golden.restored",
        "A merge or a separation was undone: its source records are linked as before.",
        {"unlinked": [_KEY]},
    ),
    _fact(
        "decision.made",
        "A person decided whether source records are one thing.",
        {"records": [_KEY, {"system": "ERP", "source_key": "9"}], "verdict": "no_match"},
        **_DECIDED,
    ),
    _fact(
        "decision.withdrawn", "A decision no longer holds.", {"records": [_KEY]}, **_DECIDED
    ),
    _fact(
        "match_run.finished",
        "Records were matched: pairs that need a person are proposed by now.",
        {"run": 3},
        run=_NUMBER,
    ),
    _fact("suspects.found", "Golden records look as if they were several things.", {}),
    _fact(
        "suspect.settled",
        "A person has looked at a suspect golden record.",
        {"suspect": 2, "golden": _ID},
        suspect=_NUMBER,
        golden=_UUID,
    ),
    _fact("ownership.changed", "Who owns which attribute was said anew.", {}),
    _fact(
        "ownership.requested",
        "A person asked for another ownership.",
        {"request": 3},
        request=_NUMBER,
    ),
    _fact(
        "ownership.approved",
        "A person agreed to an ownership that was asked for.",
        {"request": 3},
        request=_NUMBER,
    ),
    _fact(
        "ownership.declined",
        "A person declined an ownership that was asked for.",
        {"request": 3},
        request=_NUMBER,
    ),
    _fact(
        "ownership.breached",
        "A source system changed values that another one owns.",
        {"breaches": [1, 2], "proposed": [2]},
        breaches=_NUMBERS,
        proposed=_NUMBERS,
    ),
    _fact(
        "policy.changed",
        "How values survive was said anew.",
        {"version": 2, "attributes": ["legal_name"]},
        version=_NUMBER,
        attributes=_WORDS,
    ),
    _fact("override.set", "A person pinned a value.", _A_PIN, **_PINS),
    _fact("override.ended", "A pin was taken away.", _A_PIN, **_PINS),
    _fact("override.confirmed", "A person said that a pin still holds.", _A_PIN, **_PINS),
    _fact("override.contested", "Sources object to pins.", {"overrides": [7]}, **_PINS),
    _fact("override.settled", "No source objects to pins any more.", {"overrides": [7]}, **_PINS),
    _fact("override.expired", "Pins came to their end.", {"overrides": [7]}, **_PINS),
    _fact("rates.contested", "Rates overlap: an exception opened.", {"rates": [_ID]}, rates=_UUIDS),
    _fact(
        "rates.settled", "Rates overlap no more: it is closed.", {"rates": [_ID]}, rates=_UUIDS
    ),
    _fact(
        "relationships.unclear",
        "Relationships are ambiguous, or would close a circle: an exception opened.",
        {"ambiguous": [5]},
        **_RELATED,
    ),
    _fact(
        "relationships.settled", "They are clear again: it is closed.", {"relationships": [5]},
        **_RELATED,
    ),
    _fact("relationship.asserted", "A person said how records relate.", _RELATED_SO,
          **_A_RELATIONSHIP),
    _fact("relationship.withdrawn", "A relationship no longer stands.", _RELATED_SO,
          **_A_RELATIONSHIP),
    _fact("relationship.placed", "A person said to which record a relationship belongs.",
          _RELATED_SO, **_A_RELATIONSHIP),
    _fact("feed_batch.received", "A file arrived.", _A_BATCH, about=About.FEEDS, **_BATCH),
    _fact("feed_batch.waiting", "A batch has unusual effects and waits for its owner: an exception"
          " opened.", _A_BATCH, about=About.FEEDS, **_BATCH),
    _fact("feed_batch.released", "Its owner let it go on.", _A_BATCH, about=About.FEEDS, **_BATCH),
    _fact("feed_batch.discarded", "Its owner discarded it.", _A_BATCH, about=About.FEEDS, **_BATCH),
    _fact("feed_batch.applied", "All its records were taken.", _A_BATCH, about=About.FEEDS,
          **_BATCH),
    _fact("feed_batch.previewed", "A dry run ended.", _A_BATCH, about=About.FEEDS, **_BATCH),
    _fact("feed_batch.refused", "A file could not be read.", _A_BATCH, about=About.FEEDS, **_BATCH),
    _fact("feed_row.resubmitted", "A quarantined row was repaired: its exception is closed.",
          _A_ROW, about=About.FEEDS, **_ROW),
    _fact("feed_row.dismissed", "A quarantined row was dismissed: its exception is closed.",
          _A_ROW, about=About.FEEDS, **_ROW),
    _fact("quality.scored", "How good the records of a domain are was counted.", {"run": 4},
          run=_NUMBER),
    _fact("quality.weighed", "A person gave the dimensions of data quality other weights.",
          {"weights": {"completeness": 3}}, weights={"type": "object"}),
    _fact("hub.broken", "What must always hold in the hub does not: the names of the invariants,"
          " and how many rows break each.", {"domain": "", "by": "job:check hub",
          "invariants": {"a golden record is derived anew as it is stored": 2}}, about=About.HUB,
          invariants={"type": "object"}),
    _fact("hub.mended", "All that must hold in the hub does again.",
          {"domain": "", "by": "job:check hub"}, about=About.HUB),
    _fact("api.deprecated", "An operation of the API that the consumer calls is deprecated.",
          _AN_ENDING, about=About.CONSUMER, **_ENDING),
    _fact("api.ending", "An operation of the API that the consumer calls ends soon.",
          _AN_ENDING, about=About.CONSUMER, **_ENDING),
    _fact("hub.ping", "A test of a webhook, which tells nothing.", {"domain": ""}),
)  # fmt: skip

EVENT_TYPES: Mapping[str, EventType] = {each.name: each for each in _TYPES}
