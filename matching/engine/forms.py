"""Comparison forms: what a column makes of an attribute's value before it is compared.

A form is two small functions. `parse` reads the parts once for each distinct value, `take` picks
one comparison form of what was read; several columns share one reading. Nothing (None, "") means
missing. A column of a model names its form by its key in `FORMS`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matching.engine.addresses import parse_street
from matching.engine.organisation_forms import organisation_forms
from mdm.standardise.person import PersonName, parse_person, sound
from mdm.standardise.text import words

Taken = str | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Form:
    """`parse(*parts)` then `take(parsed)`: a string, or up to `width` equally good ones.

    With `parse` None the value is taken as it stands.
    """

    parse: Callable[..., Any] | None = None
    take: Callable[[Any], Taken] = lambda parsed: parsed
    width: int = 1


def _family(name: str | None) -> PersonName:
    if name and _is_plain(name):
        return PersonName(family=name.lower())
    return parse_person(None, None, name)


def _given(name: str | None) -> PersonName:
    if name and _is_plain(name):
        return PersonName(given=name.lower())
    return parse_person(name, None, "family")  # so that a lone word is the given name


def _sorted_names(given: str | None, family: str | None) -> str:
    if not given or not family:
        return ""
    if _is_plain(given) and _is_plain(family):
        one, other = given.lower(), family.lower()
        return f"{one} {other}" if one < other else f"{other} {one}"
    return parse_person(given, None, family).sorted_words


def _is_plain(name: str) -> bool:
    """A single word of unaccented letters, as most names are: nothing to take apart."""
    return name.isascii() and name.isalpha()


_ROLE_MAILBOXES = frozenset(
    "info information contact contacts hello hi office mail email enquiries enquiry inquiries"
    " inquiry sales support help helpdesk service services team admin administrator accounts"
    " accounting accountspayable ap ar billing invoice invoices finance payroll purchasing orders"
    " procurement hr jobs careers recruitment recruiting press media marketing webmaster"
    " postmaster noreply no-reply donotreply reception kontakt buchhaltung rechnung vertrieb"
    " verkauf bewerbung personal empfang zentrale contacto ventas administracion compta direction"
    " secretariat secretary general legal privacy it test".split()
)
_FREE_MAIL = frozenset(
    "gmail.com googlemail.com yahoo.com yahoo.co.uk yahoo.de yahoo.fr hotmail.com hotmail.co.uk"
    " outlook.com outlook.de live.com msn.com aol.com icloud.com me.com mac.com gmx.de gmx.net"
    " gmx.at gmx.ch web.de t-online.de freenet.de mail.com mail.ru yandex.ru yandex.com qq.com"
    " 163.com 126.com sina.com proton.me protonmail.com libero.it orange.fr wanadoo.fr free.fr"
    " laposte.net btinternet.com comcast.net verizon.net att.net sbcglobal.net naver.com"
    " daum.net example.com linkedin.com facebook.com twitter.com instagram.com wordpress.com"
    " blogspot.com wixsite.com sites.google.com".split()
)


def mailbox(email: str | None) -> str:
    """A personal e-mail address; "" for one that a role answers ("info@", "accounts@")."""
    local, at, domain = (email or "").strip().lower().partition("@")
    role = not at or not domain or local in _ROLE_MAILBOXES
    return "" if role else f"{local.split('+')[0]}@{domain}"


def web_domain(address: str | None) -> str:
    """The domain of a web or e-mail address; "" for one that anybody may use."""
    host = (address or "").strip().lower().partition("://")[2] or (address or "").strip().lower()
    host = host.rpartition("@")[2].split("/")[0].split(":")[0].removeprefix("www.")
    return "" if host in _FREE_MAIL or "." not in host else host


def reach(contact: str | None) -> str:
    """A way to reach a firm: a phone number as it is, or the domain of a web or mail address."""
    text = (contact or "").strip()
    return web_domain(text) if any(letter.isalpha() for letter in text) else text


def _all_words(*parts: str | None) -> str:
    return " ".join(words(" ".join(filter(None, parts))))


def _letters(*parts: str | None) -> str:
    return "".join(words(" ".join(filter(None, parts))))


def _pair(*parts: str | None) -> str:
    """All parts together, missing as soon as one is."""
    return "\x1f".join(_letters(part) for part in parts) if all(parts) else ""


def _each_part(*parts: str | None) -> str:
    """All parts together, a missing one as such; missing only when all are."""
    return "\x1f".join(_letters(part) for part in parts) if any(parts) else ""


def _number(text: str | None) -> str:
    """A number in one spelling: "120.00" is "120"; what is no number stays as it is."""
    bare = (text or "").strip()
    return (bare.rstrip("0").rstrip(".") or "0") if "." in bare else bare


_ROMAN = {
    numeral: str(value) for value, numeral in enumerate("i ii iii iv v vi vii viii ix x".split(), 1)
}


def _numbers(text: str | None) -> str:
    """The numbers in a name, sorted: its year, phase or lot; "Audit 2026, phase II" has two."""
    found = (_ROMAN.get(word, word) for word in words(text or ""))
    return " ".join(sorted(word for word in found if word.isdigit()))


def _first(length: int) -> Callable[[str | None], str]:
    return lambda text: _letters(text)[:length]


FORMS: dict[str, Form] = {
    "exact": Form(),
    "text": Form(_all_words),
    "sorted_words": Form(_all_words, lambda text: " ".join(sorted(text.split()))),
    "letters": Form(_letters),
    "together": Form(_pair),
    "each_part": Form(_each_part),
    "number": Form(_number),
    "numbers": Form(_numbers),
    "first_3": Form(_first(3)),
    "first_4": Form(_first(4)),
    "organisation.name": Form(organisation_forms, lambda name: name.names, width=2),
    "organisation.general_name": Form(organisation_forms, lambda name: name.general_name),
    "organisation.core": Form(organisation_forms, lambda name: name.core),
    "organisation.words": Form(organisation_forms, lambda name: name.words),
    "organisation.compact": Form(organisation_forms, lambda name: name.compact),
    "organisation.brand": Form(organisation_forms, lambda name: name.brand),
    "organisation.brand_words": Form(organisation_forms, lambda name: name.brand_words),
    "organisation.first_words": Form(organisation_forms, lambda name: name.first_words),
    "organisation.sound": Form(organisation_forms, lambda name: name.sound),
    "organisation.legal_form": Form(organisation_forms, lambda name: name.legal_form),
    "organisation.legal_family": Form(organisation_forms, lambda name: name.legal_family),
    "person.given": Form(_given, lambda name: name.given),
    "person.given_initial": Form(_given, lambda name: name.given[:1]),
    "person.formal_given": Form(_given, lambda name: name.formal_given, width=4),
    "person.given_sound": Form(_given, lambda name: sound(name.given)),
    "person.family": Form(_family, lambda name: name.family_core),
    "person.family_sound": Form(_family, lambda name: sound(name.family_core)),
    "person.sorted_names": Form(_sorted_names),
    "email": Form(mailbox),
    "email.local": Form(lambda email: mailbox(email).partition("@")[0]),
    "domain": Form(web_domain),
    "reach": Form(reach),
    "address.street": Form(parse_street, lambda street: street.line),
    "address.number": Form(parse_street, lambda street: street.house_number),
    "address.all_words": Form(parse_street, lambda street: street.all_words),
    "address.street_name": Form(parse_street, lambda street: street.name),
    "date.year": Form(_first(4)),
    "identifier.country": Form(_first(2)),
}
