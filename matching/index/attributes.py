"""The attributes of records that are not stored, path by path, as `matching.frames` reads them."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from matching.engine.model import MatchModel
from matching.frames import steps_of
from mdm.attribute_types import Reference
from mdm.bulk import fetch
from mdm.domains import entity_type

Texts = dict[str, str | None]


class AttributeTexts:
    """Reads what a match model compares from the attributes of records."""

    def __init__(self, model: MatchModel) -> None:
        declared = entity_type(model.domain)
        steps = {path: steps_of(path) for path in model.paths}
        self._referred = {
            path: type_.domain
            for path, (attribute, *_) in steps.items()
            if isinstance(type_ := declared[attribute].type, Reference)
        }
        self._plain = {path: step for path, step in steps.items() if path not in self._referred}

    def of(self, records: Sequence[Mapping[str, Any]]) -> list[Texts]:
        """The text of every path of each record; None where it has none."""
        texts: list[Texts] = [
            {path: _text(record, steps) for path, steps in self._plain.items()}
            for record in records
        ]
        for path, domain in self._referred.items():
            referred = [record.get(steps_of(path)[0]) for record in records]
            golden = _golden_ids(domain, [each for each in referred if each])
            for text, each in zip(texts, referred, strict=True):
                key = (each["system"], each["key"]) if each else None
                text[path] = golden.get(key, ":".join(key)) if key else None
        return texts


def _text(value: Any, steps: Sequence[str]) -> str | None:
    """What PostgreSQL's #>> finds: a text as it is, any other value as JSON."""
    for step in steps:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()


def _golden_ids(domain: str, referred: Sequence[Mapping[str, str]]) -> dict[tuple[str, str], str]:
    """The golden records that references mean now, by system and key."""
    if not referred:
        return {}
    rows = fetch(
        "SELECT s.code, r.source_key, l.golden_id::text"
        " FROM unnest(%s::text[], %s::text[]) AS sought (code, key)"
        " JOIN mdm_sourcesystem s ON s.code = sought.code"
        " JOIN mdm_sourcerecord r ON r.system_id = s.id AND r.domain = %s"
        " AND r.source_key = sought.key"
        " JOIN mdm_crosswalklink l ON l.record_id = r.id AND l.unlinked_at IS NULL",
        [[each["system"] for each in referred], [each["key"] for each in referred], domain],
    )
    return {(code, key): golden_id for code, key, golden_id in rows}
