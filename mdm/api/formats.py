"""JSON in and out, by orjson."""

from collections.abc import Mapping
from typing import IO, Any

import orjson
from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from mdm.api.problems import TooManyItems


class JsonRenderer(BaseRenderer):
    """JSON in UTF-8."""

    media_type, format, charset = "application/json", "json", None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,  # noqa: ARG002
        renderer_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> bytes:
        """`data` in bytes; nothing for no answer."""
        return b"" if data is None else orjson.dumps(data, default=str)


class JsonParser(BaseParser):
    """JSON of at most API_BODY_BYTES."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> Any:
        """What the body says. Raises TooManyItems for a longer one, ParseError for no JSON."""
        limit: int = settings.API_BODY_BYTES
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooManyItems(f"The body has more than {limit:,} bytes; send less at once.", limit)
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is no JSON: {error}.") from None
