"""Any two source records are explained, kept by a run or not; the numbers are those of the run."""

import pytest

from matching.domains import MODELS
from matching.explaining import NothingToExplainError, explain_records, explanation_of
from matching.index.keeping import bring_up_to_date
from tests.factories import LATER, match, pair_of, record

pytestmark = pytest.mark.django_db


def test_a_kept_pair_is_explained_now_as_it_was_when_it_was_found():
    one = record("A", legal_name="Acme Ltd")
    other = record("1", source="ERP", legal_name="Acme Group Ltd")
    match()
    stored = explanation_of(pair_of(one, other))

    now = explain_records(other.pk, one.pk).explanation

    assert now.match_weight == pytest.approx(stored.match_weight, abs=1e-3)
    assert [each.level for each in now.evidence] == [each.level for each in stored.evidence]
    assert (now.found_by, now.outcome) == (stored.found_by, stored.outcome)
    assert [flip.sentence for flip in now.flips] == [flip.sentence for flip in stored.flips]


@pytest.mark.parametrize("names", [("Acme Ltd", "Acme Group Ltd"), ("Acme Ltd", "Zenith LLP")])
def test_the_index_explains_as_the_whole_domain_does(names):
    one, other = (record(f"A{place}", legal_name=name) for place, name in enumerate(names))
    record("C", legal_name="Acme Tools Ltd")
    match()
    by_domain = explain_records(one.pk, other.pk)
    bring_up_to_date(MODELS["client"], at=LATER)

    by_index = explain_records(one.pk, other.pk)

    assert by_index == by_domain


def test_what_would_merge_a_pair_under_review_is_said():
    one = record("A", legal_name="Acme Ltd")
    other = record("1", source="ERP", legal_name="Acme Group Ltd")
    match()

    outcomes = {flip.outcome for flip in explanation_of(pair_of(one, other)).flips}

    assert outcomes == {"merge", "no match"}


def test_a_veto_that_was_kept_is_named_as_what_would_have_to_agree():
    one = record("A", legal_name="Acme Ltd", tax_id="GB123456789")
    other = record("1", source="ERP", legal_name="Acme Ltd", tax_id="GB999999973")
    match()

    (flip,) = explanation_of(pair_of(one, other)).flips

    assert flip.without_vetoes == ("tax number",)


def test_records_that_no_run_compared_are_explained_with_their_values():
    one = record("A", legal_name="Acme Ltd")
    other = record("B", legal_name="Zenith Partners LLP")
    match()

    explained = explain_records(one.pk, other.pk)

    assert pair_of(one, other) is None
    assert explained.explanation.found_by is None
    assert explained.explanation.missed
    names = next(each for each in explained.compared if each.column == "core")
    assert (names.left, names.right) == (("acme",), ("zenith partners",))


def test_one_record_or_two_domains_have_no_explanation():
    one = record("A")
    person = record("P", domain="contact", family_name="Lee")

    for other in (one, person):
        with pytest.raises(NothingToExplainError, match="two different source records"):
            explain_records(one.pk, other.pk)
