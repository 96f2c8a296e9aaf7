"""Claiming: a system has created a record for a golden record, and says so before it sends it.

Until it arrives by a feed the source record is expected: version 0, without values or a say.
"""

from collections.abc import Callable, Mapping
from uuid import UUID

from mdm import crosswalk, golden, sources
from mdm.again import atomically
from mdm.bulk import fetch
from mdm.cause import Cause
from mdm.derivation import standing
from mdm.golden import Link, Merge, MergeRefusedError
from mdm.models import CrosswalkLink, Feed
from mdm.vetoes import vetoes


class ClaimRefusedError(RuntimeError):
    """An identifier that cannot be claimed: why, in words for whoever tried."""


class ClaimConflictError(ClaimRefusedError):
    """The identifier belongs to another golden record, or the golden id to several."""

    def __init__(self, said: str, wanted: UUID, held_by: tuple[UUID, ...]) -> None:
        super().__init__(said)
        self.wanted, self.held_by = wanted, held_by


def _any_version(stand: Mapping[UUID, int | None]) -> None:
    """What a caller demands of a golden record that does not say how it saw it."""


@atomically
def claim(
    system: str,
    domain: str,
    source_key: str,
    golden_id: UUID,
    *,
    demand: Callable[[Mapping[UUID, int | None]], None] = _any_version,
    cause: Cause,
) -> bool:
    """Link an identifier to the golden record to which `golden_id` leads; False if it is already.

    `demand` is asked about the version of `golden_id`, None when it was merged away, just before it
    changes, and raises what the caller likes.

    Of several that claim it at once one wins, and the others raise ClaimConflictError. Raises
    ClaimRefusedError where the system sends no such records, there is no such golden record, or a
    rule forbids them to be one.
    """
    record_id, version = _expected(system, domain, source_key, cause)
    stands, at_version = _standing(domain, golden_id)
    held_by = _holder(record_id)
    if held_by == stands:
        return False
    if held_by is not None:
        raise ClaimConflictError(
            f"{system}:{source_key} belongs to {held_by}, not to {stands}", stands, (held_by,)
        )
    demand({golden_id: at_version if stands == golden_id else None})
    _join(domain, record_id, stands, arrived=version != sources.EXPECTED, cause=cause)
    return True


def _join(domain: str, record_id: int, stands: UUID, *, arrived: bool, cause: Cause) -> None:
    """Link the record; one of which people and rules may know something already, by a merge."""
    method = CrosswalkLink.Method
    if not arrived:
        if forbidden := vetoes(domain, [frozenset((stands,))]):
            raise ClaimRefusedError("; ".join(map(str, forbidden)))
        golden.attach(domain, {stands: [Link(record_id, method.CLAIM)]}, cause=cause)
        return
    (alone,) = golden.create(domain, [[Link(record_id, method.NEW)]], cause=cause)
    both = Merge(frozenset((alone, stands)), method.CLAIM, survivor=stands)
    try:
        golden.merge(domain, [both], cause=cause)
    except MergeRefusedError as refused:
        raise ClaimRefusedError(str(refused)) from None


def _expected(system: str, domain: str, source_key: str, cause: Cause) -> tuple[int, int]:
    """The source record under the key, locked, and its version; made where there is none."""
    feed = Feed.objects.filter(system__code=system, domain=domain).order_by("pk").first()
    if feed is None:
        raise ClaimRefusedError(
            f"{system} has no feed of the domain {domain!r} that could fill what it claims"
        )
    made = sources.expect(feed, source_key, cause=cause)
    if made is not None:
        return made, sources.EXPECTED
    rows = fetch(
        "SELECT id, version FROM mdm_sourcerecord"
        " WHERE system_id = %s AND domain = %s AND source_key = %s FOR UPDATE",
        [feed.system_id, domain, source_key],
    )
    record_id, version = rows[0]
    return record_id, version


def _standing(domain: str, golden_id: UUID) -> tuple[UUID, int]:
    """The golden record to which the id leads, locked, and its version; merges are followed."""
    while True:
        found = crosswalk.resolve_golden(golden_id)
        if found.domain != domain or found.golden_id is None:
            raise ClaimRefusedError(f"there is no {domain} with the id {golden_id}")
        if len(found.held_by) > 1:
            raise ClaimConflictError(
                f"what {golden_id} held is in {len(found.held_by)} golden records; name one",
                golden_id,
                found.held_by,
            )
        stands = standing([found.golden_id], lock=True)
        if stands:
            return found.golden_id, stands[found.golden_id].version


def _holder(record_id: int) -> UUID | None:
    rows = fetch(
        "SELECT golden_id FROM mdm_crosswalklink WHERE record_id = %s AND unlinked_at IS NULL",
        [record_id],
    )
    return rows[0][0] if rows else None
