"""REST: golden records, as they are and as they were."""

from uuid import UUID

from django.http import StreamingHttpResponse
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mdm import history, timeline
from mdm.api import asking, etags, shapes
from mdm.api.answers import (
    explained,
    golden_answer,
    identifiers_answer,
    relationships_answer,
    timeline_answer,
)
from mdm.api.documents import AS_OF, COUNT, TEXT, header, operation, query
from mdm.api.listing import Listing
from mdm.models import GoldenRecord
from mdm.relationships import reading

INCLUDED = ("provenance", "identifiers", "relationships", "history")


class GoldenView(APIView):
    """`/api/v1/golden/{domain}/{id}`."""

    @operation(
        "golden",
        shapes.GOLDEN,
        parameters=[
            AS_OF,
            query("include", f"Some of {', '.join(INCLUDED)}, with commas; provenance without"),
            query("explain", "true for the lineage of each value"),
            header("If-None-Match", "The ETag of an earlier answer: 304 while it is the same"),
        ],
        problems=["invalid", "not-found"],
        also={304: None},
    )
    def get(self, request: Request, domain: str, golden_id: UUID) -> Response:
        """The golden record, or the one to which its id leads; as it is, or as it was then.

        With `explain=true` each value of the present has its lineage.
        """
        as_of = asking.as_of(request)
        include = _included(request.query_params.get("include"))
        found = asking.golden(domain, golden_id, as_of)
        state = history.as_of(found.golden_id, as_of) if found.golden_id else None
        if state is None:
            raise NotFound(asking.why_not_there(domain, golden_id, as_of))
        answer = golden_answer(state, found, request.user)
        if "provenance" not in include:
            del answer["provenance"]
        if "identifiers" in include:
            answer["identifiers"] = identifiers_answer(found)
        if "relationships" in include:
            related = reading.of_golden(state.id, as_of=as_of)
            answer["relationships"] = relationships_answer(related, domain, request.user)
        if "history" in include:
            answer["history"] = timeline_answer(timeline.read(state.id), domain, request.user)
        if request.query_params.get("explain") == "true" and as_of is None:
            record = GoldenRecord.objects.get(pk=state.id)
            answer["lineage"] = explained(record, request.user)
        etag = etags.of(state.id, state.version, answer)
        known = etags.is_known(request.headers.get("If-None-Match", ""), etag)
        return Response(
            None if known else answer, status=304 if known else 200, headers={"ETag": etag}
        )


class GoldenListView(APIView):
    """`/api/v1/golden/{domain}`."""

    @operation(
        "golden_list",
        shapes.GOLDEN_LIST,
        parameters=[
            query("search", "An identifier, or a name like that"),
            query("lifecycle", "draft, active, suspect or inactive"),
            query("fields", "The attributes that are wanted, with commas"),
            query("cursor", "What an earlier page has as next"),
            query("limit", "Records in a page, up to 1,000", COUNT),
            query(
                "filters",
                "Any declared attribute is a parameter: legal_name=Acme, addresses.city=Leeds,"
                " parent=CRM:001",
                {"type": "object", "additionalProperties": TEXT},
            ),
        ],
        problems=["invalid"],
    )
    def get(self, request: Request, domain: str) -> Response:
        """Golden records in the order of their ids, page by page.

        Filters, search and fields work on attributes that the caller may see, and no others.
        """
        return Response(Listing.of(request.user, domain, asking.each_once(request)).page())


class GoldenCsvView(APIView):
    """`/api/v1/golden/{domain}.csv`."""

    @operation(
        "golden_csv",
        TEXT,
        media_type="text/csv",
        parameters=[
            query("search", "An identifier, or a name like that"),
            query("lifecycle", "draft, active, suspect or inactive"),
            query("fields", "The attributes that are wanted, with commas"),
        ],
        problems=["invalid"],
    )
    def get(self, request: Request, domain: str) -> StreamingHttpResponse:
        """All rows of the list as CSV; an apostrophe stands before what looks like a formula."""
        listing = Listing.of(request.user, domain, asking.each_once(request))
        name = f'attachment; filename="{domain}.csv"'
        return StreamingHttpResponse(
            listing.as_csv(),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": name},
        )


def _included(text: str | None) -> set[str]:
    if text is None:
        return {"provenance"}
    named = {each for each in text.split(",") if each}
    if named.difference(INCLUDED):
        raise ValidationError({"include": f"Name some of {', '.join(INCLUDED)}, with commas."})
    return named


class TimelineView(APIView):
    """`/api/v1/golden/{domain}/{id}/timeline`."""

    @operation(
        "timeline",
        shapes.TIMELINE,
        parameters=[query("before", "What an earlier page has as next")],
        problems=["invalid", "not-found"],
    )
    def get(self, request: Request, domain: str, golden_id: UUID) -> Response:
        """What happened to the golden record to which the id leads, newest first."""
        found = asking.golden(domain, golden_id, None)
        page = timeline.read(found.golden_id or golden_id, before=asking.cursor(request))
        return Response(timeline_answer(page, domain, request.user))


class NowhereView(APIView):
    """Any other address: a problem like all others, instead of a page."""

    permission_classes = (IsAuthenticated,)
    schema = None

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Whatever the method, once it is known who asks."""
        super().initial(request, *args, **kwargs)
        raise NotFound(
            "Nothing is at this address; docs/api.md and /api/v1/openapi.json list those there are."
        )
