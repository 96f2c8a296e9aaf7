"""Claiming: a system has created a record for a golden record, and says so before it sends it.

Until it arrives by a feed the source record is expected: version 0, without values or a say.
"""

from uuid import UUID

from mdm import crosswalk, golden, sources
from mdm.again import atomically
from mdm.bulk import fetch
from mdm.cause import Cause
from mdm.derivation import standing
from mdm.golden import Link
from mdm.models import CrosswalkLink, Feed


class ClaimRefusedError(RuntimeError):
    """An identifier that cannot be claimed: why, in words for whoever tried."""


class ClaimConflictError(ClaimRefusedError):
    """The identifier belongs to another golden record, or the golden id to several."""

    def __init__(self, said: str, wanted: UUID, held_by: tuple[UUID, ...]) -> None:
        super().__init__(said)
        self.wanted, self.held_by = wanted, held_by


@atomically
def claim(system: str, domain: str, source_key: str, golden_id: UUID, *, cause: Cause) -> bool:
    """Link an identifier to the golden record to which `golden_id` leads; False if it is already.

    Of several that claim it at once one wins, and the others raise ClaimConflictError. Raises
    ClaimRefusedError where the system sends no such records, or there is no such golden record.
    """
    record_id = _expected(system, domain, source_key, cause)
    stands = _standing(domain, golden_id)
    held_by = _holder(record_id)
    if held_by == stands:
        return False
    if held_by is not None:
        raise ClaimConflictError(
            f"{system}:{source_key} belongs to {held_by}, not to {stands}", stands, (held_by,)
        )
    link = Link(record_id, CrosswalkLink.Method.CLAIM)
    golden.attach(domain, {stands: [link]}, cause=cause)
    return True


def _expected(system: str, domain: str, source_key: str, cause: Cause) -> int:
    """The source record under the key, locked; made where there is none."""
    feed = Feed.objects.filter(system__code=system, domain=domain).order_by("pk").first()
    if feed is None:
        raise ClaimRefusedError(
            f"{system} has no feed of the domain {domain!r} that could fill what it claims"
        )
    made = sources.expect(feed, source_key, cause=cause)
    if made is not None:
        return made
    rows = fetch(
        "SELECT id FROM mdm_sourcerecord WHERE system_id = %s AND domain = %s AND source_key = %s"
        " FOR UPDATE",
        [feed.system_id, domain, source_key],
    )
    return int(rows[0][0])


def _standing(domain: str, golden_id: UUID) -> UUID:
    """The golden record to which the id leads, locked: a merge that was quicker is followed."""
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
        if standing([found.golden_id], lock=True):
            return found.golden_id


def _holder(record_id: int) -> UUID | None:
    rows = fetch(
        "SELECT golden_id FROM mdm_crosswalklink WHERE record_id = %s AND unlinked_at IS NULL",
        [record_id],
    )
    return rows[0][0] if rows else None
