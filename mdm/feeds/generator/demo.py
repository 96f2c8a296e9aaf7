"""The demo's synthetic feeds: contacts, projects, rates and money around real clients."""

from pathlib import Path

from mdm.feeds.generator.contact_feeds import crm_contacts, erp_contacts
from mdm.feeds.generator.contacts import Contacts
from mdm.feeds.generator.demo_clients import crm_exposures, erp_client_addresses, erp_exposures
from mdm.feeds.generator.demo_rates import register_rates
from mdm.feeds.generator.draws import Draws
from mdm.feeds.generator.faults import broken
from mdm.feeds.generator.files import write_csv, write_json_lines, write_workbook
from mdm.feeds.generator.population import Columns, Records
from mdm.feeds.generator.project_feeds import erp_projects, psa_projects
from mdm.feeds.generator.projects import Projects
from mdm.feeds.generator.real_clients import real_clients

DEMO_SEED = 2026

_CLIENTS = 180
_ADDRESSES = 320
_CRM_CONTACTS, _ERP_CONTACTS = 600, 400
_PSA_PROJECTS, _ERP_PROJECTS = 400, 250


def demo_feeds(seed: int = DEMO_SEED) -> dict[str, Columns]:
    """File name → rows of each synthetic feed, with the faults of `faults.FAULTS`, and the truth.

    Clients are referred to by their symbol, which is their key in the CRM and in the ERP.
    """
    everyone = real_clients(Draws(seed, "real client"))
    draws = Draws(seed, "demo")
    served = everyone.first(_CLIENTS)
    contacts = Contacts(seed, 2 * _CRM_CONTACTS + 40, served)
    projects = Projects(seed, 2 * _PSA_PROJECTS + 40, served)
    sides = [
        contacts.population.first.first(_CRM_CONTACTS),
        contacts.population.second.first(_ERP_CONTACTS),
        projects.population.first.first(_PSA_PROJECTS),
        projects.population.second.first(_ERP_PROJECTS),
    ]
    in_psa, in_erp = psa_projects(projects, sides[2]), erp_projects(projects, sides[3])
    feeds = {
        "synthetic_crm_contacts.csv": crm_contacts(contacts, sides[0]),
        "synthetic_erp_contacts.xlsx": erp_contacts(contacts, sides[1]),
        "synthetic_psa_projects.csv": in_psa,
        "synthetic_erp_projects.jsonl": in_erp,
        "synthetic_register_rates.csv": register_rates(in_psa),
        "synthetic_erp_client_addresses.csv": erp_client_addresses(everyone, draws, _ADDRESSES),
        "synthetic_erp_client_exposures.csv": erp_exposures(served, draws),
        "synthetic_crm_client_exposures.csv": crm_exposures(served, draws, in_psa),
        "synthetic_truth.csv": _truth(sides),
    }
    return {file: broken(file, columns) for file, columns in feeds.items()}


def _truth(sides: list[Records]) -> Columns:
    domains = ("contact", "contact", "project", "project")
    rows = [
        (domain, records.system.name, key, f"{domain}-{entity}")
        for domain, records in zip(domains, sides, strict=True)
        for key, entity in zip(records.keys, records.entity.tolist(), strict=True)
    ]
    names = ("domain", "system", "source_key", "entity")
    return {name: list(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}


def write_demo(folder: Path, seed: int = DEMO_SEED) -> list[Path]:
    """Write the feeds of `demo_feeds` into `folder`: CSV files, JSON lines and a workbook."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for file, columns in demo_feeds(seed).items():
        path = folder / file
        paths.append(path)
        if path.suffix == ".jsonl":
            write_json_lines(path, columns)
        elif path.suffix == ".xlsx":
            write_workbook(path, columns, "Contacts", dates=("Date of Birth", "Changed On"))
        else:
            write_csv(path, columns)
    return paths
