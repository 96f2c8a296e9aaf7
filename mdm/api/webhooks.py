"""REST: webhooks, and what can be done with one; every write is an operation."""

from typing import Any

from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mdm.api import asking, scopes
from mdm.api.authentication import is_known
from mdm.api.documents import COUNT, FLAG, MAYBE_MOMENT, TEXT, VALUES, listed, operation, query
from mdm.api.documents import record as shape
from mdm.api.problems import Unprocessable
from mdm.governance import access
from mdm.models import Delivery, Subscription
from mdm.observability import cause_of
from mdm.webhooks import subscriptions, telling
from mdm.webhooks.sending import Answer
from mdm.webhooks.subscriptions import SubscriptionError, Wish

PAGE = 100
MOST = 200
_LISTS = ("scopes", "types", "domains", "attributes")

_WISHED = {
    "name": TEXT, "url": TEXT, "scopes": listed(TEXT), "types": listed(TEXT),
    "domains": listed(TEXT), "attributes": listed(TEXT), "every_change": FLAG, "payload": TEXT,
}  # fmt: skip
WEBHOOK = shape(
    {
        "id": COUNT, **_WISHED, "state": TEXT, "position": COUNT, "failures": COUNT,
        "rests_until": MAYBE_MOMENT, "created_by": TEXT, "created_at": TEXT,
    },
    secret=TEXT,
)  # fmt: skip
DELIVERY = shape(
    {
        "position": COUNT, "event": COUNT, "golden_id": {"type": ["string", "null"]}, "state": TEXT,
        "attempts": COUNT, "next_attempt_at": MAYBE_MOMENT, "finished_at": MAYBE_MOMENT,
        "tries": listed(VALUES),
    }
)  # fmt: skip
ANSWERED = shape(
    {"taken": FLAG, "status": {"type": ["integer", "null"]}, "problem": TEXT, "milliseconds": COUNT}
)


class MaySeeWebhooks(BasePermission):
    """Lets through who may see webhooks; those who write need `webhooks:write`."""

    message = "You need the scope webhooks:read, and webhooks:write to change anything."

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002
        """Whether the caller may read, or write, webhooks."""
        if not is_known(request):
            return False
        user: Any = request.user
        reads = request.method == "GET"
        if user.has_perm(access.WEBHOOKS if reads else access.MANAGE_WEBHOOKS):
            return True
        raise scopes.refusal(user, self.message, ["webhooks:read" if reads else "webhooks:write"])


class WebhooksView(APIView):
    """`/api/v1/webhooks`."""

    permission_classes = (MaySeeWebhooks,)

    @operation("webhooks", shape({"webhooks": listed(WEBHOOK)}), scopes=("webhooks:read",))
    def get(self, request: Request) -> Response:
        """The webhooks that have not ended; of an API key, those that it made."""
        found = _of(request).order_by("name")[:MOST]
        return Response({"webhooks": [_webhook(each) for each in found]})

    @operation(
        "subscribe", None, body=shape(_WISHED), status=201, also={201: WEBHOOK},
        problems=["invalid"],
        scopes=("webhooks:write",),
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Tells a URL of what happens from now on. The `secret` is in this answer alone."""
        client = getattr(request.user, "client", None)
        try:
            made, secret = subscriptions.subscribe(
                _wish(asking.body(request)), request.user, client=client, cause=cause_of(request)
            )
        except SubscriptionError as refused:
            raise ValidationError({refused.field: f"{refused}."}) from None
        return Response({**_webhook(made), "secret": secret}, status=201)


class WebhookView(APIView):
    """`/api/v1/webhooks/{webhook_id}`."""

    permission_classes = (MaySeeWebhooks,)

    @operation("webhook", WEBHOOK, problems=["not-found"], scopes=("webhooks:read",))
    def get(self, request: Request, webhook_id: int) -> Response:
        """One webhook, and whether it rests after failures."""
        return Response(_webhook(_one(request, webhook_id)))


class WebhookVerbView(APIView):
    """`POST /api/v1/webhooks/{webhook_id}/{verb}`."""

    permission_classes = (MaySeeWebhooks,)

    @operation(
        "change_webhook", WEBHOOK, problems=["not-found", "invalid"],
        scopes=("webhooks:write",),
    )  # fmt: skip
    def post(self, request: Request, webhook_id: int, verb: str) -> Response:
        """`pause`, `resume`, `end`, or `rotate` its secret: the new one is in this answer alone."""
        found, cause = _one(request, webhook_id), cause_of(request)
        if verb == "rotate":
            secret = subscriptions.rotate(found.pk, cause=cause)
            return Response({**_webhook(found), "secret": secret})
        if verb not in _VERBS:
            raise NotFound(f"A webhook cannot {verb!r}; it can {', '.join([*_VERBS, 'rotate'])}.")
        return Response(_webhook(_VERBS[verb](found.pk, cause=cause)))


_VERBS = {
    "pause": subscriptions.pause,
    "resume": subscriptions.resume,
    "end": subscriptions.end,
}


class PingView(APIView):
    """`POST /api/v1/webhooks/{webhook_id}/ping`."""

    permission_classes = (MaySeeWebhooks,)

    @operation("ping_webhook", ANSWERED, problems=["not-found"], scopes=("webhooks:write",))
    def post(self, request: Request, webhook_id: int) -> Response:
        """Sends a signed test event now, and says what was answered."""
        found = _one(request, webhook_id)
        return Response(_answered(subscriptions.ping(found, cause=cause_of(request))))


class ReplayView(APIView):
    """`POST /api/v1/webhooks/{webhook_id}/replay`."""

    permission_classes = (MaySeeWebhooks,)

    @operation(
        "replay_webhook", shape({"events": COUNT}),
        body=shape({}, position=COUNT, dead=FLAG, **{"from": COUNT, "to": COUNT}),
        problems=["not-found", "unprocessable"],
        scopes=("webhooks:write",),
    )  # fmt: skip
    def post(self, request: Request, webhook_id: int) -> Response:
        """Delivers a position, a range or what is dead again, under the ids that events have."""
        found, asked = _one(request, webhook_id), asking.body(request)
        if asked.get("dead") is True:
            return Response({"events": telling.replay_dead(found)})
        first = _position(asked, "position" if "position" in asked else "from")
        last = first if "position" in asked else _position(asked, "to")
        if first > last:
            raise Unprocessable("The range ends before it begins: exchange from and to.")
        return Response({"events": telling.replay(found, first, last)})


class DeliveriesView(APIView):
    """`GET /api/v1/webhooks/{webhook_id}/deliveries?state=&before=`."""

    permission_classes = (MaySeeWebhooks,)

    @operation(
        "deliveries",
        shape({"deliveries": listed(DELIVERY), "next": {"type": ["integer", "null"]}}),
        parameters=[
            query("state", "waiting, delivered or dead"),
            query("before", "What an earlier page has as next", COUNT),
        ],
        problems=["not-found", "invalid"],
        scopes=("webhooks:read",),
    )
    def get(self, request: Request, webhook_id: int) -> Response:
        """What was delivered, waits, or was given up, newest first, with each attempt."""
        rows = _one(request, webhook_id).deliveries.order_by("-position")
        state = request.query_params.get("state")
        if state:
            if state not in Delivery.State.values:
                raise ValidationError({"state": f"Give one of {', '.join(Delivery.State.values)}."})
            rows = rows.filter(state=state)
        before = asking.optional(
            request.query_params, "before", int, "Give what an earlier page has as next."
        )
        if before is not None:
            rows = rows.filter(position__lt=min(before, 1 << 62))
        page = list(rows.prefetch_related("tries")[:PAGE])
        return Response(
            {
                "deliveries": [*map(_delivery, page)],
                "next": page[-1].position if len(page) == PAGE else None,
            }
        )


def _of(request: Request) -> Any:
    """The webhooks that the caller sees: a machine those that it made, a person all."""
    kept = Subscription.objects.kept()
    client = getattr(request.user, "client", None)
    return kept.filter(client=client) if client is not None else kept


def _one(request: Request, webhook_id: int) -> Subscription:
    found: Subscription | None = _of(request).filter(pk=webhook_id).first()
    if found is None:
        raise NotFound(f"There is no webhook {webhook_id} of yours.")
    if request.method != "GET" and not subscriptions.may_manage(request.user, found):
        raise PermissionDenied("This webhook may see more than you may yourself.")
    return found


def _wish(given: dict[str, Any]) -> Wish:
    lists = {name: given.get(name, []) for name in _LISTS}
    for name, value in lists.items():
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise ValidationError({name: f"Give {name} as a list of texts."})
    every, payload = given.get("every_change", False), given.get("payload", "full")
    if not isinstance(every, bool) or not isinstance(payload, str):
        raise ValidationError({"payload": "Give payload as a text, and every_change as a boolean."})
    name, url = asking.text(given, "name"), asking.text(given, "url")
    if len(name) > 100 or len(url) > 500:
        raise ValidationError({"name": "A name has up to 100 characters, a URL up to 500."})
    return Wish(name, url, every_change=every, payload=payload, **lists)


def _position(given: dict[str, Any], name: str) -> int:
    found = given.get(name)
    if isinstance(found, bool) or not isinstance(found, int) or not 0 < found < 1 << 62:
        raise ValidationError({name: "Give a position, or from and to, or dead: true."})
    return found


def _webhook(each: Subscription) -> dict[str, Any]:
    return {
        "id": each.pk,
        "name": each.name,
        "url": each.url,
        "scopes": each.scopes,
        "types": each.types,
        "domains": each.domains,
        "attributes": each.attributes,
        "every_change": each.every_change,
        "payload": each.payload,
        "state": each.state,
        "position": each.position,
        "failures": each.failures,
        "rests_until": each.rests_until and each.rests_until.isoformat(),
        "created_by": each.created_by,
        "created_at": each.created_at.isoformat(),
    }


def _delivery(each: Delivery) -> dict[str, Any]:
    waits = each.state == Delivery.State.WAITING
    return {
        "position": each.position,
        "event": each.event_id,
        "golden_id": each.golden_id and str(each.golden_id),
        "state": each.state,
        "attempts": each.attempts,
        "next_attempt_at": each.not_before.isoformat() if waits else None,
        "finished_at": each.finished_at and each.finished_at.isoformat(),
        "tries": [
            {
                "at": one.at.isoformat(),
                "status": one.status,
                "problem": one.problem,
                "milliseconds": one.milliseconds,
            }
            for one in each.tries.all()
        ],
    }


def _answered(answer: Answer) -> dict[str, Any]:
    return {
        "taken": answer.taken,
        "status": answer.status,
        "problem": answer.problem,
        "milliseconds": answer.milliseconds,
    }
