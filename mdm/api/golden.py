"""REST: golden records, as they are and as they were."""

from uuid import UUID

from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mdm import history, timeline
from mdm.api import asking, shapes
from mdm.api.answers import explained, golden_answer, timeline_answer
from mdm.api.documents import AS_OF, operation, query
from mdm.models import GoldenRecord


class GoldenView(APIView):
    """`/api/v1/golden/{domain}/{id}`."""

    @operation(
        "golden",
        shapes.GOLDEN,
        parameters=[AS_OF, query("explain", "true for the lineage of each value")],
        problems=["invalid", "not-found"],
    )
    def get(self, request: Request, domain: str, golden_id: UUID) -> Response:
        """The golden record, or the one to which its id leads; as it is, or as it was then.

        With `explain=true` each value of the present has its lineage.
        """
        as_of = asking.as_of(request)
        found = asking.golden(domain, golden_id, as_of)
        state = history.as_of(found.golden_id, as_of) if found.golden_id else None
        if state is None:
            raise NotFound(asking.why_not_there(domain, golden_id, as_of))
        answer = golden_answer(state, found, request.user)
        if request.query_params.get("explain") == "true" and as_of is None:
            record = GoldenRecord.objects.get(pk=state.id)
            answer["lineage"] = explained(record, request.user)
        return Response(answer)


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
