"""E-mail addresses, phone numbers and web addresses in their one canonical spelling."""

import re
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

from email_validator import EmailNotValidError, validate_email
from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    ValidationResult,
    format_number,
    is_possible_number_with_reason,
    parse,
)

from mdm.standardise.reading import InvalidValue, Reading, quoted

# The addresses nearly everybody has; the library decides on the rest, thirty times slower.
_ORDINARY_EMAIL = re.compile(
    r"[a-z0-9_+\-]+(\.[a-z0-9_+\-]+)*@([a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}"
)
# Ten digits, as nearly every number of a North American feed has; the library decides the rest.
_NORTH_AMERICA = ("US", "CA")
_NORTH_AMERICAN = re.compile(
    r"(?:\+?1[ .-]?)?\(?([2-9]\d\d)\)?[ .-]?(\d{3})[ .-]?(\d{4})", re.ASCII
)
_PHONE_LABEL = re.compile(r"(?:tel|phone|mobile)\b[.:]? *", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")
_DOMAIN = re.compile(r"([a-z0-9_]([a-z0-9\-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9\-]{1,62}")
_SCHEME = re.compile(r"(?:[a-z][a-z0-9+.\-]*:)?//", re.IGNORECASE)
_LONGEST_EMAIL, _LONGEST_LOCAL_PART = 254, 64
_LONGEST_ADDRESS = 2_000
_LONGEST_PHONE, _LONGEST_EXTENSION = 16, 6
_NOWHERE = SplitResult("", "", "", "", "")


def parse_email(text: str) -> str:
    """`text` as a lower-case address, checked for form only; "mailto:" and "Name <…>" are cut off.

    >>> parse_email("Ann Lee <Ann.Lee@Example.COM>")
    'ann.lee@example.com'
    """
    lowered = text.strip().lower().removeprefix("mailto:")
    if lowered.endswith(">") and "<" in lowered:
        lowered = lowered[lowered.rindex("<") + 1 : -1]
    ordinary = len(lowered) <= _LONGEST_EMAIL and _ORDINARY_EMAIL.fullmatch(lowered)
    if ordinary and lowered.index("@") <= _LONGEST_LOCAL_PART:
        return lowered
    return _unusual_email(lowered)


@lru_cache(maxsize=50_000)
def _unusual_email(text: str) -> str:
    """Checked by the library; a domain of letters beyond ASCII gets its one ASCII spelling."""
    try:
        if len(text) > _LONGEST_EMAIL:
            raise EmailNotValidError(f"it has more than {_LONGEST_EMAIL} characters")
        found = validate_email(text, check_deliverability=False, test_environment=True, strict=True)
    except EmailNotValidError as error:
        raise InvalidValue(
            f"{quoted(text)} is not an e-mail address ({str(error).rstrip('.')})",
            "write it like name@firm.com",
        ) from None
    return f"{found.local_part}@{found.ascii_domain}".lower()


@lru_cache(maxsize=500_000)
def parse_phone(text: str, reading: Reading) -> str:
    """`text` in E.164; a number without a country code is read as one of the feed's country.

    An extension stands behind it as in RFC 3966: "+12125550100;ext=12".

    >>> parse_phone("020 7946 0958", Reading(country="GB"))
    '+442079460958'
    """
    if reading.country in _NORTH_AMERICA and (ordinary := _NORTH_AMERICAN.fullmatch(text)):
        return "+1" + "".join(ordinary.groups())
    bare = _PHONE_LABEL.sub("", text, count=1) if _PHONE_LABEL.match(text) else text
    try:
        number = parse(bare, reading.country)
    except NumberParseException as error:
        raise _bad_phone(text, _why_no_phone(error)) from None
    canonical = str(format_number(number, PhoneNumberFormat.E164))
    if problem := _phone_problem(number, bare, canonical):
        raise _bad_phone(text, problem)
    return f"{canonical};ext={number.extension}" if number.extension else canonical


def _phone_problem(number: PhoneNumber, text: str, canonical: str) -> str:
    """Why the number is none; words are letters of the keypad in North America only."""
    reason = is_possible_number_with_reason(number)
    if reason == ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        return "the area code is missing"
    if reason != ValidationResult.IS_POSSIBLE or len(canonical) > _LONGEST_PHONE:
        return "no such length"
    if len(number.extension or "") > _LONGEST_EXTENSION:
        return "two numbers stand in one cell"
    if number.country_code != 1 and not number.extension and _LETTER.search(text):
        return "there are words beside it"
    return ""


def _why_no_phone(error: NumberParseException) -> str:
    if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
        return "its country is not known"
    if error.error_type == NumberParseException.TOO_LONG:
        return "it is too long"
    return "it does not look like one"


def _bad_phone(text: str, why: str) -> InvalidValue:
    return InvalidValue(
        f"{quoted(text)} is not a phone number ({why})",
        "write it with its country code, like +44 20 7946 0958",
    )


def parse_domain(text: str) -> str:
    """The bare domain of a domain, a web address or an e-mail address."""
    bare = text.strip().lower().removeprefix("mailto:")
    host = _split(bare).hostname or ""
    host = host.rstrip(".").removeprefix("www.")
    if not host.isascii():
        host = _punycode(host)
    if not _DOMAIN.fullmatch(host):
        raise InvalidValue(f"{quoted(text)} is not a web domain", "write it like firm.com")
    return host


def _punycode(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def _split(address: str, scheme: str = "") -> SplitResult:
    """`address` in parts, `scheme` put before it where it has none; without parts if it is none."""
    if len(address) > _LONGEST_ADDRESS or any(map(str.isspace, address)):
        return _NOWHERE
    if not _SCHEME.match(address):
        address = f"//{address}"
    try:
        parts = urlsplit(address, scheme)
        return parts if parts.port is None or parts.port else _NOWHERE
    except ValueError:  # brackets of IPv6, letters that turn into marks, a port that is no number
        return _NOWHERE


def parse_url(text: str) -> str:
    """A web address with its scheme; only http and https are allowed, and no login in it."""
    parts = _split(text.strip(), "https")
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or not parts.hostname:
        raise InvalidValue(f"{quoted(text)} is not a web address", "write it like https://firm.com")
    parse_domain(parts.hostname)
    return parts._replace(netloc=parts.netloc.lower()).geturl()
