"""Reports as tests read them."""

from datetime import date

from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from mdm.models import (
    EffectiveRate,
)
from stewardship.reports import REPORTS
from tests.factories import (
    golden_record,
    record,
)

VAT, OTHER = "GB123456789", "GB987654321"


class Everybody:
    def has_perm(self, permission):
        return True


class Nobody:
    def has_perm(self, permission):
        return "view_" in permission


def made(code, actor=None, as_of=None):
    return REPORTS[code].make(as_of or timezone.now(), actor or Everybody())


def column(report, name):
    place = [each.name for each in report.columns].index(name)
    return [row.values[place] for row in report.rows]


def lines(report, *names):
    return list(zip(*(column(report, name) for name in names), strict=True))


def rate(key, amount, *, role, category="Auditor", days=(date(2026, 1, 1), None)):
    home = golden_record(record(key))
    EffectiveRate.objects.create(
        golden=home, scope="firm", scope_key="", role=role, unit="hour", labour_category=category,
        currency="USD", amount=amount, period=DateRange(*days),
    )  # fmt: skip
