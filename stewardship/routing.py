"""Whom a task goes to: the steward whom the ownership register names, where that one signs in."""

from collections.abc import Iterable
from datetime import date

from django.contrib.auth.models import User

from mdm.governance.ownership import ranking


def signing_in(names: Iterable[str]) -> set[str]:
    """Those of the names that are users who may sign in."""
    active = User.objects.filter(username__in={*names} - {""}, is_active=True)
    return set(active.values_list("username", flat=True))


def steward_of(domain: str, on: date) -> str:
    """The user name of the steward of a domain's own rule on a day; "" for nobody who signs in."""
    policy = ranking(domain, on).policy("")
    return next(iter(signing_in([policy.steward])), "") if policy else ""
