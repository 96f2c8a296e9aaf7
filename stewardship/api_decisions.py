"""REST: what stewards decide about source records."""

from functools import partial

from django.urls import path
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from matching.models import Decision
from mdm import golden
from mdm.api import asking
from mdm.api.documents import if_match, record
from stewardship import review
from stewardship.api import (
    ACTION,
    IDENTIFIER,
    OUTDATED,
    REASON,
    action_answer,
    as_seen,
    cause_with_reason,
    deed,
    record_ids,
    refusing,
)


class DecisionView(APIView):
    """`/api/v1/{domain}/decisions`."""

    @deed(
        "decide",
        ACTION,
        body=record(
            {
                "left": IDENTIFIER,
                "right": IDENTIFIER,
                "verdict": {"type": "string", "enum": [*Decision.Verdict.values]},
                "reason": REASON,
            },
            reason_code={"type": "string", "enum": [*Decision.Reason.values]},
        ),
        parameters=[if_match("one or both of the golden records that hold the source records")],
        problems=OUTDATED,
    )
    @refusing
    def post(self, request: Request, domain: str) -> Response:
        """Records whether two source records are one thing; contradictions are refused with 409."""
        asking.allow(request.user, "steward", {domain})
        body = asking.body(request)
        sides = [{"name": side, "identifier": body.get(side)} for side in ("left", "right")]
        first, second = (
            record_ids(domain, [each["identifier"]], str(each["name"]))[0] for each in sides
        )
        verdict, code = body.get("verdict"), body.get("reason_code", "")
        if verdict not in Decision.Verdict.values:
            known = ", ".join(Decision.Verdict.values)
            raise ValidationError({"verdict": f"It is one of {known}."})
        if code and code not in Decision.Reason.values:
            known = ", ".join(Decision.Reason.values)
            raise ValidationError({"reason_code": f"It is one of {known}."})
        decide = partial(
            review.decide,
            first,
            second,
            Decision.Verdict(verdict),
            reason_code=code,
            cause=cause_with_reason(request, body),
        )
        return Response(action_answer(as_seen(request, golden.fed_by([first, second]), decide)))


urlpatterns = [path("<slug:domain>/decisions", DecisionView.as_view(), name="api-decide")]
