"""Stewardship tasks for what a system proposes of values that another one owns."""

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils.translation import gettext

from mdm import events
from mdm.cause import Cause
from mdm.domains import entity_type
from mdm.governance import proposals
from mdm.governance.ownership import Ranking, ranking
from mdm.models import CrosswalkLink, Event, GoldenRecord, OwnershipBreach
from mdm.overrides import OverrideError
from mdm.policy import in_force
from mdm.work import Job
from stewardship import claiming, correcting, weighing
from stewardship.models import StewardAction, StewardshipTask
from stewardship.routing import signing_in, whom

KIND = StewardshipTask.Kind.PROPOSED_CHANGE


def follow_proposals(job: Job) -> None:
    """Work: a task for each change that a breach proposes, given to the steward of the rule.

    Those that are moot by now are closed, whichever event made them so.
    """
    event = Event.objects.get(pk=int(job.subject))
    fresh = set(event.content.get("proposed", ()))
    waiting = StewardshipTask.objects.open().filter(kind=KIND, domain=event.domain)
    known = {int(subject) for subject in waiting.values_list("subject", flat=True)}
    standing = proposals.standing(fresh | known)
    _open(event, standing & fresh - known)
    weighing.ask(event.domain, cause=job.cause)
    moot = [str(each) for each in sorted(known - standing)]
    waiting.filter(subject__in=moot).update(state="done", done_at=event.at, done_by=event.by)


def _open(event: Event, breach_ids: Iterable[int]) -> None:
    breaches = OwnershipBreach.objects.filter(pk__in=breach_ids).select_related("system")
    declared = entity_type(event.domain)
    stewards = _stewards(event, breaches)
    StewardshipTask.objects.bulk_create(
        (
            StewardshipTask(
                kind=KIND,
                domain=event.domain,
                subject=str(each.pk),
                summary=f"{each.written_by} proposes another {declared[each.attribute].label}",
                systems=[each.written_by],
                correlation_id=event.correlation_id,
                opened_at=event.at,
                assignee=stewards.get(each.pk, ""),
            )
            for each in breaches
            if each.attribute in declared
        ),
        ignore_conflicts=True,
    )


def _stewards(event: Event, breaches: Iterable[OwnershipBreach]) -> dict[int, str]:
    """For each breach the user name of whom its rule gives the work; "" for nobody."""
    register = _register(event.domain, event.at)
    homes = _homes([each.record_id for each in breaches])
    named = {
        each.pk: policy
        for each in breaches
        if (policy := register.policy(each.attribute, _segment(register, each, homes)))
    }
    users = signing_in(named.values())
    return {pk: whom(policy, users) for pk, policy in named.items()}


def _register(domain: str, at: object) -> Ranking:
    return ranking(domain, at.date(), in_force(domain).entity_type)  # type: ignore[attr-defined]


def _homes(record_ids: Iterable[int | None]) -> dict[int | None, GoldenRecord]:
    links = CrosswalkLink.objects.filter(record__in=record_ids, unlinked_at=None)
    return {each.record_id: each.golden for each in links.select_related("golden")}


def _segment(
    register: Ranking, breach: OwnershipBreach, homes: Mapping[int | None, GoldenRecord]
) -> str:
    home = homes.get(breach.record_id)
    return register.segment_of(breach.attribute, home.attributes if home else {})


@transaction.atomic
def take(breach: OwnershipBreach, *, cause: Cause) -> StewardAction:
    """Pin the proposed value on the golden record, so that it can be undone. OverrideError."""
    home = _homes([breach.record_id]).get(breach.record_id)
    if home is None or breach.pk not in proposals.standing([breach.pk]):
        raise OverrideError(gettext("nobody proposes this any more"))
    action = correcting.pin(home.pk, breach.attribute, breach.after, cause=cause)
    claiming.settle(KIND, str(breach.pk), cause=cause)
    return action


@transaction.atomic
def keep(breach: OwnershipBreach, *, cause: Cause) -> None:
    """Keep what the owner says, for a reason that the event keeps. Raises OverrideError."""
    if not cause.reason:
        raise OverrideError(gettext("say why the owner's value stays, for whoever wonders later"))
    content = {"breach": breach.pk}
    events.record("stewardship_task.declined", domain=breach.domain, content=content, cause=cause)
    claiming.settle(KIND, str(breach.pk), cause=cause)
