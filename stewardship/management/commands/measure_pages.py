"""manage.py measure_pages: queries and server time of each page, as a steward sees it."""

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from http import HTTPStatus
from statistics import median

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.models import Count
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rich.table import Table

from matching.models import MatchPair, SuspectCluster
from mdm.management.console import console
from mdm.memory import freeze
from mdm.models import CrosswalkLink, GoldenRecord, Work
from mdm.work import perform
from stewardship.models import StewardshipTask
from stewardship.reports import REPORTS, keeping


class Command(BaseCommand):
    help = "Reports queries and server time of each page, in the middle of several readings."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as", dest="person", default="steward", help="A user name")
        parser.add_argument("--times", type=int, default=5)
        parser.add_argument("--language", default="en", help="What the browser asks for")

    def handle(self, *, person: str, times: int, language: str, **_options: object) -> None:
        user = User.objects.filter(username=person).first()
        if user is None:
            raise CommandError(f"there is nobody called {person}")
        browser = Client(SERVER_NAME="localhost", headers={"accept-language": language})
        browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        _make_reports(browser)
        freeze()
        table = Table("page", "queries", "ms", "least ms", "kB", box=None)
        for address in _addresses():
            if browser.get(address).status_code == HTTPStatus.FORBIDDEN:
                continue
            seconds = []
            for _ in range(times):
                with CaptureQueriesContext(connection) as queries:
                    started = time.perf_counter()
                    answer = browser.get(address)
                    seconds.append(time.perf_counter() - started)
            shown = (len(queries), median(seconds) * 1000, min(seconds) * 1000)
            size = len(answer.content) / 1000
            table.add_row(address, *(f"{each:.0f}" for each in (*shown, size)))
        console.print(table)


def _make_reports(browser: Client) -> None:
    """Have those made that take a worker, so that they are measured and not their progress."""
    for address in _reports():
        browser.get(address)
    asked = Work.objects.filter(kind=keeping.WORK, state=Work.State.WAITING)
    for work_id in list(asked.values_list("pk", flat=True)):
        perform(work_id)


def _reports() -> Iterator[str]:
    yield from (reverse("report", args=[code]) for code in REPORTS)
    yield from (
        reverse(page, args=["client", "legal_name"]) for page in ("conflict-rows", "change-rows")
    )


def _with_plan(address: str) -> Iterator[str]:
    """A page, and the part of it that comes later."""
    yield from (address, f"{address}&plan=1")


def _of_several() -> CrosswalkLink | None:
    """A source record that could be taken out of its golden record."""
    live = CrosswalkLink.objects.filter(unlinked_at=None, golden__domain="client")
    homes = live.values("golden").annotate(count=Count("pk")).filter(count__gt=1).order_by()
    return live.filter(golden__in=homes.values("golden")[:1]).last()


def _addresses() -> Iterator[str]:
    """Each page once, and the inbox once for each kind of filter."""
    inbox = reverse("inbox")
    yield from (reverse("home"), inbox, reverse("actions"), reverse("search"))
    for filters in ("kind=match_review", "system=ERP", "band=even", "age=week", "when=overdue"):
        yield f"{inbox}?{filters}"
    for query in ("acme", "info@acme.com", "%2B44 20 7946 0000"):
        yield f"{reverse('search')}?q={query}"
    yield f"{reverse('search-alike')}?q=akme+tools"
    listed = reverse("golden-list", args=["client"])
    yield from (listed, f"{listed}?q=acme")
    if task := StewardshipTask.objects.open().filter(kind="match_review").first():
        yield task.address()
    if (clients := GoldenRecord.objects.of("client").listed()[:2]) and len(clients) == 2:
        record, other = clients
        yield reverse("golden", args=["client", record.pk])
        for page in ("cluster", "merge"):
            yield from (address := reverse(page, args=["client", record.pk]), f"{address}?q=acme")
        yield reverse("pin", args=["client", record.pk, "legal_name"])
        yield from _with_plan(f"{reverse('merge', args=['client', record.pk])}?with={other.pk}")
    if member := _of_several():
        where = reverse("take-out", args=["client", member.golden_id])
        yield from _with_plan(f"{where}?record={member.record_id}")
    if suspect := SuspectCluster.objects.filter(settled_at=None).first():
        yield from _with_plan(f"{reverse('suspect', args=[suspect.pk])}?")
    if pair := MatchPair.objects.select_related("left__system", "right__system").first():
        yield reverse("source-record", args=["client", pair.left_id])
        yield f"{reverse('why-not')}?domain=client&left={pair.left}&right={pair.right}"
    for page in ("feeds", "batches", "quarantine", "match-runs", "bulk", "webhooks", "ownership"):
        yield reverse(page)
    yield from (reverse("catalogue"), reverse("quality"))
    yield reverse("quality-domain", args=["client"])
    yield reverse("match-model", args=["client"])
    yield f"{reverse('bulk-choose', args=['client'])}?low=&verdict=match"
    yield reverse("reports")
    yield from _reports()
