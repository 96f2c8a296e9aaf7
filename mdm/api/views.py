"""REST v1: read-only for now; one view serves every domain."""

from datetime import date, datetime
from uuid import UUID

from django.utils import timezone
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mdm import crosswalk, history, rates, timeline
from mdm.api.answers import (
    explained,
    golden_answer,
    golden_xref_answer,
    rate_answer,
    timeline_answer,
    translation_answer,
    xref_answer,
)
from mdm.crosswalk import XrefStatus
from mdm.domains import ENTITY_TYPES, entity_type
from mdm.governance import access
from mdm.models import GoldenRecord, SourceSystem
from mdm.timeline import Cursor


class GoldenView(APIView):
    """`GET /api/v1/golden/{domain}/{id}?as_of=`."""

    def get(self, request: Request, domain: str, golden_id: UUID) -> Response:
        """The golden record, or the one to which its id leads; as it is, or as it was then.

        With `explain=true` each value of the present has its lineage.
        """
        as_of = _as_of(request)
        found = _found(domain, golden_id, as_of)
        state = history.as_of(found.golden_id, as_of) if found.golden_id else None
        if state is None:
            raise NotFound(_why_not_there(domain, golden_id, as_of))
        answer = golden_answer(state, found, request.user)
        if request.query_params.get("explain") == "true" and as_of is None:
            record = GoldenRecord.objects.get(pk=state.id)
            answer["lineage"] = explained(record, request.user)
        return Response(answer)


class GoldenXrefView(APIView):
    """`GET /api/v1/golden/{domain}/{id}/xref?as_of=`."""

    def get(self, request: Request, domain: str, golden_id: UUID) -> Response:
        """What a golden id means now, or meant then."""
        found = _found(domain, golden_id, _as_of(request))
        return Response(golden_xref_answer(found, request.user))


class TimelineView(APIView):
    """`GET /api/v1/golden/{domain}/{id}/timeline?before=`."""

    def get(self, request: Request, domain: str, golden_id: UUID) -> Response:
        """What happened to the golden record to which the id leads, newest first."""
        found = _found(domain, golden_id, None)
        before = _cursor(request.query_params.get("before"))
        page = timeline.read(found.golden_id or golden_id, before=before)
        return Response(timeline_answer(page, domain, request.user))


class XrefView(APIView):
    """`GET /api/v1/xref/{system}/{domain}/{source_key}?as_of=`."""

    def get(self, request: Request, system: str, domain: str, source_key: str) -> Response:
        """What a source system's identifier means now, or meant then."""
        as_of = _as_of(request)
        found = crosswalk.resolve(system, domain, source_key, as_of)
        if found.status == XrefStatus.UNKNOWN:
            raise NotFound(_why_unknown(system, domain, source_key, as_of))
        return Response(xref_answer(found, request.user))


class TranslateView(APIView):
    """`GET /api/v1/xref/translate?domain=client&from=CRM:001&to=ERP&as_of=`."""

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
        as_of = _as_of(request)
        found = crosswalk.translate(query["domain"], system, key, query["to"], as_of)
        if found.status == XrefStatus.UNKNOWN:
            raise NotFound(_why_unknown(system, query["domain"], key, as_of))
        if not found.found and not SourceSystem.objects.filter(code=query["to"]).exists():
            raise NotFound(_why_unknown(query["to"], query["domain"], key, as_of))
        return Response(translation_answer(found, request.user))


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


def _found(domain: str, golden_id: UUID, as_of: datetime | None) -> crosswalk.GoldenResolution:
    """What the id means; not found when it meant nothing, or something of another domain."""
    found = crosswalk.resolve_golden(golden_id, as_of)
    if found.domain != domain:
        raise NotFound(_why_not_there(domain, golden_id, as_of))
    return found


def _why_not_there(domain: str, golden_id: UUID, as_of: datetime | None) -> str:
    made = GoldenRecord.objects.of(domain).filter(pk=golden_id).first()
    if made and as_of:
        return (
            f"The {domain} {golden_id} did not exist then; it does since {_said(made.created_at)}."
        )
    return f"There is no {domain} with the id {golden_id}."


def _why_unknown(system: str, domain: str, source_key: str, as_of: datetime | None) -> str:
    if domain not in ENTITY_TYPES:
        return f"There is no domain {domain!r}; there are {', '.join(ENTITY_TYPES)}."
    codes = list(SourceSystem.objects.order_by("code").values_list("code", flat=True))
    if system not in codes:
        return f"There is no source system {system!r}; there are {', '.join(codes)}."
    until = f" until {_said(as_of)}" if as_of else ""
    return f"{system} never sent a {domain} with the key {source_key!r}{until}."


def _said(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _as_of(request: Request) -> datetime | None:
    """The moment that is asked about; None for now."""
    text = request.query_params.get("as_of")
    try:
        return history.moment(text) if text else None
    except ValueError:
        raise ValidationError(
            {"as_of": "Write a moment like 2026-04-30T17:00:00Z, or a date for the end of its day."}
        ) from None


def _cursor(text: str | None) -> Cursor | None:
    try:
        return Cursor.parse(text) if text else None
    except ValueError:
        raise ValidationError({"before": "Give what an earlier page has as next."}) from None


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
