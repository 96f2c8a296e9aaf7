"""REST: records that systems send, and the jobs that take them in."""

import re
import time
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mdm import crosswalk
from mdm.api import asking, idempotency, scopes, shapes, tokens
from mdm.api.documents import header, operation, query
from mdm.api.problems import PreconditionRequired, Unprocessable
from mdm.api.waiting import a_place
from mdm.domains import ENTITY_TYPES, entity_type
from mdm.feeds import intake
from mdm.feeds.batches import BatchStateError
from mdm.feeds.intake import NoFeedError, Progress, Record, UnreadableError
from mdm.governance import access
from mdm.models import FeedBatch, FeedRow, SourceRecord
from mdm.observability import cause_of

LONGEST_WAIT_SECONDS = 30
_PAUSE_SECONDS = 0.05
_ROWS_TOLD = 1_000
_SECONDS = re.compile("[0-9]{1,9}")


class RecordsView(APIView):
    """`/api/v1/sources/{system}/{domain}/records`."""

    @operation(
        "send_records",
        shapes.JOB,
        body=shapes.RECORDS,
        parameters=[
            query("feed", "The feed, where the system has several of the domain"),
            header("Idempotency-Key", "The same key and body again get the answer of the first"),
            header("Prefer", "wait=10 waits up to so long for the golden id of one record"),
        ],
        problems=["unprocessable", "in-progress", "precondition-required"],
        status=202,
        also={200: shapes.JOB},
        scopes=("{domain}:send",),
    )
    def post(self, request: Request, system: str, domain: str) -> Response:
        """Takes in up to 1,000 records in the columns of the source, by the road of its feed.

        The job is done only when the records are matched. Records that cannot be taken in are in
        its `problems`, with field and remedy.
        """
        asking.allow(request.user, "send", {domain})
        asking.speaks_for(request.user, system)
        records = _records(request)
        answer = idempotency.once(request, lambda: self._receive(request, system, domain, records))
        seconds = _wait(request.headers.get("Prefer", ""))
        if seconds and len(records) == 1 and answer.status_code == 202:
            with a_place() as free:
                if free:
                    return _waited(request, int(answer.data["id"]), records, seconds) or answer
        return answer

    def _receive(
        self, request: Request, system: str, domain: str, records: Sequence[Record]
    ) -> Response:
        try:
            feed = intake.feed_for(system, domain, request.query_params.get("feed", ""))
            batch = intake.receive(feed, records, cause=cause_of(request))
        except (NoFeedError, BatchStateError) as refused:
            raise Unprocessable(f"{refused}.") from None
        if domain in settings.CREATE_AFTER_SEARCH:
            _demand_search(request, batch, records)
        location = f"/api/v1/jobs/{batch.pk}"
        return Response(job_answer(batch, request), status=202, headers={"Location": location})


class JobView(APIView):
    """`/api/v1/jobs/{id}`."""

    permission_classes = (IsAuthenticated,)

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Whoever may neither send nor see feeds is refused before it is known what is there."""
        super().initial(request, *args, **kwargs)
        may = any(access.may(request.user, "send", each) for each in ENTITY_TYPES)
        if not may and not request.user.has_perm(access.FEEDS):
            raise scopes.refusal(request.user, "You may not see jobs.", ["feeds:read"])

    @operation("job", shapes.JOB, problems=["not-found"], scopes=("{domain}:send", "feeds:read"))
    def get(self, request: Request, job_id: int) -> Response:
        """How far a job is, and what became of its records."""
        batch = _batch(job_id)
        sees = batch and (
            request.user.has_perm(access.FEEDS)
            or access.may(request.user, "send", batch.feed.domain)
        )
        if batch is None or not sees:
            raise NotFound(f"There is no job {job_id} that you may see.")
        return Response(job_answer(batch, request))


def _records(request: Request) -> list[Record]:
    sent = asking.items(request, "records", intake.MOST)
    if not sent:
        raise ValidationError({"records": "Send at least one record."})
    try:
        return intake.laid_flat(sent)
    except UnreadableError as refused:
        field = f"records[{refused.place}]"
        raise ValidationError({field: f"It is no record, because {refused}."}) from None


def job_answer(batch: FeedBatch, request: Request) -> dict[str, Any]:
    """A batch as its sender sees it; only it, and who sees all, is told texts with values."""
    progress = intake.progress_of(batch)
    quotes = _may_be_quoted(batch, request)
    rows = batch.rows.exclude(outcome=FeedRow.Outcome.OUT_OF_SCOPE).order_by("row_number")
    return {
        "id": str(batch.pk),
        "state": str(progress),
        "system": batch.feed.system.code,
        "domain": batch.feed.domain,
        "feed": batch.feed.code,
        "received_at": batch.received_at.isoformat(),
        "finished_at": batch.matched_at.isoformat() if batch.matched_at else None,
        "received": batch.received,
        "outcomes": batch.ledger,
        "problem": batch.problem if quotes else "",
        "problems": [
            {
                "record": row.row_number - 1,
                "source_key": row.source_key,
                "outcome": row.outcome,
                "cause": row.cause,
                "field": row.column,
                "detail": row.message if quotes else row.get_cause_display(),
                "remedy": row.remedy,
            }
            for row in rows[:_ROWS_TOLD]
        ],
    }


def _may_be_quoted(batch: FeedBatch, request: Request) -> bool:
    declared = entity_type(batch.feed.domain)
    all_seen = len(access.visible(request.user, declared)) == len(declared.attributes)
    return all_seen or batch.received_by == cause_of(request).by


def _demand_search(request: Request, batch: FeedBatch, records: Sequence[Record]) -> None:
    """Refuse new records of whoever has not searched for them first."""
    feed = batch.feed
    keys = set(intake.keys_of(batch, records))
    known = SourceRecord.objects.filter(
        system=feed.system, domain=feed.domain, source_key__in=keys
    ).count()
    if known == len(keys):
        return
    token = asking.body(request).get("match_token")
    if not isinstance(token, str) or not token:
        raise PreconditionRequired(
            f"New {feed.domain} records need a search first: POST /api/v1/{feed.domain}/match, and"
            " send its match_token."
        )
    tokens.check(token, feed.domain, str(request.user.pk))


def _wait(prefer: str) -> float:
    """The seconds that `Prefer: wait=…` asks for (RFC 7240); 0 for none."""
    for each in prefer.split(","):
        name, _, value = each.strip().partition("=")
        if name.strip().lower() == "wait" and _SECONDS.fullmatch(value.strip()):
            return min(int(value), LONGEST_WAIT_SECONDS)
    return 0


def _waited(
    request: Request, batch_id: int, records: Sequence[Record], seconds: float
) -> Response | None:
    """The finished job with the golden id of its one record; None when time has run out."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        batch = _batch(batch_id)
        if batch is None or intake.progress_of(batch) != Progress.RUNNING:
            break
        time.sleep(_PAUSE_SECONDS)
    else:
        return None
    if batch is None:
        return None
    answer = job_answer(batch, request)
    (key,) = intake.keys_of(batch, records)
    found = crosswalk.resolve(batch.feed.system.code, batch.feed.domain, key)
    answer["golden_id"] = str(found.golden_id) if found.golden_id else None
    answer["source_key"] = key
    return Response(
        answer,
        headers={
            "Preference-Applied": f"wait={seconds:.0f}",
            "Location": f"/api/v1/jobs/{batch_id}",
        },
    )


def _batch(batch_id: int) -> FeedBatch | None:
    return FeedBatch.objects.select_related("feed__system", "mapping").filter(pk=batch_id).first()
