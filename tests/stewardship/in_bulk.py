"""Bulk decisions made in tests, and what stands before and after them."""

from matching.models import Decision
from mdm import work
from mdm.bulk import fetch
from stewardship import bulk
from stewardship.bulk import Rule
from tests.factories import cause

EVERY = Rule("client", -100, 100)
WHY = cause(reason="same name, looked at the sample")


def decide(rule=EVERY, verdict="match"):
    verdict = Decision.Verdict(verdict)
    planned = bulk.plan(rule, verdict)
    made = bulk.begin(rule, verdict, planned.fingerprint, cause=WHY)
    work.drain()
    made.refresh_from_db()
    return made


def revert(made):
    bulk.revert(made.pk, cause=cause(by="user:bob"))
    work.drain()
    made.refresh_from_db()
    return made


def as_it_stands():
    """Every golden record with its values, every live link with its evidence, every open review."""
    return (
        fetch(
            "SELECT id, status, merged_into_id, title, attributes::text, provenance::text"
            " FROM mdm_goldenrecord ORDER BY id"
        ),
        fetch(
            "SELECT record_id, golden_id, method, match_weight, rule_version, via::text"
            " FROM mdm_crosswalklink WHERE unlinked_at IS NULL ORDER BY record_id"
        ),
        fetch("SELECT id, state, kept_apart_by FROM matching_matchpair ORDER BY id"),
        fetch("SELECT subject FROM stewardship_stewardshiptask WHERE state = 'open' ORDER BY 1"),
        fetch(
            "SELECT left_id, right_id, verdict FROM matching_decision WHERE superseded_at IS NULL"
        ),
    )
