"""Every figure of every report is what the raw tables say, counted in another way."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone, translation

from mdm import golden, work
from mdm.domains import ENTITY_TYPES
from mdm.governance import breaches, trade
from mdm.models import EffectiveRate, ExposureFact, OwnershipRule, SourceSystem
from mdm.overrides import NotTheOwnerError, set_override
from mdm.quality import scoring
from mdm.words import translated
from stewardship.reports import REPORTS, closing
from tests.factories import cause, golden_record, ownership, record, reference, send_again
from tests.stewardship.reports.reading import OTHER, VAT, Everybody, rate
from tests.stewardship.reports.recomputing import RECOMPUTED, Raw
from tests.stewardship.waiting import waiting_pair

pytestmark = pytest.mark.django_db

SYSTEMS = {"CRM": "crm", "ERP": "erp", "PSA": "psa"}


@pytest.fixture
def firm():
    """Something of everything that a report counts, with money in two currencies."""
    now = timezone.now()
    ownership("client", "CRM", "ERP")
    ownership("client", "ERP", attribute="tax_id")
    ownership("invoice", "ERP")
    OwnershipRule.objects.create(
        domain="client", attribute="size", accountable="Ann", valid_on=DateRange(date(2000, 1, 1))
    )
    crm = [record(f"A{n}", tax_id=VAT, industry="Law") for n in range(3)]
    erp = [
        record(f"{n}", source="ERP", legal_name=f"Client A{n}{' Ltd' * (n % 2)}", tax_id=VAT)
        for n in range(3)
    ]
    homes = [golden_record(*pair) for pair in zip(crm, erp, strict=True)]
    top = record("T", source="ERP", legal_name="Top")
    low = record("L", legal_name="Low", parent=reference(top))
    also = record("M", source="PSA", legal_name="Lowest", parent=reference(low))
    for each in (top, low, also):
        golden_record(each)
    pair = waiting_pair()
    for number, of in enumerate((*crm, *erp, top, low, also, pair.left, pair.right), 1):
        for days, currency in ((9, "GBP"), (2, "GBP"), (2, "EUR" if number % 3 else "GBP")):
            ExposureFact.objects.update_or_create(
                record=of, kind="pipeline" if days == 9 else "unbilled_work",
                as_of=now.date() - timedelta(days=days), currency=currency,
                defaults={"amount": Decimal(number * days) + Decimal("0.25")},
            )  # fmt: skip
        ExposureFact.objects.create(
            record=of, kind="pipeline", as_of=now.date() - timedelta(days=1), currency="GBP",
            amount=number,
        )  # fmt: skip
    for key, said in {
        "P1": {"client": reference(crm[0]), "contract_number": "C"},
        "P2": {},
    }.items():
        golden_record(record(key, source="PSA", domain="project", name=key, **said))
    _rates()
    SourceSystem.objects.update(owner="Sales")
    for code, kind in SYSTEMS.items():
        SourceSystem.objects.filter(code=code).update(kind=kind)
    closing.close("before", Everybody(), cause=cause(at=now + timedelta(minutes=1)))
    for number, of in enumerate(crm):
        for value in (OTHER, "GB555")[: number + 1]:
            at = now + timedelta(minutes=2 + number)
            send_again(of, at=at, legal_name=f"Client {number}", tax_id=value, industry="Audit")
            golden.rebuild("client", [homes[number].pk], cause=cause(at=at))
    _refused(homes[0], cause(at=now + timedelta(minutes=4), by="user:eve"))
    ownership("client", "PSA", attribute="industry")
    OwnershipRule.objects.filter(attribute="industry").update(
        recorded_at=now + timedelta(minutes=5)
    )
    scoring.ask(ENTITY_TYPES, cause=cause(at=now))
    work.drain()


def _refused(home, cause):
    """Somebody would have taken out a tax number that the ERP owns."""
    OwnershipRule.objects.filter(attribute="tax_id").update(on_breach="reject")
    with pytest.raises(NotTheOwnerError) as refused:
        set_override(home.pk, "tax_id", None, reason="it is wrong", cause=cause)
    breaches.note_refused(refused.value.write, cause)


def _rates():
    for number in range(10):
        rate(f"R{number}", 900 if number == 9 else 100 + number, role=f"auditor {number}")
    rate("G1", 50, role="tester", category="Tester", days=(date(2026, 1, 1), date(2026, 2, 1)))
    rate("G2", 50, role="tester", category="Tester", days=(date(2026, 3, 1), None))
    rate("O1", 70, role="partner", category="Partner")
    rate("O2", 80, role="clerk", category="Clerk")
    EffectiveRate.objects.filter(role="clerk").update(state="contested")
    said = {
        "scope": "firm", "labour_category": "Partner", "unit": "hour", "currency": "USD",
        "start_date": "2026-01-01",
    }  # fmt: skip
    members = [
        record(source, source=source, domain="rate", amount=amount, **said)
        for source, amount in (("CRM", "400"), ("ERP", "425.50"))
    ]
    golden_record(*members)


def test_every_report_is_recomputed():
    assert RECOMPUTED.keys() == REPORTS.keys()


@pytest.mark.parametrize("code", RECOMPUTED)
def test_every_figure_is_what_the_raw_tables_say(firm, code):
    as_of = timezone.now() + timedelta(minutes=10)
    found = REPORTS[code].make(as_of, Everybody())
    rows, totals = RECOMPUTED[code](Raw(as_of))
    numeric = [place for place, column in enumerate(found.columns) if column.is_numeric]
    figures = [tuple(row.values[place] for place in numeric) for row in found.rows]

    assert {name: value for name, value in found.totals if value or name in totals} == totals
    assert found.rows
    if rows is not None:
        assert Counter(figures) == Counter(each for _, each in rows)
        said = [{*row.values} for row in found.rows]
        for words, each in rows:
            of_it = [place for place, values in enumerate(said) if {*(words or ())} <= values]
            assert each in [figures[place] for place in of_it], words


@pytest.mark.parametrize(("made_in", "read_in"), [("en", "en"), ("de", "de"), ("de", "en")])
@pytest.mark.parametrize(
    ("code", "counts"),
    [("conflicts", "disagree"), ("changes", "changes"), ("breaches", "breaches")],
)
def test_a_row_leads_to_the_very_rows_that_it_counts(firm, sign_in, code, counts, made_in, read_in):
    as_of = timezone.now() + timedelta(minutes=10)
    with translation.override(made_in):
        found = REPORTS[code].make(as_of, Everybody())
    place = [each.name for each in found.columns].index(counts)
    finance, looked_at = sign_in("finance", "steward"), 0
    read_in = {"accept-language": read_in}

    for row in found.rows:
        if row.values[0] not in {"ownership", "Datenhoheit"}:
            joint = "&" if "?" in row.url else "?"
            listed = finance.get(
                f"{row.url}{joint}format=csv&as_of={as_of:%Y-%m-%dT%H:%M:%SZ}", headers=read_in
            )
            assert len(listed.content.decode().strip().splitlines()) - 1 == row.values[place]
            assert finance.get(row.url, headers=read_in).status_code == 200
            looked_at += 1

    assert looked_at


@pytest.mark.parametrize(("made_in", "read_in"), [("en", "en"), ("de", "de"), ("de", "en")])
def test_a_gap_leads_to_its_rows_of_the_matrix(firm, sign_in, made_in, read_in):
    with translation.override(made_in):
        found = REPORTS["gaps"].make(timezone.now(), Everybody())
    finance, addresses = sign_in("finance"), {row.url for row in found.rows}

    assert len(addresses) > len(trade.OBJECTS)
    for address in addresses:
        listed = finance.get(f"{address}&format=csv", headers={"accept-language": read_in})
        assert len(listed.content.decode().strip().splitlines()) > 1, address


def test_links_of_a_frozen_report_find_their_rows_in_every_language(firm, sign_in):
    finance = sign_in("finance", "steward")
    as_of = timezone.now() + timedelta(minutes=10)
    with translation.override("de"):
        close = closing.close("after", Everybody(), cause=cause(at=as_of))

    for code in ("breaches", "gaps"):
        rows = closing.frozen(close, code).rows
        assert rows
        for row in rows:
            for language in ("en", "de"):
                listed = finance.get(f"{row.url}&format=csv", headers={"accept-language": language})
                assert len(listed.content.decode().strip().splitlines()) > 1, row.url


@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES])
def test_what_links_name_is_told_apart_in_every_language(language):
    with translation.override(language):
        objects = [translated(each) for each in trade.OBJECTS.values()]
        assert len(objects) == len({*objects})
        for declared in ENTITY_TYPES.values():
            labels = [translated(each.label) for each in declared.attributes]
            assert len(labels) == len({*labels}), declared.domain
