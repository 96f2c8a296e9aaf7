"""Whom a task goes to: the steward whom the ownership register names, or else the deputy."""

from collections.abc import Iterable
from datetime import date

from django.contrib.auth.models import User

from mdm.governance.ownership import ALL, WritePolicy, ranking


def signing_in(policies: Iterable[WritePolicy]) -> set[str]:
    """Those of whom the policies name to do the work who are users and may sign in."""
    names = {name for each in policies for name in (each.steward, each.deputy)}
    active = User.objects.filter(username__in=names - {""}, is_active=True)
    return set(active.values_list("username", flat=True))


def whom(policy: WritePolicy, users: set[str]) -> str:
    """The steward, or where that one does not sign in the deputy; "" where neither does."""
    return next((name for name in (policy.steward, policy.deputy) if name in users), "")


def steward_of(domain: str, on: date, besides: str = "") -> str:
    """The user name of whom a domain's own rule gives the work on a day; "" for nobody.

    Somebody else than `besides`, who has done their part.
    """
    policy = ranking(domain, on).policy(ALL)
    return whom(policy, signing_in([policy]) - {besides}) if policy else ""
