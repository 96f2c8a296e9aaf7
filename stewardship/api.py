"""REST: what stewards do, as operations; each with its own preview, and each can be undone."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial, wraps
from typing import Any, TypeVar
from uuid import UUID

from django.urls import path
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from matching.conflicts import DecisionRefusedError
from mdm import crosswalk, derivation
from mdm.again import atomically
from mdm.api import asking, etags, scopes
from mdm.api.documents import (
    FLAG,
    ID,
    MAYBE_MOMENT,
    MOMENT,
    TEXT,
    VALUES,
    Shape,
    if_match,
    listed,
    operation,
    record,
)
from mdm.api.problems import Conflict, Unprocessable
from mdm.api.shapes import LIFECYCLE
from mdm.cause import Cause
from mdm.domains import ENTITY_TYPES, entity_type
from mdm.golden import MergeRefusedError, SeparationRefusedError
from mdm.governance import access
from mdm.models import GoldenRecord
from mdm.observability import cause_of
from mdm.overrides import NotTheOwnerError, OverrideError
from mdm.preview import Preview, PreviewOutdatedError
from stewardship import refusals, regret, review
from stewardship.consenting import SecondPersonNeededError
from stewardship.models import StewardAction
from stewardship.regret import UndoRefusedError
from stewardship.remembering import hold

Given = Mapping[str, Any]
Method = TypeVar("Method", bound=Callable[..., Response])

MOST_TOGETHER = 1_000

ACTION = record(
    {"id": {"type": "integer"}, "kind": TEXT, "domain": TEXT, "done_by": TEXT, "done_at": MOMENT},
    undone_at=MAYBE_MOMENT,
)
PREVIEW = record(
    {
        "token": TEXT,
        "outcomes": listed(
            record(
                {
                    "id": ID,
                    "is_new": FLAG,
                    "returns": FLAG,
                    "title": TEXT,
                    "lifecycle": LIFECYCLE,
                    "attributes": VALUES,
                    "members": listed(VALUES),
                }
            )
        ),
        "led_elsewhere": VALUES,
    }
)
IDENTIFIER = record({"system": TEXT, "source_key": TEXT})
IDS: Shape = {"type": "array", "items": ID, "minItems": 2, "maxItems": MOST_TOGETHER}
GROUPS = listed(listed(IDENTIFIER))
REASON: Shape = {"type": "string", "minLength": 1}
IF_MATCH = if_match("the golden record")
REFUSALS = ("conflict", "unprocessable", "not-found")
OUTDATED = (*REFUSALS, "precondition-failed")
deed = partial(operation, scopes=("{domain}:steward",))


def refusing(method: Method) -> Method:
    """What verbs refuse, as problems in their words."""

    @wraps(method)
    def answered(*args: Any, **kwargs: Any) -> Response:
        try:
            return method(*args, **kwargs)
        except (PreviewOutdatedError, DecisionRefusedError, UndoRefusedError) as refused:
            raise Conflict(f"{refused}.") from None
        except (SecondPersonNeededError, NotTheOwnerError) as refused:
            request = next(each for each in args if isinstance(each, Request))
            refusals.note(refused, cause_with_reason(request, asking.body(request)))
            waits = isinstance(refused, SecondPersonNeededError)
            raise (Conflict if waits else Unprocessable)(f"{refused}.") from None
        except (MergeRefusedError, SeparationRefusedError, OverrideError) as refused:
            raise Unprocessable(f"{refused}.") from None

    return answered  # type: ignore[return-value]


class MergePreviewView(APIView):
    """`/api/v1/golden/{domain}/merge/preview`."""

    @deed(
        "preview_merge",
        PREVIEW,
        body=record({"ids": IDS}, survivor=ID),
        problems=REFUSALS,
    )
    @refusing
    def post(self, request: Request, domain: str) -> Response:
        """What would come of merging golden records; its token is needed to do it."""
        asking.allow(request.user, "steward", {domain})
        ids, survivor = _merged(domain, asking.body(request))
        cause = cause_of(request)
        seen = review.preview_merge(domain, ids, survivor=survivor, cause=cause)
        return Response(_preview(seen, domain, request.user))


class MergeView(APIView):
    """`/api/v1/golden/{domain}/merge`."""

    @deed(
        "merge",
        ACTION,
        body=record({"ids": IDS, "token": TEXT, "reason": REASON}, survivor=ID),
        parameters=[if_match("one or more of the golden records that are merged")],
        problems=OUTDATED,
    )
    @refusing
    def post(self, request: Request, domain: str) -> Response:
        """Merges golden records as previewed; 409 when anything has changed since."""
        asking.allow(request.user, "steward", {domain})
        body = asking.body(request)
        ids, survivor = _merged(domain, body)
        token = asking.text(body, "token")
        merge = partial(
            review.merge,
            domain,
            ids,
            token,
            survivor=survivor,
            cause=cause_with_reason(request, body),
        )
        return Response(action_answer(as_seen(request, ids, merge)))


class SeparationPreviewView(APIView):
    """`/api/v1/golden/{domain}/{id}/separate/preview`."""

    @deed(
        "preview_separation",
        PREVIEW,
        body=record({"groups": GROUPS}),
        problems=REFUSALS,
    )
    @refusing
    def post(self, request: Request, domain: str, golden_id: UUID) -> Response:
        """What would come of taking groups of source records out; its token is needed to do it."""
        asking.allow(request.user, "steward", {domain})
        standing(domain, golden_id)
        groups = _groups(domain, asking.body(request))
        cause = cause_of(request)
        seen = review.preview_separation(domain, golden_id, groups, cause=cause)
        return Response(_preview(seen, domain, request.user))


class SeparationView(APIView):
    """`/api/v1/golden/{domain}/{id}/separate`."""

    @deed(
        "separate",
        ACTION,
        body=record({"groups": GROUPS, "token": TEXT, "reason": REASON}, apart=FLAG),
        parameters=[IF_MATCH],
        problems=OUTDATED,
    )
    @refusing
    def post(self, request: Request, domain: str, golden_id: UUID) -> Response:
        """Takes groups of source records out as previewed; they stay apart unless told not to."""
        asking.allow(request.user, "steward", {domain})
        standing(domain, golden_id)
        body = asking.body(request)
        apart = body.get("apart", True)
        if not isinstance(apart, bool):
            raise ValidationError({"apart": "Say true or false."})
        separate = partial(
            review.separate,
            domain,
            golden_id,
            _groups(domain, body),
            asking.text(body, "token"),
            apart=apart,
            cause=cause_with_reason(request, body),
        )
        return Response(action_answer(as_seen(request, [golden_id], separate)))


class UndoView(APIView):
    """`/api/v1/actions/{id}/undo`."""

    permission_classes = (IsAuthenticated,)

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Whoever is no steward is refused before it is known what is there."""
        super().initial(request, *args, **kwargs)
        if not any(access.may(request.user, "steward", each) for each in ENTITY_TYPES):
            every = [f"{each}:steward" for each in ENTITY_TYPES]
            raise scopes.refusal(request.user, "You may not undo actions.", every)

    @deed(
        "undo",
        ACTION,
        body=record({"reason": REASON}),
        problems=REFUSALS,
    )
    @refusing
    def post(self, request: Request, action_id: int) -> Response:
        """Takes an action back as if it had not been done; 409 when others went on from there."""
        action = StewardAction.objects.filter(pk=action_id).first()
        if action is None or not access.may(request.user, "steward", action.domain):
            raise NotFound(f"There is no action {action_id} that you may undo.")
        done = regret.undo(action_id, cause=cause_with_reason(request, asking.body(request)))
        return Response(action_answer(done))


@atomically
def as_seen(
    request: Request, golden_ids: Collection[UUID], verb: Callable[[], StewardAction]
) -> StewardAction:
    """Carry a verb out on golden records that are, and stay until then, as If-Match says.

    Raises PreconditionFailed where one has changed.
    """
    if_match = request.headers.get("If-Match")
    if if_match is not None:
        hold(golden_ids)
        stand = derivation.standing(golden_ids, lock=True)
        etags.check(
            if_match, {id_: stand[id_].version if id_ in stand else None for id_ in golden_ids}
        )
    return verb()


def cause_with_reason(request: Request, body: Given) -> Cause:
    """Who asks and why, as the body says."""
    return cause_of(request, reason=asking.text(body, "reason"))


def standing(domain: str, golden_id: UUID) -> GoldenRecord:
    """The golden record that stands under the id. Raises NotFound."""
    found = GoldenRecord.objects.of(domain).standing().filter(pk=golden_id).first()
    if found is None:
        raise NotFound(f"No {domain} stands under the id {golden_id}.")
    return found


def _merged(domain: str, body: Given) -> tuple[list[UUID], UUID | None]:
    """The golden records to be merged, all of which stand in the domain, and which goes on."""
    given = body.get("ids")
    if not isinstance(given, list) or not 2 <= len(given) <= MOST_TOGETHER:
        raise ValidationError({"ids": f"Name from 2 to {MOST_TOGETHER:,} golden ids."})
    ids = [_uuid(each, f"ids[{place}]") for place, each in enumerate(given)]
    found = GoldenRecord.objects.of(domain).standing().filter(pk__in=ids)
    if missing := set(ids).difference(found.values_list("pk", flat=True)):
        raise NotFound(f"No {domain} stands under the id {min(missing)}.")
    if len(set(ids)) < 2:
        raise ValidationError({"ids": "Name two different golden ids."})
    survivor = body.get("survivor")
    return ids, None if survivor is None else _uuid(survivor, "survivor")


def _uuid(given: Any, field: str) -> UUID:
    return asking.required({field: given}, field, UUID, "Give a golden id, a UUID.")


def _groups(domain: str, body: Given) -> list[list[int]]:
    """The groups of identifiers as source record ids."""
    given = body.get("groups")
    if not isinstance(given, list) or not given or not all(isinstance(g, list) for g in given):
        raise ValidationError({"groups": "Send a list of lists of identifiers."})
    if sum(map(len, given)) > MOST_TOGETHER or not all(given):
        raise ValidationError({"groups": f"From 1 to {MOST_TOGETHER:,} identifiers in each."})
    return [record_ids(domain, group, f"groups[{place}]") for place, group in enumerate(given)]


def record_ids(domain: str, given: Sequence[Any], field: str) -> list[int]:
    """The source records under identifiers, each of which must have arrived."""
    if not all(isinstance(each, dict) for each in given):
        raise ValidationError({field: "Name a record by its system and source_key."})
    pairs = [
        (asking.text(each, "system", field), asking.text(each, "source_key", field))
        for each in given
    ]
    known = crosswalk.records_of(domain, pairs)
    if unknown := [pair for pair in pairs if pair not in known]:
        raise NotFound(f"{unknown[0][0]} never sent a {domain} with the key {unknown[0][1]!r}.")
    return [known[pair] for pair in pairs]


def _preview(seen: Preview, domain: str, actor: access.Actor) -> dict[str, Any]:
    declared = entity_type(domain)
    members = {each for outcome in seen.outcomes for each in outcome.record_ids}
    names = crosswalk.names_of(members)
    return {
        "token": seen.token,
        "outcomes": [
            {
                "id": str(each.id),
                "is_new": each.is_new,
                "returns": each.returns,
                "title": access.title_for(actor, declared, each.title),
                "lifecycle": each.status,
                "attributes": access.masked(actor, declared, each.attributes),
                "members": [
                    {"system": system, "source_key": key}
                    for system, key in (names[id_] for id_ in each.record_ids)
                ],
            }
            for each in seen.outcomes
        ],
        "led_elsewhere": {str(id_): str(to) for id_, to in seen.led_elsewhere.items()},
    }


def action_answer(action: StewardAction) -> dict[str, Any]:
    return {
        "id": action.pk,
        "kind": action.kind,
        "domain": action.domain,
        "done_by": action.done_by,
        "done_at": action.done_at.isoformat(),
        "undone_at": action.undone_at and action.undone_at.isoformat(),
    }


urlpatterns = [
    path(
        "golden/<slug:domain>/merge/preview", MergePreviewView.as_view(), name="api-merge-preview"
    ),
    path("golden/<slug:domain>/merge", MergeView.as_view(), name="api-merge"),
    path(
        "golden/<slug:domain>/<uuid:golden_id>/separate/preview",
        SeparationPreviewView.as_view(),
        name="api-separate-preview",
    ),
    path(
        "golden/<slug:domain>/<uuid:golden_id>/separate",
        SeparationView.as_view(),
        name="api-separate",
    ),
    path("actions/<int:action_id>/undo", UndoView.as_view(), name="api-undo"),
]
