"""What golden records should be, read from their links and source records alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
import numpy.typing as npt
import orjson

from mdm.bulk import fetch
from mdm.consolidation import Content, Members, Provenance, consolidate
from mdm.domains import entity_type
from mdm.governance.ownership import ranking
from mdm.models import Feed, GoldenRecord
from mdm.policy import in_force
from mdm.schema import Attributes
from mdm.standardise.text import fold
from mdm.survivorship import Integers

Flags = npt.NDArray[np.bool_]

# Link by link: while a table is being filled, the planner would rather read all of it each time.
_MEMBERS = """
    SELECT l.golden_id, r.id, r.system_id, r.attributes::text,
           extract(epoch FROM r.source_updated_at)::float8, r.inactive_at IS NOT NULL, f.deletes
    FROM unnest(%s::uuid[]) AS wanted(id)
    CROSS JOIN LATERAL (
        SELECT golden_id, record_id FROM mdm_crosswalklink
        WHERE golden_id = wanted.id AND unlinked_at IS NULL OFFSET 0
    ) l
    JOIN mdm_sourcerecord r ON r.id = l.record_id
    JOIN mdm_feed f ON f.id = r.home_feed_id
    ORDER BY l.golden_id, r.id
"""


@dataclass(slots=True)
class Derived:
    """All that is derived for one golden record."""

    content: Content
    status: str
    title: str
    search_text: str


def derive(domain: str, ids: Sequence[UUID], at: datetime) -> dict[UUID, Derived]:
    """What each golden record of `ids` should be, evaluated `at` a moment.

    Source records that their source deleted have no say while another member lives.
    """
    number = {id_: place for place, id_ in enumerate(ids)}
    rows = fetch(_MEMBERS, [list(ids)])
    golden = np.array([number[row[0]] for row in rows], dtype=np.int64)
    deleted = np.array([row[5] for row in rows], dtype=bool)
    ending = deleted & np.array([row[6] == Feed.Deletes.SOFT for row in rows], dtype=bool)
    all_deleted = _all(deleted, golden, len(ids))
    speaking = np.flatnonzero(~deleted | all_deleted[golden])
    members = Members(
        golden=golden[speaking],
        record=np.array([rows[place][1] for place in speaking], dtype=np.int64),
        source_time=np.array([_seconds(rows[place][4]) for place in speaking]),
        attributes=[orjson.loads(rows[place][3]) for place in speaking],
    )
    systems = np.array([rows[place][2] for place in speaking], dtype=np.int64)
    register = ranking(domain, at.date())
    contents = consolidate(
        in_force(domain).entity_type,
        members,
        lambda name: register.ranks(name, systems),
        len(ids),
        at=at.timestamp(),
    )
    inactive = all_deleted | (np.bincount(golden[ending], minlength=len(ids)) > 0)
    return {
        id_: _derived(domain, content, bool(inactive[place]))
        for place, (id_, content) in enumerate(zip(ids, contents, strict=True))
    }


@dataclass(slots=True)
class Stored:
    """What is on record for one golden record."""

    attributes: Attributes
    provenance: Provenance
    status: str
    version: int
    changed_at: datetime

    def differs(self, derived: Derived) -> bool:
        """Whether the record is no longer what its facts make of it."""
        return (
            self.attributes != derived.content.attributes
            or self.provenance != derived.content.provenance
            or self.status != derived.status
        )


def standing(ids: Iterable[UUID], *, lock: bool) -> dict[UUID, Stored]:
    """The golden records among `ids` that were not merged away, locked in the order of ids."""
    query = """
        SELECT id, attributes::text, provenance::text, status, version, changed_at
        FROM mdm_goldenrecord
        WHERE id = ANY(%s) AND merged_into_id IS NULL ORDER BY id
    """
    rows = fetch(f"{query} FOR UPDATE" if lock else query, [list(ids)])
    return {
        id_: Stored(orjson.loads(attributes), orjson.loads(provenance), status, version, changed_at)
        for id_, attributes, provenance, status, version, changed_at in rows
    }


def differences(domain: str, ids: Sequence[UUID], at: datetime) -> list[UUID]:
    """The golden records of `ids` that are not what their facts make of them."""
    stored = standing(ids, lock=False)
    derived = derive(domain, list(stored), at)
    return [id_ for id_, was in stored.items() if was.differs(derived[id_])]


def _all(flag: Flags, golden: Integers, count: int) -> Flags:
    """For each golden record whether `flag` holds for every member."""
    flagged, members = (np.bincount(each, minlength=count) for each in (golden[flag], golden))
    return np.asarray(flagged == members)


def _seconds(epoch: float | None) -> float:
    return -np.inf if epoch is None else epoch


def _derived(domain: str, content: Content, inactive: bool) -> Derived:
    declared = entity_type(domain)
    names: list[str] = []
    for name in declared.search_by:
        value = content.attributes.get(name)
        names += value if isinstance(value, list) else [value] if value else []
    title = declared.title(content.attributes)
    return Derived(
        content,
        GoldenRecord.Status.INACTIVE if inactive else GoldenRecord.Status.ACTIVE,
        title,
        " ".join(dict.fromkeys(map(fold, [title, *names]))),
    )
