"""Exchange listings: what kind of security a row bills, and which company issued it.

A stock exchange lists securities, not companies: `"Acme, Inc. - Class A Common Stock"`,
`"Acme, Inc. Warrants to purchase …"`, `"Acme Bond ETF"`. A mapping of such a feed keeps the equity
listings, as `issuer_name`, and counts the others as out of scope under the word that
`classify_security` gives. Only the name is read: the ticker symbol is never an input.
"""

import re
from typing import Literal, get_args

from mdm.standardise.text import words

SecurityKind = Literal[
    "equity", "fund", "preferred", "note", "warrant", "unit", "right", "test", "unknown"
]
SECURITY_KINDS: tuple[SecurityKind, ...] = get_args(SecurityKind)


def _phrases(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


# Where the name of the issuer ends and the description of the security begins.
_DESCRIPTION = _phrases(
    r"\s-\s",
    r"\$?\b\d+(?:\.\d+)?\s?%",
    r"\((?:each|name\s+to\s+be|d/b/a)\b",
    r"\btrading\s+under\b",
    r"\b(?:(?:american|global|ny|new\s+york)\s+)?(?:deposi?t[ao]ry|registry|dep)\s+(?:sh|units?|rec)\w*",
    r"\b(?:spon\w+red\s+)?ad[rs]s?\b",
    r"\b(?:preferred\s+)?class\s+[a-z]\b",
    r"\b(?:\d{4}\s+)?series\s+[a-z0-9]{1,2}\s",
    # Common Stock, New Common Shares, Subordinate Voting Shares, Common Units …
    r"\b(?:(?:non-?)?voting|subordinate|limited(?=\s+voting)|exchangeable|capital|registered|new"
    r"|restricted|american|common|ordinary|ord|cmn)\s+(?:(?:voting|subordinate|ordinary|common)\s+)*"
    r"(?:stock|shs|shares?|units?)\b",
    r"\bcommon(?=\s+new$|\s+\(|$)",
    r"\bcommonstock\b",
    r"\b(?:shares?|units?)\s+of\s+beneficial",
    r"\b(?:beneficial\s+)?units?\s+(?:certificates|representing)",
    r"\blimited\s+partner(?:ship)?\s+(?:units?|interests?)",
    r"(?<=\blp\s)limited\s+partnership$",
    r"\b(?:corporate|equity|tangible\s+equity)\s+units?\b",
    r"\bunits?\b(?=\s*(?:[.,(]|each\b|$))",
    r"\b(?:contingent\s+value\s+|share\s+)?rights?\b(?=\s*(?:[,(]|to\b|that\b|each\b|$))",
    r"\b(?:tranche\s+\d\s+|redeemable\s+)?warrants?\b",
    r"\b(?:(?:convertible|junior|senior|subordinated|perpetual|bifurcated|option)\s+)*"
    r"(?:notes?\b(?=.*\bdue\b|\s+unit|$)|debentures\b)",
    r"\b(?:first|collateral\s+trust)\s+mortgage\s+bonds\b",
    r"\b(?:(?:non|mandatory|cumulative|convertible|redeemable|perpetual|trust|cum|conv)[-\s]+)*"
    r"(?:preferred|preference|pfd|prd)\s+(?:stock|shares?|shs|units?|securities|ser\w*|class)\b",
    r"\bperpetual\s+(?:fixed|non)\b",
    r"\bfixed$",
)

_UNITS_OF_A_PARTNERSHIP = _phrases(
    r"common\s+units",
    r"limited\s+partner",
    r"depositary\s+units",
    r"units?\s+of\s+beneficial",
    r"beneficial\s+units?",
)
_SHARES_OF_A_FOREIGN_COMPANY = _phrases(
    r"(?:american|global)\s+deposi?t",
    r"\bad[rs]s?\b",
    r"\bregistry\s+shares",
)

# Read in this order in the description of the security.
_KINDS_OF_DESCRIPTION: tuple[tuple[SecurityKind, re.Pattern[str]], ...] = (
    ("preferred", _phrases(r"(?:preferred|preference)\b.*\bunits")),
    ("equity", _UNITS_OF_A_PARTNERSHIP),
    ("equity", _SHARES_OF_A_FOREIGN_COMPANY),
    ("note", _phrases(r"\bnotes?\b", r"\bdebentures?\b", r"\bbonds?\b")),
    ("unit", _phrases(r"\bunits?\b")),
    ("warrant", _phrases(r"\bwarrants?\b")),
    ("right", _phrases(r"\brights?\b")),
    ("preferred", _phrases(r"\bpref\w+\b", r"\b(?:pfd|prd)\b", r"%", r"\bdepos?it[ao]ry\b")),
    ("preferred", _phrases(r"\bdep\s+shs\b", r"\bfixed\b", r"\bperpetual\b")),
    ("fund", _phrases(r"closed[- ]end")),
)

_TEST = _phrases(r"\btest\s+(?:stock|common)", r"\btest\s+pilot")
_TRADED_FUND = _phrases(
    r"\bet[fn]s?\b", r"\bexchange[- ]traded\b", r"^(?:ishares|proshares|spdr)\b"
)
_FUND = _phrases(r"\bfunds?\b", r"\bmunicipals\b", r"\bincome\s+portfolio\b")
_NOTE_ISSUER = _phrases(r"\bstrats\b", r"\bzones$", r"^pplus\b")
_PREFERRED_ISSUER = _phrases(r"\b(?:capital|sce)\s+trust\s+[ivx]+$")
_TRUST = _phrases(r"\btrust\b")
_TRUST_OF_PROPERTY = _phrases(
    r"\breal(?:ty| estate)\b", r"\bpropert(?:y|ies)\b", r"\bmortgage\b", r"\broyalt?it?y\b"
)
_TRUST_OF_SECURITIES = _phrases(
    r"\bmuni\w*\b",
    r"\bbond\b",
    r"\bdebt\b",
    r"\bdividend\b",
    r"\bequity\b",
    r"\bterm\b",
    r"\bincome\b",
    r"\bsecurities\b",
    r"\bbitcoin\b",
    r"\bqqq\b",
    r"\ballocation\b",
)
_FUND_MANAGER = _phrases(
    r"^(?:the\s+)?(?:aberdeen|abrdn|allspring|blackrock|calamos|clearbridge|cohen & steers"
    r"|doubleline|dws|eaton vance|first trust|flaherty & crumrine|franklin|gabelli|gamco"
    r"|guggenheim|harbor|invesco|john hancock|liberty all|mfs|neuberger|nuveen|pgim|pimco"
    r"|putnam|royce|strive|templeton|tortoise|vanguard|virtus|voya|western asset|wisdomtree|xai)\b"
)
_COMPANY = _phrases(
    r"\b(?:inc|incorporated|corp|corporation|ltd|limited|plc|llc|l\.?p|company|co)\b"
)

# "(DE)", "(Marshall Islands)", "(Maryland REIT)" say where the issuer is registered, not its name.
_DOMICILE = re.compile(
    r"[\s,]*(?:\((?!The|UK|US|USA|China|India|Cayman)"
    r"(?:[A-Z]{2}|NEW|Holding Company|(?:[A-Z][a-z]+\s?)*(?:REIT)?)\)|(?<=[.)])\s+REIT)\s*$"
)
_NEW_AT_END = re.compile(r"\s+New$")
_EDGES = " \t-,;:("


def split_security(name: str) -> tuple[str, str]:
    """The issuer and the description of the security in an exchange's billing.

    >>> split_security("Acme, Inc. - Class A Common Stock")
    ('Acme, Inc.', 'Class A Common Stock')
    """
    for found in _DESCRIPTION.finditer(name):
        issuer = name[: found.start()].strip(_EDGES)
        if issuer:
            return issuer, name[found.start() :].strip(" -")
    return name.strip(), ""


def classify_security(name: str) -> SecurityKind:
    """The kind of security that an exchange's billing names, judged from the name alone.

    Shares of a company, its American depositary shares and the common units of a partnership are
    equity. A fund's own shares are `"fund"`, though billed as common stock.

    >>> classify_security("Acme Partners LP Common Units representing Limited Partner Interests")
    'equity'
    >>> classify_security("Acme Municipal Income Fund Common Stock")
    'fund'
    """
    if not name.strip():
        return "unknown"
    if _TEST.search(name):
        return "test"
    if _TRADED_FUND.search(name):
        return "fund"
    issuer, description = split_security(name)
    for kind, pattern in _KINDS_OF_DESCRIPTION:
        if pattern.search(description):
            return "equity" if kind == "unit" and _is_partnership(issuer) else kind
    return _kind_of_issuer(issuer, described=bool(description))


def issuer_name(name: str) -> str:
    """The company that issued the security: the name without class, depositary and domicile noise.

    >>> issuer_name("Ovintiv Inc. (DE) Common Stock")
    'Ovintiv Inc.'
    """
    issuer, _ = split_security(name)
    issuer = _NEW_AT_END.sub("", _DOMICILE.sub("", issuer))
    return _said_once(issuer.rstrip(_EDGES)) or name.strip()


def _kind_of_issuer(issuer: str, *, described: bool) -> SecurityKind:
    if _NOTE_ISSUER.search(issuer):
        return "note"
    if _PREFERRED_ISSUER.search(issuer):
        return "preferred"
    if _FUND.search(issuer) or _is_trust_of_securities(issuer):
        return "fund"
    if _FUND_MANAGER.search(issuer) and not described and not _COMPANY.search(issuer):
        return "fund"
    return "equity"


def _is_trust_of_securities(issuer: str) -> bool:
    if not _TRUST.search(issuer) or _TRUST_OF_PROPERTY.search(issuer):
        return False
    return bool(_TRUST_OF_SECURITIES.search(issuer) or _FUND_MANAGER.search(issuer))


def _is_partnership(issuer: str) -> bool:
    return bool(re.search(r"\bL\.?P\.?$", issuer))


def _said_once(name: str) -> str:
    """`name` without a repetition of itself: "Ternium S.A. Ternium S.A." is said once."""
    parts = name.split(" ")
    first, second = parts[: len(parts) // 2], parts[len(parts) // 2 :]
    return " ".join(first) if words(" ".join(first)) == words(" ".join(second)) else name
