"""The demo's rate cards: of the firm, its practices and regions, some clients, some projects."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from mdm.feeds.generator.population import Columns

CHAIN = ("Cloud Architect", "Senior Consultant")
"""Priced by the first active project of the practice Technology, its client, practice and firm."""
OVERLAP = ("Business Analyst", "Manager")
"""The client of that project has two prices for it in the second half of 2026."""
GAP = "Valuation Consultant"
"""Only the practice Deals has a price for it, so a project of another practice has none."""

_2025 = ("2025-01-01", "2025-12-31")
_2026 = ("2026-01-01", "2026-12-31")
_MID_2026_ON = ("2026-07-01", "2027-06-30")
_LEVELS = {"Director": 480, "Senior Manager": 390, "Manager": 310, "Senior Consultant": 230}
_CATEGORIES = (
    "Auditor",
    "Business Analyst",
    "Cloud Architect",
    "Cyber Security Consultant",
    "Data Engineer",
    "Deal Advisor",
    "Project Manager",
    "Risk Consultant",
    "Strategy Consultant",
    "Tax Advisor",
)
_PRACTICES = {
    "Technology": ("Cloud Architect", "Cyber Security Consultant", "Data Engineer"),
    "Tax": ("Business Analyst", "Tax Advisor"),
    "Deals": ("Deal Advisor", GAP),
}
_REGIONS = ("Americas", "EMEA")
_CLIENTS_WITH_CARD = 24
_PROJECTS_WITH_CARD = 40


@dataclass(frozen=True, slots=True)
class _Line:
    """One price: a percentage of what the firm asks for the level in 2025."""

    scope: str
    category: str
    level: str
    period: tuple[str, str]
    percent: int
    practice: str = ""
    region: str = ""
    client: str = ""
    project: str = ""


def register_rates(psa_projects: Columns) -> Columns:
    """Rate cards around the projects of the PSA, with the chain, the overlap and the gap above."""
    facts = zip(psa_projects["Practice"], psa_projects["Project Status"], strict=True)
    at = list(facts).index(("Technology", "active"))
    project, client = psa_projects["Project ID"][at], psa_projects["Client ID"][at]
    clients = [key for key in dict.fromkeys(psa_projects["Client ID"]) if key != client]
    projects = [key for key in psa_projects["Project ID"] if key != project]
    lines = [
        *_firm(),
        *_practices(),
        *_regions(),
        _Line("client", *CHAIN, _2026, 92, client=client),
        _Line("project", *CHAIN, _2026, 88, project=project),
        _Line("client", *OVERLAP, _2026, 95, client=client),
        _Line("client", *OVERLAP, _MID_2026_ON, 97, client=client),
        *_clients(clients[:_CLIENTS_WITH_CARD]),
        *_projects(projects[:_PROJECTS_WITH_CARD]),
    ]
    return _columns(lines)


def _firm() -> Iterator[_Line]:
    for category, level in product(_CATEGORIES, _LEVELS):
        yield _Line("firm", category, level, _2025, 100)
        yield _Line("firm", category, level, _2026, 103)


def _practices() -> Iterator[_Line]:
    for practice, categories in _PRACTICES.items():
        for category, level in product(categories, _LEVELS):
            yield _Line("practice", category, level, _2025, 107, practice=practice)
            yield _Line("practice", category, level, _2026, 110, practice=practice)


def _regions() -> Iterator[_Line]:
    for region, level in product(_REGIONS, _LEVELS):
        yield _Line("region", "Project Manager", level, _2026, 101, region=region)


def _clients(clients: list[str]) -> Iterator[_Line]:
    for number, client in enumerate(clients):
        category = _CATEGORIES[number % len(_CATEGORIES)]
        for level in _LEVELS:
            yield _Line("client", category, level, _2026, 88 + number % 9, client=client)


def _projects(projects: list[str]) -> Iterator[_Line]:
    for number, project in enumerate(projects):
        category = _CATEGORIES[number * 3 % len(_CATEGORIES)]
        for level in ("Manager", "Senior Consultant"):
            yield _Line("project", category, level, _2026, 82 + number % 11, project=project)


def _columns(lines: list[_Line]) -> Columns:
    cents = [_LEVELS[line.level] * line.percent for line in lines]
    return {
        "Rate ID": [f"RATE-{number:04d}" for number in range(1, len(lines) + 1)],
        "Scope": [line.scope for line in lines],
        "Practice": [line.practice for line in lines],
        "Region": [line.region for line in lines],
        "Client System": ["CRM" if line.client else "" for line in lines],
        "Client ID": [line.client for line in lines],
        "Project System": ["PSA" if line.project else "" for line in lines],
        "Project ID": [line.project for line in lines],
        "Labour Category": [line.category for line in lines],
        "Level": [line.level for line in lines],
        "Unit": ["hour"] * len(lines),
        "Currency": ["USD"] * len(lines),
        "Amount": [f"{amount // 100}.{amount % 100:02d}" for amount in cents],
        "Valid From": [line.period[0] for line in lines],
        "Valid To": [line.period[1] for line in lines],
        "Last Modified Date": ["2026-01-15"] * len(lines),
    }
