"""What contacts, projects and rates take over from the clients that they belong to."""

from dataclasses import dataclass

import numpy as np

from mdm.feeds.generator.addresses import Addresses
from mdm.feeds.generator.clients import Clients
from mdm.feeds.generator.draws import take
from mdm.feeds.generator.places import Place


@dataclass(frozen=True, slots=True)
class KnownClients:
    """Clients by number: lists of one length. A key is "" in a system that lacks the client.

    `places` and `mobiles` are where the desk and the mobile phones of their people ring.
    """

    names: list[str]
    domains: list[str]
    switchboards: list[str]
    places: list[Place]
    mobiles: list[Place]
    offices: Addresses
    crm_keys: list[str]
    erp_keys: list[str]

    def first(self, count: int) -> "KnownClients":
        """The first `count` clients."""
        return KnownClients(
            names=self.names[:count],
            domains=self.domains[:count],
            switchboards=self.switchboards[:count],
            places=self.places[:count],
            mobiles=self.mobiles[:count],
            offices=self.offices.first(count),
            crm_keys=self.crm_keys[:count],
            erp_keys=self.erp_keys[:count],
        )


def known_clients(clients: Clients) -> KnownClients:
    """All clients of a benchmark."""
    entity = np.arange(clients.population.entities)
    never_moved = np.zeros_like(entity)
    places = take(clients.places, clients.place(entity, never_moved))
    return KnownClients(
        names=clients.names(entity),
        domains=clients.domains(entity),
        switchboards=clients.phones(entity, never_moved),
        places=places,
        mobiles=[place.mobile() for place in places],
        offices=clients.addresses(entity, never_moved),
        crm_keys=clients.crm_keys,
        erp_keys=clients.erp_keys,
    )
