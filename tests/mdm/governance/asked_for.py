"""Changes of the register as tests ask for them, and agree to them."""

from datetime import date

from django.db.backends.postgresql.psycopg_any import DateRange

from mdm.configuration import asking
from mdm.models import OwnershipRule, OwnershipSegment
from stewardship.reports.register import owned_by
from tests.factories import NOW, cause, system

TAX = {"domain": "client", "attribute": "tax_id", "systems": ["ERP"], "accountable": "ben"}
WHOLE = {"domain": "client", "systems": ["ERP", "CRM"], "accountable": "ann"}


def by(name, **changes):
    return cause(by=f"user:{name}", **changes)


def asked(*lines, name="cleo"):
    made = asking.ask(lines or [TAX], "finance owns tax", cause=by(name))
    asking.foresee(type("Job", (), {"subject": str(made.pk), "cause": cause()}))
    made.refresh_from_db()
    return made


def approve(request, people, *names):
    for name in names:
        asking.approve(request.pk, people[name], cause=by(name))
    request.refresh_from_db()
    return request


def how(attribute, on=NOW):
    [found] = [each for each in owned_by(on) if each.attribute == attribute and not each.segment
               and each.domain == "client"]  # fmt: skip
    return found.how, next(iter(found.systems), "")


def nobody_owns(attribute):
    OwnershipRule.objects.create(
        domain="client", attribute=attribute, accountable="ann", recorded_at=NOW,
        valid_on=DateRange(date(2000, 1, 1)),
    )  # fmt: skip


def uk(attribute="", **changes):
    OwnershipSegment.objects.get_or_create(
        domain="client", code="uk", label="United Kingdom", attribute="addresses",
        part="country", is_one_of=["GB"],
    )  # fmt: skip
    return {"domain": "client", "attribute": attribute, "segment": "uk", "systems": ["ERP"],
            "accountable": "dora"} | changes  # fmt: skip


def rule_of(name, **about):
    OwnershipRule.objects.create(
        domain="client", system=system("CRM"), accountable=name,
        valid_on=DateRange(date(2000, 1, 1)), **about,
    )  # fmt: skip
