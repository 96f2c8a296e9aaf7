"""Project records as a PSA and an ERP export them, with what goes wrong there."""

from mdm.feeds.generator.days import iso, updated
from mdm.feeds.generator.draws import Draws, Ints, Mask, take
from mdm.feeds.generator.population import Columns, Records
from mdm.feeds.generator.projects import Projects
from mdm.feeds.generator.spelling import abbreviate, changed, left_out, mistype, shout

_ERP_STATUSES = {
    "proposed": "planned",
    "active": "in progress",
    "on hold": "paused",
    "closed": "completed",
}
_LONGEST_DESCRIPTION = 60


def psa_projects(projects: Projects, records: Records) -> Columns:
    """What the PSA exports; its clients go by their CRM key, some by their ERP key."""
    draws, project = Draws(projects.seed, "psa project"), records.entity
    systems, clients = _clients(projects, project)
    return {
        "Project ID": records.keys,
        "Project Name": _names(projects, records, draws, abbreviated=0.12),
        "Client System": systems,
        "Client ID": clients,
        "Contract Number": _gap(projects.contracts(project), draws, records, "contract", 0.1),
        "Engagement Manager": projects.managers(project),
        "Practice": projects.practices(project),
        "Start Date": iso(_revised(projects.start(project), draws, records, "start")),
        "End Date": iso(_revised(projects.end(project), draws, records, "end")),
        "Project Status": projects.stages(project),
        "Currency": projects.currencies(project),
        "Budget": [f"{budget}000.00" for budget in _budgets(projects, records, draws)],
        "Last Modified Date": updated(draws, records.number),
    }


def erp_projects(projects: Projects, records: Records) -> Columns:
    """What the ERP exports: short descriptions, its own codes, people as "Lee, A."."""
    draws, project, number = Draws(projects.seed, "erp project"), records.entity, records.number
    names = _names(projects, records, draws, abbreviated=0.45)
    capitals = draws.chance("capitals", number, 0.2)
    names = changed(names, capitals, draws.bits("capitals", number), shout)
    return {
        "WBS Element": records.keys,
        "Description": [name[:_LONGEST_DESCRIPTION].rstrip() for name in names],
        "Customer": take(projects.clients.erp_keys, projects.client(project)),
        "Contract": _gap(projects.contracts(project), draws, records, "contract", 0.25),
        "Person Responsible": list(map(_responsible, projects.managers(project))),
        "Profit Center": _gap(projects.practices(project), draws, records, "practice", 0.1),
        "Start": iso(_revised(projects.start(project), draws, records, "start")),
        "Finish": iso(_revised(projects.end(project), draws, records, "end")),
        "System Status": [_ERP_STATUSES[stage] for stage in projects.stages(project)],
        "Currency": projects.currencies(project),
        "Planned Revenue": [f"{budget}000.00" for budget in _budgets(projects, records, draws)],
        "Changed On": updated(draws, number),
    }


def references(
    first: tuple[str, list[str]], second: tuple[str, list[str]], by_second: Mask
) -> tuple[list[str], list[str]]:
    """Names of systems and keys there: the first system's, or where it has none the second's.

    Where `by_second` is set, the second system's if it has one.
    """
    (first_name, first_keys), (second_name, second_keys) = first, second
    chosen = [
        (second_name, other) if other and (prefer or not key) else (first_name, key)
        for key, other, prefer in zip(first_keys, second_keys, by_second.tolist(), strict=True)
    ]
    return [name for name, _ in chosen], [key for _, key in chosen]


def _clients(projects: Projects, project: Ints) -> tuple[list[str], list[str]]:
    """System and key of each project's client, in one project of six the ERP's."""
    client = projects.client(project)
    crm = ("CRM", take(projects.clients.crm_keys, client))
    erp = ("ERP", take(projects.clients.erp_keys, client))
    return references(crm, erp, projects.draws.chance("by erp key", project, 1 / 6))


def _names(projects: Projects, records: Records, draws: Draws, abbreviated: float) -> list[str]:
    bits = draws.bits("name", records.number)
    names = projects.names(records.entity)
    names = changed(names, draws.chance("abbr", records.number, abbreviated), bits, abbreviate)
    return changed(names, draws.chance("mistyped", records.number, 0.05), bits, mistype)


def _gap(
    values: list[str], draws: Draws, records: Records, stream: str, missing: float
) -> list[str]:
    return left_out(values, draws.chance(f"no {stream}", records.number, missing))


def _revised(days: Ints, draws: Draws, records: Records, stream: str) -> Ints:
    """Day numbers, in one record of seven some days later."""
    later = 1 + draws.below(f"{stream} later", records.number, 14)
    return days + later * draws.chance(f"{stream} revised", records.number, 1 / 7)


def _budgets(projects: Projects, records: Records, draws: Draws) -> list[int]:
    budgets = projects.budgets(records.entity)
    raised = draws.chance("raised", records.number, 1 / 8)
    return (budgets + raised * (budgets // 10 + 1)).tolist()  # type: ignore[no-any-return]


def _responsible(name: str) -> str:
    given, _, family = name.partition(" ")
    return f"{family}, {given[0]}."
