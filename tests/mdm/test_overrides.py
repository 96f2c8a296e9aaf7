"""A pin outranks survivorship until it is ended or expires, and asks when its sources object."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mdm import evaluation, golden, invariants, overrides, policy, sources, work
from mdm.golden import Merge
from mdm.models import (
    CrosswalkLink,
    Evaluation,
    Event,
    GoldenRecord,
    Override,
    OwnershipRule,
    SourceRecord,
)
from mdm.overrides import OverrideError
from stewardship.models import StewardshipTask
from tests.factories import (
    LATER,
    NOW,
    arrival,
    batch,
    cause,
    golden_record,
    ownership,
    record,
    work_in_hand,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    """A client of CRM, which owns the domain, and ERP."""
    ownership("client", "CRM", "ERP")
    return golden_record(
        record("A", legal_name="Acme", register="HRB", registration_number="1"),
        record("1", source="ERP", legal_name="Acme Limited", industry="Tools"),
    )


def test_a_pin_outranks_every_source_and_says_so(acme):
    made = pin(acme, "legal_name", "  ACME   Corp ")

    acme.refresh_from_db()
    assert acme.attributes["legal_name"] == acme.title == "ACME Corp"
    assert acme.provenance[f"pin:{made.pk}"] == {"legal_name": "pinned"}
    assert all("legal_name" not in why for key, why in acme.provenance.items() if "pin" not in key)
    assert (made.beats, made.set_by, made.reason) == ("Acme", "user:ann", "they said so")
    assert sound()


def test_a_pin_on_a_golden_record_of_one_source_record_leaves_its_other_values():
    crm = record("A", legal_name="Acme", phone="+1")
    made = golden_record(crm)

    pinned = pin(made, "legal_name", "Acme plc")

    made.refresh_from_db()
    assert made.attributes == {"legal_name": "Acme plc", "phone": "+1"}
    assert made.provenance == {str(crm.pk): "*", f"pin:{pinned.pk}": {"legal_name": "pinned"}}


def test_a_value_may_be_pinned_to_be_empty(acme):
    pin(acme, "industry", None)

    acme.refresh_from_db()
    assert "industry" not in acme.attributes
    assert sound()


def test_a_list_is_pinned_as_a_whole():
    made = golden_record(record("P", domain="contact", family_name="Lee", emails=["a@x.com"]))

    pin(made, "emails", ["B@x.com", "b@x.com", "c@x.com"])

    made.refresh_from_db()
    assert made.attributes["emails"] == ["b@x.com", "c@x.com"]


def test_pinning_one_attribute_of_a_group_pins_the_whole_group_as_it_stands(acme):
    pin(acme, "registration_number", "2")

    arrive("A", legal_name="Acme", register="HRA", registration_number="9")

    acme.refresh_from_db()
    assert acme.attributes["registration_number"] == "2"
    assert acme.attributes["register"] == "HRB"
    assert Override.objects.count() == 2


def test_ending_a_pin_lets_survivorship_choose_again_for_its_group(acme):
    before = acme.attributes, acme.provenance
    made = pin(acme, "register", "HRA")

    overrides.end_override(made.pk, cause=cause(at=LATER))

    acme.refresh_from_db()
    assert (acme.attributes, acme.provenance) == before
    assert not Override.objects.filter(ended_at=None).exists()
    assert sound()


def test_a_new_pin_takes_the_place_of_the_one_before(acme):
    first = pin(acme, "legal_name", "One")
    second = pin(acme, "legal_name", "Two")

    acme.refresh_from_db()
    first.refresh_from_db()
    assert acme.attributes["legal_name"] == "Two"
    assert first.ended_by == "user:ann"
    assert second.beats == "Acme"


@pytest.mark.parametrize(
    ("attribute", "value", "said"),
    [
        ("fax", "1", "client has no attribute 'fax'; it has legal_name"),
        ("tax_id", "GB 12", "Tax number: "),
        ("legal_name", None, "a client cannot do without it"),
        ("legal_name", "=1+1", "looks like a spreadsheet formula"),
        ("addresses", [5], "is no value of it"),
        ("parent", 5, "is no value of it"),
    ],
)
def test_a_value_that_cannot_be_is_refused_and_nothing_changes(acme, attribute, value, said):
    with pytest.raises(OverrideError, match=said):
        pin(acme, attribute, value)

    assert not Override.objects.exists()


def test_a_pin_says_why_and_ends_in_the_future(acme):
    with pytest.raises(OverrideError, match="needs a reason"):
        pin(acme, "legal_name", "X", reason="")
    with pytest.raises(OverrideError, match="has passed"):
        pin(acme, "legal_name", "X", expires_at=NOW - timedelta(days=1))


def test_a_pin_that_breaks_a_rule_between_attributes_is_refused():
    made = golden_record(
        record("P", domain="project", name="Roof", start_date="2026-01-01", end_date="2026-12-31")
    )

    with pytest.raises(OverrideError, match="end"):
        pin(made, "end_date", "2025-12-31")


def test_where_the_register_rejects_writes_only_who_answers_for_the_rule_pins():
    ownership("client", "ERP", attribute="legal_name")
    made = golden_record(record("A"))
    rule = OwnershipRule.objects.all()
    rule.update(on_breach="reject")

    with pytest.raises(OverrideError, match="ERP owns the legal_name"):
        pin(made, "legal_name", "Acme plc")

    rule.update(deputy="ann")
    assert pin(made, "legal_name", "Acme plc").value == "Acme plc"


def test_only_a_golden_record_that_stands_is_pinned(acme):
    other = golden_record(record("B"))
    merge(acme, other)

    with pytest.raises(OverrideError, match=f"was merged into {acme.pk}; pin that"):
        pin(other, "legal_name", "X")


def test_ending_a_pin_twice_is_refused(acme):
    made = pin(acme, "legal_name", "X")
    overrides.end_override(made.pk, cause=cause(at=LATER))

    with pytest.raises(OverrideError, match="no live override"):
        overrides.end_override(made.pk, cause=cause(at=LATER))


def test_a_pin_goes_where_its_golden_id_goes(acme):
    other = golden_record(record("B", legal_name="Beta"))
    pinned = pin(other, "legal_name", "Beta plc")

    merge(acme, other)

    acme.refresh_from_db()
    assert acme.attributes["legal_name"] == "Beta plc"
    assert sound()

    overrides.end_override(pinned.pk, cause=cause(at=LATER))
    acme.refresh_from_db()
    assert acme.attributes["legal_name"] == "Acme"


def test_of_two_pins_that_meet_the_newer_one_wins_and_the_other_one_waits(acme):
    other = golden_record(record("B", legal_name="Beta"))
    newer = pin(other, "legal_name", "New", at=NOW + timedelta(hours=2))
    older = pin(acme, "legal_name", "Old", at=NOW + timedelta(hours=1))

    merge(acme, other)
    acme.refresh_from_db()
    assert acme.attributes["legal_name"] == "New"

    overrides.end_override(newer.pk, cause=cause(at=LATER))
    acme.refresh_from_db()
    assert acme.attributes["legal_name"] == "Old"
    assert f"pin:{older.pk}" in acme.provenance


def test_a_pin_no_longer_speaks_for_what_its_id_has_left(acme):
    """A retired id that stands again takes its pin with it, whoever still remembers the id."""
    other = golden_record(record("B", legal_name="Beta"), record("C", legal_name="Beta"))
    pin(other, "legal_name", "Pinned plc")
    merge(acme, other)
    back = CrosswalkLink.objects.filter(golden=acme, unlinked_at=None, record__source_key="C")
    GoldenRecord.objects.filter(pk=other.pk).update(status="active", merged_into=None)
    back.update(golden=other, via=[])

    golden.rebuild("client", [acme.pk, other.pk], cause=cause(at=LATER))

    acme.refresh_from_db(), other.refresh_from_db()
    assert acme.attributes["legal_name"] == "Acme"
    assert other.attributes["legal_name"] == "Pinned plc"


def test_an_expired_pin_ends_with_the_next_evaluation_and_nothing_else_is_rebuilt(acme):
    pin(acme, "legal_name", "For now", expires_at=LATER + timedelta(days=10))
    arrive("A", legal_name="Acme AG")
    other = golden_record(record("B"), record("C"))
    work.drain()
    assert tasks() == ["open"]

    evaluate(at=LATER + timedelta(days=11))

    acme.refresh_from_db(), other.refresh_from_db()
    assert acme.attributes["legal_name"] == "Acme AG"
    assert other.version == 1
    assert tasks() == ["done"]
    assert sound()


def test_a_pin_is_contested_when_a_losing_source_value_changes_and_the_golden_record_is_not(acme):
    made = pin(acme, "legal_name", "ACME Corp")
    acme.refresh_from_db()
    version = acme.version

    arrive("A", legal_name="Acme AG")
    work.drain()

    acme.refresh_from_db()
    task = StewardshipTask.objects.get()
    assert (acme.attributes["legal_name"], acme.version) == ("ACME Corp", version)
    assert (task.kind, task.subject, task.state) == ("contested_pin", str(made.pk), "open")
    assert "Acme AG" not in task.summary
    assert sound()


def test_it_is_told_once_per_change(acme):
    pin(acme, "legal_name", "ACME Corp")

    arrive("A", legal_name="Acme AG")
    golden.rebuild("client", [acme.pk], cause=cause(at=LATER))
    arrive("A", legal_name="Acme AG", phone="+1")
    assert contested() == 1

    arrive("A", legal_name="Acme SE")
    work.drain()
    assert contested() == 2
    assert tasks() == ["open"]


def test_a_source_that_changes_its_mind_back_closes_the_task(acme):
    pin(acme, "legal_name", "ACME Corp")
    arrive("A", legal_name="Acme AG")
    work.drain()

    arrive("A", legal_name="Acme")
    work.drain()

    assert tasks() == ["done"]


def test_a_person_who_confirms_the_pin_is_not_asked_again_about_the_same_value(acme):
    made = pin(acme, "legal_name", "ACME Corp")
    arrive("A", legal_name="Acme AG")
    work.drain()

    overrides.confirm_override(made.pk, cause=cause(at=LATER))
    work.drain()
    golden.rebuild("client", [acme.pk], cause=cause(at=LATER))
    work.drain()

    assert tasks() == ["done"]
    made.refresh_from_db()
    assert made.beats == "Acme AG"


def test_ending_the_pin_closes_the_task_and_lets_the_source_win(acme):
    made = pin(acme, "legal_name", "ACME Corp")
    arrive("A", legal_name="Acme AG")
    work.drain()

    overrides.end_override(made.pk, cause=cause(at=LATER))
    work.drain()

    acme.refresh_from_db()
    assert acme.attributes["legal_name"] == "Acme AG"
    assert tasks() == ["done"]


def test_a_value_that_goes_away_contests_the_pin_too(acme):
    pin(acme, "industry", "Hammers")

    erp = acme.links.get(record__system__code="ERP").record_id
    sources.inactivate([erp], cause=cause())
    golden.rebuild("client", [acme.pk], cause=cause(at=LATER))

    assert contested() == 1
    assert Override.objects.contested(LATER).count() == 1


def test_a_pin_on_what_no_source_says_is_not_contested_by_silence(acme):
    pin(acme, "size", "Large")

    golden.rebuild("client", [acme.pk], cause=cause(at=LATER))

    assert contested() == 0
    assert not Override.objects.contested(LATER).exists()


def test_events_about_pins_hold_no_values(acme):
    made = pin(acme, "legal_name", "ACME Corp")
    arrive("A", legal_name="Acme AG")
    overrides.end_override(made.pk, cause=cause(at=LATER))

    told = str(list(Event.objects.values_list("content", flat=True)))
    assert "ACME" not in told
    assert "Acme AG" not in told


def test_many_pinned_golden_records_are_rebuilt_in_as_many_queries_as_one(
    django_assert_max_num_queries,
):
    made = [golden_record(record(f"K{n}", legal_name=f"Name {n}")) for n in range(20)]
    for each in made:
        pin(each, "legal_name", "Pinned")
    policy.set_policy("client", {"legal_name": {"distrust": 1}}, "x", cause=cause())

    with django_assert_max_num_queries(15):
        golden.rebuild("client", [each.pk for each in made], cause=cause(at=LATER))


def pin(made, attribute, value, *, reason="they said so", at=NOW, **given):
    at = max(at, Evaluation.objects.get(domain=made.domain).evaluated_at)
    return overrides.set_override(
        made.pk, attribute, value, reason=reason, cause=cause(at=at), **given
    )


def arrive(key, **attributes):
    """A record of the CRM arrives again."""
    home = SourceRecord.objects.get(source_key=key).home_feed
    crm = arrival(key, **attributes)
    sources.upsert(home, batch(home), [crm], cause=cause())
    golden.rebuild(
        "client",
        list(GoldenRecord.objects.standing().values_list("pk", flat=True)),
        cause=cause(at=LATER),
    )


def merge(survivor, other):
    ids = frozenset([survivor.pk, other.pk])
    golden.merge("client", [Merge(ids, "steward", survivor=survivor.pk)], cause=cause(at=LATER))


def evaluate(at):
    evaluation.ask(["client"], cause=cause())
    job = work_in_hand("evaluate")
    evaluation.advance(replace(job, cause=cause(at=at)))
    work.drain()


def tasks():
    found = StewardshipTask.objects.filter(kind="contested_pin")
    return list(found.order_by("pk").values_list("state", flat=True))


def contested():
    return Event.objects.filter(type="override.contested").count()


def sound():
    return not [each.name for each in invariants.check() if each.count and "link" not in each.name]
