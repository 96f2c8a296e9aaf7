"""Pages speak the language of whoever looks: everything that they say can be translated."""

import gettext
import re
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from string import Formatter

import pytest
from django.conf import settings
from django.template import Context, Template
from django.test import Client
from django.utils import timezone, translation

from mdm import work
from mdm.models import QualityScore
from mdm.quality import scoring
from stewardship import catalogues
from stewardship.models import FrozenReport
from tests.factories import cause, feed, golden_record, load, match, ownership, record
from tests.stewardship.visible import read, unmarked
from tests.stewardship.waiting import review, suspect_of, task

TEMPLATES = sorted(Path(settings.ROOT, "templates").rglob("*.html"))
NAMES = {
    "Touchstone", "· Touchstone", "· · Touchstone", "SHA-256", "CRM:0017", "ERP:1234", "English",
    "Deutsch",
}  # fmt: skip
"""What every language calls alike."""
TRANSLATED = [code for code, _ in settings.LANGUAGES if code != "en"]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_what_a_template_says_is_marked_for_translation(path):
    assert set(unmarked(path.read_text())) <= NAMES


def test_what_is_not_marked_is_found():
    assert unmarked('<p title="Here">{% translate "a" %} and <b>{{ c }}</b></p>') == ["Here", "and"]
    assert unmarked('{{ a|default:"none" }}{% include "b" with c="Of" %}') == ["none", "Of"]


@pytest.fixture
def pseudo(monkeypatch):
    """A language in which everything that a catalogue could have stands in brackets."""
    known = {each if isinstance(each, str) else each[0] for each in catalogues.texts()}

    def one_text(text):
        """Part by part: of a choice, "Status: active", pages show what is after the colon."""
        return ": ".join(f"⟦{each}⟧" for each in text.split(": ")) if text in known else text

    def one_or_many(one, many, count):
        said = one if count == 1 else many
        return f"⟦{said}⟧" if one in known else said

    monkeypatch.setattr(translation._trans, "gettext", one_text)
    monkeypatch.setattr(translation._trans, "ngettext", one_or_many)


def left_over(page, data):
    """The words of a page that no catalogue could translate and that are no data."""
    while "⟧" in page:
        page, count = re.subn(r"⟦[^⟦⟧]*⟧", " ", page)
        assert count
    found = []
    for text in read(page):
        for each in (*data, *NAMES):
            text = text.replace(each, " ")
        text = re.sub(_MOMENT, " ", text)
        if re.search(r"[^\W\d_]{2}", text):
            found.append(text.strip())
    return found


_MOMENT = (
    r"\b\d{1,2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)( \d{4})?( \d\d:\d\d)?"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|\b[A-Z]{3}:\S+|\b(ts|rq)-\w+|\w+-policy-\d+|client-\d"
)


SAID = [(0, {}), (1, {"status": "dormant"}), (2, {"status": "active"}), (3, {})]
ENGAGED = {"name": "Zeta", "status": "on hold", "start_date": "2026-03-01"}
PRICED = {
    "scope": "client", "client": {"system": "CRM", "key": "S0"}, "labour_category": "Zeta",
    "worksite": "both", "unit": "hour", "currency": "USD", "amount": "90",
    "start_date": "2026-01-01", "period_basis": "stated",
}  # fmt: skip


@pytest.fixture
def hub(db):
    """A little of everything that a steward meets each day."""
    ownership("client", "CRM", "ERP")
    crm = feed()
    sent = load(crm, "Id,Name\n1,Zeta Tools\n2,Zeta Works\n,Nobody\n")
    match()
    waits = review()
    parts = [record(f"S{number}", legal_name=f"Zeta {number}", **said) for number, said in SAID]
    whole = golden_record(*parts)
    ids = [each.pk for each in parts]
    suspect = suspect_of(whole, [ids[:2], ids[2:]])
    task("suspect_cluster", suspect.pk)
    scoring.ask(["client"], cause=cause(at=timezone.now()))
    work.drain()
    return {
        "pair": f"/pairs/{waits.subject}",
        "suspect": f"/suspects/{suspect.pk}",
        "golden": f"/client/{whole.pk}",
        "history": f"/client/{whole.pk}?history=1",
        "project": _page_of(golden_record(record("S5", domain="project", **ENGAGED))),
        "rate": _page_of(golden_record(record("S6", domain="rate", **PRICED))),
        "owners": f"/client/{whole.pk}/ownership",
        "members": f"/client/{whole.pk}/members",
        "take out": f"/client/{whole.pk}/take-out?record={ids[0]}",
        "merge": f"/client/{whole.pk}/merge",
        "pin": f"/client/{whole.pk}/pin/legal_name",
        "pin status": f"/client/{whole.pk}/pin/status",
        "record": f"/client/records/{ids[0]}",
        "feed": f"/feeds/{crm.code}",
        "data": (f"1 of a feed, batch {sent.pk}", crm.code),
    }


def _page_of(home):
    return f"/{home.domain}/{home.pk}"


DATA = ("Row 4, Id: the key is empty.", "Fill in the key.", "legal_name",
        "Id", "Zeta", "Acme", "Brands", "Group", "Tools", "Works", "CRM", "ERP", "steward", "UTC",
        "bob", "ann", "1.5 bits", "Customers", "crm-clients", "a feed", "Ann", "zeta",
        "Name", "a bridge holds it together", "CSV", "XLSX", "PDF", "USD")  # fmt: skip
PAGES = (
    "/", "/inbox", "/actions", "/search?q=zeta", "/client", "/why-not", "/bulk",
    "/bulk/choose/client", "/feeds/batches", "/feeds/quarantine", "/matching",
    "/matching/models/client", "/why-not?domain=client&left=CRM:1&right=CRM:2", "/quality",
    "/quality/client", "/reports", "/reports/gaps", "/reports/ownership", "/reports/conflicts",
    "/reports/quality", "/ownership", "pair", "suspect", "golden", "members", "take out", "merge",
    "pin", "record", "feed", "owners", "/reports/breaches", "/reports/changes", "/reports/rates",
    "/reports/conflicts/client/legal_name", "/reports/changes/client/legal_name",
    "/reports/loose-ends", "/reports/groups", "project", "rate", "pin status",
    "/reports/conflicts/client/status",
)  # fmt: skip


def test_pages_hold_nothing_but_data_and_what_a_catalogue_translates(sign_in, hub, pseudo):
    everything = sign_in("steward", is_superuser=True)

    found = {}
    for name in PAGES:
        answer = everything.get(hub.get(name, name))
        assert answer.status_code == 200, name
        if left := left_over(answer.content.decode(), (*hub["data"], *DATA)):
            found[name] = left

    assert found == {}


def test_a_page_is_in_the_language_that_the_browser_asks_for(client):
    german = client.get("/login", headers={"accept-language": "de-AT,de;q=0.9,en;q=0.5"})
    english = client.get("/login", headers={"accept-language": "fr,en;q=0.5"})

    assert '<html lang="de">' in german.content.decode()
    assert "Anmelden" in german.content.decode()
    assert german["content-language"] == "de"
    assert "Accept-Language" in german["vary"]
    assert '<html lang="en">' in english.content.decode()
    assert "Sign in" in english.content.decode()


def test_a_person_chooses_a_language_before_and_after_signing_in(client, sign_in):
    english = {"accept-language": "en"}

    for browser, address in ((client, "/login"), (sign_in("steward"), "/inbox?age=week")):
        before = browser.get(address, headers=english)
        sent = browser.post(
            "/language", {"language": "de"}, headers={"referer": f"http://testserver{address}"}
        )
        after = browser.get(address, headers=english)

        assert '<html lang="en">' in before.content.decode()
        assert sent.url == f"http://testserver{address}"
        assert '<html lang="de">' in after.content.decode()
        assert "Cookie" in after["vary"]
    assert client.cookies["django_language"]["httponly"]
    assert client.cookies["django_language"]["samesite"] == "Lax"


def test_the_page_says_which_language_it_is_in_and_which_there_are(client):
    page = client.get("/login", headers={"accept-language": "de"}).content.decode()

    assert re.findall(r'value="(\w+)" lang="\1"( aria-current="true")?>(\w+)</button>', page) == [
        ("en", "", "English"),
        ("de", ' aria-current="true"', "Deutsch"),
    ]


def test_a_language_that_there_is_not_and_an_address_elsewhere_are_not_followed(client):
    answer = client.post("/language", {"language": "xx", "next": "https://elsewhere.example/"})

    assert answer.url == "/"
    assert "django_language" not in client.cookies


def test_a_language_is_not_chosen_from_another_site():
    assert Client(enforce_csrf_checks=True).post("/language", {"language": "de"}).status_code == 403


def test_a_language_ends_with_the_request_that_asked_for_it(client, machine):
    client.get("/login", headers={"accept-language": "de"})

    assert translation.get_language() == "en"


def test_the_api_is_english_whatever_is_asked_for(machine):
    asked = machine("client:read")

    german = asked.get("/api/v1/golden/client/nonsense", headers={"accept-language": "de"})
    english = asked.get("/api/v1/golden/client/nonsense")

    assert german.json()["title"] == english.json()["title"]
    assert german.json()["detail"] == english.json()["detail"]
    assert "Content-Language" not in german
    assert "Accept-Language" not in german.get("vary", "")


def test_pages_in_german_keep_numbers_that_are_no_words_as_machines_write_them(sign_in, hub):
    person = sign_in("steward", is_superuser=True)

    for name in PAGES:
        answer = person.get(hub.get(name, name), headers={"accept-language": "de"})
        page = answer.content.decode()
        assert answer.status_code == 200, name
        assert "Abgleich</a>" in page, name
        assert not re.findall(r'\b(?:width|height|[xyr]|x1|value|m(?:ax|in)|step)="\d+,\d+"', page)


def test_numbers_for_people_are_written_as_in_their_language(sign_in, hub):
    QualityScore.objects.update(checked=12_000, failed=3_000)
    person = sign_in("steward", is_superuser=True)

    def read(address, language):
        return person.get(address, headers={"accept-language": language}).content.decode()

    assert "12.000" in read("/quality/client", "de")
    assert "12,000" in read("/quality/client", "en")
    assert not re.search(r"\d,\d{3}\b", read("/quality/client", "de"))
    assert "5.000" in read("/reports/groups", "de")
    assert "5,000" in read("/reports/groups", "en")


def test_a_close_is_frozen_in_english_and_read_in_the_language_of_the_page(sign_in):
    finance = sign_in("finance")
    german = {"accept-language": "de"}
    finance.post("/reports", {"period": "2026-11"}, headers=german)

    document = FrozenReport.objects.get(code="gaps").document
    page = finance.get("/reports/gaps?period=2026-11", headers=german).content.decode()

    assert document["title"] == "Gaps in ownership"
    assert document["columns"][0][1] == "What is missing"
    assert "Lücken in der Datenhoheit" in page
    assert "Was fehlt" in page


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_language_that_is_offered_has_every_text_that_is_marked(language):
    catalogue, marked = catalogues.read(language), catalogues.marked()
    in_short = {each if isinstance(each, str) else each[0] for each in marked}
    known = {each.id if isinstance(each.id, str) else tuple(each.id) for each in catalogue}

    assert in_short.intersection(catalogues.untranslated(catalogue)) == set()
    assert marked.keys() <= known, "run manage.py translations"


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_pages_read_is_what_translators_wrote(language):
    path = catalogues.path_of(language)

    with path.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog
    written = gettext.GNUTranslations(BytesIO(catalogues.compiled(catalogues.read(language))))

    assert compiled == written._catalog, "run manage.py translations"


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_values_of_its_text(language):
    for each in catalogues.read(language):
        if each.id:
            texts = [each.id] if isinstance(each.id, str) else each.id
            said = [each.string] if isinstance(each.string, str) else each.string
            for text, translated in zip(texts, said, strict=True):
                assert values(translated) == values(text), text


def values(text):
    """The names of the values in a text, in both ways of naming them."""
    if named := re.findall(r"%\((\w+)\)s", text):
        return set(named)
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_choices_are_german_on_german_pages_and_english_for_machines(sign_in, hub, machine):
    everything = sign_in("steward", is_superuser=True)
    german = {"accept-language": "de"}

    pages = {
        name: everything.get(hub[name], headers=german).content.decode()
        for name in ("golden", "project", "rate", "pin status")
    }
    key = machine("project:read", "see:internal")
    rows = key.get("/api/v1/golden/project.csv", {"fields": "status"}, headers=german)

    assert {"ruht", "aktiv"} <= {*read(pages["golden"])}
    assert "pausiert" in read(pages["project"])
    assert {"Kunde", "Stunde", "beides", "angegeben"} <= {*read(pages["rate"])}
    assert '<option value="dormant">ruht</option>' in pages["pin status"]
    assert "on hold" in rows.getvalue().decode()


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "1 Mar 2026 10:05, 1 Mar, 1 Mar 2026 10:05:09"),
        ("de", "1. Mär 2026 10:05, 1. Mär, 1. Mär 2026 10:05:09"),
    ],
)
def test_moments_are_written_as_the_language_writes_them(language, written):
    moment = datetime(2026, 3, 1, 10, 5, 9, tzinfo=UTC)
    said = '{{ m|date:"DATETIME_FORMAT" }}, {{ m|date:"MONTH_DAY_FORMAT" }}, {{ m|to_the_second }}'

    with translation.override(language):
        assert Template(said).render(Context({"m": moment})) == written


def test_no_page_writes_a_date_in_a_form_of_its_own():
    forms = {
        found
        for page in TEMPLATES
        for found in re.findall(r"""\|date:["']([^"']+)["']""", page.read_text())
    }

    assert {form for form in forms if not form.isupper()} <= {"c", "H:i:s", r"Y-m-d\TH:i"}
