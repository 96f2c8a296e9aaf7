"""`GET /api/v1/changes`: what happened, in an order in which nothing is skipped or repeated."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mdm.api.authentication import MayAskInBody
from mdm.api.documents import COUNT, FLAG, TEXT, VALUES, listed, operation, query, record
from mdm.api.problems import StaleCursor
from mdm.api.waiting import a_place
from mdm.domains import ENTITY_TYPES
from mdm.following import positions
from mdm.following.envelope import cloud_event, consumer, visible_domains, visible_types
from mdm.following.reading import START, Cursor, CursorError, Page, head, read
from mdm.following.vocabulary import EVENT_TYPES

NUMBER = {"type": "number"}
PAGE, MOST = 100, 1_000
LONGEST_WAIT = 30.0
_PAUSE = 0.2


class ChangesView(APIView):
    """`GET /api/v1/changes?after=&limit=&domain=&type=&wait=`."""

    permission_classes = (MayAskInBody,)

    @operation(
        "changes",
        record({"changes": listed(VALUES), "next": TEXT, "more": FLAG}),
        parameters=[
            query("after", "What an earlier page has as next; 0 for the beginning"),
            query("limit", "At most so many events, up to 1,000", COUNT),
            query("domain", "Only of these domains, with commas between them"),
            query("type", "Only of these types, with commas between them"),
            query("wait", "Seconds to wait, up to 30; none while too many wait", NUMBER),
        ],
        problems=["invalid", "stale-cursor"],
    )
    def get(self, request: Request) -> Response:
        """Events after a cursor as CloudEvents, and the cursor after them.

        `wait` seconds, at most 30, for something to happen; while too many wait already, the answer
        comes at once. What the caller may not see is left out, and `next` goes on past it.
        """
        after = _cursor(request)
        limit = _number(request, "limit", PAGE, 1, MOST)
        types = _chosen(request, "type", visible_types(request.user), EVENT_TYPES)
        domains = _chosen(request, "domain", visible_domains(request.user), ENTITY_TYPES)
        wait = _number(request, "wait", 0, 0, LONGEST_WAIT)
        asked = partial(
            read, types=types, domains=domains, consumer=consumer(request.user), limit=int(limit)
        )
        try:
            page = _page(after, time.monotonic() + wait, asked)
        except CursorError as error:
            raise StaleCursor(f"The cursor {error}.") from None
        return Response(
            {
                "changes": [cloud_event(each, request.user) for each in page.events],
                "next": str(page.next),
                "more": page.more,
            }
        )


class EventTypesView(APIView):
    """`GET /api/v1/events`."""

    permission_classes = (MayAskInBody,)

    @operation("event_types", record({"types": listed(VALUES)}))
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Every type of event, with the JSON Schema of its data and an example."""
        return Response(
            {
                "types": [
                    {
                        "type": each.public_name,
                        "meaning": each.meaning,
                        "schema": each.schema,
                        "example": each.example,
                    }
                    for each in EVENT_TYPES.values()
                ]
            }
        )


class EventSchemaView(APIView):
    """`GET /api/v1/events/{event_type}`."""

    permission_classes = (MayAskInBody,)

    @operation("event_schema", VALUES, problems=["not-found"])
    def get(self, request: Request, event_type: str) -> Response:  # noqa: ARG002
        """The JSON Schema of the data of one type of event: where `dataschema` leads."""
        for each in EVENT_TYPES.values():
            if each.public_name == event_type:
                return Response(each.schema)
        raise NotFound(f"There is no event of the type {event_type!r}; docs/events.md lists them.")


def _page(after: Cursor, until: float, asked: Callable[[Cursor], Page]) -> Page:
    """The page after a cursor; waits for one that has events, as far as there is room to wait."""
    positions.place_events()
    page = asked(after)
    if page.events or time.monotonic() >= until:
        return page
    with a_place() as free:
        while free and not page.events and (left := until - time.monotonic()) > 0:
            if not page.more:
                time.sleep(min(_PAUSE, left))
            if positions.place_events() or head() > page.next.position:
                page = asked(page.next)
    return page


def _cursor(request: Request) -> Cursor:
    text = request.query_params.get("after", "")
    try:
        return Cursor.parse(text) if text and text != "0" else START
    except CursorError:
        raise ValidationError({"after": "Give what an earlier page has as next, or 0."}) from None


def _number(request: Request, name: str, default: float, least: float, most: float) -> float:
    """A number of the query, brought between its bounds."""
    text = request.query_params.get(name)
    try:
        found = float(text) if text else float(default)
        return min(max(found, least), most) if found == found else least  # NaN equals nothing
    except ValueError:
        raise ValidationError({name: f"Give a number from {least} to {most:g}."}) from None


def _chosen(request: Request, name: str, visible: list[str], known: Any) -> list[str]:
    """Those that the query names of what the caller may see, or all of them."""
    named = [
        each for text in request.query_params.getlist(name) for each in text.split(",") if each
    ]
    if unknown := [each for each in named if each not in known]:
        raise ValidationError(
            {name: f"There is no {name} {unknown[0]!r}; there are {', '.join(known)}."}
        )
    return [each for each in visible if each in named] if named else visible
