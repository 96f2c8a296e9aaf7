"""REST v1: read-only for now; one view serves every domain."""

from datetime import date
from uuid import UUID

from django.utils import timezone
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mdm import crosswalk, rates
from mdm.api.answers import explained, golden_answer, rate_answer, xref_answer
from mdm.crosswalk import XrefStatus
from mdm.domains import ENTITY_TYPES, entity_type
from mdm.governance import access
from mdm.models import GoldenRecord, SourceSystem


class GoldenView(APIView):
    """`GET /api/v1/golden/{domain}/{id}`."""

    def get(self, request: Request, domain: str, golden_id: UUID) -> Response:
        """The golden record, or the one into which it was merged; `explain=true` says why."""
        standing = crosswalk.follow(golden_id)
        record = GoldenRecord.objects.of(domain).filter(pk=standing or golden_id).first()
        if record is None:
            raise NotFound(f"There is no {domain} with the id {golden_id}.")
        answer = golden_answer(record, request.user, asked_for=str(golden_id))
        if request.query_params.get("explain") == "true":
            answer["lineage"] = explained(record, request.user)
        return Response(answer)


class XrefView(APIView):
    """`GET /api/v1/xref/{system}/{domain}/{source_key}`."""

    def get(self, request: Request, system: str, domain: str, source_key: str) -> Response:
        """What a source system's identifier means now."""
        found = crosswalk.resolve(system, domain, source_key)
        if found.status == XrefStatus.UNKNOWN:
            raise NotFound(_why_unknown(system, domain, source_key))
        return Response(xref_answer(found, request.user))


class EffectiveRateView(APIView):
    """`GET /api/v1/rates/effective?project=&role=&on=&currency=`."""

    def get(self, request: Request, domain: str) -> Response:  # noqa: ARG002
        """The one rate for a kind of work on a project on a date, and how it was found."""
        amount = entity_type("rate")["amount"]
        if not access.may_see(request.user, amount):
            raise PermissionDenied("Rates are restricted; ask for the scope see:restricted.")
        query = request.query_params
        project = GoldenRecord.objects.of("project").filter(pk=_uuid(query, "project")).first()
        if project is None:
            raise NotFound(f"There is no project with the id {query['project']}.")
        if not query.get("role"):
            raise ValidationError({"role": "Name the labour category."})
        on = _date(query.get("on")) or timezone.localdate()
        currency = query.get("currency", "")
        return Response(
            rate_answer(rates.effective_rate(project.pk, query["role"], on, currency=currency))
        )


class NowhereView(APIView):
    """Any other address: a problem like all others, instead of a page."""

    permission_classes = (IsAuthenticated,)

    def get(self, request: Request, address: str) -> Response:  # noqa: ARG002
        """Always not found."""
        raise NotFound(f"The API has no address {address!r}; docs/api.md lists them.")


def _why_unknown(system: str, domain: str, source_key: str) -> str:
    if domain not in ENTITY_TYPES:
        return f"There is no domain {domain!r}; there are {', '.join(ENTITY_TYPES)}."
    codes = list(SourceSystem.objects.order_by("code").values_list("code", flat=True))
    if system not in codes:
        return f"There is no source system {system!r}; there are {', '.join(codes)}."
    return f"{system} never sent a {domain} with the key {source_key!r}."


def _uuid(query: dict[str, str], name: str) -> UUID:
    try:
        return UUID(query.get(name, ""))
    except ValueError:
        raise ValidationError({name: "Give the golden id of a project, a UUID."}) from None


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ValidationError({"on": "Write the date like 2024-04-30."}) from None
