"""What would come of another ownership register: values of golden records, before and after."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from django.db import transaction

from mdm.bulk import fetch
from mdm.cause import Cause
from mdm.configuration import ownership
from mdm.configuration.document import Line
from mdm.consolidation import EVERYTHING, Content
from mdm.derivation import derive
from mdm.governance import trade
from mdm.governance.ownership import Ranking, ranking
from mdm.models import SourceRecord
from mdm.policy import in_force

CHUNK = 20_000
SAMPLE = 50
"""Changes that are shown one by one, of each domain."""

_COMPETING = """
    SELECT g.id FROM mdm_goldenrecord g
    WHERE g.domain = %s AND g.id > %s AND g.merged_into_id IS NULL AND EXISTS (
        SELECT FROM mdm_crosswalklink WHERE golden_id = g.id AND unlinked_at IS NULL OFFSET 1)
    ORDER BY g.id LIMIT %s
"""

Changed = tuple[UUID, str, Content, Content]
"""A golden id, the attribute that would say something else, and all it says before and after."""


def effect(lines: Sequence[Line], days: Mapping[str, date], *, cause: Cause) -> dict[str, Any]:
    """Of each domain: how many golden records and values would change, and from which system.

    Both registers are asked as of the day of each domain, so that only the register makes a
    difference. Golden records of one source record have no choice, and are not derived.
    """
    return {
        domain: _effect(domain, on, lines, cause)
        for domain, on in sorted(days.items())
        if trade.is_mastered(domain)
    }


def rule_of(subject: tuple[str, str]) -> str:
    """How an effect names what a line is about: an attribute or a group, and a segment."""
    return "/".join(subject)


def _effect(domain: str, on: date, lines: Sequence[Line], cause: Cause) -> dict[str, Any]:
    proposed = _register(domain, on, lines, cause)
    at = max(cause.at, datetime.combine(on, time(12), UTC))
    goldens: set[UUID] = set()
    attributes: Counter[str] = Counter()
    asked = {ownership.subject_in(line)[1:] for _, line in lines if line["domain"] == domain}
    rules: Counter[str] = Counter()
    moves: Counter[str] = Counter()
    sample: list[dict[str, Any]] = []
    for chunk in _chunks(domain):
        found = list(_changed(domain, chunk, at, proposed))
        codes = _codes(found)
        for golden_id, name, before, after in found:
            goldens.add(golden_id)
            attributes[name] += 1
            chain = proposed.chain(name, proposed.segment_of(name, after.attributes))
            rules[rule_of(next((each for each in chain if each in asked), ("", "")))] += 1
            systems = [_winners(content, name, codes) for content in (before, after)]
            moves[" → ".join(each or "none" for each in systems)] += 1
            if len(sample) < SAMPLE:
                values = before.attributes.get(name), after.attributes.get(name)
                sample.append(
                    {"golden_id": str(golden_id), "attribute": name, "systems": systems}
                    | dict(zip(("before", "after"), values, strict=True))
                )
    return {
        "golden_records": len(goldens),
        "values": attributes.total(),
        "by_attribute": dict(attributes.most_common()),
        "by_rule": dict(rules),
        "by_systems": dict(moves.most_common()),
        "sample": sample,
    }


def _register(domain: str, on: date, lines: Sequence[Line], cause: Cause) -> Ranking:
    """The register as it would be on a day, if the lines held; nothing of it is kept."""
    with transaction.atomic():
        about = [(place, line) for place, line in lines if line["domain"] == domain]
        ownership.bring_in_step(about, cause=cause)
        found = ranking(domain, on, in_force(domain).entity_type)
        transaction.set_rollback(True)
    return found


def _chunks(domain: str) -> Iterator[list[UUID]]:
    after = UUID(int=0)
    while ids := [row[0] for row in fetch(_COMPETING, [domain, after, CHUNK])]:
        yield ids
        after = ids[-1]


def _changed(
    domain: str, ids: Sequence[UUID], at: datetime, proposed: Ranking
) -> Iterator[Changed]:
    now, then = derive(domain, ids, at), derive(domain, ids, at, proposed)
    for id_ in ids:
        before, after = now[id_].content, then[id_].content
        for name in sorted(before.attributes.keys() | after.attributes.keys()):
            if before.attributes.get(name) != after.attributes.get(name):
                yield id_, name, before, after


def _codes(found: Sequence[Changed]) -> dict[str, str]:
    """The code of the system of each source record that such values come from."""
    keys = {key for _, _, *both in found for content in both for key in content.provenance}
    ids = [int(key) for key in keys if key.isdigit()]
    rows = SourceRecord.objects.filter(pk__in=ids).values_list("pk", "system__code")
    return {str(pk): code for pk, code in rows}


def _winners(content: Content, name: str, codes: dict[str, str]) -> str:
    won = {
        codes.get(key, "pinned")
        for key, reasons in content.provenance.items()
        if reasons == EVERYTHING or name in reasons
    }
    return ", ".join(sorted(won)) if name in content.attributes else ""
