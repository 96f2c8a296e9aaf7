"""Named functions that a mapping may apply to a column before its value is read."""

from collections.abc import Callable

from mdm.feeds.securities import classify_security, issuer_name
from mdm.standardise.text import clean

Transformation = Callable[[str], str]
ScopeRule = Callable[[str], str | None]


def before_last_comma(text: str) -> str:
    """ "Saint Paul, Minnesota" -> "Saint Paul"."""
    return text.rpartition(",")[0] if "," in text else text


def after_last_comma(text: str) -> str:
    """ "Saint Paul, Minnesota" -> "Minnesota"; "" when there is no comma."""
    return text.rpartition(",")[2] if "," in text else ""


def upper(text: str) -> str:
    """In capitals."""
    return text.upper()


def leading_number(text: str) -> str:
    """ "5+ years" -> "5"; "" when it starts with no digit."""
    digits = ""
    for letter in clean(text):
        if not letter.isdigit():
            break
        digits += letter
    return digits


def named_contract(text: str) -> str:
    """ "GS-35F-314CA" -> "Contract GS-35F-314CA"."""
    return f"Contract {text}" if text else ""


def equity_listing(text: str) -> str | None:
    """Why an exchange listing is no company's equity, such as "fund"; None when it is."""
    kind = classify_security(text)
    return None if kind == "equity" else f"{kind}, not an equity listing"


TRANSFORMATIONS: dict[str, Transformation] = {
    each.__name__: each
    for each in (
        before_last_comma,
        after_last_comma,
        upper,
        leading_number,
        issuer_name,
        named_contract,
    )
}

SCOPE_RULES: dict[str, ScopeRule] = {each.__name__: each for each in (equity_listing,)}
