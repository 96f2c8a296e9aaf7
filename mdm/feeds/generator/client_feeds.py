"""Client records as a CRM and an ERP export them, with what goes wrong there."""

from mdm.feeds.generator.addresses import variants, written_phones
from mdm.feeds.generator.clients import Clients
from mdm.feeds.generator.days import updated
from mdm.feeds.generator.draws import Draws, Ints
from mdm.feeds.generator.population import Columns, Records
from mdm.feeds.generator.spelling import (
    abbreviate,
    changed,
    left_out,
    merged,
    mistype,
    shout,
    swap_words,
)
from mdm.feeds.generator.trades import FORM_SPELLINGS, INDUSTRY_OF, LEGAL_FORMS, REGISTERS

_STATUSES = ("active", "active", "active", "prospect", "inactive")
_SIZES = ("1-49", "50-249", "250-999", "1000-4999", "5000+")


def crm_clients(clients: Clients, records: Records) -> Columns:
    """What the CRM exports: names without legal form, web sites, few tax numbers."""
    draws, number, entity = Draws(clients.seed, "crm client"), records.number, records.entity
    moved = draws.chance("moved", number, 0.06).astype(int)
    address = variants(clients.addresses(entity, moved), draws, number)
    tax, _ = clients.numbers(entity)
    websites = [f"https://www.{domain}/" for domain in clients.domains(entity)]
    return {
        "Account ID": records.keys,
        "Account Name": _names(clients, records, draws, plain=0.4),
        "Website": left_out(websites, draws.chance("no website", number, 0.25)),
        "Phone": _phones(clients, records, draws, missing=0.2),
        "Billing Street": address.street,
        "Billing City": address.city,
        "Billing State/Province": address.region,
        "Billing Zip/Postal Code": address.postcode,
        "Billing Country": address.country,
        "Industry": _industries(clients, records, draws),
        "Employees": clients.draws.pick("size", entity, _SIZES),
        "Parent Account ID": _parents(clients, records, draws),
        "Tax ID": left_out(tax, draws.chance("no tax number", number, 0.65)),
        "Account Status": draws.pick("status", number, _STATUSES),
        "Last Modified Date": updated(draws, number),
    }


def erp_clients(clients: Clients, records: Records) -> Columns:
    """What the ERP exports: legal names, often in capitals, with tax and register numbers."""
    draws, number, entity = Draws(clients.seed, "erp client"), records.number, records.entity
    moved = draws.chance("moved", number, 0.06).astype(int)
    address = variants(clients.addresses(entity, moved), draws, number)
    tax, registered = clients.numbers(entity)
    names = _names(clients, records, draws, plain=0.03)
    capitals = draws.chance("capitals", number, 0.3)
    return {
        "Customer": records.keys,
        "Name 1": changed(names, capitals, draws.bits("capitals", number), shout),
        "Street": address.street,
        "City": address.city,
        "Region": address.region,
        "Postal Code": address.postcode,
        "Country": address.country,
        "Telephone": _phones(clients, records, draws, missing=0.3),
        "VAT Registration No.": left_out(tax, draws.chance("no tax number", number, 0.2)),
        "Registration No.": left_out(registered, draws.chance("not registered", number, 0.5)),
        "Register": [REGISTERS[country] for country in clients.countries(entity)],
        "E-Mail Domain": left_out(clients.domains(entity), draws.chance("no mail", number, 0.5)),
        "Changed On": [day.replace("-", "") for day in updated(draws, number)],
    }


def _names(clients: Clients, records: Records, draws: Draws, plain: float) -> list[str]:
    """Names with their legal form, spelled as this record does; `plain` is the share without."""
    number, entity = records.number, records.entity
    bits = draws.bits("name", number)
    names = clients.names(entity)
    names = changed(names, draws.chance("abbreviated", number, 0.12), bits, abbreviate)
    names = changed(names, draws.chance("swapped", number, 0.02), bits, swap_words)
    names = changed(names, draws.chance("mistyped", number, 0.07), bits, mistype)
    forms = left_out(_forms(clients, records, draws), draws.chance("plain", number, plain))
    commas = draws.chance("comma", number, 0.3).tolist()
    parts = zip(names, forms, commas, strict=True)
    return [
        f"{name}{', ' if comma else ' '}{form}" if form else name for name, form, comma in parts
    ]


def _forms(clients: Clients, records: Records, draws: Draws) -> list[str]:
    """Legal forms as this record spells them; a few records still have another form."""
    number = records.number
    forms = clients.forms(records.entity)
    countries = clients.countries(records.entity)
    other = [LEGAL_FORMS[country][0] for country in countries]
    forms = merged(forms, other, draws.chance("other form", number, 0.04))
    bits = draws.bits("form", number)
    return changed(forms, draws.chance("respelled", number, 0.35), bits, _respelled)


def _respelled(form: str, bits: int) -> str:
    spellings = FORM_SPELLINGS[form]
    return spellings[bits % len(spellings)]


def _phones(clients: Clients, records: Records, draws: Draws, missing: float) -> list[str]:
    number = records.number
    version = draws.chance("new phone", number, 0.06).astype(int)
    numbers = clients.phones(records.entity, version)
    written = written_phones(numbers, draws.below("phone style", number, 4))
    return left_out(written, draws.chance("no phone", number, missing))


def _industries(clients: Clients, records: Records, draws: Draws) -> list[str]:
    named = [INDUSTRY_OF[trade] for trade in clients.trade(records.entity)]
    return left_out(named, draws.chance("no industry", records.number, 0.2))


def _parents(clients: Clients, records: Records, draws: Draws) -> list[str]:
    """The CRM key of the head of the family, for two sisters in three."""
    head: Ints = clients.head(records.entity)
    unknown = draws.chance("no parent", records.number, 0.33) | (head == records.entity)
    return left_out([clients.crm_keys[number] for number in head.tolist()], unknown)
