"""Contact records as a CRM and an ERP export them, with what goes wrong there."""

from dataclasses import dataclass

from mdm.feeds.generator.addresses import Addresses, variants, written_phones
from mdm.feeds.generator.contacts import Contacts
from mdm.feeds.generator.days import updated
from mdm.feeds.generator.draws import Draws, Ints, take
from mdm.feeds.generator.population import Columns, Records
from mdm.feeds.generator.spelling import (
    abbreviate,
    changed,
    initial,
    left_out,
    merged,
    mistype,
    shout,
    swap_day_and_month,
)
from mdm.feeds.generator.trades import MAILBOXES
from mdm.feeds.generator.words import NICKNAMES

_CONSENTS = ("yes", "yes", "yes", "no", "opt-out", "")


def crm_contacts(contacts: Contacts, records: Records) -> Columns:
    """What the CRM exports: nicknames, two mail addresses, consent."""
    sheet = _Sheet(contacts, records, Draws(contacts.seed, "crm contact"))
    given, family = sheet.names(nicknames=0.18)
    address = sheet.address()
    return {
        "Contact ID": records.keys,
        "Salutation": sheet.gap(contacts.titles(records.entity), "title", 0.3),
        "First Name": given,
        "Middle Name": sheet.middle_names(),
        "Last Name": family,
        "Account ID": sheet.employers(contacts.employers.crm_keys),
        "Title": sheet.roles(),
        "Email": sheet.mail(missing=0.12),
        "Other Email": sheet.gap(contacts.private_mail(records.entity), "other mail", 0.3),
        "Phone": sheet.desk(missing=0.25),
        "Mobile": sheet.mobile(missing=0.45),
        "Mailing Street": address.street,
        "Mailing City": address.city,
        "Mailing State/Province": address.region,
        "Mailing Zip/Postal Code": address.postcode,
        "Mailing Country": address.country,
        "Birthdate": sheet.birth_dates(missing=0.6),
        "Language": sheet.languages(),
        "Email Opt In": sheet.draws.pick("consent", records.number, _CONSENTS),
        "Last Modified Date": updated(sheet.draws, records.number),
    }


def erp_contacts(contacts: Contacts, records: Records) -> Columns:
    """What the ERP exports: formal names, often in capitals, one mail address."""
    sheet = _Sheet(contacts, records, Draws(contacts.seed, "erp contact"))
    number = records.number
    given, family = sheet.names(nicknames=0.04)
    bits = sheet.draws.bits("capitals", number)
    capitals = sheet.draws.chance("capitals", number, 0.2)
    address = sheet.address()
    return {
        "Partner": records.keys,
        "Form of Address": sheet.gap(contacts.titles(records.entity), "title", 0.5),
        "First Name": changed(given, capitals, bits, shout),
        "Last Name": changed(family, capitals, bits, shout),
        "Customer": sheet.employers(contacts.employers.erp_keys),
        "Function": sheet.roles(),
        "E-Mail": sheet.mail(missing=0.3),
        "Telephone": sheet.desk(missing=0.3),
        "Mobile Phone": sheet.mobile(missing=0.6),
        "Street": address.street,
        "City": address.city,
        "Region": address.region,
        "Postal Code": address.postcode,
        "Country": address.country,
        "Date of Birth": sheet.birth_dates(missing=0.4),
        "Language": [language.upper() for language in sheet.languages()],
        "Changed On": updated(sheet.draws, number),
    }


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The columns that both systems have, with the errors that each record has of its own."""

    contacts: Contacts
    records: Records
    draws: Draws

    def _after(self, stream: str, probability: float) -> Ints:
        """1 where the record knows how things are after a change."""
        return self.draws.chance(stream, self.records.number, probability).astype(int)

    def gap(self, values: list[str], stream: str, missing: float) -> list[str]:
        """`values` with gaps."""
        return left_out(values, self.draws.chance(f"no {stream}", self.records.number, missing))

    def names(self, nicknames: float) -> tuple[list[str], list[str]]:
        """Given and family names, with nicknames, initials, typing errors; a few change places."""
        number, person = self.records.number, self.records.entity
        bits, chance = self.draws.bits("name", number), self.draws.chance
        given = self.contacts.given_names(person)
        given = changed(given, chance("nickname", number, nicknames), bits, _nickname)
        given = changed(given, chance("initial", number, 0.04), bits, initial)
        given = changed(given, chance("given typo", number, 0.04), bits, mistype)
        family = self.contacts.family_names(person, self._after("married", 0.015))
        family = changed(family, chance("family typo", number, 0.05), bits, mistype)
        swapped = chance("swapped", number, 0.015)
        return merged(given, family, swapped), merged(family, given, swapped)

    def middle_names(self) -> list[str]:
        """Middle names, mostly their initials."""
        number = self.records.number
        names = self.contacts.middle_names(self.records.entity)
        bits = self.draws.bits("middle", number)
        names = changed(names, self.draws.chance("middle initial", number, 0.6), bits, initial)
        return self.gap(names, "middle name", 0.4)

    def employers(self, keys: list[str]) -> list[str]:
        """The client whom this system knows them to work for, under its key there."""
        employer = self.contacts.employer(self.records.entity, self._after("new job", 0.03))
        return self.gap(take(keys, employer), "employer", 0.05)

    def roles(self) -> list[str]:
        """Roles, some abbreviated."""
        number = self.records.number
        roles = self.contacts.roles(self.records.entity)
        bits = self.draws.bits("role", number)
        roles = changed(roles, self.draws.chance("short role", number, 0.25), bits, abbreviate)
        return self.gap(roles, "role", 0.15)

    def mail(self, missing: float) -> list[str]:
        """Mail addresses at work: some old, some mistyped, some a mailbox that many share."""
        number, person = self.records.number, self.records.entity
        job, version = self._after("new job", 0.03), self._after("new mail", 0.05)
        mail = self.contacts.work_mail(person, job, version)
        bits = self.draws.bits("mail", number)
        mail = changed(mail, self.draws.chance("mail typo", number, 0.02), bits, _mistyped_mail)
        mail = changed(mail, self.draws.chance("mailbox", number, 0.03), bits, _mailbox)
        return self.gap(mail, "mail", missing)

    def desk(self, missing: float) -> list[str]:
        """Phones at work."""
        number = self.records.number
        job, version = self._after("new job", 0.03), self._after("new desk", 0.05)
        lines = self.contacts.direct_lines(self.records.entity, job, version)
        written = written_phones(lines, self.draws.below("phone style", number, 4))
        return self.gap(written, "desk phone", missing)

    def mobile(self, missing: float) -> list[str]:
        """Mobile phones."""
        number = self.records.number
        numbers = self.contacts.mobile_phones(self.records.entity, self._after("new mobile", 0.08))
        written = written_phones(numbers, self.draws.below("mobile style", number, 4))
        return self.gap(written, "mobile phone", missing)

    def address(self) -> Addresses:
        """Where letters go; some have moved house."""
        moved = self._after("moved", 0.08)
        given = self.contacts.addresses(self.records.entity, moved)
        return variants(given, self.draws, self.records.number)

    def birth_dates(self, missing: float) -> list[str]:
        """Dates of birth, a few with day and month exchanged."""
        number = self.records.number
        dates = self.contacts.birth_dates(self.records.entity)
        swapped = self.draws.chance("day for month", number, 0.03)
        dates = changed(dates, swapped, self.draws.bits("birth", number), swap_day_and_month)
        return self.gap(dates, "birth date", missing)

    def languages(self) -> list[str]:
        """en or de, by country."""
        countries = self.contacts.countries(self.records.entity)
        return ["de" if country in ("DE", "CH") else "en" for country in countries]


def _nickname(given: str, bits: int) -> str:  # noqa: ARG001
    return NICKNAMES.get(given, given)


def _mistyped_mail(address: str, bits: int) -> str:
    local, domain = address.split("@")
    return f"{mistype(local, bits).replace('..', '.').strip('.')}@{domain}"


def _mailbox(address: str, bits: int) -> str:
    return f"{MAILBOXES[bits % len(MAILBOXES)]}@{address.split('@')[1]}"
