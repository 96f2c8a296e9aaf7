"""Keeping source records out of matching: they have an id, and are alike to nothing."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Q

from matching.domains import MODELS
from matching.index.building import recipe_of, refresh
from matching.models import MatchIndex, MatchPair
from mdm import events
from mdm.cause import Cause
from mdm.models import SourceRecord

State = MatchPair.State


@transaction.atomic
def isolate(domain: str, record_ids: Collection[int], *, cause: Cause) -> list[int]:
    """Source records take no part in matching from now on; returns those that did before.

    They stay where they are linked. Pairs of theirs that wait for a person are obsolete.
    """
    changed = _flagged(domain, record_ids, isolated=True)
    waiting = MatchPair.objects.filter(
        Q(left__in=changed) | Q(right__in=changed), state__in=(State.PENDING, State.VETOED)
    )
    pairs = sorted(waiting.values_list("pk", flat=True))
    MatchPair.objects.filter(pk__in=pairs).update(state=State.OBSOLETE)
    _refresh_index(domain, changed, cause)
    if changed:
        content = {"records": changed, "pairs": pairs}
        events.record("source_records.isolated", domain=domain, content=content, cause=cause)
    return changed


@transaction.atomic
def readmit(domain: str, record_ids: Collection[int], *, cause: Cause) -> list[int]:
    """Source records take part in matching again, and are matched; returns those that did not."""
    changed = _flagged(domain, record_ids, isolated=False)
    _refresh_index(domain, changed, cause)
    if changed:
        events.record("match_run.asked", domain=domain, content={"records": changed}, cause=cause)
    return changed


def _flagged(domain: str, record_ids: Collection[int], *, isolated: bool) -> list[int]:
    wanted = SourceRecord.objects.filter(domain=domain, pk__in=record_ids, isolated=not isolated)
    changed = list(wanted.select_for_update().order_by("pk").values_list("pk", flat=True))
    SourceRecord.objects.filter(pk__in=changed).update(isolated=isolated)
    return changed


def _refresh_index(domain: str, record_ids: list[int], cause: Cause) -> None:
    """Searches find what takes part, and nothing else, from now on."""
    model = MODELS[domain]
    if record_ids and MatchIndex.objects.filter(domain=domain, recipe=recipe_of(model)).exists():
        refresh(model, record_ids, at=cause.at)
