"""A scoring in a real browser: it is followed until it is over."""

from django.utils import timezone

from mdm import work
from mdm.quality import scoring
from tests.factories import cause, golden_record


def test_the_page_follows_a_scoring_by_itself_until_it_is_over(page, enter):
    golden_record()
    enter("administrator")
    scoring.ask(["client"], cause=cause(at=timezone.now()))

    page.goto("/quality")
    page.get_by_text("Clients: waits for a worker").wait_for()
    work.drain()

    page.get_by_text("Clients: waits for a worker").wait_for(state="detached")
