"""REST: rates in force."""

from uuid import UUID

from django.utils import timezone
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mdm import rates
from mdm.api import asking, scopes, shapes
from mdm.api.answers import rate_answer
from mdm.api.documents import operation, query
from mdm.domains import entity_type
from mdm.governance import access
from mdm.models import GoldenRecord


class EffectiveRateView(APIView):
    """`/api/v1/rates/effective`."""

    @operation(
        "effective_rate",
        shapes.RATE,
        parameters=[
            query("project", "The golden id of a project", required=True),
            query("role", "The labour category", required=True),
            query("on", "A date; today without one"),
            query("currency", "Such as USD"),
        ],
        problems=["invalid", "not-found"],
        scopes=("rate:read see:restricted",),
    )
    def get(self, request: Request, domain: str) -> Response:  # noqa: ARG002
        """The one rate for a kind of work on a project on a date, and how it was found."""
        amount = entity_type("rate")["amount"]
        if not access.may_see(request.user, amount):
            raise scopes.refusal_of_attribute(request.user, "Rates are restricted.", amount)
        given = request.query_params
        id_ = asking.required(given, "project", UUID, "Give the golden id of a project, a UUID.")
        project = GoldenRecord.objects.of("project").filter(pk=id_).first()
        if project is None:
            raise NotFound(f"There is no project with the id {id_}.")
        role = asking.required(given, "role", str, "Name the labour category.")
        on = asking.day(request, "on") or timezone.localdate()
        found = rates.effective_rate(project.pk, role, on, currency=given.get("currency", ""))
        return Response(rate_answer(found))
