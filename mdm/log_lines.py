"""Log lines: one JSON object each, of the hub's own loggers and of libraries' alike."""

import json
import logging
from typing import Any

import orjson
import structlog


class Line(str):
    """What one of the hub's own loggers says, as JSON already."""

    __slots__ = ()


def as_line(_logger: Any, _method: str, entry: structlog.typing.EventDict) -> Line:
    """The last processor of the hub's own loggers."""
    try:
        return Line(orjson.dumps(entry, default=repr).decode())
    except orjson.JSONEncodeError:  # half a character, a number beyond 64 bits
        return Line(json.dumps(entry, default=repr))


class LineFormatter(structlog.stdlib.ProcessorFormatter):
    """Leaves the hub's own lines as they are, which spares a copy of each; makes others of them."""

    def format(self, record: logging.LogRecord) -> str:
        return record.msg if isinstance(record.msg, Line) else super().format(record)
