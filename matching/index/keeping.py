"""Keeping the index of a domain up to date: work that comes after each match run."""

from datetime import datetime

from matching.domains import MODELS
from matching.engine.model import MatchModel
from matching.index.building import build, outdated, recipe_of, refresh
from matching.models import MatchIndex, MatchRun
from mdm.models import Event
from mdm.work import Job

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


def bring_up_to_date(model: MatchModel, *, at: datetime) -> MatchIndex:
    """The index of a domain as its records are now; built where there is none that fits."""
    index = MatchIndex.objects.filter(domain=model.domain, recipe=recipe_of(model)).first()
    if index is None:
        return build(model, at=at)
    changed = outdated(model)
    if len(changed) > max(_FEW, _SHARE * index.records):
        return build(model, at=at)
    return refresh(model, changed, at=at) if changed else index
