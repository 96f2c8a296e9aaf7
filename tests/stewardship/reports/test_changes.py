"""What changed since the last close, recomputed from what was done."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mdm import configuration, golden
from stewardship.reports import REPORTS, closing
from tests.factories import cause, golden_record, ownership, record, send_again
from tests.stewardship.reports.reading import Everybody, Nobody, lines, made

pytestmark = pytest.mark.django_db


def later(minutes):
    return cause(at=timezone.now() + timedelta(minutes=minutes))


def test_changes_of_ownership_and_of_values_since_the_close_are_told_with_system_and_who():
    ownership("client", "CRM", "ERP")
    one = record("A", legal_name="Acme", tax_id="GB123456789")
    home = golden_record(one, record("1", source="ERP", legal_name="Acme Ltd"))
    closing.close("2026-11", Everybody(), cause=later(1))

    send_again(one, legal_name="Acme plc", tax_id="GB987654321")
    golden.rebuild("client", [home.pk], cause=later(2))
    rule = {"domain": "client", "attribute": "legal_name", "systems": ["ERP"], "accountable": "Bo"}
    configuration.apply({"ownership": [rule]}, cause=later(3))

    found = made("changes", as_of=later(4).at)
    told = set(lines(found, "what", "attribute", "system", "who", "changes", "goldens"))
    assert ("golden values", "Legal name", "CRM", "user:ann", 1, 1) in told
    assert ("golden values", "Tax number", "CRM", "user:ann", 1, 1) in told
    assert ("ownership", "Legal name", "ERP", "user:ann", 1, 0) in told
    assert len(told) == 3
    assert dict(found.totals) == {"Changes of ownership": 1, "Changes of values": 2}


def test_a_close_freezes_what_changed_since_the_one_before_it_and_begins_anew():
    one = record("A", legal_name="Acme")
    home = golden_record(one)
    closing.close("2026-10", Everybody(), cause=later(1))
    send_again(one, legal_name="Acme plc")
    golden.rebuild("client", [home.pk], cause=later(2))

    close = closing.close("2026-11", Everybody(), cause=later(3))

    assert dict(closing.frozen(close, "changes").totals)["Changes of values"] == 1
    assert not made("changes", as_of=later(4).at).rows


def test_whoever_may_not_see_a_domain_reads_nothing_of_its_values():
    class Blind(Nobody):
        def has_perm(self, permission):
            return False

    one = record("A", legal_name="Acme")
    home = golden_record(one)
    send_again(one, legal_name="Acme plc")
    golden.rebuild("client", [home.pk], cause=later(2))

    assert REPORTS["changes"].make(later(3).at, Everybody()).rows
    assert not REPORTS["changes"].make(later(3).at, Blind()).rows
