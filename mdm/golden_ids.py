"""Golden ids: minted as UUIDs of version 7 (RFC 9562), which sort by time, and kept for ever."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

_RANDOM_BYTES = 6
_COUNTER_LOW_BITS = 14


@dataclass(frozen=True, slots=True)
class Member:
    """A source record of a golden record; `via` are the retired ids under which it came to it."""

    record_id: int
    via: tuple[UUID, ...] = ()


def mint(count: int, at: datetime) -> list[UUID]:
    """`count` fresh ids in ascending order, all of the millisecond `at`.

    48 bits of milliseconds, 26 bits of a counter that keeps one batch in order, 48 random bits.
    """
    milliseconds = int(at.timestamp() * 1000) & ((1 << 48) - 1)
    noise = secrets.token_bytes(_RANDOM_BYTES * count)
    return [
        _assemble(milliseconds, number, int.from_bytes(noise[start : start + _RANDOM_BYTES]))
        for number, start in enumerate(range(0, len(noise), _RANDOM_BYTES))
    ]


def _assemble(milliseconds: int, number: int, noise: int) -> UUID:
    high, low = number >> _COUNTER_LOW_BITS, number & ((1 << _COUNTER_LOW_BITS) - 1)
    version, variant = 0x7 << 76, 0b10 << 62
    return UUID(
        int=milliseconds << 80 | version | (high & 0xFFF) << 64 | variant | low << 48 | noise
    )
