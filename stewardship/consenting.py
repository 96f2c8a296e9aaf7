"""Merges that take two people: of golden records on which more money hangs than finance allows.

The first person's merge is refused and noted, with all that was chosen for it; the second person's
is done once it comes to the same.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from mdm import events
from mdm.cause import Cause
from mdm.golden import MergeRefusedError
from mdm.governance.exposure import Amounts, exposure_of
from mdm.governance.ownership import ALL, ranking
from stewardship import claiming, weighing
from stewardship.models import MergeConsent, StewardshipTask
from stewardship.routing import steward_of

KIND = StewardshipTask.Kind.SECOND_PERSON
_PERSON = "user:"
_SOMEBODY = gettext_noop(
    "so much money hangs on these that two people merge them; that you want it is noted, and"
    " somebody else has to merge them, too"
)
_ONE_OF_WHOM = gettext_noop(
    "so much money hangs on these that two people merge them, one of whom answers for them; that"
    " you want it is noted, and {names} may merge them, too"
)


@dataclass(frozen=True, slots=True)
class Wish:
    """A merge that somebody wants of golden records.

    `seen` is the same for two people who would get the same: the records as they were, what would
    come of them, and what was chosen. `chosen` names the page for it and what that page asks for.
    """

    domain: str
    ids: Collection[UUID]
    seen: str
    chosen: Mapping[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.seen.encode()).hexdigest()


class SecondPersonNeededError(MergeRefusedError):
    """A merge that somebody wants, and that waits for another person.

    For one of `named`, where the register lets nobody else write such records.
    """

    def __init__(self, wish: Wish, named: Collection[str] = ()) -> None:
        said = gettext(_ONE_OF_WHOM) if named else gettext(_SOMEBODY)
        super().__init__(said.format(names=", ".join(sorted(named))))
        self.wish = wish


def above(domain: str, groups: Iterable[Collection[UUID]]) -> set[frozenset[UUID]]:
    """The groups of golden records on which more hangs together than one person may merge."""
    limits = _limits(domain)
    asked = [frozenset(ids) for ids in groups] if limits else []
    if not asked:
        return set()
    found = exposure_of(set().union(*asked), timezone.now().date())
    return {ids for ids in asked if _exceeds([found.get(id_, {}) for id_ in ids], limits)}


def _limits(domain: str) -> dict[str, Decimal]:
    asked = settings.SECOND_PERSON_ABOVE.items()
    return {currency: most for (of, currency), most in asked if of == domain}


def _exceeds(amounts: Iterable[Amounts], limits: dict[str, Decimal]) -> bool:
    each = list(amounts)
    return any(
        sum((held.get(currency, Decimal(0)) for held in each), Decimal(0)) > most
        for currency, most in limits.items()
    )


def refuse_alone(wish: Wish, merging: Collection[UUID], cause: Cause) -> None:
    """Refuse what takes two people until another one wants the same. SecondPersonNeededError.

    `merging` are the golden records that would become one. Call it in the transaction that merges:
    whoever was asked for the second person is no longer. The ownership register is asked as for
    every write: where it lets nobody write such records but those it names, one of the two is.
    """
    if above(wish.domain, [merging]):
        given = MergeConsent.objects.filter(preview=wish.digest, given_by__startswith=_PERSON)
        people = {*given.values_list("given_by", flat=True), cause.by}
        register = ranking(wish.domain, cause.at.date())
        policy = register.policy(ALL)
        refused = all(register.verdict(ALL, by=each) for each in people)
        if not cause.by.startswith(_PERSON) or len(people) < 2 or refused:
            raise SecondPersonNeededError(wish, policy.people if policy and refused else ())
    if _limits(wish.domain):
        _settle(wish.ids, cause)


@transaction.atomic
def note(wish: Wish, cause: Cause) -> None:
    """Note what was refused to one person alone, and ask a second one.

    Call it after the transaction that was refused.
    """
    consent, fresh = MergeConsent.objects.get_or_create(
        preview=wish.digest,
        given_by=cause.by,
        defaults={
            "domain": wish.domain,
            "golden_ids": sorted(set(wish.ids)),
            "chosen": dict(wish.chosen),
            "reason": cause.reason,
            "given_at": cause.at,
        },
    )
    tasks = StewardshipTask.objects.open().filter(kind=KIND, subject=str(consent.pk))
    if fresh or not tasks.exists():  # somebody may have declined before
        who, count = cause.by.removeprefix(_PERSON), len(consent.golden_ids)
        StewardshipTask.objects.create(
            kind=KIND,
            domain=wish.domain,
            subject=str(consent.pk),
            summary=f"{who} would merge {count} of them",
            correlation_id=cause.correlation_id,
            opened_at=cause.at,
            assignee=steward_of(wish.domain, cause.at.date(), besides=who),
        )
        weighing.ask(wish.domain, cause=cause)


@transaction.atomic
def decline(consent: MergeConsent, *, cause: Cause) -> bool:
    """Ask nobody any more for the second person; the cause says why. False where nobody is asked.

    Whoever wanted the merge takes that back by it: they are none of the two people any more.
    """
    task = claiming.settle(KIND, str(consent.pk), cause=cause)
    if task is None:
        return False
    content = {"task": task.pk, "golden_ids": [str(id_) for id_ in consent.golden_ids]}
    events.record("stewardship_task.declined", domain=consent.domain, content=content, cause=cause)
    if consent.given_by == cause.by:
        consent.delete()
    return True


def _settle(ids: Collection[UUID], cause: Cause) -> None:
    """Whatever anybody wanted of these golden records, and of no others, is done or moot."""
    about = MergeConsent.objects.filter(golden_ids__contained_by=sorted(set(ids)))
    subjects = [str(pk) for pk in about.values_list("pk", flat=True)]
    tasks = StewardshipTask.objects.open().filter(kind=KIND, subject__in=subjects)
    tasks.update(state="done", done_at=cause.at, done_by=cause.by)
