"""The truth about rates: cards of 24 lines, each of the firm or one of its parts or customers."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mdm.feeds.generator.draws import Draws, Ints, take
from mdm.feeds.generator.population import Population, System, populate
from mdm.feeds.generator.projects import Projects
from mdm.feeds.generator.trades import LABOUR_CATEGORIES, LEVELS, PRACTICES, REGIONS

REGISTER = System("rates", "RATE-")
ERP = System("erp", "CR")
RATES_PER_PROJECT = 10

_LINES = 24  # four labour categories, three levels, two years
_WIDE_CARDS = 1 + len(PRACTICES) + len(REGIONS)
_CLIENT_CARDS = 8  # one card in so many is a client's, the others are projects'
_LEVEL_RATES = np.array([620, 480, 390, 310, 230, 170, 120])
_FIRST_YEAR = 2025


@dataclass(frozen=True)
class Rates:
    """The prices behind `count` rate records of a seed; every method takes their numbers.

    No two of them compete: each card has one line for a labour category, level and year.
    """

    seed: int
    count: int
    projects: Projects

    @cached_property
    def draws(self) -> Draws:
        return Draws(self.seed, "rate")

    @cached_property
    def population(self) -> Population:
        """The records of these rates in the rate-card register and in the ERP."""
        return populate(self.count, self.draws, REGISTER, ERP)

    def scopes(self, rate: Ints) -> list[str]:
        """firm, practice, region, client or project."""
        return [_scope(card) for card in (rate // _LINES).tolist()]

    def practices(self, rate: Ints) -> list[str]:
        """The practice of a practice's card, else ""."""
        return [_listed(PRACTICES, card - 1) for card in (rate // _LINES).tolist()]

    def regions(self, rate: Ints) -> list[str]:
        """The region of a region's card, else ""."""
        first = 1 + len(PRACTICES)
        return [_listed(REGIONS, card - first) for card in (rate // _LINES).tolist()]

    def project(self, rate: Ints) -> Ints:
        """The number of the project, for the card of a project."""
        return (rate // _LINES) % self.projects.population.entities

    def client(self, rate: Ints) -> Ints:
        """The number of the client, for the card of a client."""
        return (rate // _LINES // _CLIENT_CARDS) % len(self.projects.clients.names)

    def categories(self, rate: Ints) -> list[str]:
        """Labour categories."""
        first = self.draws.below("categories", rate // _LINES, len(LABOUR_CATEGORIES))
        return take(LABOUR_CATEGORIES, (first + rate % _LINES // 6) % len(LABOUR_CATEGORIES))

    def _level(self, rate: Ints) -> Ints:
        first = self.draws.below("levels", rate // _LINES, len(LEVELS) - 2)
        return first + rate // 2 % 3

    def levels(self, rate: Ints) -> list[str]:
        """Seniorities."""
        return take(LEVELS, self._level(rate))

    def years(self, rate: Ints) -> Ints:
        """The calendar years in which the rates hold."""
        return _FIRST_YEAR + rate % 2

    def amounts(self, rate: Ints) -> Ints:
        """Prices of an hour in cents."""
        discount = 75 + self.draws.below("discount", rate // _LINES, 40)
        return _LEVEL_RATES[self._level(rate)] * discount * (100 + 3 * (rate % 2)) // 100


def _scope(card: int) -> str:
    if card >= _WIDE_CARDS:
        return "project" if card % _CLIENT_CARDS else "client"
    if card == 0:
        return "firm"
    return "practice" if card <= len(PRACTICES) else "region"


def _listed(names: tuple[str, ...], number: int) -> str:
    return names[number] if 0 <= number < len(names) else ""
