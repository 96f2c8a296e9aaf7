"""What the demo's ERP and CRM know of real clients beside their names: all of it invented."""

from collections import Counter

import numpy as np

from mdm.feeds.generator.addresses import Addresses, addresses, written_phones
from mdm.feeds.generator.days import LAST_DAY, updated
from mdm.feeds.generator.draws import Draws, Ints, Mask, take
from mdm.feeds.generator.known_clients import KnownClients
from mdm.feeds.generator.population import Columns
from mdm.feeds.generator.real_clients import listed_names
from mdm.feeds.generator.registration import tax_number
from mdm.feeds.generator.spelling import left_out
from mdm.feeds.generator.vocabulary import street_names

_CONFLICTS = 0.06
_ELSEWHERE = 0.15


def erp_client_addresses(clients: KnownClients, draws: Draws, count: int) -> Columns:
    """Where invoices go, by ERP key; some rows claim a seat in another town than the CRM does."""
    index = _listed(clients)[:count]
    conflict = draws.chance("conflict", index, _CONFLICTS)
    billing = _billing(
        clients, draws, index, conflict | draws.chance("elsewhere", index, _ELSEWHERE)
    )
    bits = draws.bits("tax", index).tolist()
    tax = list(map(tax_number, billing.country, bits))
    phone_style = draws.below("phone style", index, 4)
    symbols = take(clients.erp_keys, index)
    names = listed_names()
    return {
        "Customer": symbols,
        "Name 1": [names[symbol].strip() for symbol in symbols],
        "Address Kind": ["headquarters" if each else "billing" for each in conflict.tolist()],
        "Street": billing.street,
        "City": billing.city,
        "Region": billing.region,
        "Postal Code": billing.postcode,
        "Country": billing.country,
        "Telephone": written_phones(take(clients.switchboards, index), phone_style),
        "VAT Registration No.": left_out(tax, draws.chance("no tax number", index, 0.1)),
        "E-Mail Domain": take(clients.domains, index),
        "Changed On": updated(draws, index),
    }


def _listed(clients: KnownClients) -> Ints:
    return np.array([number for number, key in enumerate(clients.erp_keys) if key])


def _billing(clients: KnownClients, draws: Draws, index: Ints, away: Mask) -> Addresses:
    """Addresses in the town of the seat, or in the town of some other client where `away`."""
    other = draws.below("other town", index, len(clients.places))
    at = np.where(away, other, index)
    return addresses(draws, index, clients.places, at, street_names(150))


def erp_exposures(clients: KnownClients, draws: Draws) -> Columns:
    """Money that ERP customers owe, and work done for them that is not billed yet."""
    index = _listed(clients)
    return {
        "Customer": take(clients.erp_keys, index),
        "As Of": [LAST_DAY.isoformat()] * len(index),
        "Currency": ["USD"] * len(index),
        "Open Receivables": _dollars(draws, "receivables", index, 900_000),
        "Unbilled Work": _dollars(draws, "unbilled", index, 400_000),
    }


def crm_exposures(clients: KnownClients, draws: Draws, psa_projects: Columns) -> Columns:
    """Business that CRM accounts may bring, and how many of their projects are active."""
    index = np.arange(len(clients.crm_keys))
    facts = zip(psa_projects["Client ID"], psa_projects["Project Status"], strict=True)
    active = Counter(client for client, status in facts if status == "active")
    return {
        "Account ID": clients.crm_keys,
        "As Of": [LAST_DAY.isoformat()] * len(index),
        "Currency": ["USD"] * len(index),
        "Pipeline": _dollars(draws, "pipeline", index, 2_500_000),
        "Active Projects": [str(active[key]) for key in clients.crm_keys],
    }


def _dollars(draws: Draws, stream: str, index: Ints, most: int) -> list[str]:
    return [f"{amount}.00" for amount in draws.skewed(stream, index, most).tolist()]
