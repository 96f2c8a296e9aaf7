"""Postal addresses and phone numbers of things, by index, and how systems write them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mdm.feeds.generator.draws import Draws, Ints, Mask, take
from mdm.feeds.generator.places import Place, postcode
from mdm.feeds.generator.spelling import abbreviate, changed, left_out, merged, mistype
from mdm.feeds.generator.trades import STREET_TYPES


@dataclass(frozen=True, slots=True)
class Addresses:
    """One postal address for each record, part by part."""

    street: list[str]
    city: list[str]
    region: list[str]
    postcode: list[str]
    country: list[str]

    def or_else(self, others: "Addresses", where: Mask) -> "Addresses":
        """These addresses, but the others in `where`."""
        pairs = zip(self._parts(), others._parts(), strict=True)
        return Addresses(*(merged(mine, other, where) for mine, other in pairs))

    def of(self, index: Ints) -> "Addresses":
        """The addresses with these numbers."""
        return Addresses(*(take(part, index) for part in self._parts()))

    def first(self, count: int) -> "Addresses":
        """The first `count` addresses."""
        return Addresses(*(part[:count] for part in self._parts()))

    def _parts(self) -> tuple[list[str], ...]:
        return self.street, self.city, self.region, self.postcode, self.country


def addresses(
    draws: Draws, index: Ints, places: Sequence[Place], at: Ints, streets: Sequence[str]
) -> Addresses:
    """An address for each index, in the place with number `at`."""
    bits = draws.bits("postcode", index).tolist()
    chosen = [places[number] for number in at.tolist()]
    names = take(streets, draws.skewed("street", index, len(streets)))
    numbers = (draws.skewed("house", index, 400) + 1).tolist()
    types = draws.below("street type", index, 1 << 30).tolist()
    lines = map(_street_line, chosen, names, numbers, types)
    return Addresses(
        list(lines),
        [place.city for place in chosen],
        [place.region_code for place in chosen],
        [postcode(place.postcode, bit) for place, bit in zip(chosen, bits, strict=True)],
        [place.country for place in chosen],
    )


def _street_line(place: Place, name: str, number: int, chosen: int) -> str:
    types = STREET_TYPES.get(place.country, STREET_TYPES["GB"])
    street_type = types[chosen % len(types)]
    if place.country == "DE":
        return f"{name}{street_type} {number}"
    suite = f", Suite {chosen % 89 + 1}00" if place.country == "US" and chosen % 5 == 0 else ""
    return f"{number} {name} {street_type}{suite}"


def variants(given: Addresses, draws: Draws, number: Ints) -> Addresses:
    """The same addresses as one system writes them: abbreviated, mistyped, with gaps."""
    bits = draws.bits("address variant", number)
    street = changed(given.street, draws.chance("short street", number, 0.3), bits, abbreviate)
    street = changed(street, draws.chance("street typo", number, 0.05), bits, mistype)
    city = changed(given.city, draws.chance("city typo", number, 0.03), bits, mistype)
    nowhere = draws.chance("no address", number, 0.12)
    parts = (street, city, given.region, given.postcode, given.country)
    written = Addresses(*(left_out(part, nowhere) for part in parts))
    no_postcode = draws.chance("no postcode", number, 0.06)
    return Addresses(
        written.street,
        written.city,
        written.region,
        left_out(written.postcode, no_postcode),
        written.country,
    )


def phones(draws: Draws, stream: str, index: Ints, places: Sequence[Place], at: Ints) -> list[str]:
    """A phone number in E.164 for each index, in the place with number `at`."""
    digits = np.array([place.digits for place in places], dtype=np.int64)[at]
    smallest = 2 * 10 ** (digits - 1)
    numbers = smallest + draws.below(stream, index, 4 * smallest)
    dials = [places[number].dial for number in at.tolist()]
    return [f"+{dial}{number}" for dial, number in zip(dials, numbers.tolist(), strict=True)]


def written_phones(numbers: Sequence[str], style: Ints) -> list[str]:
    """E.164 numbers in the styles that people use; others than American keep their +."""
    return list(map(_written_phone, numbers, style.tolist()))


def _written_phone(number: str, style: int) -> str:
    if style == 0 or not number:
        return number
    if len(number) != 12 or not number.startswith("+1"):
        code = 4 if number.startswith("+353") else 3
        return f"{number[:code]} {number[code : code + 3]} {number[code + 3 :]}"
    area, exchange, line = number[2:5], number[5:8], number[8:]
    if style == 1:
        return f"({area}) {exchange}-{line}"
    return f"{area}-{exchange}-{line}" if style == 2 else f"+1 {area} {exchange} {line}"
