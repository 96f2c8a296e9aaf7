"""REST: values that stewards pin on golden records, and let go again."""

from functools import partial
from uuid import UUID

from django.urls import path
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mdm import history, lineage
from mdm.api import asking, scopes
from mdm.api.documents import TEXT, record
from mdm.domains import entity_type
from mdm.governance import access
from stewardship import correcting
from stewardship.api import (
    ACTION,
    IF_MATCH,
    OUTDATED,
    REASON,
    Given,
    action_answer,
    as_seen,
    cause_with_reason,
    deed,
    refusing,
    standing,
)
from stewardship.models import StewardAction


class PinView(APIView):
    """`/api/v1/golden/{domain}/{id}/pin`."""

    @deed(
        "pin",
        ACTION,
        body=record({"attribute": TEXT, "value": {}, "reason": REASON}, expires_at=TEXT),
        parameters=[IF_MATCH],
        problems=OUTDATED,
    )
    @refusing
    def post(self, request: Request, domain: str, golden_id: UUID) -> Response:
        """Pins a value that outranks what all sources say; null pins that there is none."""
        asking.allow(request.user, "steward", {domain})
        record = standing(domain, golden_id)
        body = asking.body(request)
        name = _attribute(request, domain, body)
        if "value" not in body:
            raise ValidationError({"value": "Give the value; null for none."})
        expires_at = asking.optional(body, "expires_at", history.moment, asking.MOMENT)
        cause = cause_with_reason(request, body)
        pin = partial(
            correcting.pin, record.pk, name, body["value"], expires_at=expires_at, cause=cause
        )
        return Response(action_answer(as_seen(request, [record.pk], pin)))


class UnpinView(APIView):
    """`/api/v1/golden/{domain}/{id}/unpin`."""

    @deed(
        "unpin",
        ACTION,
        body=record({"attribute": TEXT, "reason": REASON}),
        parameters=[IF_MATCH],
        problems=OUTDATED,
    )
    @refusing
    def post(self, request: Request, domain: str, golden_id: UUID) -> Response:
        """Lets sources decide again about a value that is pinned; 404 when none is."""
        asking.allow(request.user, "steward", {domain})
        record = standing(domain, golden_id)
        body = asking.body(request)
        name = _attribute(request, domain, body)
        cause = cause_with_reason(request, body)

        def unpin() -> StewardAction:
            lines = lineage.explain(record, lineage.sources_of(record))
            pin = next((each.pin for each in lines if each.attribute.name == name), None)
            if pin is None:
                raise NotFound(f"No value of {name} is pinned on {golden_id}.")
            return correcting.unpin(pin.override_id, cause=cause)

        return Response(action_answer(as_seen(request, [record.pk], unpin)))


def _attribute(request: Request, domain: str, body: Given) -> str:
    """The attribute that the body names, of a group that the caller may see."""
    name = asking.text(body, "attribute")
    declared = entity_type(domain)
    if name not in declared:
        known = ", ".join(declared.by_name)
        raise ValidationError({"attribute": f"There is no {name!r}; there are {known}."})
    for each in declared.unit_of(name):
        if not access.may_see(request.user, each):
            said = f"You may not see, and so not pin, {name}."
            raise scopes.refusal_of_attribute(request.user, said, each)
    return name


urlpatterns = [
    path("golden/<slug:domain>/<uuid:golden_id>/pin", PinView.as_view(), name="api-pin"),
    path("golden/<slug:domain>/<uuid:golden_id>/unpin", UnpinView.as_view(), name="api-unpin"),
]
