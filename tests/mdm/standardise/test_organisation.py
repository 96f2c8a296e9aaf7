"""Organisation names taken apart: tables of cases from many countries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.standardise.legal_forms import LEGAL_FORMS
from mdm.standardise.organisation import parse_organisation
from mdm.standardise.text import fold

CORES_AND_FORMS = [
    ("Acme GmbH", "acme", "gmbh"),
    ("ACME Gesellschaft mbH", "acme", "gmbh"),
    ("Acme Ges.m.b.H.", "acme", "gmbh"),
    ("Acme G.m.b.H. & Co. KG", "acme", "gmbh co kg"),
    ("Acme GmbH und Co. KG", "acme", "gmbh co kg"),
    ("Acme Inc.", "acme", "inc"),
    ("Acme, Incorporated", "acme", "inc"),
    ("Acme L.L.C.", "acme", "llc"),
    ("Aon p.l.c.", "aon", "plc"),
    ("McCormick & Company", "mccormick", "co"),
    ("Toyota Motor Co., Ltd.", "toyota motor", "co ltd"),
    ("Telecom Italia S.p.A.", "telecom italia", "spa"),
    ("América Móvil, S.A.B. de C.V.", "usa movil", "sa de cv"),
    ("Novo Nordisk A/S", "novo nordisk", "as"),
    ("Swedbank AB (publ)", "swedbank", "ab"),
    ("Fiskars Oyj Abp", "fiskars", "oyj"),
    ("Foo sp. z o.o.", "foo", "sp z oo"),
    ("Foo s.r.o.", "foo", "sro"),
    ("Foo (P) Ltd.", "foo", "pvt ltd"),
    ("Foo e.V.", "foo", "ev"),
    ("Arçelik A.Ş.", "arcelik", "as"),
    ("SIA Rimi Latvia", "rimi latvia", "sia"),
    ("Rimi Latvia SIA", "rimi latvia", "sia"),
    ("PT Bank Mandiri (Persero) Tbk", "bank mandiri", "pt"),
    ("ООО Ромашка", "ромашка", "ooo"),
    ("«Ромашка», ООО", "ромашка", "ooo"),
    ("АО Тинькофф Банк", "тинькофф банк", "jsc"),
    ("株式会社トヨタ", "トヨタ", "kk"),
    ("トヨタ自動車株式会社", "トヨタ自動車", "kk"),
    ("腾讯控股有限公司", "腾讯控股", "co ltd"),
    ("삼성전자 주식회사", fold("삼성전자"), "kr"),
    ("บริษัท ปตท จำกัด (มหาชน)", "ปตท", "th"),
    ('בזק בע"מ', "בזק", "il ltd"),
]

SHORT_FORMS_THAT_ARE_ORDINARY_WORDS = [
    ("AS Roma", "as roma", None),
    ("Tallink Grupp AS", "tallink grupp", "as"),
    ("Known as", "known as", None),
    ("Siemens Energy SE", "siemens energy", "se"),
    ("NV Energy", "nv energy", None),
    ("Sony Music CA", "sony music ca", None),
    ("PT Solutions", "pt solutions", None),
    ("Acquisition Corp II", "acquisition corp ii", None),
]

CORES = [
    ("The Walt Disney Company", "walt disney"),
    ("Walt Disney Company (The)", "walt disney"),
    ("A. O. Smith", "ao smith"),
    ("AO Smith Corporation", "ao smith"),
    ("J.P. Morgan Chase & Co.", "jp morgan chase"),
    ("Johnson & Johnson", "johnson johnson"),
    ("Marks and Spencer", "marks spencer"),
    ("Moody's Corporation", "moodys"),
    ("Amazon.com, Inc.", "amazon"),
    ("Alphabet Inc. (Class A)", "alphabet"),
    ("Phillips 66", "phillips 66"),
    ("Lilly (Eli) & Co", "lilly eli"),
    ("Intl Paper Mfg", "international paper manufacturing"),
    ("Zürich Versicherungs-Gesellschaft AG", "zurich insurance gesellschaft"),
]


@pytest.mark.parametrize(("name", "core", "form"), CORES_AND_FORMS)
def test_the_legal_form_is_separated(name: str, core: str, form: str):
    assert parse_organisation(name)[:2] == (core, form)


@pytest.mark.parametrize(("name", "core", "form"), SHORT_FORMS_THAT_ARE_ORDINARY_WORDS)
def test_a_short_form_counts_only_where_it_is_safe(name: str, core: str, form: str | None):
    assert parse_organisation(name)[:2] == (core, form)


@pytest.mark.parametrize(("name", "core"), CORES)
def test_ways_to_write_a_name_share_a_core(name: str, core: str):
    assert parse_organisation(name).core == core


@pytest.mark.parametrize(
    ("name", "core", "trading_as", "formerly"),
    [
        ("Acme Ltd t/a Roadrunner", "acme", ("roadrunner",), ()),
        ("Acme d/b/a Roadrunner LLC", "acme", ("roadrunner",), ()),
        ("Acme Inc. (formerly Zenith Corp)", "acme", (), ("zenith",)),
        ("Acme Ltd, formerly known as Zenith plc", "acme", (), ("zenith",)),
    ],
)
def test_other_names_are_kept(name, core, trading_as, formerly):
    parsed = parse_organisation(name)

    assert (parsed.core, parsed.trading_as, parsed.formerly) == (core, trading_as, formerly)


@pytest.mark.parametrize(
    ("name", "brand", "distinctive"),
    [
        ("Goldman Sachs Group, Inc. (The)", "goldman sachs", ("goldman", "sachs")),
        ("Grupo Bimbo SAB", "bimbo", ("bimbo",)),
        ("Royal Bank", "royal bank", ()),
        ("Royal Group", "", ()),
        ("American International Group", "", ()),
        ("Bank of America Corporation", "", ()),
    ],
)
def test_general_words_alone_make_no_brand(name, brand, distinctive):
    parsed = parse_organisation(name)

    assert (parsed.brand, parsed.distinctive) == (brand, distinctive)


def test_the_words_in_order_the_letters_and_the_acronym_follow_from_the_core():
    name = parse_organisation("International Business Machines Corporation")

    assert name.sorted_core == "business international machine"
    assert name.compact == "internationalbusinessmachine"
    assert name.acronym == "ibm"


def test_numbers_are_found():
    assert parse_organisation("Phillips 66 Company").numbers == ("66",)


@pytest.mark.parametrize("name", ["", " ", "!!!", "\x00\u200b"])
def test_a_name_without_letters_has_no_core(name: str):
    assert parse_organisation(name).core == ""


@pytest.mark.parametrize("name", ["Ltd", "The", "The Company", "Inc.", "GmbH & Co. KG"])
def test_a_name_that_is_only_a_form_keeps_a_core(name: str):
    assert parse_organisation(name).core


def test_there_are_many_forms_of_many_countries():
    countries = {country for form in LEGAL_FORMS for country in form.countries}

    assert len(LEGAL_FORMS) >= 150
    assert len(countries) >= 60


@given(st.text(max_size=60))
def test_any_text_is_parsed_and_its_core_is_parsed_the_same(text: str):
    core = parse_organisation(text).core

    assert core == " ".join(core.split())
    assert bool(core) == any(letter.isalnum() for letter in parse_organisation(text).compact)
