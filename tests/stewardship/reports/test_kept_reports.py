"""Reports of a large hub, which workers make and which are kept."""

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from mdm import golden, work
from mdm.models import Work
from stewardship.models import AskedClose, KeptReport, PeriodClose
from stewardship.reports import REPORTS, keeping
from tests.factories import LATER, cause, golden_record, record, send_again

pytestmark = pytest.mark.django_db

READ_ALL = [code for code, kind in REPORTS.items() if kind.reads_all]
BEING_MADE = "This report is being made"


@pytest.fixture
def large(settings):
    """A hub with one record more than reports read while one waits, of which systems disagree."""
    settings.REPORTS_AT_ONCE = 1
    crm, erp = record("A", legal_name="Acme"), record("1", source="ERP", legal_name="Acme Ltd")
    home = golden_record(crm, erp)
    send_again(crm, legal_name="Acme Inc")
    return golden.rebuild("client", [home.pk], cause=cause(at=LATER))


def read(client, address):
    return client.get(address).content.decode()


@pytest.mark.parametrize("code", READ_ALL)
def test_a_report_of_a_large_hub_is_made_by_a_worker_and_then_read_in_few_queries(
    sign_in, large, code, django_assert_max_num_queries
):
    finance = sign_in("finance")
    assert BEING_MADE in read(finance, f"/reports/{code}")

    work.drain()
    with django_assert_max_num_queries(12):
        page = read(finance, f"/reports/{code}")

    assert BEING_MADE not in page
    assert "Make it anew" in page
    assert finance.get(f"/reports/{code}?format=csv").content.startswith(b"\xef\xbb\xbf")


def test_what_a_worker_made_says_what_the_report_says(sign_in, large, settings):
    finance = sign_in("finance")
    finance.get("/reports/conflicts")
    work.drain()
    kept = read(finance, "/reports/conflicts")

    settings.REPORTS_AT_ONCE = 10
    rows = re.compile(r"<tbody>.*?</tbody>", re.DOTALL)

    assert "Legal name" in rows.search(kept)[0]
    assert rows.search(kept)[0] == rows.search(read(finance, "/reports/conflicts"))[0]


def test_a_small_hub_has_its_reports_made_while_one_waits(sign_in, large, settings):
    settings.REPORTS_AT_ONCE = 10
    assert "Acme" not in read(sign_in("finance"), "/reports/conflicts")
    assert not KeptReport.objects.exists()


def test_what_is_behind_a_row_is_made_by_a_worker_too(sign_in, large):
    finance = sign_in("finance")
    for address in ("/reports/conflicts/client/legal_name", "/reports/changes/client/legal_name"):
        assert BEING_MADE in read(finance, address)
        work.drain()
        assert "Acme" in read(finance, address)


def test_what_no_attribute_is_called_is_not_found(sign_in, large):
    assert sign_in("finance").get(f"/reports/changes/client/{'x' * 65}").status_code == 404


def test_a_kept_report_says_what_was_so_until_it_is_made_anew(sign_in, large):
    finance = sign_in("finance")
    finance.get("/reports/conflicts/client/legal_name")
    work.drain()
    golden_record(record("B", legal_name="Beta"), record("2", source="ERP", legal_name="Beta Ltd"))
    assert "Beta" not in read(finance, "/reports/conflicts/client/legal_name")

    finance.post("/reports/conflicts/client/legal_name")
    before = read(finance, "/reports/conflicts/client/legal_name")
    assert "is being made anew" in before
    assert "Acme" in before
    work.drain()
    assert "Beta" in read(finance, "/reports/conflicts/client/legal_name")


def test_a_report_of_now_that_is_old_is_made_anew_and_one_of_a_moment_is_not(sign_in, large):
    finance = sign_in("finance")
    then = f"?as_of={timezone.now() - timedelta(days=2):%Y-%m-%d}"  # a day that is over everywhere
    for asked in ("", then):
        finance.get(f"/reports/changes{asked}")
    work.drain()
    KeptReport.objects.update(as_of=timezone.now() - 2 * keeping.FRESH)

    assert "is being made anew" in read(finance, "/reports/changes")
    assert "is being made anew" not in read(finance, f"/reports/changes{then}")


def test_of_a_moment_that_has_not_come_a_report_says_what_is_so_now(sign_in, large):
    sign_in("finance").get(f"/reports/changes?as_of={timezone.now() + timedelta(days=3):%Y-%m-%d}")
    work.drain()

    found = KeptReport.objects.get()
    assert found.at_moment is None
    assert found.as_of <= timezone.now()


def test_only_those_who_see_the_same_read_the_same(sign_in, large):
    owner, auditor, administrator = map(sign_in, ("domain-owner", "auditor", "administrator"))
    owner.get("/reports/conflicts")
    progress = f"/reports/made/{KeptReport.objects.get().pk}/progress"
    work.drain()

    assert BEING_MADE in read(administrator, "/reports/conflicts")
    assert administrator.get(progress).status_code == 404
    assert BEING_MADE not in read(auditor, "/reports/conflicts")
    assert auditor.get(progress).status_code == 200


def test_it_is_made_in_the_language_of_whoever_asked(sign_in, large):
    finance, german = sign_in("finance"), {"accept-language": "de"}
    finance.get("/reports/conflicts", headers=german)
    work.drain()

    assert "Firmenname" in finance.get("/reports/conflicts", headers=german).content.decode()
    assert BEING_MADE in read(finance, "/reports/conflicts")


def test_progress_asks_for_the_page_again_once_it_is_over(sign_in, large):
    finance = sign_in("finance")
    finance.get("/reports/conflicts")
    address = f"/reports/made/{KeptReport.objects.get().pk}/progress"
    assert "HX-Refresh" not in finance.get(address).headers

    work.drain()
    assert finance.get(address)["HX-Refresh"] == "true"


def test_a_report_that_was_given_up_says_why_and_is_tried_again(sign_in, large, monkeypatch):
    finance = sign_in("finance")
    finance.get("/reports/conflicts")
    Work.objects.update(state=Work.State.PARKED, problem="the disk is full")

    page = read(finance, "/reports/conflicts")
    assert "the disk is full" in page
    assert not Work.objects.filter(state=Work.State.WAITING).exists()

    finance.post("/reports/conflicts")
    work.drain()
    assert "Legal name" in read(finance, "/reports/conflicts")


def test_reports_that_nobody_asks_for_are_forgotten(sign_in, large):
    finance = sign_in("finance")
    finance.get("/reports/conflicts")
    work.drain()
    KeptReport.objects.update(asked_at=timezone.now() - keeping.KEPT - timedelta(days=1))

    finance.get("/reports/changes")
    work.drain()
    assert [each.code for each in KeptReport.objects.all()] == ["changes"]


def test_a_report_is_kept_once_for_those_who_see_the_same():
    mine = {"code": "conflicts", "sight": ["mdm.view_client"], "language": "en"}
    KeptReport.objects.create(**mine, asked_at=timezone.now())
    with pytest.raises(IntegrityError, match="kept_once"), transaction.atomic():
        KeptReport.objects.create(**mine, asked_at=timezone.now())
    with pytest.raises(IntegrityError, match="of_when"), transaction.atomic():
        KeptReport.objects.update(document="{}")


def test_a_large_hub_is_closed_by_a_worker(sign_in, large):
    finance = sign_in("finance")
    finance.post("/reports", {"period": "2026-11", "note": "all checked"})
    page = read(finance, "/reports")
    assert "2026-11 is being closed" in page
    assert not PeriodClose.objects.exists()
    assert "HX-Refresh" not in finance.get("/reports/closing").headers

    work.drain()

    close = PeriodClose.objects.get()
    assert (close.period, close.note) == ("2026-11", "all checked")
    assert close.closed_by.startswith("user:")
    assert close.reports.count() == len(REPORTS)
    assert not AskedClose.objects.exists()
    assert finance.get("/reports/closing")["HX-Refresh"] == "true"
    assert "Legal name" in read(finance, "/reports/conflicts?period=2026-11")


def test_a_period_that_was_closed_is_not_closed_again_by_a_worker(sign_in, large):
    finance = sign_in("finance")
    finance.post("/reports", {"period": "2026-11"})
    work.drain()
    answer = finance.post("/reports", {"period": "2026-11"}, follow=True)
    assert "was closed before" in answer.content.decode()
    assert not AskedClose.objects.exists()


def test_a_close_that_was_given_up_is_asked_for_again(sign_in, large):
    finance = sign_in("finance")
    finance.post("/reports", {"period": "2026-11", "note": "all checked"})
    Work.objects.update(state=Work.State.PARKED, problem="the disk is full")
    assert "could not be closed: the disk is full" in read(finance, "/reports")

    finance.post("/reports", {"period": "2026-11"})
    work.drain()
    assert PeriodClose.objects.get().note == "all checked"
