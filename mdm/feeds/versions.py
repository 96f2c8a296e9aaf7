"""What was sent for source records, version by version, read once more: now, or as of a moment."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from mdm.bulk import fetch
from mdm.domains import entity_type
from mdm.feeds.applying import surroundings
from mdm.feeds.cells import MappingError
from mdm.feeds.mapping import compile_mapping
from mdm.feeds.readers import ABSENT
from mdm.feeds.standardising import Standardised, Standardiser
from mdm.models import Feed, FeedMapping, SourceRecord
from mdm.schema import Attributes, EntityType

_UNTIL = """
    SELECT v.record_id, v.feed_id, v.raw::text, v.content_hash, v.source_updated_at, b.mapping_id
    FROM mdm_sourcerecordversion v JOIN mdm_feedbatch b ON b.id = v.batch_id
    WHERE v.record_id = ANY(%s) AND v.received_at <= %s ORDER BY v.record_id, v.number
"""


@dataclass(slots=True)
class Version:
    """What a feed once sent, and what it says; None where it cannot be read."""

    feed_id: int
    raw: str
    content_hash: bytes
    source_updated_at: Any
    mapping_id: int | None = None
    said: Standardised | None = None


def read(feed: Feed, mapping: FeedMapping, versions: Sequence[Version]) -> None:
    """Read what the feed sent by a mapping, as the present standardiser does."""
    compiled = compile_mapping(mapping.specification, entity_type(feed.domain))
    columns = list(dict.fromkeys(name for cell in compiled.cells for name in cell.columns))
    standardiser = Standardiser(compiled, columns, surroundings(feed))
    raws = [orjson.loads(each.raw) for each in versions]
    rows = [[raw.get(column, ABSENT) for column in columns] for raw in raws]
    said, problems = standardiser.standardise(range(len(rows)), rows)
    for version, record, problem in zip(versions, said, problems, strict=True):
        version.said = None if problem else record


def replayed(
    versions: Sequence[Version],
    before: Attributes,
    doubted: frozenset[str],
    still: Mapping[str, Any],
    declared: EntityType,
) -> tuple[Attributes, frozenset[str]]:
    """What a source record that said `before` says after its versions, and what of it is doubtful.

    Of a cell without a text it was not kept whether it was empty or absent, so it says nothing
    here. For the same reason an older version only says what the record has `still`.
    """
    after, doubtful = dict(before), doubted
    newest = {version.feed_id: version for version in versions}
    for version in versions:
        said = version.said or Standardised()
        for name, value in said.attributes.items():
            if version is not newest[version.feed_id] and name not in still:
                continue
            if value is not None:
                after[name] = value
                doubtful = doubtful - {name} | {name} & said.doubtful
            elif declared[name].null_clears:
                after.pop(name, None)
    return after, doubtful & after.keys()


def said_at(domain: str, record_ids: Iterable[int], moment: datetime) -> dict[int, Attributes]:
    """What source records of a domain said at a moment, by the mappings that they arrived with.

    As the present standardiser reads it; what was sent without a mapping, or by one that fits the
    declaration no more, says nothing.
    """
    asked = list(record_ids)
    sent: dict[int, list[Version]] = {}
    by_mapping: dict[int, list[Version]] = defaultdict(list)
    for record_id, *row in fetch(_UNTIL, [asked, moment]):
        sent.setdefault(record_id, []).append(version := Version(*row))
        if version.mapping_id:
            by_mapping[version.mapping_id].append(version)
    mappings = FeedMapping.objects.select_related("feed__system").in_bulk(list(by_mapping))
    for mapping_id, versions in by_mapping.items():
        with suppress(MappingError):  # the declaration has changed since
            read(mappings[mapping_id].feed, mappings[mapping_id], versions)
    now = dict(SourceRecord.objects.filter(pk__in=sent).values_list("pk", "attributes"))
    declared = entity_type(domain)
    return {
        id_: replayed(versions, {}, frozenset(), now[id_], declared)[0]
        for id_, versions in sent.items()
    }
