"""The truth about clients, of which some are sisters that share a name and a domain."""

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mdm.feeds.generator.addresses import Addresses, addresses, phones
from mdm.feeds.generator.draws import Draws, Ints, take
from mdm.feeds.generator.places import Place, towns
from mdm.feeds.generator.population import Population, System, populate
from mdm.feeds.generator.registration import registration_number, tax_number
from mdm.feeds.generator.trades import BRANCHES, DOMAIN_ENDINGS, LEGAL_FORMS, TRADES
from mdm.feeds.generator.vocabulary import company_roots, street_names

CRM = System("crm", "ACC-")
ERP = System("erp", "K")

_FAMILY = 8  # things that are numbered together, of which some are sisters of the first
_SISTERS = 0.12 * _FAMILY / (_FAMILY - 1)
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_ASCII = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "&": "and"})


def slug(text: str) -> str:
    """`text` as part of a domain name."""
    return _NOT_SLUG.sub("-", text.lower().translate(_ASCII)).strip("-")


@dataclass(frozen=True)
class Clients:
    """The things behind `count` client records of a seed; every method takes entity numbers.

    Names, streets and towns are as many as `vocabulary` records have: by default, `count`.
    """

    seed: int
    count: int
    vocabulary: int | None = None

    @cached_property
    def draws(self) -> Draws:
        return Draws(self.seed, "client")

    @cached_property
    def population(self) -> Population:
        """The records of these clients in the CRM and in the ERP."""
        return populate(self.count, self.draws, CRM, ERP)

    @cached_property
    def crm_keys(self) -> list[str]:
        """The key of each client in the CRM, "" where it has none."""
        return self.population.keys_of(self.population.first)

    @cached_property
    def erp_keys(self) -> list[str]:
        """The key of each client in the ERP, "" where it has none."""
        return self.population.keys_of(self.population.second)

    @cached_property
    def places(self) -> list[Place]:
        return towns(max(75, self._words // 40))

    @cached_property
    def streets(self) -> list[str]:
        return street_names(max(150, self._words // 100))

    @cached_property
    def roots(self) -> list[str]:
        return company_roots(max(400, self._words // 2))

    @property
    def _words(self) -> int:
        return self.vocabulary or self.count

    def head(self, entity: Ints) -> Ints:
        """The client whose name and domain each client bears: mostly itself."""
        first = entity - entity % _FAMILY
        return np.where(self.draws.chance("sister", entity, _SISTERS), first, entity)

    def root(self, entity: Ints) -> list[str]:
        """The part of the name that sisters share."""
        return take(self.roots, self.draws.skewed("root", self.head(entity), len(self.roots)))

    def trade(self, entity: Ints) -> list[str]:
        """The line of business in the name; six sisters in ten have their own."""
        own = self.draws.chance("own trade", entity, 0.6)
        return self.draws.pick("trade", np.where(own, entity, self.head(entity)), TRADES)

    def place(self, entity: Ints, version: Ints) -> Ints:
        """The number of the town; most sisters sit in the town of their head."""
        near = self.draws.chance("near", entity, 0.6)
        where = np.where(near, self.head(entity), entity) * 2 + version
        return self.draws.skewed("place", where, len(self.places))

    def names(self, entity: Ints) -> list[str]:
        """Names without legal form."""
        sister = self.head(entity) != entity
        branches = self.draws.pick("branch", entity, BRANCHES)
        branched = sister | self.draws.chance("branched", entity, 0.1)
        parts = zip(self.root(entity), self.trade(entity), branches, branched.tolist(), strict=True)
        return [
            f"{root} {trade} {branch}" if b else f"{root} {trade}"
            for root, trade, branch, b in parts
        ]

    def forms(self, entity: Ints) -> list[str]:
        """Legal forms."""
        numbers = self.draws.skewed("form", entity, 1 << 20).tolist()
        countries = self.countries(entity)
        return [_form(country, number) for country, number in zip(countries, numbers, strict=True)]

    def countries(self, entity: Ints) -> list[str]:
        """ISO codes of the countries where the clients are registered."""
        at = self.place(entity, np.zeros_like(entity))
        return [self.places[number].country for number in at.tolist()]

    def domains(self, entity: Ints) -> list[str]:
        """Mail and web domains; sisters share one. They end in .example, so they reach nobody."""
        head = self.head(entity)
        by_trade = self.draws.chance("domain by trade", head, 0.6).tolist()
        trades = self.draws.pick("trade", head, TRADES)
        endings = self.draws.pick("domain ending", head, DOMAIN_ENDINGS)
        parts = zip(self.root(entity), trades, endings, by_trade, strict=True)
        return [
            slug(f"{root} {trade if by else ending}") + ".example"
            for root, trade, ending, by in parts
        ]

    def phones(self, entity: Ints, version: Ints) -> list[str]:
        """Switchboards; four sisters in ten share that of their head."""
        shared = self.draws.chance("shared switchboard", entity, 0.4)
        index = np.where(shared, self.head(entity), entity)
        at = self.place(index, np.zeros_like(index))
        return phones(self.draws, "phone", index * 2 + version, self.places, at)

    def addresses(self, entity: Ints, version: Ints) -> Addresses:
        """Seats: version 0, and the one after or before a move, version 1."""
        at = self.place(entity, version)
        return addresses(self.draws, entity * 2 + version, self.places, at, self.streets)

    def numbers(self, entity: Ints) -> tuple[list[str], list[str]]:
        """Tax numbers and registration numbers."""
        countries = self.countries(entity)
        tax = self.draws.bits("tax", entity).tolist()
        registered = self.draws.bits("registration", entity).tolist()
        return (
            list(map(tax_number, countries, tax)),
            list(map(registration_number, countries, registered)),
        )


def _form(country: str, number: int) -> str:
    forms = LEGAL_FORMS[country]
    return forms[number * len(forms) >> 20]
