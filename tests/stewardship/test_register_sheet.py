"""The register as a workbook: what comes back edited is foreseen, asked for, never overwrites."""

from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from mdm import work
from mdm.configuration import stages
from mdm.models import Event, OwnershipRequest, OwnershipRule
from tests.factories import golden_record, ownership, record

pytestmark = pytest.mark.django_db

VAT, OTHER = "GB123456789", "GB987654321"


@pytest.fixture
def owned():
    ownership("client", "CRM", "ERP")
    ownership("client", "ERP", attribute="tax_id")
    record("P", source="PSA")


@pytest.fixture
def finance(sign_in, owned):
    return sign_in("finance")


def download(person):
    return openpyxl.load_workbook(BytesIO(person.get("/ownership/register").content))


def row_of(book, domain, attribute="", segment=""):
    sheet = book["Rows"]
    for row in sheet.iter_rows(min_row=2):
        if [cell.value or "" for cell in row[:3]] == [domain, attribute, segment]:
            headings = [cell.value for cell in sheet[1]]
            return dict(zip(headings, row, strict=True))
    raise AssertionError((domain, attribute, segment))


def edit(book, *subject, **cells):
    row = row_of(book, *subject)
    for heading, value in cells.items():
        row[heading.replace("_", " ")].value = value
    return row["Systems"].row


def upload(person, book, reason="finance asked", **options):
    file = BytesIO()
    book.save(file)
    sent = SimpleUploadedFile("register.xlsx", file.getvalue())
    return person.post("/ownership/register", {"file": sent, "reason": reason}, **options)


def text(answer):
    return answer.content.decode()


def line(*subject, on=None):
    subject = (*subject, "", "")[:3]
    return stages.line_on(stages.rules_of([subject[0]]), subject, on or timezone.now().date())


def test_a_download_says_what_the_register_says_row_by_row(finance):
    book = download(finance)

    assert row_of(book, "client")["Systems"].value == "CRM, ERP"
    assert row_of(book, "client", "tax_id")["Systems"].value == "ERP"
    assert row_of(book, "client", "tax_id")["Accountable"].value == "Ann"
    assert row_of(book, "client", "legal_name")["Systems"].value == "inherited"
    assert not row_of(book, "invoice")["Systems"].value
    assert book["Rows"].freeze_panes == "A2"


def test_a_sheet_that_nobody_edited_asks_for_nothing(finance):
    answer = upload(finance, download(finance), follow=True)

    assert "no row of the sheet was edited" in text(answer)
    assert not OwnershipRequest.objects.exists()


def test_edited_rows_are_foreseen_one_by_one_and_then_asked_for(finance):
    for number in (1, 2):
        golden_record(
            record(f"A{number}", tax_id=VAT, legal_name="Acme"),
            record(f"{number}", source="ERP", tax_id=OTHER, legal_name="Acme"),
        )
    book = download(finance)
    first = edit(book, "client", "tax_id", Systems="CRM", Accountable="Ben")
    second = edit(book, "client", "legal_name", Systems="ERP", Accountable="Ben")

    answer = upload(finance, book)
    work.drain()

    made = OwnershipRequest.objects.get()
    assert answer["Location"] == f"/ownership/{made.pk}"
    assert made.state == "draft"
    assert [each["row"] for each in made.lines] == sorted((first, second))
    assert made.effect["client"]["by_rule"] == {"tax_id/": 2}
    assert not Event.objects.filter(type="ownership.requested").exists()
    assert "Ask for it" in text(finance.get(f"/ownership/{made.pk}"))
    assert line("client", "tax_id")["systems"] == ["ERP"]

    finance.post(f"/ownership/{made.pk}", {"action": "submit"})

    made.refresh_from_db()
    assert made.state == "open"
    assert Event.objects.filter(type="ownership.requested").count() == 1


def test_a_draft_is_approved_by_nobody_and_submitted_or_dropped_by_its_maker(finance, sign_in):
    book = download(finance)
    edit(book, "client", "tax_id", Systems="CRM")
    upload(finance, book)
    work.drain()
    made = OwnershipRequest.objects.get()
    other = sign_in("finance", "viewer")

    assert "has not asked for it yet" in text(
        other.post(f"/ownership/{made.pk}", {"action": "approve"}, follow=True)
    )
    other.post(f"/ownership/{made.pk}", {"action": "submit"})
    other.post(f"/ownership/{made.pk}", {"action": "decline", "reason": "no"})
    made.refresh_from_db()
    assert made.state == "draft"

    finance.post(f"/ownership/{made.pk}", {"action": "decline"})
    made.refresh_from_db()
    assert made.state == "declined"


def test_what_others_changed_since_the_download_is_not_taken_back(finance):
    book = download(finance)
    OwnershipRule.objects.filter(attribute="tax_id").update(withdrawn_at=timezone.now())
    ownership("client", "PSA", attribute="tax_id")
    OwnershipRule.objects.filter(attribute="tax_id", withdrawn_at=None).update(
        recorded_at=timezone.now()
    )
    edit(book, "client", "legal_name", Systems="ERP", Accountable="Ben")

    upload(finance, book)

    assert [each["attribute"] for each in OwnershipRequest.objects.get().lines] == ["legal_name"]

    at = edit(book, "client", "tax_id", Systems="CRM")
    answer = upload(finance, book)
    assert answer.status_code == 422
    assert "has changed since the download" in text(answer)
    assert f"<td>{at}</td>" in text(answer)
    assert OwnershipRequest.objects.count() == 1


YESTERDAY = timezone.now().date() - timedelta(days=1)


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        ({"Systems": ""}, "Systems", "it names no systems"),
        ({"Systems": "CRM, XYZ"}, "Systems", "XYZ"),
        ({"Systems": "CRM, CRM"}, "Systems", "names a system twice"),
        ({"Accountable": ""}, "Accountable", "name one person"),
        ({"When_others_write": "shout"}, "When others write", "is none of ignore"),
        ({"Review_on": "soon"}, "Review on", "is no date"),
        ({"Systems": "CRM", "From": YESTERDAY}, "From", "has passed"),
        ({"Domain": "clients"}, "Domain", "there is no"),
        ({"Attribute": "colour"}, "Domain", "colour"),
        ({"Attribute": "legal_name"}, "Attribute", "keep one"),
    ],
)
def test_each_cell_that_is_wrong_is_named_and_nothing_is_taken(finance, cells, column, words):
    book = download(finance)
    edit(book, "client", "website", Systems="PSA", Accountable="Ben")
    at = edit(book, "client", "tax_id", **cells)

    answer = upload(finance, book)

    assert answer.status_code == 422
    assert f'<td>{at}</td><th scope="row">{column}</th>' in text(answer)
    assert words in text(answer)
    assert not OwnershipRequest.objects.exists()


@pytest.mark.parametrize(
    "content", [b"", b"not a workbook", b"PK\x03\x04 damaged"], ids=["empty", "text", "damaged"]
)
def test_what_is_no_workbook_is_refused_in_words(finance, content):
    sent = SimpleUploadedFile("register.xlsx", content)

    answer = finance.post("/ownership/register", {"file": sent, "reason": "x"}, follow=True)

    assert "Nothing was taken from the sheet" in text(answer)


def test_a_workbook_that_was_not_downloaded_here_is_refused(finance):
    book = download(finance)
    del book["About"]

    assert "Nothing was taken from the sheet" in text(upload(finance, book, follow=True))


def test_a_rule_begins_on_its_day_and_ends_where_it_is_inherited(finance):
    book = download(finance)
    soon = timezone.now().date() + timedelta(days=9)
    edit(book, "client", "tax_id", Systems="inherited", From=soon)

    upload(finance, book)

    [asked] = OwnershipRequest.objects.get().lines
    assert (asked["systems"], asked["since"]) == ("inherited", soon.isoformat())


def test_a_name_that_looks_like_a_formula_comes_back_as_it_was(finance):
    OwnershipRule.objects.filter(attribute="tax_id").update(accountable="=Ann")
    book = download(finance)

    assert row_of(book, "client", "tax_id")["Accountable"].value == "'=Ann"
    assert "no row of the sheet was edited" in text(upload(finance, book, follow=True))


def test_who_may_read_the_register_does_not_change_it_so(sign_in, owned):
    auditor = sign_in("auditor")

    assert auditor.get("/ownership/register").status_code == 200
    assert upload(auditor, download(auditor)).status_code == 403
