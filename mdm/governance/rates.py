"""How many requests a caller may send in which time."""

SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def parse_rate(text: str) -> tuple[int, int]:
    """Requests, and the seconds in which they may be sent: "600/min". Raises ValueError."""
    count, _, period = text.partition("/")
    if not count.isdecimal() or int(count) < 1 or period[:1] not in SECONDS:
        raise ValueError(f"{text!r} is no rate; write one like 600/min")
    return int(count), SECONDS[period[0]]
