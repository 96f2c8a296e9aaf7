"""Arrivals, changes, deletions, conditions, isolation, relationships, decisions, merges, pins,
policies and runs, in any order.

After each step every invariant holds and rebuilding changes nothing; and whoever takes a merge back
that nobody has touched since finds what was before it. A long run:

    STEPS=10000 make test ARGS="tests/journeys/test_everything_in_any_order.py -n 0"
"""

import os
from datetime import timedelta
from itertools import count

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from matching import isolation, rematching
from matching.decisions import DecisionRefusedError
from matching.models import Decision
from mdm import golden, invariants, lifecycle, overrides, policy, relationships, sources, work
from mdm.golden import MergeRefusedError, SeparationRefusedError
from mdm.models import CrosswalkLink, Feed, GoldenRecord, Override, Relationship, SourceRecord
from mdm.relationships import RelationshipRefusedError
from stewardship import regret, review
from stewardship.models import StewardAction
from tests.factories import NOW, arrival, batch, cause, feed, golden_of, match, ownership

STEPS = int(os.environ.get("STEPS", "0"))
NAMES = ["Acme Ltd", "Acme Limited", "Northwind GmbH", "Borealis Shipping", "Cobalt Legal LLP"]
PHONES = ["+442071234567", "+4930123456", "+12125550100", None]

systems = st.sampled_from(["CRM", "ERP"])
names = st.sampled_from(NAMES)
phones = st.sampled_from(PHONES)
choices = st.integers(0, 1_000)


class Hub(RuleBasedStateMachine):
    """The hub under whatever people and feeds do to it."""

    def __init__(self):
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.minutes = count(1)
        self.merged = []

    def teardown(self):
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    @initialize()
    def two_systems(self):
        ownership("client", "ERP", "CRM")
        self.feeds = {code: feed(code.lower(), source=code) for code in ("CRM", "ERP")}
        for key, name in enumerate(NAMES):
            for source in self.feeds:
                self.a_record_arrives_or_changes(source, key, name, PHONES[0])
        self.everything_is_matched()

    @rule(
        source=systems,
        key=st.integers(1, 6),
        name=names,
        phone=phones,
        parent=st.none() | st.integers(1, 6),
    )
    def a_record_arrives_or_changes(self, source, key, name, phone, parent=None):
        said = {"legal_name": name, **({"phone": phone} if phone else {})}
        if parent:
            said["parent"] = {"system": source, "key": f"{source}{parent}"}
        of = Feed.objects.get(pk=self.feeds[source].pk)
        received = batch(of, received_at=self.now())
        done = sources.upsert(of, received, [arrival(f"{source}{key}", **said)], cause=self.cause())
        golden.rebuild("client", self.goldens_of(done.changed_ids), cause=self.cause())

    @rule(choice=choices)
    def a_source_deletes_a_record(self, choice):
        if record := pick(SourceRecord.objects.filter(inactive_at=None), choice):
            sources.inactivate([record.pk], cause=self.cause())
            golden.rebuild("client", self.goldens_of([record.pk]), cause=self.cause())

    @rule(choice=choices, condition=st.sampled_from(list(SourceRecord.Condition)))
    def a_person_sets_a_condition(self, choice, condition):
        if record := pick(SourceRecord.objects, choice):
            lifecycle.set_condition([record.pk], condition, cause=self.cause())

    @rule(choice=choices, verb=st.sampled_from([isolation.isolate, isolation.readmit]))
    def a_person_isolates_or_readmits(self, choice, verb):
        if record := pick(SourceRecord.objects, choice):
            verb("client", [record.pk], cause=self.cause())

    @rule(
        one=choices,
        other=choices,
        of_golden=st.booleans(),
        kind=st.sampled_from(["parent_of", "bills_to", "successor_of"]),
    )
    def a_person_asserts_a_relationship(self, one, other, of_golden, kind):
        ends = standing() if of_golden else SourceRecord.objects
        if (left := pick(ends, one)) and (right := pick(ends, other)):
            self.unless_refused(
                lambda: relationships.assert_relationship(
                    kind, left.pk, right.pk, cause=self.cause()
                )
            )

    @rule(choice=choices)
    def a_person_withdraws_a_relationship(self, choice):
        if stated := pick(Relationship.objects.filter(withdrawn_at=None), choice):
            self.unless_refused(
                lambda: relationships.withdraw_relationship(stated.pk, cause=self.cause())
            )

    @rule(choice=choices)
    def a_person_places_a_relationship(self, choice):
        said = Relationship.objects.filter(withdrawn_at=None, attribute="")
        if stated := pick(said, choice):
            self.unless_refused(
                lambda: relationships.place_relationship(stated.pk, cause=self.cause())
            )

    @rule()
    def everything_is_matched(self):
        match("client")

    @rule(one=choices, other=choices, verdict=st.sampled_from(list(Decision.Verdict)))
    def a_person_decides(self, one, other, verdict):
        left, right = pick(SourceRecord.objects, one), pick(SourceRecord.objects, other)
        if left and right and left != right:
            self.unless_refused(
                lambda: review.decide(left.pk, right.pk, verdict, cause=self.cause())
            )

    @rule(some=st.lists(choices, min_size=2, max_size=3))
    def a_person_merges(self, some):
        goldens = {each for choice in some if (each := pick(standing(), choice))}
        if len(goldens) > 1:
            ids = [each.pk for each in goldens]
            before = golden.links_of(ids)
            if self.unless_refused(lambda: self.merge(ids)):
                self.merged.append(before)

    @rule(choice=choices, cut=st.integers(1, 3), apart=st.booleans())
    def a_person_takes_records_out(self, choice, cut, apart):
        home = pick(standing(), choice)
        if home:
            members = golden.members_of([home.pk])[home.pk]
            leaving = [[each.record_id for each in members[:cut]]]
            self.unless_refused(lambda: self.separate(home.pk, leaving, apart))

    @precondition(lambda self: self.merged)
    @rule(choice=choices, contributor=choices)
    def a_merge_is_taken_back(self, choice, contributor):
        """Tree: whoever contributed leaves as it came, unless somebody regrouped them since."""
        before = self.merged.pop(choice % len(self.merged))
        records = sorted(link.record_id for links in before.values() for link in links)
        home = golden_of(SourceRecord.objects.get(pk=records[0]))[0]
        now = sorted(each.record_id for each in golden.members_of([home]).get(home, []))
        if now != records:
            return
        came = sorted(before)[contributor % len(before)]
        leaving = [link.record_id for link in before[came]]

        self.separate(home, [leaving], apart=False)

        assert golden.links_of([came])[came] == before[came]
        rest = {link.record_id for id_, links in before.items() if id_ != came for link in links}
        homes = set(golden_of(*SourceRecord.objects.filter(pk__in=rest)))
        assert len(homes) == 1
        if len(before) == 2:
            (other,) = before.keys() - {came}
            assert homes == {other}
            assert golden.links_of([other])[other] == before[other]

    @rule(choice=choices, name=names)
    def a_person_pins_a_name(self, choice, name):
        if home := pick(standing(), choice):
            said = {"cause": self.cause(), "reason": "register extract"}
            self.unless_refused(lambda: overrides.set_override(home.pk, "legal_name", name, **said))

    @rule(choice=choices)
    def a_person_ends_a_pin(self, choice):
        if override := pick(Override.objects.filter(ended_at=None), choice):
            self.unless_refused(lambda: overrides.end_override(override.pk, cause=self.cause()))

    @rule(strategy=st.sampled_from(["most_trusted", "most_recent", "most_frequent", "longest"]))
    def the_policy_changes(self, strategy):
        specification = {"legal_name": {"strategy": strategy}}
        policy.set_policy("client", specification, "to see", cause=self.cause())
        work.drain()

    @rule()
    def everything_is_matched_anew(self):
        rematching.ask("client", cause=self.cause())
        work.drain()

    @rule(choice=choices)
    def a_person_undoes_the_last_action(self, choice):
        last = StewardAction.objects.filter(undone_at=None).order_by("-pk").first()
        if last:
            self.unless_refused(lambda: regret.undo(last.pk, cause=self.cause()))

    @invariant()
    def nothing_is_broken(self):
        broken = {each.name: each.rows for each in invariants.check(self.now()) if each.count}
        # Records that nobody has matched yet wait for the next run, which a feed would have asked.
        broken.pop(WAITING, None)
        assert broken == {}

    def merge(self, ids):
        token = review.preview_merge("client", ids, cause=self.cause()).token
        return review.merge("client", ids, token, cause=self.cause())

    def separate(self, home, leaving, apart):
        said = {"cause": self.cause()}
        token = review.preview_separation("client", home, leaving, **said).token
        return review.separate("client", home, leaving, token, apart=apart, **said)

    def unless_refused(self, verb):
        """Whether the verb was carried out; a refusal changes nothing."""
        try:
            with transaction.atomic():
                verb()
        except (
            MergeRefusedError,
            SeparationRefusedError,
            DecisionRefusedError,
            regret.UndoRefusedError,
            overrides.OverrideError,
            RelationshipRefusedError,
        ):
            return False
        return True

    def goldens_of(self, record_ids):
        links = CrosswalkLink.objects.filter(record__in=record_ids, unlinked_at=None)
        return list(links.values_list("golden", flat=True))

    def now(self):
        return NOW + timedelta(minutes=next(self.minutes))

    def cause(self):
        return cause(at=self.now(), reason="to see")


WAITING = "every live source record has exactly one live link, or work that will link it"


def standing():
    return GoldenRecord.objects.standing()


def pick(rows, choice):
    """One of the rows, by number; None when there is none."""
    found = list(rows.order_by("pk"))
    return found[choice % len(found)] if found else None


@pytest.mark.django_db
def test_everything_may_happen_in_any_order():
    steps = 40
    run_state_machine_as_test(
        Hub,
        settings=settings(
            max_examples=max(STEPS // steps, 8),
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
