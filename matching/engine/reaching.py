"""Ways to reach a party as they are compared: what tells one party from others, for one or many."""

import pyarrow as pa
import pyarrow.compute as pc

from matching.engine.texts import mostly_like

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


# Many at once: those that are written as most are.

_USUAL_MAILBOX = r"^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+$"
_OF_A_ROLE = rf"^(?:{'|'.join(sorted(_ROLE_MAILBOXES))})@"
_NUMBER = r"^[0-9+(](?:[0-9 +()./-]*[0-9)])?$"
_HOST = r"^(?:[A-Za-z]+://)?[A-Za-z0-9.-]*[A-Za-z][A-Za-z0-9.-]*/?$"
_AROUND_DOMAIN = r"^(?:[a-z]+://)?(?:www\.)?|/$"


def _usual_mailboxes(emails: pa.StringArray) -> pa.StringArray:
    lower = pc.ascii_lower(emails)
    return pc.if_else(pc.match_substring_regex(lower, _OF_A_ROLE), "", lower)


def _usual_reaches(contacts: pa.StringArray) -> pa.StringArray:
    is_number = pc.match_substring_regex(contacts, _NUMBER)
    if pc.all(is_number).as_py():
        return contacts
    domains = pc.replace_substring_regex(pc.ascii_lower(contacts), _AROUND_DOMAIN, "")
    tells = pc.and_not(
        pc.match_substring(domains, "."), pc.is_in(domains, pa.array(sorted(_FREE_MAIL)))
    )
    return pc.if_else(is_number, contacts, pc.if_else(tells, domains, ""))


all_mailboxes = mostly_like(_USUAL_MAILBOX, _usual_mailboxes, mailbox)
all_reaches = mostly_like(f"{_NUMBER}|{_HOST}", _usual_reaches, reach)
