"""Pages about feeds: a file is brought, tried, applied; every refusal says what to do."""

import zipfile
from io import BytesIO

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from matching.models import MatchRun
from mdm import work
from mdm.models import (
    CrosswalkLink,
    FeedBatch,
    FeedMapping,
    FeedRow,
    GoldenRecord,
    SourceRecord,
    SourceRecordVersion,
)
from tests.factories import feed, load

pytestmark = pytest.mark.django_db

CLIENTS = "Id,Name\n1,Acme Tools\n2,Beta Partners\n"
KEPT = (SourceRecord, SourceRecordVersion, GoldenRecord, CrosswalkLink, MatchRun, FeedMapping)


def text(answer):
    return answer.content.decode()


def bring(browser, of, content, name="clients.csv"):
    """Drop a file onto a feed's page; the workers do what comes of it. Returns the batch's page."""
    body = content if isinstance(content, bytes) else content.encode()
    answer = browser.post(f"/feeds/{of.code}", {"file": SimpleUploadedFile(name, body)})
    work.drain()
    return browser.get(answer.url)


def apply(browser, page):
    answer = browser.post(page.request["PATH_INFO"], {"action": "apply"})
    work.drain()
    return browser.get(answer.url)


def counted():
    return {model.__name__: model.objects.count() for model in KEPT}


def test_a_file_is_tried_before_anything_changes(sign_in):
    crm = feed()
    load(crm, "Id,Name\n1,Acme\n2,Beta Partners\n")
    before = counted()

    page = bring(sign_in("steward"), crm, "Id,Name\n1,Acme Tools\n2,Beta Partners\n3,Gamma\n4,\n")

    shown = " ".join(text(page).split())
    assert "<strong>1</strong> new" in shown
    assert "<strong>1</strong> changed" in shown
    assert "<strong>1</strong> as they are" in shown
    assert "<strong>1</strong> to repair" in shown
    assert "<del>Acme</del>" in shown
    assert "<ins>Acme Tools</ins>" in shown
    assert "Row 5, Name: the legal name is empty." in shown
    assert counted() == before


def test_a_trial_says_how_many_would_join_golden_records(sign_in):
    load(feed(), "Id,Name\n1,Acme Tools Limited\n2,Beta Partners\n")
    erp = feed(source="ERP")
    before = counted()

    page = bring(sign_in("steward"), erp, "Id,Name\n7,Acme Tools Limited\n8,Zebra Airlines\n")

    matches = FeedBatch.objects.get(feed=erp).prediction["matches"]
    assert matches["new"] == 2
    assert matches["join"] + matches["ask"] == 1
    assert "Of the 2 new records" in text(page)
    assert counted() == before


def test_a_tried_file_is_applied_once_and_as_it_was_tried(sign_in):
    browser, crm = sign_in("steward"), feed()
    trial = bring(browser, crm, CLIENTS)

    page = apply(browser, trial)

    assert "= received" in text(page)
    assert SourceRecord.objects.count() == 2
    again = browser.post(trial.request["PATH_INFO"], {"action": "apply"}, follow=True)
    assert "was applied already" in text(again)
    assert FeedBatch.objects.filter(dry_run=False).count() == 1


def test_a_file_that_is_put_away_leaves_nothing_of_its_values(sign_in):
    browser, crm = sign_in("steward"), feed()
    trial = bring(browser, crm, CLIENTS)

    browser.post(trial.request["PATH_INFO"], {"action": "put_away"})

    batch = FeedBatch.objects.get()
    assert batch.state == "discarded"
    assert "sample" not in batch.prediction
    assert not batch.file_parts.exists()
    assert not batch.chunks.exists()


def test_columns_of_a_first_file_are_guessed_corrected_and_kept_with_it(sign_in):
    browser = sign_in("integrator")
    made = browser.post(
        "/feeds/new",
        {
            "name": "Clients of the CRM", "code": "crm", "system": feed().system.pk,
            "domain": "client", "owner": "Ann", "mode": "delta", "deletes": "ignore",
            "creates": "on",
        },
    )  # fmt: skip
    assert made.url == "/feeds/crm"
    from_crm = FeedMapping._meta.get_field("feed").related_model.objects.get(code="crm")
    page = bring(browser, from_crm, "Account ID,Account Name,Town,Colour\n1,Acme Tools,Leeds,red\n")
    assert "Waits for its mapping" in text(page)

    mapping = browser.get(f"{page.request['PATH_INFO']}/mapping")
    assert '<option value="key" selected>' in text(mapping)
    assert '<option value="legal_name" selected>' in text(mapping)
    assert '<option value="addresses.city" selected>' in text(mapping)
    chosen = {"column0": "key", "column1": "legal_name", "column2": "addresses.city", "column3": ""}
    tried = browser.post(mapping.request["PATH_INFO"], chosen)
    work.drain()
    assert not from_crm.mappings.exists()
    apply(browser, browser.get(tried.url))

    kept = from_crm.newest_mapping()
    assert kept.version == 1
    assert kept.specification["key"] == ["Account ID"]
    record = SourceRecord.objects.get()
    assert record.attributes["legal_name"] == "Acme Tools"
    assert record.attributes["addresses"][0]["city"] == "Leeds"


def test_a_mapping_without_a_name_says_what_is_missing(sign_in):
    browser = sign_in("integrator")
    crm = feed(mapping={"key": "Nr", "attributes": []})
    page = bring(browser, crm, CLIENTS)

    answer = browser.post(f"{page.request['PATH_INFO']}/mapping", {"column0": "key"})

    assert "Nothing is mapped to legal_name" in text(answer)


def xlsx(*rows):
    book, file = Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def bomb():
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(1025):
                sheet.write(bytes(1 << 20))
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "a.csv", "The file is empty"),
        (b"Id,Name\n", "a.csv", "nothing was changed"),
        (b"1,,\n2,,\n", "a.csv", "The file has no column"),
        (b"%PDF-1.7 \x00\x00", "a.csv", "is in fact a PDF document"),
        (b"\x00\x01\x02\x03" * 50, "a.csv", "is in fact a binary file"),
        (b"PK\x03\x04 cut off xl/", "a.xlsx", "The workbook is damaged"),
        (bomb, "a.xlsx", "The workbook unpacks to 1,025 MiB"),
        (b'{"a": ', "a.json", "The file holds no records"),
    ],
)
def test_a_broken_file_says_what_is_wrong_and_changes_nothing(sign_in, content, name, said):
    crm = feed()
    body = content() if callable(content) else content
    before = counted()

    page = bring(sign_in("steward"), crm, body or b"\n", name)

    assert said in text(page)
    assert counted() == before
    assert "Apply this file" not in text(page) or FeedRow.objects.exists()


def test_ragged_rows_and_formulas_cost_their_rows_only(sign_in):
    browser, crm = sign_in("steward"), feed()

    ragged = text(bring(browser, crm, "Id,Name\n1,Acme\n2,Beta,more,and more\n"))
    formula = text(bring(browser, crm, xlsx(["Id", "Name"], [1, "Acme"], [2, "=A1"]), "a.xlsx"))

    assert "Row 3" in ragged
    assert "Apply this file" in ragged
    assert "the formula was never calculated" in formula


def test_latin_letters_are_read_as_they_were_written(sign_in):
    browser, crm = sign_in("steward"), feed()

    apply(browser, bring(browser, crm, "Id,Name\n1,Müller & Söhne\n".encode("cp1252")))

    assert SourceRecord.objects.get().attributes["legal_name"] == "Müller & Söhne"


def test_a_file_that_is_too_large_is_refused_at_the_door(sign_in, settings):
    settings.FEED_UPLOAD_MEGABYTES = 1
    browser, crm = sign_in("steward"), feed()
    file = SimpleUploadedFile("big.csv", b"x" * ((1 << 20) + 1))

    page = browser.post(f"/feeds/{crm.code}", {"file": file}, follow=True)

    assert "more than 1" in text(page)
    assert not FeedBatch.objects.exists()


def test_no_file_at_all_is_said(sign_in):
    page = sign_in("steward").post(f"/feeds/{feed().code}", follow=True)

    assert "No file arrived" in text(page)


@pytest.mark.parametrize(
    ("role", "uploads", "maps", "releases"),
    [
        ("viewer", 403, 403, 403),
        ("finance", 403, 403, 403),
        ("auditor", 403, 403, 403),
        ("steward", 302, 403, 403),
        ("integrator", 302, 200, 403),
        ("domain-owner", 302, 200, 302),
        ("administrator", 302, 200, 302),
    ],
)
def test_who_may_bring_map_and_release(sign_in, role, uploads, maps, releases):
    crm = feed(largest_inactivated_share=0.1)
    load(crm, "Id,Name\n" + "".join(f"{key},Client {key}\n" for key in range(40)))
    held = load(crm, "Id,Name\n1,Client 1\n")
    browser = sign_in(role)
    file = SimpleUploadedFile("a.csv", CLIENTS.encode())

    assert browser.post(f"/feeds/{crm.code}", {"file": file}).status_code == uploads
    assert browser.get("/feeds/new").status_code == maps
    released = browser.post(f"/feeds/batches/{held.pk}", {"action": "release"})
    assert released.status_code == releases


def test_a_held_batch_shows_what_it_would_change_before_it_is_released(sign_in):
    crm = feed(largest_changed_share=0.1)
    rows = "".join(f"{key},Client {key}\n" for key in range(30))
    load(crm, "Id,Name\n" + rows)
    held = load(crm, "Id,Name\n" + rows.replace("Client", "Customer"))
    browser = sign_in("domain-owner")

    page = text(browser.get(f"/feeds/batches/{held.pk}"))
    assert "What it would change" in page
    assert "<del>Client 1</del>" in page
    browser.post(f"/feeds/batches/{held.pk}", {"action": "release"})
    work.drain()

    held.refresh_from_db()
    assert (held.state, held.updated) == ("applied", 30)
    assert "changes" not in held.prediction


def test_values_of_a_file_are_masked_like_those_of_records(sign_in):
    people = feed(
        domain="contact",
        mapping={
            "key": "Id",
            "attributes": [
                {"attribute": "family_name", "column": "Name"},
                {"attribute": "emails", "column": "Mail"},
            ],
        },
    )
    batch = load(people, "Id,Name,Mail,Other\n1,Lee,no address,secret\n")
    row = FeedRow.objects.get()
    browser = sign_in("integrator")

    for page in (f"/feeds/batches/{batch.pk}", "/feeds/quarantine", f"/feeds/quarantine/{row.pk}"):
        shown = text(browser.get(page))
        assert "Lee" not in shown, page
        assert "no address" not in shown, page
        assert "secret" not in shown, page


def test_progress_is_told_until_nothing_goes_on(sign_in):
    browser, crm = sign_in("steward"), feed()
    file = SimpleUploadedFile("a.csv", CLIENTS.encode())
    address = browser.post(f"/feeds/{crm.code}", {"file": file}).url

    waiting = browser.get(f"{address}/progress")
    assert "hx-trigger" in text(waiting)
    assert "HX-Refresh" not in waiting
    work.drain()

    assert browser.get(f"{address}/progress")["HX-Refresh"] == "true"


def test_lists_ask_little_of_the_database(sign_in, django_assert_max_num_queries):
    for number in range(4):
        load(feed(f"feed-of-{number}"), f"Id,Name\n{number},\n9,Client\n")
    browser, batch = sign_in("steward"), FeedBatch.objects.last()

    for page in ("/feeds", "/feeds/quarantine", "/feeds/batches", f"/feeds/batches/{batch.pk}"):
        with django_assert_max_num_queries(12):
            assert browser.get(page).status_code == 200
    with django_assert_max_num_queries(12):
        assert browser.get("/feeds/feed-of-1").status_code == 200


def test_health_tells_what_is_wrong(sign_in):
    held = feed("held", largest_inactivated_share=0.1)
    load(held, "Id,Name\n" + "".join(f"{key},Client {key}\n" for key in range(40)))
    load(held, "Id,Name\n1,Client 1\n")
    load(feed("ragged"), "Id,Name\n100,\n200,Beta\n")
    feed("silent")

    page = text(sign_in("auditor").get("/feeds"))

    assert "Held by the circuit breaker" in page
    assert "Rows to repair" in page
    assert "Nothing delivered yet" in page


def test_a_batch_of_what_one_may_not_see_is_neither_read_nor_decided_on_nor_listed(sign_in):
    browser = sign_in("steward")
    hidden, seen = feed("hidden-feed", domain="contact"), feed("seen-feed")
    for each in (hidden, seen):
        load(each, "Id,Name\n1,Somebody\n")
    batch = FeedBatch.objects.get(feed=hidden)
    Group.objects.get(name="steward").permissions.remove(
        Permission.objects.get(codename="view_contact")
    )

    answers = [
        browser.get(f"/feeds/batches/{batch.pk}"),
        browser.get(f"/feeds/batches/{batch.pk}/progress"),
        browser.post(f"/feeds/batches/{batch.pk}", {"action": "retry"}),
    ]
    lists = [text(browser.get(address)) for address in ("/feeds", "/feeds/batches", "/")]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert all("seen-feed" in page and "hidden-feed" not in page for page in lists)
