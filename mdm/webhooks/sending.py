"""Posting messages to addresses that may be reached, and to no others."""

import socket
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address

import httpx
from django.conf import settings
from django.utils.translation import gettext

LANES = 8
LARGEST_ANSWER = 64 << 10
_WRAPPING_IPV4 = IPv6Network("64:ff9b::/96")


class AddressRefusedError(ValueError):
    """An address to which nothing is sent: why, in words for whoever subscribed it."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be posted; `headers` name and sign it."""

    body: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of posting: a status, or a problem in a few words."""

    milliseconds: int
    status: int | None = None
    problem: str = ""

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """The receiver lives, and wants no such message: it is not busy or broken only."""
        return self.status is not None and 300 <= self.status < 500 and self.status not in _LATER


_LATER = (408, 425, 429)


def check_url(url: str) -> httpx.URL:
    """The URL, if something can be posted there; raises AddressRefusedError."""
    try:
        found = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise AddressRefusedError(
            gettext("{url} is not a web address: {error}").format(url=url, error=error)
        ) from None
    if found.scheme not in ("http", "https") or not found.host or found.userinfo:
        raise AddressRefusedError(
            gettext("{url} is not a web address like https://firm.com/hook").format(url=url)
        )
    if found.scheme == "http" and not settings.WEBHOOKS_MAY_BE_PRIVATE:
        raise AddressRefusedError(
            gettext("{url} is not encrypted: give an https address").format(url=url)
        )
    return found


def resolve(url: httpx.URL) -> str:
    """The one IP address to connect to; raises AddressRefusedError when one is a private one."""
    port = url.port or {"http": 80, "https": 443}[url.scheme]
    try:
        found = socket.getaddrinfo(url.host, port, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError):
        raise AddressRefusedError(gettext("{host} cannot be found").format(host=url.host)) from None
    addresses = [str(each[4][0]) for each in found]
    if not settings.WEBHOOKS_MAY_BE_PRIVATE and not all(map(is_public, addresses)):
        raise AddressRefusedError(gettext("{host} is a private address").format(host=url.host))
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an IP address, or the one that it wraps, belongs to the public internet."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        if found in _WRAPPING_IPV4:
            return is_public(str(ip_address(int(found) & 0xFFFFFFFF)))
        if inner := found.ipv4_mapped or found.sixtofour or (found.teredo and found.teredo[1]):
            return is_public(str(inner))
    return found.is_global and not found.is_multicast


def post_all(url: str, messages: Sequence[Message]) -> list[Answer]:
    """What came of posting each message, a few at a time; never raises.

    The host is resolved once and connected to by the address that was checked, redirects are not
    followed, and whatever takes longer than `WEBHOOK_SECONDS` is a failure.
    """
    if not messages:
        return []
    try:
        checked = check_url(url)
        address = resolve(checked)
    except AddressRefusedError as refused:
        return [Answer(0, problem=str(refused)[:200])] * len(messages)
    seconds = settings.WEBHOOK_SECONDS
    with httpx.Client(
        timeout=httpx.Timeout(seconds, connect=min(seconds, 5.0)),
        follow_redirects=False,
        trust_env=False,
    ) as client:
        pool = ThreadPoolExecutor(min(LANES, len(messages)), "webhook")
        posted = [pool.submit(_post, client, checked, address, each) for each in messages]
        rounds = -(-len(messages) // LANES)
        wait(posted, timeout=rounds * seconds + 1)
        pool.shutdown(wait=False, cancel_futures=True)
        return [_answer_of(each, seconds) for each in posted]


def _answer_of(posted: "Future[Answer]", seconds: float) -> Answer:
    if posted.done() and not posted.cancelled():
        return posted.result()
    return Answer(int(seconds * 1000), problem=f"took longer than {seconds:g} seconds")


def _post(client: httpx.Client, url: httpx.URL, address: str, message: Message) -> Answer:
    """Post to the checked address; certificate and Host are those of the name."""
    started = time.monotonic()
    request = client.build_request(
        "POST",
        url.copy_with(host=address),
        content=message.body,
        headers={
            "Host": url.netloc.decode(),
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            "User-Agent": "Touchstone",
            "Accept-Encoding": "identity",
            **message.headers,
        },
        extensions={"sni_hostname": url.host},
    )
    try:
        answer = client.send(request, stream=True)
        try:
            status = answer.status_code
            problem = _read(answer, started)
        finally:
            answer.close()
    except httpx.TimeoutException:
        return Answer(_since(started), problem=f"took longer than {settings.WEBHOOK_SECONDS:g} s")
    except httpx.HTTPError as error:
        return Answer(_since(started), problem=f"{type(error).__name__}: {error}"[:200])
    if problem:
        return Answer(_since(started), problem=problem)
    return Answer(_since(started), status, "" if status < 300 else f"answered {status}")


def _read(answer: httpx.Response, started: float) -> str:
    """Read what is answered, so that the connection can be used again; "" when it may be."""
    size = 0
    for piece in answer.iter_raw():
        size += len(piece)
        if size > LARGEST_ANSWER:
            return f"answered more than {LARGEST_ANSWER >> 10} KiB"
        if time.monotonic() - started > settings.WEBHOOK_SECONDS:
            return f"took longer than {settings.WEBHOOK_SECONDS:g} s"
    return ""


def _since(started: float) -> int:
    return int((time.monotonic() - started) * 1000)
