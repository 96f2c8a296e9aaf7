"""The truth about contacts: people with employers, mail addresses, phones and homes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from mdm.feeds.generator.addresses import Addresses, addresses, phones
from mdm.feeds.generator.clients import slug
from mdm.feeds.generator.days import day_numbers, iso
from mdm.feeds.generator.draws import Draws, Ints, take
from mdm.feeds.generator.known_clients import KnownClients
from mdm.feeds.generator.population import Population, System, populate
from mdm.feeds.generator.spelling import left_out, merged
from mdm.feeds.generator.trades import ROLES
from mdm.feeds.generator.vocabulary import composed, family_names, street_names
from mdm.feeds.generator.words import MEN, WOMEN

CRM = System("crm", "CON-")
ERP = System("erp", "P")
CONTACTS_PER_CLIENT = 20

_GIVEN = [*composed(WOMEN), *composed(MEN)]
_GIVEN_SLUGS = [slug(name) for name in _GIVEN]
_MAIL_STYLES: tuple[Callable[[str, str], str], ...] = (
    lambda given, family: f"{given}.{family}",
    lambda given, family: f"{given[0]}{family}",
    lambda given, family: f"{given}_{family}",
    lambda given, family: f"{family}.{given[0]}",
)
_PRIVATE_DOMAINS = ("freemail.example", "post.example", "mailbox.example")


@dataclass(frozen=True)
class Contacts:
    """The people behind `count` contact records of a seed; every method takes their numbers.

    `version` is 0 for how things were first and 1 for how they are after a change. Family names and
    streets are as many as `vocabulary` records have: by default, `count`.
    """

    seed: int
    count: int
    employers: KnownClients
    vocabulary: int | None = None

    @cached_property
    def draws(self) -> Draws:
        return Draws(self.seed, "contact")

    @cached_property
    def population(self) -> Population:
        """The records of these people in the CRM and in the ERP."""
        return populate(self.count, self.draws, CRM, ERP)

    @cached_property
    def families(self) -> list[str]:
        return family_names(max(300, (self.vocabulary or self.count) // 8))

    @cached_property
    def family_slugs(self) -> list[str]:
        return [slug(name) for name in self.families]

    @cached_property
    def streets(self) -> list[str]:
        return street_names(max(150, (self.vocabulary or self.count) // 100))

    def employer(self, person: Ints, version: Ints) -> Ints:
        """Numbers of employers."""
        return self.draws.skewed("employer", person * 2 + version, len(self.employers.domains))

    def _given(self, person: Ints) -> Ints:
        woman = self.draws.chance("woman", person, 0.5)
        among_women = self.draws.skewed("given", person, len(WOMEN))
        among_men = self.draws.skewed("given", person, len(MEN)) + len(WOMEN)
        return np.where(woman, among_women, among_men)

    def _family(self, person: Ints, version: Ints) -> Ints:
        return self.draws.skewed("family", person * 2 + version, len(self.families))

    def titles(self, person: Ints) -> list[str]:
        """Mr., Ms. or Dr."""
        women = (self._given(person) < len(WOMEN)).tolist()
        titles = ["Ms." if woman else "Mr." for woman in women]
        return merged(titles, ["Dr."] * len(titles), self.draws.chance("doctor", person, 0.06))

    def given_names(self, person: Ints) -> list[str]:
        """Full given names."""
        return take(_GIVEN, self._given(person))

    def middle_names(self, person: Ints) -> list[str]:
        """Second given names, which four in ten have."""
        second = self.draws.pick("middle", person, _GIVEN)
        return left_out(second, ~self.draws.chance("has middle", person, 0.4))

    def family_names(self, person: Ints, version: Ints) -> list[str]:
        """Family names, before and after a marriage."""
        return take(self.families, self._family(person, version))

    def roles(self, person: Ints) -> list[str]:
        """What they do for their employer."""
        return self.draws.pick("role", person, ROLES)

    def work_mail(self, person: Ints, job: Ints, version: Ints) -> list[str]:
        """Addresses at the employer of `job`, in the employer's own style."""
        employer = self.employer(person, job)
        style = (self.draws.below("mail style", employer, len(_MAIL_STYLES)) + version) % len(
            _MAIL_STYLES
        )
        given = take(_GIVEN_SLUGS, self._given(person))
        family = take(self.family_slugs, self._family(person, np.zeros_like(person)))
        domains = take(self.employers.domains, employer)
        parts = zip(take(_MAIL_STYLES, style), given, family, domains, strict=True)
        return [f"{local(first, last)}@{domain}" for local, first, last, domain in parts]

    def private_mail(self, person: Ints) -> list[str]:
        """Private addresses, which one in eight gives away."""
        given = take(_GIVEN_SLUGS, self._given(person))
        family = take(self.family_slugs, self._family(person, np.zeros_like(person)))
        domains = self.draws.pick("private domain", person, _PRIVATE_DOMAINS)
        years = self.draws.below("private number", person, 90).tolist()
        parts = zip(given, family, years, domains, strict=True)
        mail = [f"{first}{last}{year + 10}@{domain}" for first, last, year, domain in parts]
        return left_out(mail, ~self.draws.chance("gives private mail", person, 0.12))

    def direct_lines(self, person: Ints, job: Ints, version: Ints) -> list[str]:
        """Phones on the desk; for one in four it is the switchboard."""
        employer = self.employer(person, job)
        own = phones(self.draws, "desk", person * 2 + version, self.employers.places, employer)
        shared = take(self.employers.switchboards, employer)
        return merged(own, shared, self.draws.chance("by switchboard", person, 0.25))

    def mobile_phones(self, person: Ints, version: Ints) -> list[str]:
        """Mobile phones."""
        employer = self.employer(person, np.zeros_like(person))
        return phones(self.draws, "mobile", person * 2 + version, self.employers.mobiles, employer)

    def addresses(self, person: Ints, version: Ints) -> Addresses:
        """Homes before and after moving house; for four in ten the office of their employer."""
        employer = self.employer(person, np.zeros_like(person))
        homes = addresses(
            self.draws, person * 2 + version, self.employers.places, employer, self.streets
        )
        offices = self.employers.offices.of(employer)
        return homes.or_else(offices, self.draws.chance("at the office", person, 0.4))

    def birth_dates(self, person: Ints) -> list[str]:
        """Dates of birth in ISO form."""
        return iso(day_numbers(self.draws, "birth", person, date(1956, 1, 1), date(2003, 12, 31)))

    def countries(self, person: Ints) -> list[str]:
        """ISO codes of the countries where they work."""
        return take(self.employers.offices.country, self.employer(person, np.zeros_like(person)))
