from dataclasses import dataclass, field

import pytest

from mdm.domains import ENTITY_TYPES
from mdm.governance import access
from mdm.schema import Sensitivity

CONTACT = ENTITY_TYPES["contact"]


@dataclass
class Someone:
    permissions: set[str] = field(default_factory=set)

    def has_perm(self, permission):
        return permission in self.permissions


def test_whoever_has_no_permission_sees_public_values_only():
    seen = access.visible(Someone(), ENTITY_TYPES["client"])

    assert {each.sensitivity for each in seen} == {Sensitivity.PUBLIC}


@pytest.mark.parametrize("level", access.SEE)
def test_a_permission_shows_its_own_level_only(level):
    someone = Someone({access.SEE[level]})

    seen = {
        each.sensitivity
        for declared in ENTITY_TYPES.values()
        for each in access.visible(someone, declared)
    }

    assert seen == {Sensitivity.PUBLIC, level}


def test_what_is_not_declared_is_masked_from_everybody():
    everything = Someone({*access.SEE.values()})

    assert access.masked(everything, CONTACT, {"shoe_size": 44}) == {"shoe_size": access.MASK}


def test_a_domain_that_there_is_not_is_seen_by_nobody():
    assert access.may_view(Someone({"mdm.view_nonsense"}), "nonsense") is False
    assert access.may_view(Someone(), None) is False


@pytest.mark.parametrize("attribute", ["emails", "phones", "given_name", "date_of_birth"])
def test_what_identifies_a_person_is_declared_personal(attribute):
    assert CONTACT[attribute].sensitivity == Sensitivity.PERSONAL
