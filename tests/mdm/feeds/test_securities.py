"""What an exchange bills, row by row: the kind of security and its issuer."""

import pytest

from mdm.feeds.securities import SECURITY_KINDS, classify_security, issuer_name, split_security

KINDS = [
    ("Agilent Technologies, Inc. Common Stock", "equity"),
    ("Walmart Inc. - Common Stock", "equity"),
    ("JIADE LIMITED - Class A Ordinary Shares", "equity"),
    ("Visa Inc.", "equity"),
    (
        "BHP Group Limited American Depositary Shares (Each representing two Ordinary Shares)",
        "equity",
    ),
    (
        "Grupo Cibest S.A. American Depositary Shares each representing four Preferred Shares",
        "equity",
    ),
    ("Aegon Ltd. New York Registry Shares", "equity"),
    ("SAP  SE ADS", "equity"),
    ("MPLX LP Common Units Representing Limited Partner Interests", "equity"),
    ("Icahn Enterprises L.P. - Depositary Units representing Limited Partner Interests", "equity"),
    ("AllianceBernstein Holding L.P.  Units", "equity"),
    ("PermRock Royalty Trust Units of Beneficial Interest", "equity"),
    ("Camden Property Trust Common Stock", "equity"),
    ("Universal Health Realty Income Trust Common Stock", "equity"),
    ("Preferred Bank - Common Stock", "equity"),
    ("Meshflow Acquisition Corp. - Class A Ordinary Shares", "equity"),
    ("iShares GNMA Bond ETF", "fund"),
    ("ETRACS Gold Shares Covered Call ETNs due February 2, 2033", "fund"),
    ("Nuveen Municipal Value Fund, Inc. Common Stock", "fund"),
    ("BlackRock Science and Technology Trust Common Shares of Beneficial Interest", "fund"),
    ("Flaherty & Crumrine Dynamic Preferred and Income Fund Inc. Common Stock", "fund"),
    ("Oaktree Specialty Lending Corporation - Closed End Fund", "fund"),
    ("Cohen & Steers Tax", "fund"),
    ("Ashford Trust 7.375% Series F Cumulative Preferred Stock", "preferred"),
    ("Federal Agricultural Mortgage Corporation 5.700% Non", "preferred"),
    ("MainStreet Bancshares, Inc. - Depositary Shares", "preferred"),
    ("SCE TRUST VI", "preferred"),
    (
        "Brookfield Renewable Partners L.P. 5.25% Class A Preferred Limited Partnership Units",
        "preferred",
    ),
    ("Navient Corporation - 6% Senior Notes due December 15, 2043", "note"),
    ("Brighthouse Financial, Inc. - Junior Subordinated Debentures due 2058", "note"),
    ("Entergy Arkansas, LLC First Mortgage Bonds, 4.875% Series Due September 1, 2066", "note"),
    ("Noble Corporation plc Tranche 1 Warrants", "warrant"),
    ("Viking Acquisition Corp. I Warrants to purchase one Class A Ordinary Share", "warrant"),
    (
        "Viking Acquisition Corp. I Units, each consisting of one Class A ordinary share and one",
        "unit",
    ),
    ("BEST SPAC I Acquisition Corp. - Unit", "unit"),
    ("Duke Energy Corporation Corporate Units", "unit"),
    ("Kochav Defense Acquisition Corp. - Right", "right"),
    ("Shreya Acquisition Group Rights, each entitling the holder to receive one", "right"),
    ("NASDAQ TEST STOCK", "test"),
    ("", "unknown"),
]

ISSUERS = [
    ("Agilent Technologies, Inc. Common Stock", "Agilent Technologies, Inc."),
    ("Adeia Inc.  - Common Stock", "Adeia Inc."),
    ("UnitedHealth Group Incorporated Common Stock (DE)", "UnitedHealth Group Incorporated"),
    ("Ovintiv Inc. (DE)", "Ovintiv Inc."),
    ("Walt Disney Company (The) Common Stock", "Walt Disney Company (The)"),
    ("HUTCHMED (China) Limited - American Depositary Shares", "HUTCHMED (China) Limited"),
    (
        "Tencent Music Entertainment Group American Depositary Shares, each representing 2 Shares",
        "Tencent Music Entertainment Group",
    ),
    ("Wheels Up Experience Inc. Class A Common Stock", "Wheels Up Experience Inc."),
    ("Chatham Lodging Trust (REIT) Common Shares of Beneficial Interest", "Chatham Lodging Trust"),
    ("ADS-TEC ENERGY PLC - Ordinary Shares", "ADS-TEC ENERGY PLC"),
    ("Bunge Limited Common Shares", "Bunge Limited"),
    ("Saratoga Investment Corp New", "Saratoga Investment Corp"),
    (
        "Ternium S.A. Ternium S.A. American Depositary Shares (each representing ten shares)",
        "Ternium S.A.",
    ),
    ("Sherwin", "Sherwin"),
]


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_the_kind_is_judged_from_the_name(name: str, kind: str):
    assert classify_security(name) == kind


@pytest.mark.parametrize(("name", "issuer"), ISSUERS)
def test_the_issuer_is_left_when_the_security_is_cut_off(name: str, issuer: str):
    assert issuer_name(name) == issuer


def test_a_name_without_a_security_is_all_issuer():
    assert split_security("Visa Inc.") == ("Visa Inc.", "")


def test_every_kind_has_a_case():
    assert {kind for _, kind in KINDS} == set(SECURITY_KINDS)
