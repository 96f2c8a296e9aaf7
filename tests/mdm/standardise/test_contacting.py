"""E-mail, phone and web addresses: one spelling each, and nothing that is none."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.standardise.contacting import parse_domain, parse_email, parse_phone, parse_url
from mdm.standardise.reading import InvalidValue, Reading

US, GB, DE, NOWHERE = Reading("US"), Reading("GB"), Reading("DE"), Reading()


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("ann@firm.com", "ann@firm.com"),
        ("  Ann.Lee@Firm.COM ", "ann.lee@firm.com"),
        ("mailto:ann@firm.com", "ann@firm.com"),
        ("MAILTO:Ann@firm.com", "ann@firm.com"),
        ("Ann Lee <Ann.Lee@Example.COM>", "ann.lee@example.com"),
        ("<ann@firm.com>", "ann@firm.com"),
        ("o'brien@firm.com", "o'brien@firm.com"),
        ("ann+crm@firm.co.uk", "ann+crm@firm.co.uk"),
        ("jürgen@firm.de", "jürgen@firm.de"),
        ("ann@münchen.de", "ann@xn--mnchen-3ya.de"),
        ("ann@xn--mnchen-3ya.de", "ann@xn--mnchen-3ya.de"),
        ("x" * 64 + "@firm.com", "x" * 64 + "@firm.com"),
    ],
)
def test_an_email_address_has_one_spelling(text, email):
    assert parse_email(text) == email


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ann",
        "ann@",
        "@firm.com",
        "ann@firm",
        "ann@@firm.com",
        "ann..lee@firm.com",
        ".ann@firm.com",
        "ann@firm.com.",
        "ann@-firm.com",
        "ann lee@firm.com",
        "ann@firm.com; bob@firm.com",
        "ann@firm.com, bob@firm.com",
        "ann@[10.0.0.1]",
        "ann@localhost",
        "ann@firm.com?subject=x",
        "x" * 65 + "@firm.com",
        "x@" + "a." * 150 + "com",
        "@" * 100_000,
    ],
)
def test_what_is_no_email_address_is_refused(text):
    with pytest.raises(InvalidValue, match="not an e-mail address") as refused:
        parse_email(text)

    assert len(refused.value.message) < 300
    assert refused.value.remedy == "write it like name@firm.com"


@pytest.mark.parametrize(
    ("text", "reading", "phone"),
    [
        ("020 7946 0958", GB, "+442079460958"),
        ("+44 20 7946 0958", US, "+442079460958"),
        ("+44 (0)20 7946 0958", US, "+442079460958"),
        ("0044 20 7946 0958", GB, "+442079460958"),
        ("(213) 555-6563", US, "+12135556563"),
        ("213.555.6563", US, "+12135556563"),
        ("1-213-555-6563", US, "+12135556563"),
        ("+12135556563", GB, "+12135556563"),
        ("1-800-FLOWERS", US, "+18003569377"),
        ("Tel: 020 7946 0958", GB, "+442079460958"),
        ("tel:+44-20-7946-0958", NOWHERE, "+442079460958"),
        ("030 1234567", DE, "+49301234567"),
        ("+1 212 555 0100 x12", US, "+12125550100;ext=12"),
        ("+1 212 555 0100 ext. 12", GB, "+12125550100;ext=12"),
        ("020 7946 0958 ext 7", GB, "+442079460958;ext=7"),
        ("+442079460958;ext=7", US, "+442079460958;ext=7"),
    ],
)
def test_a_phone_number_has_one_spelling(text, reading, phone):
    assert parse_phone(text, reading) == phone


@pytest.mark.parametrize(
    ("text", "reading", "why"),
    [
        ("555-0100", US, "area code is missing"),
        ("7946 0958", GB, "area code is missing"),
        ("020 7946 0958", NOWHERE, "country is not known"),
        ("12", GB, "no such length"),
        ("020 7946 0958 / 020 7946 0959", GB, "too long"),
        ("2125550100;2125550101", US, "two numbers"),
        ("030 1234567 bis 9", DE, "words beside it"),
        ("call me 020 7946 0958", GB, "words beside it"),
        ("see notes", US, "does not look like one"),
        ("", US, "does not look like one"),
        ("1" * 100_000, US, "too long"),
    ],
)
def test_what_cannot_be_dialled_is_refused_with_the_reason(text, reading, why):
    with pytest.raises(InvalidValue, match="not a phone number") as refused:
        parse_phone(text, reading)

    assert why in refused.value.message
    assert len(refused.value.message) < 200
    assert "+44" in refused.value.remedy


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("firm.com", "firm.com"),
        ("WWW.Firm.com", "firm.com"),
        ("https://www.firm.com/about?x=1#y", "firm.com"),
        ("//firm.com", "firm.com"),
        ("firm.com:8080/x", "firm.com"),
        ("firm.com/a//b", "firm.com"),
        ("firm.com.", "firm.com"),
        ("ann@firm.com", "firm.com"),
        ("mailto:ann@firm.com", "firm.com"),
        ("@firm.com", "firm.com"),
        ("https://user:secret@firm.com", "firm.com"),
        ("münchen.de", "xn--mnchen-3ya.de"),
    ],
)
def test_a_domain_is_found_in_whatever_names_it(text, domain):
    assert parse_domain(text) == domain


NO_DOMAINS = [
    "",
    "firm",
    "firm com",
    "firm.com, other.com",
    "firm.com other.com",
    "10.0.0.1",
    "[n/a]",
    "http://[::1]/",
    "http://[foo",
    "℀.com",
    "exa_mple.com",
    "-firm.com",
    "firm.c",
    "a" * 64 + ".com",
    "a." * 5_000 + "com",
    "http://firm.com:99999/",
    "firm.com:x",
]


@pytest.mark.parametrize("text", NO_DOMAINS)
def test_what_is_no_domain_is_refused(text):
    with pytest.raises(InvalidValue, match="not a web domain") as refused:
        parse_domain(text)

    assert len(refused.value.message) < 200


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("firm.com", "https://firm.com"),
        ("HTTP://Firm.COM/About", "http://firm.com/About"),
        ("https://firm.com:8443/x?y=1#z", "https://firm.com:8443/x?y=1#z"),
        ("//firm.com", "https://firm.com"),
        ("firm.com/a//b", "https://firm.com/a//b"),
        ("firm.com/go?to=http://other.com", "https://firm.com/go?to=http://other.com"),
    ],
)
def test_a_web_address_gets_its_scheme(text, url):
    assert parse_url(text) == url


@pytest.mark.parametrize(
    "text",
    [
        *NO_DOMAINS,
        "ftp://firm.com",
        "javascript:alert(1)",
        "javascript://firm.com/%0aalert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "mailto:ann@firm.com",
        "ann@firm.com",
        "https://user:secret@firm.com",
        "https://bank.com@evil.com",
        "https://",
        "https://firm.com/a b",
    ],
)
def test_what_is_no_plain_web_address_is_refused(text):
    with pytest.raises(InvalidValue) as refused:
        parse_url(text)

    assert "https" in refused.value.remedy or "firm.com" in refused.value.remedy


PARSERS = [
    parse_email,
    parse_domain,
    parse_url,
    lambda text: parse_phone(text, US),
    lambda text: parse_phone(text, GB),
]
contact_text = st.text(alphabet="aZ.@:/+-()[]# 019<>;xéß\u200b℀", max_size=30) | st.text(
    max_size=20
)


@pytest.mark.parametrize("parse", PARSERS)
@given(contact_text)
def test_any_text_is_read_or_invalid_and_what_is_read_reads_the_same_again(parse, text):
    try:
        found = parse(text)
    except InvalidValue:
        return

    assert parse(found) == found


@given(st.text(alphabet="+0123456789 ()-.", max_size=20))
def test_a_phone_number_is_in_e164(text):
    try:
        found = parse_phone(text, DE)
    except InvalidValue:
        return

    assert re.fullmatch(r"\+[1-9]\d{4,14}", found)
