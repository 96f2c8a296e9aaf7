"""Rate records as a rate-card register and an ERP export them, with what goes wrong there."""

import numpy as np

from mdm.feeds.generator.days import updated
from mdm.feeds.generator.draws import Draws, Mask, take
from mdm.feeds.generator.population import Columns, Records
from mdm.feeds.generator.project_feeds import references
from mdm.feeds.generator.rates import Rates
from mdm.feeds.generator.spelling import abbreviate, changed, left_out, mistype


def register_rates(rates: Rates, records: Records) -> Columns:
    """What the rate-card register exports; it names projects by PSA and clients by CRM keys."""
    draws, rate = Draws(rates.seed, "register rate"), records.entity
    client_systems, clients = _clients(rates, records)
    project_systems, projects = _projects(rates, records)
    of_client, of_project = (
        _has_scope(rates, records, "client"),
        _has_scope(rates, records, "project"),
    )
    return {
        "Rate ID": records.keys,
        "Scope": rates.scopes(rate),
        "Practice": rates.practices(rate),
        "Region": rates.regions(rate),
        "Client System": left_out(client_systems, ~of_client),
        "Client ID": left_out(clients, ~of_client),
        "Project System": left_out(project_systems, ~of_project),
        "Project ID": left_out(projects, ~of_project),
        "Labour Category": _categories(rates, records, draws, abbreviated=0.05),
        "Level": rates.levels(rate),
        "Unit": ["hour"] * len(rate),
        "Currency": ["USD"] * len(rate),
        "Amount": _amounts(rates, records, draws),
        "Valid From": [f"{year}-01-01" for year in rates.years(rate).tolist()],
        "Valid To": [f"{year}-12-31" for year in rates.years(rate).tolist()],
        "Last Modified Date": updated(draws, records.number),
    }


def erp_rates(rates: Rates, records: Records) -> Columns:
    """What the ERP exports as condition records, with its own keys of clients and projects."""
    draws, rate = Draws(rates.seed, "erp rate"), records.entity
    project = rates.project(rate)
    customers = take(rates.projects.clients.erp_keys, rates.client(rate))
    elements = take(rates.projects.erp_keys, project)
    levels = rates.levels(rate)
    bits = draws.bits("level", records.number)
    return {
        "Condition Record": records.keys,
        "Key Combination": rates.scopes(rate),
        "Practice": rates.practices(rate),
        "Region": rates.regions(rate),
        "Customer": left_out(customers, ~_has_scope(rates, records, "client")),
        "WBS Element": left_out(elements, ~_has_scope(rates, records, "project")),
        "Activity Type": _categories(rates, records, draws, abbreviated=0.4),
        "Grade": changed(levels, draws.chance("short", records.number, 0.5), bits, abbreviate),
        "Unit of Measure": ["Per Hour"] * len(rate),
        "Condition Currency": ["USD"] * len(rate),
        "Rate": _amounts(rates, records, draws),
        "Valid From": [f"{year}-01-01" for year in rates.years(rate).tolist()],
        "Valid To": [f"{year}-12-31" for year in rates.years(rate).tolist()],
        "Changed On": updated(draws, records.number),
    }


def _clients(rates: Rates, records: Records) -> tuple[list[str], list[str]]:
    client, known = rates.client(records.entity), rates.projects.clients
    crm, erp = ("CRM", take(known.crm_keys, client)), ("ERP", take(known.erp_keys, client))
    return references(crm, erp, np.zeros(len(client), dtype=np.bool_))


def _projects(rates: Rates, records: Records) -> tuple[list[str], list[str]]:
    project, known = rates.project(records.entity), rates.projects
    psa, erp = ("PSA", take(known.psa_keys, project)), ("ERP", take(known.erp_keys, project))
    return references(psa, erp, np.zeros(len(project), dtype=np.bool_))


def _has_scope(rates: Rates, records: Records, scope: str) -> Mask:
    return np.array([each == scope for each in rates.scopes(records.entity)], dtype=np.bool_)


def _categories(rates: Rates, records: Records, draws: Draws, abbreviated: float) -> list[str]:
    bits = draws.bits("category", records.number)
    names = rates.categories(records.entity)
    names = changed(names, draws.chance("abbr", records.number, abbreviated), bits, abbreviate)
    return changed(names, draws.chance("mistyped", records.number, 0.02), bits, mistype)


def _amounts(rates: Rates, records: Records, draws: Draws) -> list[str]:
    cents = rates.amounts(records.entity)
    rounded = (cents + 50) // 100 * 100
    chosen = np.where(draws.chance("rounded", records.number, 0.08), rounded, cents)
    return [f"{amount // 100}.{amount % 100:02d}" for amount in chosen.tolist()]
