"""Pages speak the language of whoever looks: everything that they say can be translated."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone, translation

from mdm import work
from mdm.quality import scoring
from stewardship import catalogues
from tests.factories import cause, feed, golden_record, load, match, ownership, record
from tests.stewardship.visible import read, unmarked
from tests.stewardship.waiting import review, suspect_of, task

TEMPLATES = sorted(Path(settings.ROOT, "templates").rglob("*.html"))
NAMES = {"Touchstone", "· Touchstone", "· · Touchstone", "SHA-256", "CRM:0017", "ERP:1234"}
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

    def gettext(text):
        return f"⟦{text}⟧" if text in known else text

    def ngettext(one, many, count):
        return gettext(one) if one not in known else f"⟦{one if count == 1 else many}⟧"

    monkeypatch.setattr(translation._trans, "gettext", gettext)
    monkeypatch.setattr(translation._trans, "ngettext", ngettext)


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


@pytest.fixture
def hub(db):
    """A little of everything that a steward meets each day."""
    ownership("client", "CRM", "ERP")
    crm = feed()
    load(crm, "Id,Name\n1,Zeta Tools\n2,Zeta Works\n,Nobody\n")
    match()
    waits = review()
    parts = [record(f"S{number}", legal_name=f"Zeta {number}") for number in range(4)]
    whole = golden_record(*parts)
    ids = [each.pk for each in parts]
    suspect = suspect_of(whole, [ids[:2], ids[2:]])
    task("suspect_cluster", suspect.pk)
    scoring.ask(["client"], cause=cause(at=timezone.now()))
    work.drain()
    return {
        "pair": f"/pairs/{waits.subject}",
        "suspect": f"/suspects/{suspect.pk}",
        "golden": f"/client/{whole.pk}?history=1",
        "members": f"/client/{whole.pk}/members",
        "take out": f"/client/{whole.pk}/take-out?record={ids[0]}",
        "merge": f"/client/{whole.pk}/merge",
        "pin": f"/client/{whole.pk}/pin/legal_name",
        "record": f"/client/records/{ids[0]}",
        "feed": f"/feeds/{crm.code}",
    }


DATA = ("1 of a feed, batch 1", "Row 4, Id: the key is empty.", "Fill in the key.", "legal_name",
        "Id", "Zeta", "Acme", "Brands", "Group", "Tools", "Works", "CRM", "ERP", "steward", "UTC", "bob",
        "ann", "1.5 bits", "Customers", "crm-clients", "a feed", "feed-1", "Ann", "zeta",
        "Name", "a bridge holds it together", "CSV", "XLSX", "PDF")  # fmt: skip
PAGES = (
    "/", "/inbox", "/actions", "/search?q=zeta", "/client", "/why-not", "/bulk",
    "/bulk/choose/client", "/feeds/batches", "/feeds/quarantine", "/matching",
    "/matching/models/client", "/why-not?domain=client&left=CRM:1&right=CRM:2", "/quality",
    "/quality/client", "/reports", "/reports/gaps", "/reports/ownership", "/reports/conflicts",
    "/reports/quality", "/ownership", "pair", "suspect", "golden", "members", "take out", "merge",
    "pin", "record", "feed",
)  # fmt: skip


def test_pages_hold_nothing_but_data_and_what_a_catalogue_translates(sign_in, hub, pseudo):
    everything = sign_in("steward", is_superuser=True)

    found = {}
    for name in PAGES:
        answer = everything.get(hub.get(name, name))
        assert answer.status_code == 200, name
        if left := left_over(answer.content.decode(), DATA):
            found[name] = left

    assert found == {}
