"""REST: search before create, over the index that match runs keep."""

import time
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.urls import path
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from matching.domains import MODELS
from matching.engine.model import MatchModel
from matching.engine.weights import probability
from matching.index.searching import Candidate, NoIndexError, Search, Sought
from mdm.api import asking, scopes, tokens
from mdm.api.documents import COUNT, TEXT, VALUES, Shape, listed, operation, record
from mdm.api.documents import ID as GOLDEN_ID
from mdm.api.problems import NotReady
from mdm.api.shapes import LIFECYCLE
from mdm.attribute_types import Reference
from mdm.bulk import fetch
from mdm.domains import entity_type
from mdm.governance import access
from mdm.schema import Attribute
from mdm.standardise.reading import InvalidValue, Reading

GRADES = {"merge": "certain", "review": "probable", "unlikely": "possible"}
POSSIBLE_BITS = 6.0
"""How far below what a steward would see a candidate is still told of."""
MOST, USUAL = 100, 10
MOST_ITEMS = 100
_FRESH_SECONDS = 10.0

CANDIDATE: Shape = record(
    {
        "golden_id": GOLDEN_ID,
        "title": TEXT,
        "lifecycle": LIFECYCLE,
        "grade": {"type": "string", "enum": [*GRADES.values()]},
        "match_weight": {"type": "number"},
        "match_probability": {"type": "number"},
        "veto": {"type": ["string", "null"]},
        "system": TEXT,
        "source_key": TEXT,
        "evidence": listed(record({"comparison": TEXT, "level": TEXT, "bits": {"type": "number"}})),
    }
)
ANSWER = record(
    {"candidates": listed(CANDIDATE), "match_token": TEXT, "token_lasts_seconds": COUNT}
)
QUESTION = record(
    {"attributes": VALUES}, limit={"type": "integer", "minimum": 1, "maximum": MOST}, country=TEXT
)


class MatchView(APIView):
    """`/api/v1/{domain}/match`."""

    @operation("match", ANSWER, body=QUESTION, problems=["not-ready"], scopes=("{domain}:match",))
    def post(self, request: Request, domain: str) -> Response:
        """Golden records that may be what is described, the likeliest first, with the evidence.

        The token proves for 15 minutes that this caller has searched: creating may demand it.
        """
        asking.allow(request.user, "match", {domain})
        body = asking.body(request)
        sought = Sought(_attributes(request.user, domain, body))
        limit = _limit(body)
        model = MODELS[domain]
        try:
            (found,) = _search(model).find([sought], model.review_at - POSSIBLE_BITS)
        except NoIndexError:
            raise NotReady(
                f"The records of {domain!r} are not indexed yet; they are after the next match run."
            ) from None
        return Response(
            {
                "candidates": _candidates(request.user, model, found, limit),
                "match_token": tokens.sign(domain, str(request.user.pk)),
                "token_lasts_seconds": tokens.LASTS_SECONDS,
            }
        )


_searches: dict[str, tuple[float, Search]] = {}


def _search(model: MatchModel) -> Search:
    """A search with weights that are at most some seconds old: to read them takes longer."""
    since, search = _searches.get(model.domain, (0.0, None))
    if search is None or time.monotonic() - since >= _FRESH_SECONDS:
        search = Search.of(model)
        _searches[model.domain] = (time.monotonic(), search)
    return search


def _limit(body: Mapping[str, Any]) -> int:
    limit = body.get("limit", USUAL)
    if type(limit) is not int or not 1 <= limit <= MOST:
        raise ValidationError({"limit": f"From 1 to {MOST} candidates are told."})
    return limit


def _attributes(actor: access.Actor, domain: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The described attributes as a source record keeps them: of those that the caller may see."""
    given, declared = body.get("attributes"), entity_type(domain)
    if not isinstance(given, dict) or not given:
        raise ValidationError({"attributes": "Describe the record: an object with values by name."})
    if unknown := [name for name in given if name not in declared]:
        known = ", ".join(declared.by_name)
        said = f"There is no {', '.join(unknown)}; there are {known}."
        raise ValidationError({f"attributes.{unknown[0]}": said})
    if hidden := [name for name in given if not access.may_see(actor, declared[name])]:
        said = f"You may not see, and so not match by, {', '.join(hidden)}."
        raise scopes.refusal_of_attribute(actor, said, declared[hidden[0]])
    country = body.get("country")
    if country is not None and not (isinstance(country, str) and len(country) == 2):
        raise ValidationError({"country": "Name the country of bare numbers like GB."})
    reading = Reading(country)
    read = {name: _read(declared[name], value, reading) for name, value in given.items()}
    return {name: value for name, value in read.items() if value is not None}


def _read(attribute: Attribute, value: Any, reading: Reading) -> Any:
    field = f"attributes.{attribute.name}"
    items = value if attribute.many and isinstance(value, list) else [value]
    if len(items) > MOST_ITEMS:
        raise ValidationError({field: f"Up to {MOST_ITEMS} items are matched by."})
    try:
        read = [_item(attribute, item, reading) for item in items]
    except InvalidValue as invalid:
        raise ValidationError({field: f"{invalid.message}; {invalid.remedy}."}) from None
    except (TypeError, ValueError, AttributeError, KeyError):
        raise ValidationError({field: f"That is no {type(attribute.type).__name__}."}) from None
    kept = [item for item in read if item is not None]
    if not kept:
        return None
    return kept if attribute.many else kept[0]


def _item(attribute: Attribute, item: Any, reading: Reading) -> Any:
    if item is None or item == "":
        return None
    if isinstance(attribute.type, Reference):
        item = (str(item["system"]), str(item["key"]))
    elif isinstance(item, dict):
        item = {str(name): str(part) for name, part in item.items() if part is not None}
    elif not isinstance(item, str):
        item = str(item)
    return attribute.type.clean(item, reading)


def _candidates(
    actor: access.Actor, model: MatchModel, found: Sequence[Candidate], limit: int
) -> list[dict[str, Any]]:
    """One candidate for each golden record, by its likeliest source record."""
    known = _golden([each.record_id for each in found])
    told: dict[UUID, dict[str, Any]] = {}
    for each in found:
        if each.record_id not in known or len(told) >= limit:
            continue
        golden_id, title, lifecycle, system, key = known[each.record_id]
        if golden_id not in told:
            told[golden_id] = {
                "golden_id": str(golden_id),
                "title": access.title_for(actor, entity_type(model.domain), title),
                "lifecycle": lifecycle,
                "grade": GRADES[each.grade],
                "match_weight": round(each.match_weight, 2),
                "match_probability": round(probability(each.match_weight), 6),
                "veto": each.veto,
                "system": system,
                "source_key": key,
                "evidence": _evidence(model, each),
            }
    return list(told.values())


def _golden(record_ids: Sequence[int]) -> dict[int, tuple[UUID, str, str, str, str]]:
    rows = fetch(
        "SELECT l.record_id, g.id, g.title, g.status, s.code, r.source_key"
        " FROM mdm_crosswalklink l JOIN mdm_goldenrecord g ON g.id = l.golden_id"
        " JOIN mdm_sourcerecord r ON r.id = l.record_id"
        " JOIN mdm_sourcesystem s ON s.id = r.system_id"
        " WHERE l.record_id = ANY(%s) AND l.unlinked_at IS NULL",
        [list(record_ids)],
    )
    return {record_id: (id_, *said) for record_id, id_, *said in rows}


def _evidence(model: MatchModel, candidate: Candidate) -> list[dict[str, Any]]:
    """What speaks for and against, without any value."""
    said = zip(model.comparisons, candidate.levels, candidate.weights, strict=True)
    return [
        {"comparison": each.name, "level": each.label(level), "bits": round(bits, 2)}
        for each, level, bits in said
        if level
    ]


urlpatterns = [path("<slug:domain>/match", MatchView.as_view(), name="api-match")]
