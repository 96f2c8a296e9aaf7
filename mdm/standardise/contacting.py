"""E-mail addresses, phone numbers and web addresses in their one canonical spelling."""

import re
from functools import lru_cache
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from phonenumbers import (
    NumberParseException,
    PhoneNumberFormat,
    format_number,
    is_possible_number,
    parse,
)

from mdm.standardise.reading import InvalidValue, Reading

# The addresses nearly everybody has; the library decides on the rest, thirty times slower.
_ORDINARY_EMAIL = re.compile(
    r"[a-z0-9_+\-]+(\.[a-z0-9_+\-]+)*@([a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}"
)
# Ten digits, as nearly every number of a North American feed has; the library decides the rest.
_NORTH_AMERICA = ("US", "CA")
_NORTH_AMERICAN = re.compile(r"(?:\+?1[ .-]?)?\(?([2-9]\d\d)\)?[ .-]?(\d{3})[ .-]?(\d{4})")
_DOMAIN = re.compile(r"([a-z0-9_]([a-z0-9\-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9\-]{1,62}")
_LONGEST_EMAIL, _LONGEST_LOCAL_PART = 254, 64


def parse_email(text: str) -> str:
    """`text` as a lower-case address, checked for form only; "mailto:" and "Name <…>" are cut off.

    >>> parse_email("Ann Lee <Ann.Lee@Example.COM>")
    'ann.lee@example.com'
    """
    bare = text.strip().removeprefix("mailto:")
    if bare.endswith(">") and "<" in bare:
        bare = bare[bare.rindex("<") + 1 : -1]
    lowered = bare.lower()
    ordinary = _ORDINARY_EMAIL.fullmatch(lowered)
    if ordinary and len(lowered) <= _LONGEST_EMAIL and lowered.index("@") <= _LONGEST_LOCAL_PART:
        return lowered
    return _unusual_email(lowered)


@lru_cache(maxsize=50_000)
def _unusual_email(text: str) -> str:
    try:
        return validate_email(
            text, check_deliverability=False, test_environment=True
        ).normalized.lower()
    except EmailNotValidError as error:
        raise InvalidValue(
            f"{text!r} is not an e-mail address ({str(error).rstrip('.')})",
            "write it like name@firm.com",
        ) from None


@lru_cache(maxsize=500_000)
def parse_phone(text: str, reading: Reading) -> str:
    """`text` in E.164; a number without a country code is read as one of the feed's country.

    >>> parse_phone("020 7946 0958", Reading(country="GB"))
    '+442079460958'
    """
    if reading.country in _NORTH_AMERICA and (ordinary := _NORTH_AMERICAN.fullmatch(text)):
        return "+1" + "".join(ordinary.groups())
    try:
        number = parse(text, reading.country)
    except NumberParseException as error:
        raise _bad_phone(text, str(error)) from None
    if not is_possible_number(number):
        raise _bad_phone(text, "no such length")
    return str(format_number(number, PhoneNumberFormat.E164))


def _bad_phone(text: str, why: str) -> InvalidValue:
    return InvalidValue(
        f"{text!r} is not a phone number ({why.rstrip('.')})",
        "write it with its country code, like +44 20 7946 0958",
    )


def parse_domain(text: str) -> str:
    """The bare domain of a domain, a web address or an e-mail address."""
    bare = text.strip().lower()
    host = urlsplit(bare if "//" in bare else f"//{bare}").hostname or ""
    host = host.removeprefix("www.").rstrip(".")
    if not host.isascii():
        host = _punycode(host)
    if not _DOMAIN.fullmatch(host):
        raise InvalidValue(f"{text!r} is not a web domain", "write it like firm.com")
    return host


def _punycode(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def parse_url(text: str) -> str:
    """A web address with its scheme; only http and https are allowed."""
    bare = text.strip()
    parts = urlsplit(bare if "//" in bare else f"https://{bare}")
    if parts.scheme.lower() not in ("http", "https"):
        raise InvalidValue(f"{text!r} is not a web address", "write it like https://firm.com")
    parse_domain(parts.netloc)
    return parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower()).geturl()
