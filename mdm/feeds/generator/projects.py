"""The truth about projects: engagements of clients, of which some are phases of one another."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from mdm.feeds.generator.days import FIRST_DAY, LAST_DAY, day_numbers, iso
from mdm.feeds.generator.draws import Draws, Ints, take
from mdm.feeds.generator.known_clients import KnownClients
from mdm.feeds.generator.population import Population, System, populate
from mdm.feeds.generator.spelling import left_out
from mdm.feeds.generator.trades import ENGAGEMENTS, PRACTICE_OF
from mdm.feeds.generator.vocabulary import composed, family_names
from mdm.feeds.generator.words import MEN, WOMEN

PSA = System("psa", "PRJ-")
ERP = System("erp", "C.")
PROJECTS_PER_CLIENT = 8

_PHASES = 4  # projects that are numbered together, of which some are phases of the first
_LATER_PHASES = 0.16
_TODAY = (LAST_DAY - FIRST_DAY).days
_CURRENCIES = {"US": "USD", "GB": "GBP", "CH": "CHF", "CA": "CAD", "BM": "USD"}


@dataclass(frozen=True)
class Projects:
    """The engagements behind `count` project records of a seed; every method takes numbers."""

    seed: int
    count: int
    clients: KnownClients

    @cached_property
    def draws(self) -> Draws:
        return Draws(self.seed, "project")

    @cached_property
    def population(self) -> Population:
        """The records of these projects in the PSA and in the ERP."""
        return populate(self.count, self.draws, PSA, ERP)

    @cached_property
    def psa_keys(self) -> list[str]:
        """The key of each project in the PSA, "" where it has none."""
        return self.population.keys_of(self.population.first)

    @cached_property
    def erp_keys(self) -> list[str]:
        """The key of each project in the ERP, "" where it has none."""
        return self.population.keys_of(self.population.second)

    @cached_property
    def _families(self) -> list[str]:
        return family_names(max(120, self.count // 200))

    def _first_phase(self, project: Ints) -> Ints:
        first = project - project % _PHASES
        return np.where(self.draws.chance("phase", project, _LATER_PHASES), first, project)

    def client(self, project: Ints) -> Ints:
        """Numbers of clients; the phases of a project have the same."""
        return self.draws.skewed("client", self._first_phase(project), len(self.clients.names))

    def engagements(self, project: Ints) -> list[str]:
        """What is done; the same in all phases of a project."""
        return self.draws.pick("engagement", self._first_phase(project), ENGAGEMENTS)

    def names(self, project: Ints) -> list[str]:
        """Names such as "Hartwell Foods: Cloud Migration 2025, phase 2"."""
        first = self._first_phase(project)
        years = [day[:4] for day in iso(self.start(first))]
        engagements = self.engagements(project)
        clients = take(self.clients.names, self.client(project))
        phases = (project - first).tolist()
        parts = zip(clients, engagements, years, phases, strict=True)
        return [
            f"{client}: {engagement} {year}" + (f", phase {phase + 1}" if phase else "")
            for client, engagement, year, phase in parts
        ]

    def practices(self, project: Ints) -> list[str]:
        """The practices of the firm that do such work."""
        return [PRACTICE_OF[engagement] for engagement in self.engagements(project)]

    def managers(self, project: Ints) -> list[str]:
        """The people who answer for delivery."""
        given = self.draws.pick("given", project, [*composed(WOMEN), *composed(MEN)])
        family = self.draws.pick("family", project, self._families)
        return [" ".join(name) for name in zip(given, family, strict=True)]

    def contracts(self, project: Ints) -> list[str]:
        """Numbers of contracts; one in three has none."""
        first = self._first_phase(project)
        years = [day[:4] for day in iso(self.start(first))]
        numbers = self.draws.below("contract", first, 100_000).tolist()
        named = [f"SOW-{year}-{number:05d}" for year, number in zip(years, numbers, strict=True)]
        return left_out(named, self.draws.chance("no contract", first, 0.33))

    def start(self, project: Ints) -> Ints:
        """First days, as day numbers; a later phase starts months after the first."""
        first = self._first_phase(project)
        days = day_numbers(self.draws, "start", first, date(2023, 9, 1), date(2026, 11, 30))
        return days + 140 * (project - first)

    def end(self, project: Ints) -> Ints:
        """Last days, as day numbers."""
        return self.start(project) + 27 + self.draws.below("duration", project, 600)

    def stages(self, project: Ints) -> list[str]:
        """proposed, active, on hold or closed, as of the generator's last day."""
        held = self.draws.chance("held", project, 0.05).tolist()
        starts, ends = self.start(project).tolist(), self.end(project).tolist()
        return list(map(_stage, starts, ends, held))

    def currencies(self, project: Ints) -> list[str]:
        """ISO codes."""
        countries = take(self.clients.offices.country, self.client(project))
        return [_CURRENCIES.get(country, "EUR") for country in countries]

    def budgets(self, project: Ints) -> Ints:
        """Fees in whole thousands."""
        return 15 + self.draws.skewed("budget", project, 1_800)


def _stage(start: int, end: int, held: bool) -> str:
    if start > _TODAY:
        return "proposed"
    if end < _TODAY:
        return "closed"
    return "on hold" if held else "active"
