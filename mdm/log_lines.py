"""Log lines: one JSON object each, of the hub's own loggers and of libraries' alike."""

import json
import os
from contextlib import suppress
from typing import Any, BinaryIO, cast

import orjson
import structlog


class _StandardError:
    """The process's own, whatever took the place of Python's; if nobody reads it, nothing fails."""

    def write(self, line: bytes) -> None:
        """Write the line at once: lines of several processes do not mix."""
        with suppress(OSError):
            os.write(2, line)

    def flush(self) -> None:
        """Nothing: nothing is held back."""


STANDARD_ERROR = cast(BinaryIO, _StandardError())


def as_line(_logger: Any, _method: str, entry: structlog.typing.EventDict) -> bytes:
    """The last processor of the hub's own loggers."""
    try:
        return orjson.dumps(entry, default=repr)
    except orjson.JSONEncodeError:  # half a character, a number beyond 64 bits
        return json.dumps(entry, default=repr).encode()
