"""What a batch would change, value by value, for some of its records: shown before it is applied.

Samples hold values as the hub stores them; whoever shows them masks what a person may not see.
"""

from collections.abc import Collection, Iterator
from typing import Any

import orjson

from mdm.domains import entity_type
from mdm.feeds import applying
from mdm.models import FeedBatch, SourceRecord
from mdm.schema import Attributes, EntityType
from mdm.sources import Arrival

Change = dict[str, Any]
"""Of one attribute of one record: `key`, `attribute`, and the value `before` and `after`."""

_WITH_VALUES = ("changes", "sample")
_MOST_CHUNKS = 3


def changes(batch: FeedBatch, keys: Collection[str]) -> list[Change]:
    """What would change in the records under `keys`, as far as the first chunks tell."""
    wanted, found = set(keys), list[Change]()
    for chunk in batch.chunks.order_by("number")[:_MOST_CHUNKS]:
        content = _only(orjson.loads(bytes(chunk.content)), wanted)
        found += _differences(batch, applying.arrivals(batch, content))
    return found


def without_values(prediction: dict[str, Any]) -> dict[str, Any]:
    """A prediction as it is kept for good: counts and keys."""
    return {name: said for name, said in prediction.items() if name not in _WITH_VALUES}


def _only(content: dict[str, Any], keys: Collection[str]) -> dict[str, Any]:
    """The rows of a chunk's content that have one of the keys."""
    if "rows" not in content:
        return {}
    places = [at for at, key in enumerate(content["keys"]) if key in keys]
    chosen = {
        name: [content[name][at] for at in places] for name in ("numbers", "rows", "keys", "hashes")
    }
    return {"columns": content["columns"], **chosen}


def _differences(batch: FeedBatch, arrivals: Collection[Arrival]) -> Iterator[Change]:
    declared = entity_type(batch.feed.domain)
    stored = dict(
        SourceRecord.objects.filter(
            system=batch.feed.system_id,
            domain=batch.feed.domain,
            source_key__in=[each.source_key for each in arrivals],
        ).values_list("source_key", "attributes")
    )
    for arrival in arrivals:
        before = stored.get(arrival.source_key, {})
        for name, value in _news(declared, before, arrival.attributes):
            yield {
                "key": arrival.source_key,
                "attribute": name,
                "before": before.get(name),
                "after": value,
            }


def _news(declared: EntityType, before: Attributes, said: Attributes) -> Iterator[tuple[str, Any]]:
    for name, value in said.items():
        cleared = value is None and name in before and declared[name].null_clears
        if cleared or (value is not None and before.get(name) != value):
            yield name, value
