"""A run over few changes goes by the index, and settles what a run over the whole domain would."""

import pytest
from django.db import transaction

from matching import jobs
from matching.decisions import decide, decide_groups
from matching.frames import load
from matching.index import keeping
from matching.models import ClusterDecision, Decision, MatchPair, MatchRun
from mdm.models import CrosswalkLink, SourceRecord
from tests.factories import cause, match, record

pytestmark = pytest.mark.django_db


def acme(key, source="CRM", **attributes):
    return record(key, source=source, legal_name="Acme Tools Ltd", **attributes)


def stock() -> None:
    """A domain that is matched and indexed, with weights that fit."""
    acme("A", tax_id="GB123456789"), acme("1", source="ERP", tax_id="GB999999973")
    apart = record("C", legal_name="Nordwerk AG"), record("D", legal_name="Nordwerk Group AG")
    decide(*(each.pk for each in apart), Decision.Verdict.NO_MATCH, cause=cause())
    for number in range(6):
        record(f"B{number}", legal_name=f"{chr(70 + number) * 5} Partners", website="partners.org")
    run = match()
    MatchRun.objects.filter(pk=run.pk).update(weights={**run.weights, "trained_on": 1_000})


def changes() -> None:
    """New records, one that changed, one whose twin a decision keeps apart, and a decision."""
    acme("2", source="ERP", tax_id="GB123456789", website="acme.co.uk")
    acme("3", source="ERP")
    record("B1", legal_name="Nordwerk Holding AG", website="partners.org")
    record("E", source="ERP", legal_name="Nordwerk AG")
    record("F", source="ERP", legal_name="FFFFF Partner")
    record("G", legal_name="Somebody else")
    twins = SourceRecord.objects.filter(source_key__in=("B4", "G")).values_list("pk", flat=True)
    decide(*twins, Decision.Verdict.MATCH, cause=cause())
    keys = (("F", "B2"), ("E",))
    sides = [SourceRecord.objects.filter(source_key__in=each) for each in keys]
    decide_groups(
        "client",
        [list(each.values_list("pk", flat=True)) for each in sides],
        ClusterDecision.Verdict.NO_MATCH,
        cause=cause(),
    )


def settled() -> tuple[set, set]:
    """Which records are one thing, and every pair that is kept, by the records' keys."""
    links = CrosswalkLink.objects.filter(unlinked_at=None).values_list(
        "golden_id", "record__source_key"
    )
    members: dict = {}
    for golden_id, key in links:
        members.setdefault(golden_id, set()).add(key)
    names = ("left__source_key", "right__source_key", "match_weight", "levels", "weights")
    pairs = MatchPair.objects.values_list(*names, "found_by", "kept_apart_by", "state")
    return set(map(frozenset, members.values())), set(map(str, pairs))


def outcome(share: float, monkeypatch) -> tuple[set, set]:
    monkeypatch.setattr(keeping, "SHARE_OF_CHANGES", share)
    with transaction.atomic():
        stock()
        if share:
            monkeypatch.setattr(jobs, "load", lambda _: pytest.fail("the whole domain was read"))
        changes()
        run = match()
        assert run.report["outcomes"]["merge"] > 2
        found = settled()
        transaction.set_rollback(True)
    return found


def test_few_changes_are_settled_as_a_run_over_everything_would_settle_them(monkeypatch):
    of_all = outcome(0, monkeypatch)
    of_few = outcome(1, monkeypatch)

    assert of_few[0] == of_all[0]
    assert of_few[1] == of_all[1]


def test_many_changes_are_not_looked_up_one_by_one(monkeypatch):
    stock()
    read = []
    monkeypatch.setattr(jobs, "load", lambda model: read.append(model.domain) or load(model))
    changes()

    match()

    assert read == ["client"]
