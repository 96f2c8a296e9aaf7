"""One search for everything: ids, match keys and beginnings of names first, likeness behind.

Nobody finds by what they may not see: neither domains nor attributes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from uuid import UUID

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Left
from django.utils.translation import gettext

from matching.domains import MODELS
from matching.engine.model import MatchModel
from matching.engine.weights import Weights
from matching.index.describing import DescriptionError, described
from matching.index.searching import NoIndexError, Search, Sought
from mdm import crosswalk
from mdm.attribute_types import AttributeType, Email, OrganisationName, PersonName, Phone
from mdm.bulk import execute, fetch
from mdm.domains import entity_type
from mdm.governance import access
from mdm.models import GoldenRecord
from mdm.schema import EntityType
from mdm.standardise.reading import Reading
from mdm.standardise.text import fold

MOST = 20
"""How many are shown of each domain."""
PREFIX = 60
"""The letters of a name that the index of beginnings holds."""
_SHORTEST = 2
_DIGITS = 6  # of a phone number
_RANKED = 200
_LIKENESS = 0.45  # so that a letter may be missing
_ANY_WEIGHT = -1_000.0

_OF_SYSTEMS = """
    SELECT l.golden_id, s.code || ':' || r.source_key
    FROM mdm_sourcerecord r
    JOIN mdm_sourcesystem s ON s.id = r.system_id
    JOIN mdm_crosswalklink l ON l.record_id = r.id AND l.unlinked_at IS NULL
    WHERE r.system_id = ANY(ARRAY(SELECT id FROM mdm_sourcesystem {}))
      AND r.domain = ANY(%s) AND r.source_key = %s
"""
_BY_KEY = f"""
    {_OF_SYSTEMS.format("")} UNION ALL {_OF_SYSTEMS.format("WHERE code = %s")} ORDER BY 2 LIMIT %s
"""
_HOMES = """
    SELECT record_id, golden_id FROM mdm_crosswalklink
    WHERE record_id = ANY(%s) AND unlinked_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Hit:
    """A golden record that was found, and by what."""

    golden_id: UUID
    domain: str
    title: str
    by: str


def at_once(actor: access.Actor, query: str) -> list[Hit]:
    """What ids, match keys and beginnings of names find; each golden record once."""
    domains = access.domains(actor)
    found: dict[UUID, str] = {}
    for golden_id, by in (
        *_by_golden_id(query),
        *_by_key(domains, query),
        *_by_match_keys(actor, domains, query),
        *_by_beginning(actor, domains, query),
    ):
        found.setdefault(golden_id, by)
    return _hits(actor, found, domains)


@transaction.atomic
def alike(actor: access.Actor, query: str) -> list[Hit]:
    """What is spelt alike, by trigrams: slower, and forgiving."""
    folded = fold(query)
    if len(folded) <= _SHORTEST:
        return []
    execute(f"SET LOCAL pg_trgm.word_similarity_threshold = {_LIKENESS}")
    likest = [
        GoldenRecord.objects.filter(pk__in=_resembling(domain, folded))
        .order_by(TrigramWordSimilarity(folded, "search_text").desc(), "pk")
        .values_list("pk", flat=True)[:MOST]
        for domain in _named_domains(actor, access.domains(actor))
    ]
    found = dict.fromkeys(_all_of(likest), gettext("spelt alike"))
    return _hits(actor, found, access.domains(actor))


def _resembling(domain: str, folded: str) -> QuerySet[GoldenRecord, UUID]:
    some = GoldenRecord.objects.of(domain).listed().resembling(folded)[:_RANKED]
    return some.values_list("pk", flat=True)


def _all_of(several: Sequence[QuerySet[GoldenRecord, UUID]]) -> Iterable[UUID]:
    """The ids of several queries, one after the other, in one statement."""
    return several[0].union(*several[1:], all=True) if several else ()


def _by_golden_id(query: str) -> Iterator[tuple[UUID, str]]:
    """The golden record that an id means now, be it an old one."""
    try:
        asked = UUID(query)
    except ValueError:
        return
    if (standing := crosswalk.follow(asked)) is not None:
        yield (
            standing,
            gettext("golden id") if standing == asked else gettext("an id that was merged into it"),
        )


def _by_key(domains: Sequence[str], query: str) -> Iterator[tuple[UUID, str]]:
    """What a source system calls by that key, written alone or as SYSTEM:KEY."""
    code, _, key = query.partition(":")
    named = [code.strip().upper(), domains, key.strip()]
    yield from fetch(_BY_KEY, [domains, query, *named, MOST])


def _by_match_keys(
    actor: access.Actor, domains: Iterable[str], query: str
) -> Iterator[tuple[UUID, str]]:
    """What the match index finds by e-mail, phone or the name of an organisation."""
    met: list[tuple[int, str]] = []
    for domain in domains:
        model = MODELS.get(domain)
        asked = _descriptions(actor, entity_type(domain), query) if model else []
        if model is None or not asked:
            continue
        try:
            sought = [Sought(described(entity_type(domain), each, Reading())) for each in asked]
            met += _met(model, sought, is_name=_wanted(query) is OrganisationName)[:MOST]
        except (DescriptionError, NoIndexError):
            continue
    homes = dict(fetch(_HOMES, [[record_id for record_id, _ in met]])) if met else {}
    for record_id, by in met:
        if record_id in homes:
            yield homes[record_id], by


def _met(model: MatchModel, sought: Sequence[Sought], *, is_name: bool) -> list[tuple[int, str]]:
    """The stored records that sought ones meet, and by what: of a name the most alike first."""
    if not is_name:
        return Search(model, Weights.of(model)).met(sought)
    found = Search.of(model).find(sought, keep_at=_ANY_WEIGHT)
    return [(each.record_id, each.found_by) for several in found for each in several]


def _wanted(query: str) -> type[AttributeType]:
    """As what a query is looked for in the match index."""
    digits = sum(letter.isdigit() for letter in query)
    return Email if "@" in query else Phone if digits >= _DIGITS else OrganisationName


def _descriptions(actor: access.Actor, declared: EntityType, query: str) -> list[list[str]]:
    """The query as a value of the attributes that it could be, and that the actor may see.

    The phone of a person is a match key along with an initial: there is a description for each.
    """
    wanted = _wanted(query)
    visible = access.visible(actor, declared)
    if wanted is Phone and query.startswith("00"):
        query = f"+{query[2:]}"
    words = [
        f"{attribute.name}{'[0]' if attribute.many else ''}={query}"
        for attribute in visible
        if isinstance(attribute.type, wanted)
        and (attribute.name in declared.search_by[:1] or wanted is not OrganisationName)
    ]
    people = [each.name for each in visible if isinstance(each.type, PersonName)]
    names = [name for name in declared.search_by if name in people]
    if words and names and wanted is Phone:
        return [[*words, *(f"{name}={letter}" for name in names)] for letter in ascii_lowercase]
    return [words] if words else []


def _by_beginning(
    actor: access.Actor, domains: Iterable[str], query: str
) -> Iterator[tuple[UUID, str]]:
    """Names that begin with the query."""
    folded = fold(query)
    if len(folded) < _SHORTEST:
        return
    found = [
        beginning(domain, folded).values_list("pk", flat=True)[:MOST]
        for domain in _named_domains(actor, domains)
    ]
    for golden_id in _all_of(found):
        yield golden_id, gettext("name")


def beginning(domain: str, folded: str) -> QuerySet[GoldenRecord]:
    """Golden records of a domain whose names begin with a folded text, read along an index."""
    some = GoldenRecord.objects.of(domain).listed().annotate(start=Left("search_text", PREFIX))
    return some.filter(start__startswith=folded[:PREFIX])


def _named_domains(actor: access.Actor, domains: Iterable[str]) -> list[str]:
    """The domains of which the actor may see the names."""
    return [
        domain
        for domain in domains
        if all(
            access.may_see(actor, entity_type(domain)[name])
            for name in entity_type(domain).search_by
        )
    ]


def _hits(actor: access.Actor, found: dict[UUID, str], domains: Sequence[str]) -> list[Hit]:
    records = GoldenRecord.objects.filter(domain__in=domains).in_bulk(list(found))
    return [
        Hit(
            id_,
            records[id_].domain,
            access.title_for(actor, entity_type(records[id_].domain), records[id_].title)
            or str(records[id_].get_status_display()),
            by,
        )
        for id_, by in found.items()
        if id_ in records
    ]
