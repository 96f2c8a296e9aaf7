"""What an explanation tells a person who may not see all attributes."""

import pytest
from django.contrib.auth.models import Group, Permission

from matching.domains import MODELS
from matching.engine.document import to_dict
from matching.engine.weights import Weights
from matching.explaining import explain_records
from matching.models import MatchPair, MatchRun
from matching.sight import as_seen
from tests.factories import LATER, record

pytestmark = pytest.mark.django_db

TELLING = ("e-mail", "date of birth", "birth", "family", "given", "phone", "postcode")


class Nobody:
    """Sees public values only."""

    def has_perm(self, _permission):
        return False


@pytest.fixture
def two():
    said = {"given_name": "Ann", "date_of_birth": "1980-01-01", "emails": ["ann@fox.example"]}
    return [
        record(key, source=source, domain="contact", family_name="Fox", **said)
        for key, source in (("A", "CRM"), ("B", "ERP"))
    ]


def test_what_is_hidden_is_one_piece_of_evidence_and_still_sums(two):
    explanation = explain_records(*(each.pk for each in two)).explanation

    seen = as_seen(Nobody(), explanation)

    assert seen.match_weight == explanation.match_weight
    assert sum(each.weight for each in seen.evidence) == pytest.approx(
        sum(each.weight for each in explanation.evidence)
    )
    told = [seen.sentence, *(flip.sentence for flip in seen.flips), seen.found_by, str(seen.missed)]
    assert not [word for word in TELLING for each in told if word in each]


@pytest.fixture
def reader(sign_in):
    """A steward who may not see personal values."""
    browser = sign_in("steward")
    personal = Permission.objects.get(codename="see_personal")
    Group.objects.get(name="steward").permissions.remove(personal)
    return browser


def test_the_pages_say_nothing_of_what_a_steward_may_not_see(reader, two):
    model = MODELS["contact"]
    run = MatchRun.objects.create(
        domain="contact", model_version="contact-2", weights=Weights.of(model).to_dict(),
        review_at=-2, merge_at=6, report={"model": to_dict(model)}, started_at=LATER,
    )  # fmt: skip
    levels, weights = [1] * len(model.comparisons), [2.0] * len(model.comparisons)
    pair = MatchPair.objects.create(
        left=two[0], right=two[1], domain="contact", run=run, match_weight=4.0, left_version=1,
        right_version=1, levels=levels, weights=weights, found_by="same e-mail", state="pending",
    )  # fmt: skip

    pages = [
        reader.get(f"/pairs/{pair.pk}"),
        reader.get("/why-not", {"domain": "contact", "left": "CRM:A", "right": "ERP:B"}),
    ]

    for page in pages:
        text = page.content.decode()
        evidence = text[text.index('class="lead"') :]
        assert "what you may not see" in evidence
        assert "same e-mail" not in evidence
        assert "date of birth" not in evidence
    assert "You may not see whether these differ: " in pages[0].content.decode()
