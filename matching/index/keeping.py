"""Keeping the index of a domain up to date: work that comes after each match run."""

from datetime import datetime

from matching.domains import MODELS
from matching.engine.model import MatchModel
from matching.index.building import build, outdated, recipe_of, refresh
from matching.models import MatchIndex, MatchRun
from mdm import work
from mdm.cause import Cause, mint_correlation_id
from mdm.models import Event
from mdm.work import Job

WORK = "index domain"
MOST_CHANGES = 20_000
SHARE_OF_CHANGES = 0.05
_FEW = 1_000
_SHARE = 0.1  # of a domain that changed, from which building anew is quicker


def index_records(job: Job) -> None:
    """Work: bring the index of an event's domain up to date.

    While a match of the domain is under way there is better work to do: its end asks again.
    """
    event = Event.objects.get(pk=int(job.subject))
    under_way = MatchRun.objects.filter(domain=event.domain, state__in=MatchRun.State.under_way())
    if not under_way.exists():
        job.progress("indexing")
        bring_up_to_date(MODELS[event.domain], at=job.cause.at)


def index_anew(now: datetime) -> None:
    """Ask for those indexes to be built anew that another release, or another model, has built."""
    cause = Cause(now, f"job:{WORK}", mint_correlation_id())
    for index in MatchIndex.objects.all():
        if index.domain in MODELS and index.recipe != recipe_of(MODELS[index.domain]):
            work.enqueue(WORK, index.domain, cause=cause)


def index_domain(job: Job) -> None:
    """Work: bring the index of a domain up to date."""
    job.progress("indexing")
    bring_up_to_date(MODELS[job.subject], at=job.cause.at)


def index_for(model: MatchModel, changed: int, *, at: datetime) -> MatchIndex | None:
    """The index of a domain as its records are now, where a run over few changes may go by it.

    None where reading the whole domain is as quick: without an index, or when much changed.
    """
    index = MatchIndex.objects.filter(domain=model.domain, recipe=recipe_of(model)).first()
    if index is None or changed > min(MOST_CHANGES, SHARE_OF_CHANGES * index.records):
        return None
    missing = outdated(model, index)
    if len(missing) > MOST_CHANGES:
        return None
    return refresh(model, missing, at=at) if missing else index


def bring_up_to_date(model: MatchModel, *, at: datetime) -> MatchIndex:
    """The index of a domain as its records are now; built where there is none that fits."""
    index = MatchIndex.objects.filter(domain=model.domain, recipe=recipe_of(model)).first()
    if index is None:
        return build(model, at=at)
    changed = outdated(model, index)
    if len(changed) > max(_FEW, _SHARE * index.records):
        return build(model, at=at)
    return refresh(model, changed, at=at) if changed else index
