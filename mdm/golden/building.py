"""Creating golden records, adding source records to them, and deriving them again."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db import transaction

from mdm import golden_ids, relationships
from mdm.cause import Cause
from mdm.derivation import standing
from mdm.golden.linking import Link, Links, insert_links, record_ids
from mdm.golden.writing import LinkChanges, not_before, refresh_projections, write, write_new


@transaction.atomic
def create(domain: str, clusters: Sequence[Sequence[Link]], *, cause: Cause) -> list[UUID]:
    """One new golden record for each cluster of unlinked source records; returns their ids."""
    relationships.guard(domain)
    ids = golden_ids.mint(len(clusters), cause.at)
    joined = dict(zip(ids, clusters, strict=True))
    insert_links(joined, cause)
    write_new(domain, joined, {}, cause)
    refresh_projections(domain, [], _records(joined), cause)
    return ids


@transaction.atomic
def attach(domain: str, joining: Mapping[UUID, Sequence[Link]], *, cause: Cause) -> None:
    """Link unlinked source records to golden records that stand."""
    relationships.guard(domain)
    stored = standing(joining, lock=True)
    cause = not_before(stored, cause)
    insert_links(joining, cause)
    changes = LinkChanges(linked=record_ids(joining))
    write(domain, stored, changes, "golden.changed", {}, cause)
    refresh_projections(domain, [], _records(joining), cause)


@transaction.atomic
def rebuild(domain: str, ids: Iterable[UUID], *, cause: Cause) -> list[UUID]:
    """Derive standing golden records again; returns those that changed.

    A golden record whose content is as before is left alone, and no event is recorded.
    """
    stored = standing(ids, lock=True)
    return write(domain, stored, LinkChanges(), "golden.changed", {}, not_before(stored, cause))


def _records(joined: Links) -> list[int]:
    return [link.record_id for links in joined.values() for link in links]
