"""Records that a system sends, one or some hundred at once: batches of a feed like others."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import orjson

from mdm.cause import Cause
from mdm.feeds import batches, outstanding
from mdm.feeds.applying import mapping_of
from mdm.feeds.readers.json_text import JsonError, flatten
from mdm.models import Feed, FeedBatch

MOST = 1_000
Record = Mapping[str, Any]
"""A record as a feed's reader has it: texts, and lists of texts, by column."""


class Progress(StrEnum):
    """How far a batch is, as its sender sees it: done when its records are matched."""

    RUNNING = "running"
    DONE = "done"
    WAITING = "waiting"
    STOPPED = "stopped"
    REFUSED = "refused"
    DISCARDED = "discarded"


class NoFeedError(LookupError):
    """No feed takes what a system sends: which there are, in words."""


class UnreadableError(ValueError):
    """A sent record that no reader could lay flat: its `place` among the others, and why."""

    def __init__(self, place: int, why: JsonError) -> None:
        super().__init__(str(why))
        self.place = place


def feed_for(system: str, domain: str, code: str = "") -> Feed:
    """The feed for what a system sends of a domain: the one named, else one of changes.

    Raises NoFeedError.
    """
    feeds = Feed.objects.filter(system__code=system, domain=domain).select_related("system")
    named = feeds.filter(code=code) if code else feeds
    found = sorted(named, key=lambda each: (each.mode != Feed.Mode.DELTA, each.pk))
    if not found:
        known = ", ".join(feeds.values_list("code", flat=True)) or "none"
        raise NoFeedError(
            f"{system} has no feed {code!r} of the domain {domain!r}; there are: {known}"
            if code
            else f"{system} has no feed of the domain {domain!r}; configure one first"
        )
    return found[0]


def laid_flat(sent: Sequence[dict[str, Any]]) -> list[Record]:
    """Sent records in the columns of their source. Raises UnreadableError for the first bad one."""
    records: list[Record] = []
    for place, each in enumerate(sent):
        try:
            records.append(flatten(each))
        except JsonError as why:
            raise UnreadableError(place, why) from None
    return records


def receive(feed: Feed, records: Sequence[Record], *, cause: Cause) -> FeedBatch:
    """A batch of records as the source has them, in the columns that the feed's mapping reads.

    It says nothing about records that it does not have. Raises `batches.BatchStateError` where the
    feed has no mapping.
    """
    lines = b"\n".join(map(orjson.dumps, records))
    return batches.receive(feed, "records.jsonl", [lines], partial=True, cause=cause)


def keys_of(batch: FeedBatch, records: Sequence[Record]) -> list[str]:
    """The source key of each record, as the batch's mapping reads it; "" where it has none."""
    mapping = mapping_of(batch)
    keys = []
    for record in records:
        places = {column: place for place, column in enumerate(record)}
        keys += mapping.keys(places, [[*record.values()]])
    return keys


def progress_of(batch: FeedBatch) -> Progress:
    """How far the batch is; one that is applied still runs until the match that follows is over."""
    state = FeedBatch.State
    ended = {
        state.WAITING: Progress.WAITING,
        state.REFUSED: Progress.REFUSED,
        state.DISCARDED: Progress.DISCARDED,
        state.PREVIEWED: Progress.DONE,
    }
    if batch.state in ended:
        return ended[FeedBatch.State(batch.state)]
    if batch.state == state.APPLIED and batch.matched_at:
        return Progress.DONE
    return Progress.STOPPED if outstanding.stopped_by(batch) else Progress.RUNNING
