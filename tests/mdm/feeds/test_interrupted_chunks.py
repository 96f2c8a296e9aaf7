import pytest
from django.utils import timezone

from mdm import work
from mdm.models import FeedBatch, SourceRecordVersion, Work
from tests.factories import feed, load

pytestmark = pytest.mark.django_db


def test_a_chunk_that_is_done_twice_is_applied_once():
    """As when a worker dies after its last commit, and another one takes the work over."""
    batch = load(feed(), "Id,Name\n1,Acme\n2,Beta\n")
    before = FeedBatch.objects.values().get(pk=batch.pk)
    Work.objects.filter(kind="apply chunk").update(state="waiting", not_before=timezone.now())

    work.drain()

    assert Work.objects.get(kind="apply chunk").state == "done"
    assert FeedBatch.objects.values().get(pk=batch.pk) == before
    assert SourceRecordVersion.objects.count() == 2
