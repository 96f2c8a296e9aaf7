"""REST: what identifiers mean, one or ten thousand of them."""

from functools import partial
from typing import Any
from uuid import UUID

from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mdm import claims, crosswalk, history
from mdm.api import asking, etags, shapes
from mdm.api.answers import golden_xref_answer, translation_answer, xref_answer, xref_answers
from mdm.api.authentication import MayAskInBody, MayReadDomain
from mdm.api.documents import AS_OF, if_match, operation, query
from mdm.api.formats import QuickJsonParser
from mdm.api.problems import Conflict, Unprocessable
from mdm.claims import ClaimConflictError, ClaimRefusedError
from mdm.crosswalk import Asked, XrefStatus
from mdm.models import SourceSystem
from mdm.observability import cause_of

_AS_CLAIMED = if_match("the golden record that the body names")


class XrefView(APIView):
    """`/api/v1/xref/{system}/{domain}/{source_key}`, or `…/{domain}?key=`."""

    @operation("resolve", shapes.XREF, parameters=[AS_OF], problems=["invalid", "not-found"])
    def get(self, request: Request, system: str, domain: str, source_key: str) -> Response:
        """What a source system's identifier means now, or meant then."""
        as_of = asking.as_of(request)
        found = crosswalk.resolve(system, domain, source_key, as_of)
        if found.status == XrefStatus.UNKNOWN:
            raise NotFound(asking.why_unknown(system, domain, source_key, as_of))
        return Response(xref_answer(found, request.user))

    @operation(
        "claim",
        shapes.XREF,
        body=shapes.CLAIM,
        also={201: shapes.XREF},
        parameters=[_AS_CLAIMED],
        problems=["conflict", "unprocessable", "precondition-failed"],
        scopes=("{domain}:claim",),
    )
    def put(self, request: Request, system: str, domain: str, source_key: str) -> Response:
        """Links an identifier that a system has just given out to its golden record.

        201 when it is new, 200 when it was so already. 409 when the identifier belongs to another
        golden record: the problem names both. The record itself comes later, by a feed.
        """
        asking.allow(request.user, "claim", {domain})
        asking.speaks_for(request.user, system)
        golden_id = asking.required(
            asking.body(request), "golden_id", UUID, "Give the golden id, a UUID."
        )
        asking.source_key(source_key)
        try:
            new = claims.claim(
                system, domain, source_key, golden_id, **_demand(request), cause=cause_of(request)
            )
        except ClaimConflictError as lost:
            ids = [str(each) for each in lost.held_by]
            raise Conflict(f"{lost}.", claimed_for=str(lost.wanted), held_by=ids) from None
        except ClaimRefusedError as refused:
            raise Unprocessable(f"{refused}.") from None
        found = crosswalk.resolve(system, domain, source_key)
        return Response(xref_answer(found, request.user), status=201 if new else 200)


class XrefByKeyView(XrefView):
    """The same resource, for keys that a proxy would change in a path."""

    @operation(
        "resolve_key",
        shapes.XREF,
        parameters=[query("key", "The source key", required=True), AS_OF],
        problems=["invalid", "not-found"],
    )
    def get(self, request: Request, system: str, domain: str) -> Response:  # type: ignore[override]
        """What a source system's identifier means now, or meant then; the key is a parameter."""
        return super().get(request, system, domain, asking.text(request.query_params, "key"))

    @operation(
        "claim_key",
        shapes.XREF,
        body=shapes.CLAIM,
        also={201: shapes.XREF},
        parameters=[query("key", "The source key", required=True), _AS_CLAIMED],
        problems=["conflict", "unprocessable", "precondition-failed"],
        scopes=("{domain}:claim",),
    )
    def put(self, request: Request, system: str, domain: str) -> Response:  # type: ignore[override]
        """Links an identifier that a system has just given out; the key is a parameter."""
        return super().put(request, system, domain, asking.text(request.query_params, "key"))


class GoldenXrefView(APIView):
    """`/api/v1/golden/{domain}/{id}/xref`."""

    @operation(
        "resolve_golden", shapes.GOLDEN_XREF, parameters=[AS_OF], problems=["invalid", "not-found"]
    )
    def get(self, request: Request, domain: str, golden_id: UUID) -> Response:
        """What a golden id means now, or meant then."""
        found = asking.golden(domain, golden_id, asking.as_of(request))
        return Response(golden_xref_answer(found, request.user))


class ResolveManyView(APIView):
    """`/api/v1/xref/resolve`."""

    parser_classes = (QuickJsonParser,)
    permission_classes = (MayAskInBody,)

    @operation("resolve_many", shapes.XREFS, body=shapes.RESOLVE_MANY)
    def post(self, request: Request) -> Response:
        """What up to 10,000 identifiers mean: one answer for each, in their order.

        One that the hub does not know has the status unknown, and its place is in `not_found`.
        """
        asked = _asked(request)
        found = crosswalk.resolve_many(asked)
        return Response(
            {
                "items": xref_answers(found, request.user),
                "not_found": _unknown(each.status for each in found),
            }
        )


class TranslateView(APIView):
    """`/api/v1/xref/translate`."""

    parser_classes = (QuickJsonParser,)

    def get_permissions(self) -> list[Any]:
        """A question in the body names its domains there."""
        asked_in_body = self.request.method == "POST"
        return [MayAskInBody() if asked_in_body else MayReadDomain()]

    @operation(
        "translate",
        shapes.TRANSLATION,
        parameters=[
            query("domain", "Such as client", required=True),
            query("from", "A system and a key in it, like CRM:001", required=True),
            query("to", "The system to translate to, like ERP", required=True),
            AS_OF,
        ],
        problems=["invalid", "not-found"],
    )
    def get(self, request: Request) -> Response:
        """Every identifier that `to` has for what `from` means: none, one or several."""
        query = request.query_params
        system, colon, key = query.get("from", "").partition(":")
        said = {
            "domain": "" if query.get("domain") else "Name the domain, such as client.",
            "from": "" if colon and key else "Name a system and a key in it, like CRM:001.",
            "to": "" if query.get("to") else "Name the system to translate to, like ERP.",
        }
        if wrong := {name: words for name, words in said.items() if words}:
            raise ValidationError(wrong)
        as_of = asking.as_of(request)
        found = crosswalk.translate(query["domain"], system, key, query["to"], as_of)
        if found.status == XrefStatus.UNKNOWN:
            raise NotFound(asking.why_unknown(system, query["domain"], key, as_of))
        if not found.found and not SourceSystem.objects.filter(code=query["to"]).exists():
            raise NotFound(asking.why_unknown(query["to"], query["domain"], key, as_of))
        return Response(translation_answer(found, request.user))

    @operation("translate_many", shapes.TRANSLATIONS, body=shapes.TRANSLATE_MANY)
    def post(self, request: Request) -> Response:
        """What other systems call up to 10,000 identifiers: one answer for each, in their order."""
        asked = _asked(request)
        to = [
            asking.text(each, "to", f"items[{place}].to")
            for place, each in enumerate(asking.body(request)["items"])
        ]
        found = crosswalk.translate_many(list(zip(asked, to, strict=True)))
        return Response(
            {
                "items": [translation_answer(each, request.user) for each in found],
                "not_found": _unknown(each.status for each in found),
            }
        )


def _demand(request: Request) -> dict[str, Any]:
    """That the golden record is as If-Match names it; nothing without the header."""
    named = request.headers.get("If-Match")
    return {} if named is None else {"demand": partial(etags.check, named)}


def _asked(request: Request) -> list[Asked]:
    """The identifiers in the body, of domains that the caller may see."""
    items = asking.items(request, "items", crosswalk.MOST)
    shared = asking.optional(asking.body(request), "as_of", history.moment, asking.MOMENT)
    asked = [_one(place, each, shared) for place, each in enumerate(items)]
    asking.allow(request.user, "read", {each.domain for each in asked})
    return asked


def _one(place: int, item: dict[str, Any], shared: Any) -> Asked:
    for name in ("system", "domain", "source_key"):
        if type(item.get(name)) is not str or not item[name]:
            asking.text(item, name, f"items[{place}].{name}")
    as_of, field = shared, f"items[{place}].as_of"
    if item.get("as_of"):
        as_of = asking.required({field: item["as_of"]}, field, history.moment, asking.MOMENT)
    return Asked(item["system"], item["domain"], item["source_key"], as_of)


def _unknown(statuses: Any) -> list[int]:
    return [place for place, status in enumerate(statuses) if status == XrefStatus.UNKNOWN]
