"""Measuring matching where the truth is known: pairs of records of different source systems."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from django.db import transaction

from matching.engine.arrays import Floats, Mask
from matching.models import KnownThing
from mdm import crosswalk
from mdm.bulk import copy_in, execute, fetch

Known = tuple[str, str, str]
"""A source system's code, a source key in it, and the thing that the record is."""

_PAIRS_ACROSS = """
    WITH counts AS (
        SELECT {group} AS thing, r.system_id, count(*) AS n
        FROM matching_knownthing k JOIN mdm_sourcerecord r ON r.id = k.record_id
        JOIN mdm_crosswalklink l ON l.record_id = r.id AND l.unlinked_at IS NULL
        WHERE k.domain = %s AND k.name = %s GROUP BY 1, 2
    ), sums AS (SELECT sum(n) AS s, sum(n * n) AS q FROM counts GROUP BY thing)
    SELECT coalesce(sum((s * s - q) / 2), 0)::bigint FROM sums
"""


@dataclass(frozen=True, slots=True)
class Quality:
    """Pairs that are truly one thing, that golden records have together, and rightly so.

    `weights` and `same` are of the pairs that runs kept, for what other thresholds would give.
    """

    name: str
    true: int
    merged: int
    rightly: int
    weights: Floats
    same: Mask

    @property
    def precision(self) -> float:
        return self.rightly / self.merged if self.merged else 1.0

    @property
    def recall(self) -> float:
        return self.rightly / self.true if self.true else 1.0


@transaction.atomic
def keep(name: str, domain: str, known: Iterable[Known]) -> int:
    """Keep what is known of the records of a set, instead of what was; returns how many are here.

    Records that the hub does not have are left out.
    """
    things = {(system, key): thing for system, key, thing in known}
    here = crosswalk.records_of(domain, things)
    execute("DELETE FROM matching_knownthing WHERE domain = %s AND name = %s", [domain, name])
    copy_in(
        KnownThing,
        ("name", "domain", "record_id", "thing"),
        ((name, domain, record_id, things[each]) for each, record_id in here.items()),
    )
    return len(here)


def sets_of(domain: str) -> list[str]:
    """The names of the sets of records of which the truth is known."""
    found = KnownThing.objects.filter(domain=domain).values_list("name", flat=True)
    return list(found.order_by("name").distinct())


def measure(domain: str, name: str) -> Quality:
    """How golden records and kept pairs compare with the truth of a set."""
    kept = fetch(
        """
        SELECT p.match_weight, a.thing = b.thing
        FROM matching_knownthing a JOIN matching_matchpair p ON p.left_id = a.record_id
        JOIN matching_knownthing b ON b.record_id = p.right_id AND b.name = a.name
        JOIN mdm_sourcerecord l ON l.id = p.left_id JOIN mdm_sourcerecord r ON r.id = p.right_id
        WHERE a.domain = %s AND a.name = %s AND p.state <> 'obsolete'
          AND l.system_id <> r.system_id
        """,
        [domain, name],
    )
    groups = {"true": "k.thing", "merged": "l.golden_id", "rightly": "(l.golden_id, k.thing)"}
    counts = {
        each: fetch(_PAIRS_ACROSS.format(group=group), [domain, name])[0][0]
        for each, group in groups.items()
    }
    return Quality(
        name=name,
        weights=np.array([weight for weight, _ in kept], np.float64),
        same=np.array([same for _, same in kept], np.bool_),
        **counts,
    )
