"""JSON in and out: nothing is lost of what callers say, and what cannot be kept is refused."""

from collections.abc import Iterator, Mapping
from typing import IO, Any

import orjson
from django.conf import settings
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from mdm.api.problems import TooManyItems
from mdm.feeds.readers.json_text import JsonError, doubled_member, parse_json

NUL = "\x00"
NO_NUL = "No text holds the character NUL."


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
    """JSON of at most API_BODY_BYTES, read as feeds read it: a long number comes as its text."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> Any:
        """What the body says.

        Raises TooManyItems for a longer one, ParseError for no JSON, and ValidationError that names
        the place of a member that is there twice, or of a text with NUL.
        """
        limit: int = settings.API_BODY_BYTES
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooManyItems(f"The body has more than {limit:,} bytes; send less at once.", limit)
        try:
            content = self.read(body)
        except (JsonError, orjson.JSONDecodeError) as error:
            raise ParseError(f"The body is no JSON: {error}.") from None
        if b"\\u0000" in body:
            _refuse_nul(content)
        return content

    def read(self, body: bytes) -> Any:
        """The body as Python has it."""
        content = parse_json(body)
        for place, each in _containers(content):
            if twice := doubled_member(each):
                raise ValidationError({_within(place, twice): "The member is there twice."})
        return content


class QuickJsonParser(JsonParser):
    """For long lists of identifiers, which are texts alone: there is nothing to lose."""

    def read(self, body: bytes) -> Any:
        """The body as Python has it; of a member that is there twice the last one."""
        return orjson.loads(body)


def _containers(content: Any) -> Iterator[tuple[str, Any]]:
    """The objects and lists in it, each with its place, such as `records[2].address`."""
    stack = [("", content)]
    while stack:
        place, each = stack.pop()
        if isinstance(each, dict | list):
            yield place, each
            stack += [
                (_within(place, name), inner)
                for name, inner in _members(each)
                if isinstance(inner, dict | list)
            ]


def _members(container: dict[str, Any] | list[Any]) -> Iterator[tuple[str | int, Any]]:
    return iter(container.items() if isinstance(container, dict) else enumerate(container))


def _within(place: str, name: str | int) -> str:
    if isinstance(name, int):
        return f"{place}[{name}]"
    return f"{place}.{name}" if place else name


def _refuse_nul(content: Any) -> None:
    for place, each in _containers([content]):
        for name, inner in _members(each):
            if NUL in str(name) or (isinstance(inner, str) and NUL in inner):
                field = _within(place, name).removeprefix("[0]").removeprefix(".")
                raise ValidationError({field.replace(NUL, "") or "body": NO_NUL})
