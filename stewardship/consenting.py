"""Merges that take two people: of golden records on which more money hangs than finance allows.

The first person's merge is refused and noted; the second person's, of the same preview, is done.
"""

import hashlib
from collections.abc import Collection, Iterable
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from mdm.cause import Cause
from mdm.golden import MergeRefusedError
from mdm.governance.exposure import Amounts, exposure_of
from stewardship import weighing
from stewardship.models import MergeConsent, StewardshipTask

KIND = StewardshipTask.Kind.SECOND_PERSON
_PERSON = "user:"


class SecondPersonNeededError(MergeRefusedError):
    """A merge that one person wants, and that waits for another one."""

    def __init__(self, domain: str, ids: Collection[UUID], token: str) -> None:
        super().__init__(
            "so much money hangs on these that two people merge them; that you want it is noted,"
            " and somebody else has to merge them, too"
        )
        self.domain, self.ids, self.token = domain, sorted(set(ids)), token


def above(domain: str, groups: Iterable[Collection[UUID]]) -> set[frozenset[UUID]]:
    """The groups of golden records on which more hangs together than one person may merge."""
    limits = {
        key[1]: most for key, most in settings.SECOND_PERSON_ABOVE.items() if key[0] == domain
    }
    asked = [frozenset(ids) for ids in groups] if limits else []
    if not asked:
        return set()
    found = exposure_of(set().union(*asked), timezone.now().date())
    return {ids for ids in asked if _exceeds([found.get(id_, {}) for id_ in ids], limits)}


def _exceeds(amounts: Iterable[Amounts], limits: dict[str, Decimal]) -> bool:
    each = list(amounts)
    return any(
        sum((held.get(currency, Decimal(0)) for held in each), Decimal(0)) > most
        for currency, most in limits.items()
    )


def refuse_alone(domain: str, ids: Collection[UUID], token: str, cause: Cause) -> None:
    """Refuse what takes two people until another one wants the same. SecondPersonNeededError."""
    if not above(domain, [ids]):
        return
    others = MergeConsent.objects.filter(preview=_hash(token), given_by__startswith=_PERSON)
    if not cause.by.startswith(_PERSON) or not others.exclude(given_by=cause.by).exists():
        raise SecondPersonNeededError(domain, ids, token)
    _settle(_hash(token), cause)


@transaction.atomic
def note(refused: Exception, cause: Cause) -> None:
    """Note what was refused to one person alone, and ask a second one; nothing for other refusals.

    Call it after the transaction that was refused.
    """
    if not isinstance(refused, SecondPersonNeededError):
        return
    consent, fresh = MergeConsent.objects.get_or_create(
        preview=_hash(refused.token),
        given_by=cause.by,
        defaults={
            "domain": refused.domain,
            "golden_ids": refused.ids,
            "reason": cause.reason,
            "given_at": cause.at,
        },
    )
    if fresh:
        StewardshipTask.objects.create(
            kind=KIND,
            domain=refused.domain,
            subject=str(consent.pk),
            summary=f"{cause.by.removeprefix(_PERSON)} would merge {len(refused.ids)} of them",
            correlation_id=cause.correlation_id,
            opened_at=cause.at,
        )
        weighing.ask(refused.domain, cause=cause)


def _settle(preview: str, cause: Cause) -> None:
    given = MergeConsent.objects.filter(preview=preview).values_list("pk", flat=True)
    tasks = StewardshipTask.objects.open().filter(kind=KIND, subject__in=[str(pk) for pk in given])
    tasks.update(state="done", done_at=cause.at, done_by=cause.by)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
