"""Tax and registration numbers that pass their check digits and belong to nobody known."""

from stdnum.ch import uid
from stdnum.ie import vat as irish_vat
from stdnum.iso7064 import mod_11_10

_EIN_CAMPUSES = "10 12 20 26 27 30 32 35 36 37 38 45 46 47 81 82 83 84 85 86 87 88 92 93 98".split()


def tax_number(country: str, bits: int) -> str:
    """A VAT number with its country in front, or an EIN; "" for a country without a rule here."""
    digits = f"{bits % 9_000_000 + 1_000_000}"
    if country == "US":
        return f"{_EIN_CAMPUSES[(bits >> 32) % len(_EIN_CAMPUSES)]}-{digits}"
    if country == "GB":
        return f"GB{digits}{_british_check_digits(digits)}"
    if country == "DE":
        eight = f"{digits}{(bits >> 40) % 10}"
        return f"DE{eight}{mod_11_10.calc_check_digit(eight)}"
    if country == "IE":
        return f"IE{digits}{irish_vat.calc_check_digit(digits)}"
    if country == "CH":
        return _swiss(bits)
    return ""


def _british_check_digits(digits: str) -> str:
    total = sum(weight * int(digit) for weight, digit in zip(range(8, 1, -1), digits, strict=True))
    return f"{97 - (total + 55) % 97:02d}"


def _swiss(bits: int) -> str:
    """A Swiss number; bodies whose check digit would be 10 are not issued, so the next one is."""
    body = f"{bits % 90_000_000 + 10_000_000}"
    check = uid.calc_check_digit(body)
    return f"CHE{body}{check}MWST" if len(check) == 1 else _swiss(bits + 1)


def registration_number(country: str, bits: int) -> str:
    """An entry in the commercial register, as each country writes it."""
    if country == "DE":
        return f"HRB {bits % 290_000 + 1_000}"
    return (
        f"{bits % 90_000_000 + 10_000_000}"
        if country == "GB"
        else f"{bits % 9_000_000 + 1_000_000}"
    )
