"""Feeds of any size in two systems, and the truth about them in a file of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from mdm.feeds.generator.client_feeds import crm_clients, erp_clients
from mdm.feeds.generator.clients import Clients
from mdm.feeds.generator.contact_feeds import crm_contacts, erp_contacts
from mdm.feeds.generator.contacts import CONTACTS_PER_CLIENT, Contacts
from mdm.feeds.generator.files import CsvFile
from mdm.feeds.generator.known_clients import KnownClients, known_clients
from mdm.feeds.generator.population import Columns, Population, Records
from mdm.feeds.generator.project_feeds import erp_projects, psa_projects
from mdm.feeds.generator.projects import PROJECTS_PER_CLIENT, Projects
from mdm.feeds.generator.rate_feeds import erp_rates, register_rates
from mdm.feeds.generator.rates import RATES_PER_PROJECT, Rates

CHUNK_ROWS = 25_000

Export = Callable[[Records], Columns]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of one system's feed, and the number of the real thing behind each row."""

    system: str
    columns: Columns
    entities: list[int]

    @property
    def keys(self) -> list[str]:
        """The source keys: the first column."""
        return next(iter(self.columns.values()))


def generate(
    domain: str,
    count: int,
    seed: int,
    chunk_rows: int = CHUNK_ROWS,
    vocabulary: int | None = None,
) -> Iterator[Chunk]:
    """`count` records of `domain` in two systems, about half in each, in chunks.

    Systems are crm and erp for clients and contacts, psa and erp for projects, rates and erp for
    rates. Behind 14 records stand about 10 real things. The same seed, domain and count give the
    same records, however large the chunks are. Contacts refer to the clients of the same seed
    with a count of `count // 20`, projects to those of `count // 8`, rates to the projects of
    `count // 10` and to their clients. Names, streets and towns are as many as `vocabulary`
    records have: by default, `count`. KeyError for a domain that is not in DOMAINS.
    """
    population, exports = _MAKERS[domain](count, seed, vocabulary or count)
    for records, export in zip((population.first, population.second), exports, strict=True):
        for chunk in records.chunks(chunk_rows):
            yield Chunk(records.system.name, export(chunk), chunk.entity.tolist())


def write_benchmark(domain: str, count: int, seed: int, folder: Path) -> list[Path]:
    """Write `<domain>s_<system>.csv` for both systems and `<domain>s_truth.csv` into `folder`.

    The truth has the columns system, source_key and entity; no feed holds any of it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths: dict[str, Path] = {}
    truth_path = folder / f"{domain}s_truth.csv"
    with ExitStack() as open_files:
        truth = open_files.enter_context(CsvFile(truth_path))
        feeds: dict[str, CsvFile] = {}
        for chunk in generate(domain, count, seed):
            if chunk.system not in feeds:
                paths[chunk.system] = folder / f"{domain}s_{chunk.system}.csv"
                feeds[chunk.system] = open_files.enter_context(CsvFile(paths[chunk.system]))
            feeds[chunk.system].write(chunk.columns)
            truth.write(_truth(domain, chunk))
    return [*paths.values(), truth_path]


def _truth(domain: str, chunk: Chunk) -> Columns:
    return {
        "system": [chunk.system] * len(chunk.entities),
        "source_key": chunk.keys,
        "entity": [f"{domain}-{entity}" for entity in chunk.entities],
    }


def _clients(count: int, seed: int, vocabulary: int) -> tuple[Population, tuple[Export, Export]]:
    clients = Clients(seed, count, vocabulary)
    return clients.population, (partial(crm_clients, clients), partial(erp_clients, clients))


def _known_clients(count: int, seed: int, vocabulary: int) -> KnownClients:
    return known_clients(Clients(seed, max(10, count), max(10, vocabulary)))


def _contacts(count: int, seed: int, vocabulary: int) -> tuple[Population, tuple[Export, Export]]:
    share = CONTACTS_PER_CLIENT
    employers = _known_clients(count // share, seed, vocabulary // share)
    contacts = Contacts(seed, count, employers, vocabulary)
    return contacts.population, (partial(crm_contacts, contacts), partial(erp_contacts, contacts))


def _projects_of(count: int, seed: int, vocabulary: int) -> Projects:
    share = PROJECTS_PER_CLIENT
    return Projects(seed, count, _known_clients(count // share, seed, vocabulary // share))


def _projects(count: int, seed: int, vocabulary: int) -> tuple[Population, tuple[Export, Export]]:
    projects = _projects_of(count, seed, vocabulary)
    return projects.population, (partial(psa_projects, projects), partial(erp_projects, projects))


def _rates(count: int, seed: int, vocabulary: int) -> tuple[Population, tuple[Export, Export]]:
    share = RATES_PER_PROJECT
    rates = Rates(seed, count, _projects_of(max(10, count // share), seed, vocabulary // share))
    return rates.population, (partial(register_rates, rates), partial(erp_rates, rates))


_MAKERS = {"client": _clients, "contact": _contacts, "project": _projects, "rate": _rates}
DOMAINS = tuple(_MAKERS)
