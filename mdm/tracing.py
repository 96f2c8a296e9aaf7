"""Traces that cross systems, as W3C Trace Context has them: taken in, begun, and passed on."""

import re
import secrets

HEADER = "traceparent"

_PARENT = re.compile(
    r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(-.*)?"
)
_SAMPLED = 1


def next_span(offered: str = "") -> str:
    """A span of the hub's own in the trace that is offered, or in a new one, of version 00.

    A later version may say more behind, which is left out; of the flags only `sampled` goes on.
    What is not valid is as if nothing were offered.
    """
    found = _PARENT.fullmatch(offered)
    if found is None or (found[1] == "00" and found[4]):
        return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"
    return f"00-{found[2]}-{secrets.token_hex(8)}-{int(found[3], 16) & _SAMPLED:02x}"


def trace_id(traceparent: str) -> str:
    """The id of the trace that a span belongs to."""
    return traceparent.split("-")[1]


def packed(traceparent: str) -> bytes:
    """Trace, span and flags in 25 bytes: events are many.

    >>> unpacked(packed("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    """
    return bytes.fromhex(traceparent[2:].replace("-", ""))


def unpacked(kept: bytes) -> str:
    """What was packed."""
    text = kept.hex()
    return f"00-{text[:32]}-{text[32:48]}-{text[48:]}"
