"""A survivorship policy: what it may say, how it is kept, and what follows from it."""

import pytest

from mdm import golden, policy, work
from mdm.domains import entity_type
from mdm.models import Event, SurvivorshipPolicy
from mdm.policy import PolicyError, compile_policy
from mdm.survivorship import Curve, Decay, longest, most_trusted
from tests.factories import LATER, NOW, cause, golden_record, ownership, record, system

CLIENT = entity_type("client")


def test_what_a_policy_says_replaces_the_declaration_and_the_rest_stays():
    decay = {"after_days": 30, "period_days": 365, "lowest": 20, "curve": "exponential"}

    made = compile_policy(
        {
            "legal_name": {"strategy": "longest"},
            "phone": {"strategy": "most_trusted", "decay": decay, "distrust": 80},
        },
        CLIENT,
    )

    assert made["legal_name"].survivorship == longest
    assert made["phone"].survives_by == (
        most_trusted, Decay(30, 365, 20, Curve.EXPONENTIAL), 80,
    )  # fmt: skip
    assert made["website"] == CLIENT["website"]


def test_a_list_may_be_said_to_be_merged_and_decay_to_end():
    made = compile_policy({"addresses": {"strategy": "merged", "decay": None}}, CLIENT)

    assert made["addresses"].survives_by == (most_trusted, None, 50)


@pytest.mark.parametrize(
    ("specification", "said"),
    [
        ([], r"\[\] is not a set of attributes"),
        ({"colour": {}}, "there is no attribute 'colour'; use one of legal_name, trading_name"),
        ({"phone": "longest"}, "'longest' is not a set of words; use strategy, decay, distrust"),
        ({"phone": {"weight": 3}}, "phone: there is no word 'weight'; use one of strategy"),
        ({"phone": {"strategy": "best"}}, "no strategy 'best'; use one of most_trusted"),
        ({"phone": {"strategy": "merged"}}, "phone: there is no strategy 'merged'"),
        ({"phone": {"strategy": ["longest"]}}, "no strategy"),
        ({"phone": {"distrust": 101}}, "phone: distrust is 101; write a number from 0 to 100"),
        ({"phone": {"distrust": True}}, "distrust is True"),
        ({"phone": {"decay": 90}}, "decay needs after_days and period_days"),
        ({"phone": {"decay": {"after_days": 1}}}, "decay needs after_days and period_days"),
        ({"phone": {"decay": {"after_days": 1, "period_days": 0}}}, "period_days is more"),
        ({"phone": {"decay": {"after_days": "1", "period_days": 2}}}, "after_days is '1'; write"),
        (
            {"phone": {"decay": {"after_days": 1, "period_days": 2, "lowest": 101}}},
            "lowest is a trust between 0 and 100",
        ),
        (
            {"phone": {"decay": {"after_days": 1, "period_days": 2, "curve": "steep"}}},
            "phone: decay: there is no curve 'steep'; use one of linear, exponential",
        ),
        (
            {"phone": {"decay": {"after_days": 1, "period_days": 2, "systems": "CRM"}}},
            "phone: decay: systems names source systems, each with its decay",
        ),
        (
            {"phone": {"decay": {"after_days": 1, "period_days": 2, "systems": {"CRM": {}}}}},
            "phone: CRM: decay needs after_days and period_days",
        ),
        (
            {"register": {"strategy": "longest"}},
            "group registration survives in more than one way; say the same of registration_number",
        ),
    ],
)
def test_what_makes_no_sense_is_named_with_its_remedy(specification, said):
    with pytest.raises(PolicyError, match=said):
        compile_policy(specification, CLIENT)


@pytest.mark.django_db
def test_versions_are_appended_and_the_newest_is_in_force():
    policy.set_policy("client", {"phone": {"strategy": "longest"}}, "try", cause=cause())
    policy.set_policy("client", {"phone": {"strategy": "earliest"}}, "better", cause=cause())

    in_force = policy.in_force("client")

    assert (in_force.version, in_force.name) == (2, "client-policy-2")
    assert in_force.entity_type["phone"].survivorship.name == "earliest"
    versions = SurvivorshipPolicy.objects.order_by("version")
    assert list(versions.values_list("reason", flat=True)) == ["try", "better"]


@pytest.mark.django_db
def test_without_a_policy_the_declaration_is_in_force():
    assert policy.in_force("client") == policy.InForce(CLIENT, 0)


@pytest.mark.django_db
def test_what_a_policy_says_of_an_attribute_that_is_no_longer_declared_is_passed_over():
    SurvivorshipPolicy.objects.create(
        domain="client", version=1, specification={"fax": {"strategy": "longest"}},
        reason="x", created_by="ann", created_at=NOW,
    )  # fmt: skip

    assert policy.in_force("client") == policy.InForce(CLIENT, 1)


@pytest.mark.django_db
def test_a_source_system_that_does_not_exist_is_refused():
    system("CRM")
    aging = {"after_days": 1, "period_days": 2}
    decay = {**aging, "systems": {"CMR": aging}}

    with pytest.raises(PolicyError, match="no source system 'CMR'; use one of CRM"):
        policy.set_policy("client", {"phone": {"decay": decay}}, "ages", cause=cause())


@pytest.mark.django_db
def test_a_policy_needs_a_reason():
    with pytest.raises(PolicyError, match="needs a reason"):
        policy.set_policy("client", {}, "", cause=cause())


@pytest.mark.django_db
def test_a_new_policy_rebuilds_what_it_concerns_and_says_under_which_version():
    ownership("client", "CRM", "ERP")
    crm = record("A", legal_name="Acme")
    made = golden_record(crm, record("1", source="ERP", legal_name="Acme Limited"))
    single = golden_record(record("B"))

    policy.set_policy("client", {"legal_name": {"strategy": "longest"}}, "why", cause=cause())
    work.drain()

    made.refresh_from_db()
    changed = Event.objects.get(type="golden.changed")
    assert made.attributes["legal_name"] == "Acme Limited"
    assert (changed.golden_id, changed.rule_version) == (made.pk, "client-policy-1")
    assert changed.reason == "why"
    assert Event.objects.get(type="policy.changed").rule_version == "client-policy-1"
    single.refresh_from_db()
    assert single.version == 1


@pytest.mark.django_db
def test_changing_the_policy_and_changing_it_back_restores_every_value():
    ownership("client", "CRM", "ERP")
    made = golden_record(
        record("A", legal_name="Acme"), record("1", source="ERP", legal_name="Acme Limited")
    )

    for specification in ({"legal_name": {"strategy": "longest"}}, {}):
        policy.set_policy("client", specification, "why", cause=cause())
        work.drain()

    before = made.attributes
    made.refresh_from_db()
    assert made.attributes == before
    assert golden.rebuild("client", [made.pk], cause=cause(at=LATER)) == []
