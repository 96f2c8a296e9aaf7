"""What columns are called, for what the hub calls otherwise.

A new domain needs nothing here: the names and labels of its attributes are known as they are.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from matching.files.targets import FULL_NAME, Target, has_full_names
from mdm.attribute_types import Address, AttributeType, Email, Phone, Url, WebDomain
from mdm.schema import EntityType
from mdm.standardise.text import words

NUMBER_BEFORE_STREET = "house number, house no, street number, street no, hausnummer, hausnr"

_NAMES = {
    FULL_NAME: "name, full name, person, person name, contact, contact name, complete name,"
    " display name, employee name, member name, patient name, first and last name, first and"
    " surname, first last, vollständiger name, nom complet, nombre completo",
    "given_name": "given, first name, first, forename, forenames, christian name, fname, vorname,"
    " prénom, nombre, nome, voornaam, förnamn, fornavn, imię",
    "middle_name": "middle, middle names, second name, middle initial, mname, zweiter vorname",
    "family_name": "family, last name, last, surname, lname, nachname, familienname, nom,"
    " nom de famille, apellido, apellidos, cognome, achternaam, efternamn, etternavn, nazwisko",
    "date_of_birth": "dob, birth date, birthdate, birthday, born, born on, date birth, birth,"
    " geburtsdatum, geboren, date de naissance, fecha de nacimiento, data di nascita,"
    " geboortedatum",
    "national_id": "national id, national number, national insurance number, ni number, nino,"
    " social security number, social security no, social security id, social security, ssn,"
    " soc sec id, soc sec no, soc sec, personal identity number, identity number, national"
    " identification number, citizen id, personnummer, sozialversicherungsnummer, numéro de"
    " sécurité sociale, codice fiscale, dni, bsn, cpf, pesel",
    "title": "salutation, form of address, honorific, name prefix, anrede, civilité, tratamiento",
    "role": "title, job title, position, job, occupation, profession, function, job role, beruf,"
    " funktion, poste, cargo, department",
    "legal_name": "name, company, company name, organisation, organization, organisation name,"
    " organization name, org name, business name, business, firm, firm name, client,"
    " client name, customer, customer name, account, account name, vendor, vendor name, supplier,"
    " supplier name, legal entity, entity name, registered name, issuer, issuer name, security,"
    " security name, corporate name, employer, name 1, firma, firmenname, unternehmen, raison"
    " sociale, société, entreprise, empresa, razón social, ragione sociale, azienda, bedrijf,"
    " bedrijfsnaam",
    "trading_name": "trade name, trading as, dba, doing business as, brand, brand name, aka, also"
    " known as, short name, name 2",
    "former_names": "former name, previous name, old name, previous names, formerly, fka",
    "registration_number": "company number, company no, registration no, registration id,"
    " company registration number, crn, reg no, handelsregisternummer, hrb, siren, siret",
    "register": "registry, register court, registergericht, registration authority",
    "tax_id": "vat, vat number, vat no, vat id, vat registration number, ein, tin, tax number,"
    " tax no, fein, ust id, ustidnr, steuernummer, numéro de tva, nif, cif, partita iva",
    "lei": "lei code, legal entity identifier",
    "duns": "duns number, duns no, d u n s number",
    "client": "company, company name, client name, customer, customer name, account, account name,"
    " employer, organisation, organization, organisation name, organization name, firm, firma,"
    " société, empresa, vendor, vendor name, account id, account number, customer id, customer"
    " number, client id, client number, company id",
    "name": "project, project name, project title, engagement, engagement name, job name, title,"
    " description, project description",
    "code": "project code, project number, project no, project id, job number, job code, wbs,"
    " wbs code, wbs element, engagement code",
    "contract_number": "contract, contract no, contract id, sow, sow number, po number, agreement"
    " number",
    "engagement_manager": "project manager, manager, engagement lead, project lead, pm, partner"
    " in charge, person responsible, responsible, projektleiter",
    "practice": "practice area, service line, department, division, business unit",
    "start_date": "start, from, begin, begins, begin date, valid from, effective from, effective"
    " date, project start, contract start date, commencement, von",
    "end_date": "end, until, to, finish, finish date, expiry, expiry date, valid to, valid until,"
    " effective to, project end, contract end date, bis",
    "labour_category": "labor category, labour category, job title, role, position, service,"
    " service proposed, category, title, grade",
    "level": "seniority, grade, band",
    "education": "minimum education, education level, degree",
    "years_of_experience": "experience, minimum years of experience, years experience, min years",
    "worksite": "site, work location, place of work",
    "unit": "unit of issue, uom, unit of measure, per",
    "currency": "ccy, currency code, curr",
    "amount": "price, rate, hourly rate, price offered, bill rate, day rate, unit price, fee",
}
_TYPES: dict[type[AttributeType], str] = {
    Email: "email, e mail, mail, email address, mail address, e mail address, courriel, correo,"
    " work email, personal email",
    WebDomain: "email, e mail, email address, e mail address, domain, web domain",
    Url: "website, web site, web, url, homepage, home page, web address, internet, www",
    Phone: "phone, phone number, phone no, telephone, telephone number, tel, tel no, mobile,"
    " mobile phone, mobile number, cell, cell phone, landline, switchboard, work phone, home"
    " phone, telefon, telefonnummer, handy, téléphone, teléfono, telefono, telefoon",
}
_PARTS = {
    "line1": "address, street, street address, address line, address line 1, address 1, addr,"
    " addr 1, address1, addr1, line 1, street name, street 1, street1, road, postal address,"
    " mailing address, full address, strasse, straße, adresse, rue, calle, dirección, indirizzo,"
    f" via, straat, {NUMBER_BEFORE_STREET}",
    "line2": "address line 2, address 2, addr 2, address2, addr2, line 2, street 2, street2,"
    " apartment, apt, suite, unit number, adresszusatz, complément d'adresse",
    "line3": "address line 3, address 3, addr 3, address3, addr3, line 3",
    "line4": "address line 4, address 4, addr 4, address4, addr4, line 4",
    "city": "city, town, suburb, locality, municipality, place, post town, village, headquarters,"
    " headquarters location, hq, city name, stadt, ort, ville, ciudad, città, stad, miasto",
    "region": "region, state, province, county, state code, state province, bundesland, région",
    "postcode": "postcode, post code, postal code, zip, zip code, zipcode, postalcode, plz,"
    " postleitzahl, code postal, código postal, cap, pin code",
    "country": "country, country code, country name, land, nation, pays, país, paese",
}
# A place that stays with a person: compared as the city where no column tells that.
_SECOND_BEST = {
    "city": "birth place, birthplace, place of birth, born in, geburtsort, lieu de naissance,"
    " location"
}
# Words that tell what a column is though others stand beside them: "billing zip", "name of site".
CLEAR = frozenset(
    "name surname forename firstname lastname vorname nachname birthdate birthday dob occupation"
    " company organisation organization email mail phone telephone mobile tel website url domain"
    " address street strasse postcode postalcode zip zipcode plz city town suburb country vat lei"
    " duns price".split()
)
# Behind these a name, number or address is somebody else's.
OTHERS = frozenset(
    "fax parent mother father spouse emergency referrer program programme file user login owner"
    " director previous old former reference external internal created modified updated".split()
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that name a target; `second_best` ones only where no others do."""

    words: tuple[str, ...]
    target: Target
    second_best: bool = False

    @property
    def letters(self) -> str:
        return "".join(self.words)


def phrases_of(type_: EntityType) -> list[Phrase]:
    """What columns of the targets of a domain are called."""
    return list(dict.fromkeys(_phrases(type_)))


def words_of(column: str) -> tuple[str, ...]:
    """The folded words of a column's name: "ZipCode", "zip_code" and "Zip code" have the same."""
    return tuple(words(_CAMEL.sub(" ", column)))


def _phrases(type_: EntityType) -> Iterator[Phrase]:
    if has_full_names(type_):
        yield from _listed(_NAMES[FULL_NAME], Target(FULL_NAME))
    for attribute in type_.attributes:
        if isinstance(attribute.type, Address):
            for part, names in _PARTS.items():
                yield from _listed(names, Target(attribute.name, part))
            for part, names in _SECOND_BEST.items():
                yield from _listed(names, Target(attribute.name, part), second_best=True)
            continue
        target = Target(attribute.name)
        yield from _listed(f"{attribute.name}, {attribute.label}", target)
        yield from _listed(_NAMES.get(attribute.name, ""), target)
        yield from _listed(_TYPES.get(type(attribute.type), ""), target)


def _listed(names: str, target: Target, *, second_best: bool = False) -> Iterator[Phrase]:
    for name in filter(None, map(str.strip, names.split(","))):
        yield Phrase(words_of(name), target, second_best)
