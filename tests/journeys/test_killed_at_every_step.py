"""SIGKILL between any two statements of feed, match, merge, separation and rematch.

What a killed process had not committed is as if it had not been; whoever comes next completes the
work, exactly once.
"""

import os
import signal
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from matching import rematching
from mdm import invariants, work
from mdm.models import CrosswalkLink, Event, GoldenRecord, SourceRecord, Work
from stewardship import review
from stewardship.models import StewardAction
from tests.factories import NAME_ONLY, cause, feed, golden_record, load, ownership, record

pytestmark = pytest.mark.django_db(transaction=True)

COLUMNS = {"key": "Id", "attributes": NAME_ONLY["client"]}


def test_a_feed_and_its_match_complete_exactly_once():
    ownership("client", "ERP", "CRM")
    crm = feed("crm", mapping=COLUMNS, mode="delta")

    for step, killed in steps(stride=11):
        keys = [f"{step}-{number}" for number in range(3)]
        text = "Id,Name\n" + "".join(f"{key},Firm {key} Ltd\n" for key in keys)
        killed(lambda text=text: load(crm, text))
        recover()
        load(crm, text)  # where the file itself had not been received yet

        assert SourceRecord.objects.filter(source_key__in=keys).count() == len(keys)
        assert_whole()


def test_a_merge_is_done_or_not_begun():
    for step, killed in steps(stride=3):
        one, two = golden_record(record(f"{step}a")), golden_record(record(f"{step}b"))
        ids = [one.pk, two.pk]
        killed(lambda ids=ids: merge(ids))
        done = StewardAction.objects.filter(kind="merge").count()
        assert GoldenRecord.objects.filter(pk__in=ids).standing().count() == (1 if done else 2)
        assert_whole()

        if not done:
            merge(ids)
        assert GoldenRecord.objects.filter(pk__in=ids).standing().count() == 1
        StewardAction.objects.all().delete()


def test_a_separation_is_done_or_not_begun():
    for step, killed in steps(stride=4):
        one, two = record(f"{step}a"), record(f"{step}b")
        made = golden_record(one, two)
        killed(lambda made=made, two=two: take_out(made.pk, two))
        done = StewardAction.objects.filter(kind="separate").exists()
        links = CrosswalkLink.objects.filter(record__in=[one, two], unlinked_at=None)
        assert len(set(links.values_list("golden", flat=True))) == (2 if done else 1)
        assert_whole()
        StewardAction.objects.all().delete()


def test_a_rematch_completes_and_nothing_happens_twice():
    ownership("client", "ERP", "CRM")
    names = ["Acme Tools", "Borealis Shipping", "Cobalt Legal", "Dunwich Mining"]
    rows = "".join(f"{number},{name} Ltd\n" for number, name in enumerate(names))
    load(feed("crm", mapping=COLUMNS), f"Id,Name\n{rows}")
    load(feed("erp", source="ERP", mapping=COLUMNS), f"Id,Name\n{rows}")
    expected = links()

    for _, killed in steps(stride=9):
        killed(rematch)
        recover()

        assert links() == expected
        assert_whole()
    changes = Counter(Event.objects.exclude(golden_id=None).values_list("golden_id", flat=True))
    assert max(changes.values()) <= 2


def steps(stride):
    """Numbers of statements, each with what runs a function and kills it there; the last survives.

    The function runs in a process of its own, which is killed before it sends that statement.
    """
    step, survived = 1, False
    while not survived:

        def killed(function, step=step):
            nonlocal survived
            survived = not _killed(function, step)

        yield step, killed
        step += stride


def _killed(function, step):
    connections.close_all()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            with connection.execute_wrapper(_killing(step)):
                function()
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    assert status == 0 or os.WTERMSIG(status) == signal.SIGKILL, f"it failed by itself: {status}"
    return status != 0


def _killing(step):
    count = 0

    def wrapper(execute, sql, params, many, context):
        nonlocal count
        count += 1
        if count == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    return wrapper


def recover():
    """What the next worker does once the leases of the dead one have run out."""
    ago = timezone.now() - timedelta(hours=1)
    Work.objects.filter(state="running").update(leased_until=ago)
    Work.objects.filter(state="waiting").update(not_before=ago)
    work.drain()
    assert not Work.objects.filter(state__in=["waiting", "running", "parked"]).exists()


def merge(ids):
    token = review.preview_merge("client", ids, cause=now()).token
    review.merge("client", ids, token, cause=now())


def take_out(golden_id, left):
    leaving = [[left.pk]]
    token = review.preview_separation("client", golden_id, leaving, cause=now()).token
    review.separate("client", golden_id, leaving, token, cause=now())


def rematch():
    rematching.ask("client", cause=now())
    work.drain()


def now():
    return cause(at=timezone.now())


def links():
    found = CrosswalkLink.objects.filter(unlinked_at=None).order_by("record")
    return list(found.values_list("record", "golden", "method"))


def assert_whole():
    assert {each.name: each.rows for each in invariants.check() if each.count} == {}
