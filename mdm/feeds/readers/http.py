"""Pulling JSON records over HTTP, page by page, into a file that the JSON reader can read."""

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import orjson

from mdm.feeds.readers.json_text import JsonError, flatten, parse_json
from mdm.feeds.readers.sheet import FileRefusedError

MOST_PAGES = 10_000
TIMEOUT_SECONDS = 30.0
LARGEST_PAGE = 64 << 20


def pull(url: str, options: dict[str, Any], *, allow_private: bool) -> Iterator[bytes]:
    """The records at `url` as JSON lines, one piece a page.

    `options["records"]` is the dotted path to a page's list (default: the page is the list),
    `options["next"]` the one to the address of the next page. Private addresses are refused
    unless `allow_private`. Raises FileRefusedError when a page cannot be had.
    """
    seen = {url}
    with httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False) as client:
        for _ in range(MOST_PAGES):
            page = _page(client, url, allow_private)
            records = _at(page, options.get("records", ""))
            if not isinstance(records, list):
                raise FileRefusedError(
                    f"{url} holds no list of records.", "Tell the feed where its records are."
                )
            yield _as_lines(url, records)
            following = _at(page, options["next"]) if options.get("next") else None
            if not following:
                return
            url = urljoin(url, str(following))
            if url in seen:
                raise FileRefusedError(
                    f"{url} follows on itself.", "Look why its pages go in a circle."
                )
            seen.add(url)
    raise FileRefusedError(
        f"{url} is page {MOST_PAGES:,}.", "Look whether its pages go in a circle."
    )


def _page(client: httpx.Client, url: str, allow_private: bool) -> Any:
    _refuse_private(url, allow_private)
    try:
        with client.stream("GET", url, headers={"Accept": "application/json"}) as response:
            response.raise_for_status()
            content = bytearray()
            for piece in response.iter_bytes():
                content += piece
                if len(content) > LARGEST_PAGE:
                    raise FileRefusedError(
                        f"{url} answers with too much.", "Ask for smaller pages."
                    )
        return parse_json(bytes(content))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise FileRefusedError(f"{url} cannot be had: {error}.", "Try again later.") from error
    except JsonError as error:
        raise FileRefusedError(
            f"{url} is not JSON ({error}).", "Look at what it answers."
        ) from None


def _as_lines(url: str, records: list[Any]) -> bytes:
    """Each record on a line; one that hides a member would lose it here, unseen."""
    try:
        for record in records:
            if isinstance(record, dict):
                flatten(record)
    except JsonError as error:
        raise FileRefusedError(
            f"{url} has a record that cannot be read: {error}.", "Mend it at the source."
        ) from None
    return b"".join(orjson.dumps(record) + b"\n" for record in records)


def _refuse_private(url: str, allow_private: bool) -> None:
    """Keep a feed's address from reaching into the hub's own network."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FileRefusedError(f"{url} is not a web address.", "Write it like https://firm.com/x.")
    if allow_private:
        return
    try:
        found = socket.getaddrinfo(parts.hostname, port, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError) as error:  # no such host, or a name that cannot be one
        raise FileRefusedError(f"{url} cannot be found: {error}.", "Check the address.") from None
    if any(not ipaddress.ip_address(address[4][0]).is_global for address in found):
        raise FileRefusedError(
            f"{url} is a private address.", "Set FEEDS_MAY_PULL_PRIVATE if that is meant."
        )


def _at(content: Any, path: str) -> Any:
    for name in path.split(".") if path else ():
        content = content.get(name) if isinstance(content, dict) else None
    return content
