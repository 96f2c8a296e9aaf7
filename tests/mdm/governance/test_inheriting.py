"""What a domain's rule does to its attributes, and what went wrong there in other registers."""

import pytest

from mdm.configuration import asking
from mdm.configuration.asking import RequestRefusedError
from mdm.governance.ownership import ranking
from mdm.models import Evaluation, OwnershipRule
from tests.factories import NOW
from tests.mdm.governance.asked_for import TAX, WHOLE, approve, asked, how, nobody_owns, rule_of, uk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("people")]


def spread_over_uk(how, confirmed=False):
    lines = asking.propagated(uk(), how, confirmed=confirmed, on=NOW.date())
    assert {line["segment"] for line in lines} == {"uk"}
    return {line.get("attribute"): line["systems"] for line in lines[1:]}


def test_a_segment_fills_blanks_of_its_own_and_not_what_it_is_told_by():
    rule_of("ben", attribute="tax_id", segment="uk")
    rule_of("ben", attribute="industry")
    nobody_owns("size")
    rule_of("ben", attribute="phone", segment="fr")

    filled = spread_over_uk("blanks")

    assert not {"tax_id", "industry", "size", "addresses"} & filled.keys()
    assert filled["phone"] == filled["registration"] == ["ERP"]
    made = asked(*asking.propagated(uk(), "blanks", confirmed=False, on=NOW.date()))
    assert made.effect is not None


def test_rules_of_the_same_segment_give_way_to_it_and_no_others():
    rule_of("ben", attribute="tax_id", segment="uk")
    rule_of("ben", attribute="industry")

    with pytest.raises(RequestRefusedError, match="overwrites the rules of tax_id;"):
        spread_over_uk("overwrite")
    assert spread_over_uk("overwrite", confirmed=True) == {"tax_id": "inherited"}


def spread(how, confirmed=False):
    return asking.propagated(WHOLE, how, confirmed=confirmed, on=NOW.date())


def test_what_is_inherited_never_overwrites_what_is_explicit(people):
    approve(asked(), people, "ann", "ben")

    approve(asked({**WHOLE, "systems": ["CRM"], "accountable": "ben"}), people, "ann", "ben")

    assert how("tax_id") == ("explicit", "ERP")


def test_an_owner_that_was_removed_does_not_come_back(people):
    approve(asked(), people, "ann", "ben")
    approve(asked({**TAX, "systems": "inherited"}), people, "ann", "ben")
    approve(asked({**WHOLE, "accountable": "ben"}), people, "ann", "ben")

    assert how("tax_id") == ("inherited", "ERP")
    assert not OwnershipRule.objects.of("client").filter(
        attribute="tax_id", valid_on__contains=NOW.date()
    )


@pytest.mark.parametrize(("way", "confirmed"), [("blanks", False), ("overwrite", True)])
def test_what_is_nobodys_on_purpose_is_not_filled_again(way, confirmed):
    nobody_owns("size")

    assert "size" not in {line.get("attribute") for line in spread(way, confirmed)}


def test_a_domain_spreads_over_explicit_rules_only_once_that_is_confirmed(people):
    approve(asked(), people, "ann", "ben")

    with pytest.raises(RequestRefusedError, match="overwrites the rules of tax_id"):
        spread("overwrite")
    lines = spread("overwrite", confirmed=True)

    assert [line["systems"] for line in lines[1:]] == ["inherited"]


def test_filling_blanks_gives_a_rule_to_those_without_one_and_to_no_other(people):
    approve(asked(), people, "ann", "ben")
    approve(asked(*spread("blanks")), people, "ann")

    assert how("tax_id") == ("explicit", "ERP")
    assert how("industry") == ("explicit", "ERP")


def test_what_is_inherited_is_shown_as_inherited(people):
    assert spread("none") == [WHOLE]
    assert how("tax_id") == ("inherited", "CRM")
    assert ranking("client", NOW.date()).is_inherited("tax_id")
    assert not Evaluation.objects.exists()
