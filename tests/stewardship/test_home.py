"""The first page says what waits, how feeds and matching do, and what is new to whoever looks."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone

from matching.models import ClusterDecision, Decision
from mdm.models import Event
from stewardship import home, inbox
from tests.factories import batch, feed, record
from tests.stewardship.visible import read
from tests.stewardship.waiting import task

pytestmark = pytest.mark.django_db


def page_of(browser):
    return browser.get("/").content.decode()


def row_of(page, heading):
    """What the row of that heading says, cell by cell."""
    (row,) = (each for each in re.findall("<tr>.*?</tr>", page, re.S) if heading in each)
    return row


def test_a_feed_that_never_delivered_says_so_and_leads_to_its_page(sign_in):
    feed("quiet")
    batch(feed("only-tried"), dry_run=True)
    came = batch(feed("came"), quarantined=7, received=7)

    page = page_of(sign_in("steward"))

    for name in ("quiet", "only-tried"):
        assert f'<a href="/feeds/{name}">{name}</a>' in row_of(page, name)
        assert "nothing delivered yet" in row_of(page, name)
    assert f'<a href="/feeds/batches/{came.pk}">came</a>' in row_of(page, "came")
    assert "applied" in row_of(page, "came")
    assert "nothing" not in row_of(page, "came")


def test_feeds_that_need_somebody_come_before_those_that_never_delivered(sign_in):
    now = timezone.now()
    batch(feed("a-well"), received_at=now)
    feed("b-quiet")
    batch(feed("c-faulty"), received_at=now, quarantined=1, received=1)
    late = feed("d-late", source="ERP")
    late.system.freshness_hours = 1
    late.system.save()
    batch(late, received_at=now - timedelta(hours=2))
    batch(feed("e-held"), received_at=now, state="waiting")

    page = page_of(sign_in("steward"))

    assert re.findall(r">([a-e]-\w+)</a>", page) == [
        "e-held", "d-late", "c-faulty", "b-quiet", "a-well"
    ]  # fmt: skip


@pytest.mark.parametrize("counted", [inbox.COUNTED, 1])
def test_beside_each_number_stands_how_long_the_oldest_waits(sign_in, monkeypatch, counted):
    monkeypatch.setattr(inbox, "COUNTED", counted)
    now = timezone.now()
    for subject, hours in enumerate((50, 3, 24 * 9, 1)):
        task(subject=subject, opened_at=now - timedelta(hours=hours))
    task(subject=4, opened_at=now - timedelta(days=30), deferred_until=now + timedelta(days=3))
    task(subject=5, opened_at=now - timedelta(days=30), domain="hidden")
    task("contested_pin", opened_at=now - timedelta(hours=20))
    task("contested_rate", opened_at=now - timedelta(minutes=1))

    page = page_of(sign_in("steward"))

    many = "4" if counted > 4 else "1+"
    assert read(row_of(page, "Match review")) == ["Match review", many, "9 days", "1"]
    assert read(row_of(page, "Contested pin")) == ["Contested pin", "1", "20 hours", "0"]
    assert read(row_of(page, "Contested rate"))[-3:] == ["1", "1 hour", "0"]


def lengths(row):
    """How long the bars of a row are, in the order in which they are drawn."""
    return [float(each) for each in re.findall(r'<rect [^>]*width="([0-9.]+)"', row)]


def test_bars_are_as_long_as_the_numbers_that_stand_beside_them_as_text(sign_in):
    now = timezone.now()
    for subject, days in enumerate((1, 1, 1, 90)):
        task(subject=subject, opened_at=now - timedelta(days=days))
    task("contested_pin", opened_at=now)

    page = page_of(sign_in("steward"))

    reviews, pins = row_of(page, "Match review"), row_of(page, "Contested pin")
    assert read(reviews) == ["Match review", "4", "90 days", "1"]
    assert lengths(reviews) == [100, 25]
    assert lengths(pins) == [25, 0]
    assert all('<svg viewBox="0 0 100 8"' in each for each in (reviews, pins))
    assert all('aria-hidden="true"' in each for each in (reviews, pins))


def test_decisions_are_counted_only_in_domains_that_the_reader_may_see(sign_in):
    said = {"decided_by": "user:ann", "decided_at": timezone.now()}
    for domain, verdict in (("client", "match"), ("contact", "no_match")):
        left, right = sorted((record(), record()), key=lambda each: each.pk)
        Decision.objects.create(left=left, right=right, domain=domain, verdict=verdict, **said)
        ClusterDecision.objects.create(domain=domain, verdict=verdict, **said)

    browser = sign_in()
    allowed = Permission.objects.filter(codename__in=("steward", "view_client"))
    User.objects.get(username="nobody").user_permissions.set(allowed)

    some, all_ = (read(row_of(page_of(each), "bar-late")) for each in (browser, sign_in("steward")))

    assert some[1:] == ["2", "0", "0"]
    assert all_[1:] == ["2", "2", "0"]


class Clock:
    """The time of the first page, which passes when a test says so."""

    def __init__(self):
        self.time = timezone.now()

    def now(self):
        return self.time

    def passes(self, **long):
        self.time += timedelta(**long)

    def brings(self, type_):
        said = {"domain": "client", "by": "x", "correlation_id": "x"}
        Event.objects.create(type=type_, at=self.time - timedelta(seconds=1), **said)


@pytest.fixture
def clock(monkeypatch):
    told = Clock()
    monkeypatch.setattr(home, "timezone", told)
    return told


def news(browser):
    """What changed, as the page tells it."""
    told = re.search(r"<h2[^>]*>Since .*?</ul>", page_of(browser), re.S)
    return re.findall(r"<li><strong>(.*?)</strong> (.*?)</li>", told[0]) if told else []


def test_whoever_signs_in_anew_is_told_what_changed_since_the_last_visit(sign_in, clock):
    clock.brings("golden.changed")
    browser = sign_in("viewer")
    first = news(browser)
    clock.passes(days=3)
    clock.brings("golden.created")
    clock.passes(days=2)

    browser.post("/logout")
    browser.force_login(
        User.objects.get(username="viewer"), "django.contrib.auth.backends.ModelBackend"
    )
    again = news(browser)

    assert first == [("1", "golden records changed")]
    assert again == [("1", "new golden records")]


def test_news_stay_when_the_page_is_loaded_again_within_minutes(sign_in, clock):
    clock.brings("golden.created")
    browser = sign_in("viewer")
    told = [news(browser)]
    clock.passes(minutes=9)
    clock.brings("golden.split")
    told.append(news(browser))
    clock.passes(minutes=9)
    told.append(news(browser))
    clock.passes(minutes=11)
    told.append(news(browser))

    created, split = ("1", "new golden records"), ("1", "came apart")
    assert told == [[created], [created, split], [split], []]


def test_what_one_person_saw_is_still_new_to_another(sign_in, clock):
    clock.brings("golden.created")
    viewer, finance = sign_in("viewer"), sign_in("finance")
    news(viewer)
    clock.passes(minutes=11)

    assert news(viewer) == []
    assert news(finance) == [("1", "new golden records")]
