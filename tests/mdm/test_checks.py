"""What is checked before a process of the hub starts to serve."""

from datetime import timedelta

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.utils import timezone

from mdm.celery import load_work
from mdm.checks import refuse_to_start
from mdm.models import OwnershipSegment
from tests.factories import ownership

pytestmark = pytest.mark.django_db


def by_itself(days=0):
    """Who owns the tax number of a segment is told by the tax number, from some day on."""
    OwnershipSegment.objects.create(
        domain="client", code="mine", label="Mine", attribute="tax_id", is_one_of=["GB1"]
    )
    since = timezone.now().date() + timedelta(days=days)
    ownership("client", "ERP", attribute="tax_id", segment="mine", since=since)


@pytest.mark.parametrize("days", [0, 40])
def test_nothing_starts_with_a_register_in_which_an_owner_depends_on_itself(days):
    by_itself(days)

    for start in (refuse_to_start, load_work):
        with pytest.raises(SystemExit, match="client: who owns what would depend on itself: tax"):
            start()
    with pytest.raises(CommandError, match=r"mdm\.E001"):
        call_command("check", databases=["default"])


def test_what_is_told_by_something_else_starts():
    by_itself()
    OwnershipSegment.objects.update(attribute="industry")

    refuse_to_start()


def test_the_database_is_asked_only_where_that_is_wanted(django_assert_num_queries):
    by_itself()

    with django_assert_num_queries(0):
        assert run_checks() == []
