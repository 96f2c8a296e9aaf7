"""Members of the S&P 500 as clients of a firm: real names, seats and keys, invented details."""

import csv
import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from mdm.feeds.generator.addresses import addresses, phones
from mdm.feeds.generator.clients import slug
from mdm.feeds.generator.draws import Draws, take
from mdm.feeds.generator.known_clients import KnownClients
from mdm.feeds.generator.places import Place, region_places
from mdm.feeds.generator.vocabulary import street_names

SAMPLE_FEEDS = Path(__file__).parent.parent / "sample_feeds"

_FOOTNOTE = re.compile(r"\[\d+\]")
_EQUITY = re.compile(r"Common Stock|Ordinary Shares|Common Shares", re.IGNORECASE)
_WITHOUT_EXAMPLE_PHONES = ("CH", "NL")


def real_clients(draws: Draws) -> KnownClients:
    """All members whose seat is known, well shuffled, so that any first ones are a sample.

    Their CRM key is their symbol; so is their ERP key, if an exchange lists their shares.
    """
    seats = [(row, _seat(row["Headquarters Location"])) for row in _members()]
    known = [(row, seat) for row, seat in seats if seat]
    order = np.argsort(draws.bits("member", np.arange(len(known))), kind="stable")
    shuffled = take(known, order)
    places = [seat for _, seat in shuffled]
    index = np.arange(len(places))
    symbols = [row["Symbol"] for row, _ in shuffled]
    listed = listed_names()
    return KnownClients(
        names=[row["Security"] for row, _ in shuffled],
        domains=[slug(row["Security"]) + ".example" for row, _ in shuffled],
        switchboards=phones(draws, "switchboard", index, places, index),
        places=places,
        mobiles=places,
        offices=addresses(draws, index, places, index, street_names(150)),
        crm_keys=symbols,
        erp_keys=[symbol if symbol in listed else "" for symbol in symbols],
    )


def _members() -> list[dict[str, str]]:
    """One row for each company, also if two classes of its shares are members."""
    return list({row["CIK"]: row for row in _rows("sp500_constituents.csv")}.values())


def listed_names() -> dict[str, str]:
    """Symbol → name of every listing of shares, as the exchanges spell it."""
    listings = {row["ACT Symbol"]: row["Company Name"] for row in _rows("nyse_listed.csv")}
    listings |= {row["Symbol"]: row["Security Name"] for row in _rows("nasdaq_listed.csv")}
    return {symbol: name for symbol, name in listings.items() if _EQUITY.search(name)}


def _rows(name: str) -> list[dict[str, str]]:
    with (SAMPLE_FEEDS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _seat(location: str) -> Place | None:
    """The first town named in `location`; None if its state or country has no place here."""
    town, _, region = _FOOTNOTE.sub("", location.split(";")[0]).rpartition(", ")
    place = region_places().get(region)
    if place is None or place.country in _WITHOUT_EXAMPLE_PHONES:
        return None
    return replace(place.fictional(), city=town.split(", ")[0])
