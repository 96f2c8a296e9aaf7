"""What stewards say against sources: values that they pin, source records that they judge.

Each can be undone.
"""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from matching import isolation
from mdm import lifecycle, overrides
from mdm.again import atomically
from mdm.cause import Cause
from mdm.models import GoldenRecord, Override, SourceRecord
from mdm.overrides import OverrideError
from stewardship.models import StewardAction
from stewardship.remembering import Kind, note


class RecordRefusedError(RuntimeError):
    """Something that cannot be said of a source record: why, in words for who tried."""


@atomically
def pin(
    golden_id: UUID,
    attribute: str,
    value: Any,
    *,
    expires_at: datetime | None = None,
    seen: str | None = None,
    cause: Cause,
) -> StewardAction:
    """Pin a value, as `mdm.overrides.set_override` does, so that it can be undone.

    Raises OverrideError, too, when the value is another one than the person saw (`seen`, as
    `seen_of` said).
    """
    if seen is not None:
        record = GoldenRecord.objects.select_for_update().get(pk=golden_id)
        if seen_of(record, attribute) != seen:
            raise OverrideError(gettext("It was changed meanwhile. If you still mean it, pin."))
    made = overrides.set_override(
        golden_id, attribute, value, reason=cause.reason, expires_at=expires_at, cause=cause
    )
    return _note_pin(Kind.OVERRIDE, made, cause)


def seen_of(record: GoldenRecord, attribute: str) -> str:
    """A value and what it comes from, in short: handed back with a pin that is to replace it."""
    sources = sorted(key for key, said in record.provenance.items() if attribute in said)
    seen = repr((record.attributes.get(attribute), sources))
    return hashlib.sha256(seen.encode()).hexdigest()[:16]


@atomically
def unpin(override_id: int, *, cause: Cause) -> StewardAction:
    """Let sources decide again, as `mdm.overrides.end_override` does, so that it can be undone."""
    overrides.end_override(override_id, cause=cause)
    ended = Override.objects.select_related("golden").get(pk=override_id)
    return _note_pin(Kind.END_OVERRIDE, ended, cause)


@atomically
def set_condition(record_id: int, condition: str, *, cause: Cause) -> StewardAction:
    """Hold something against a source record, or nothing ("") any more, so that it can be undone.

    Raises RecordRefusedError without a reason, or when it is so already.
    """
    record = _stated(record_id, cause)
    if not lifecycle.set_condition([record_id], condition, cause=cause):
        raise RecordRefusedError(gettext("it is so already"))
    content = {"record": record_id, "was": record.condition, "now": condition}
    return note(Kind.CONDITION, record.domain, content, cause)


@atomically
def isolate(record_id: int, isolated: bool, *, cause: Cause) -> StewardAction:
    """Let a source record take no part in matching, or take part again, so that it can be undone.

    Raises RecordRefusedError without a reason, or when it is so already.
    """
    record = _stated(record_id, cause)
    verb = isolation.isolate if isolated else isolation.readmit
    if not verb(record.domain, [record_id], cause=cause):
        raise RecordRefusedError(gettext("it is so already"))
    content = {"record": record_id, "was": record.isolated, "now": isolated}
    return note(Kind.ISOLATE, record.domain, content, cause)


def _stated(record_id: int, cause: Cause) -> SourceRecord:
    """The source record as it is before a person says something about it."""
    if not cause.reason:
        raise RecordRefusedError(gettext("say why, for whoever wonders later"))
    return SourceRecord.objects.select_for_update().get(pk=record_id)


def _note_pin(kind: StewardAction.Kind, pinned: Override, cause: Cause) -> StewardAction:
    content = {"override": pinned.pk, "before": {str(pinned.golden_id): []}}
    return note(kind, pinned.golden.domain, content, cause)
