"""Changes of the register are asked for, foreseen, and agreed on by others before they hold."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User

from mdm import golden, work
from mdm.configuration import ConfigurationError, asking
from mdm.configuration.asking import RequestRefusedError
from mdm.governance.ownership import ranking
from mdm.models import (
    Event,
    GoldenRecord,
    OwnershipRequest,
    OwnershipRule,
)
from tests.factories import NOW, cause, golden_record, record, system
from tests.mdm.governance.asked_for import TAX, WHOLE, approve, asked, by, how, rule_of, uk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("people")]

VAT, OTHER = "GB123456789", "GB987654321"


def pair(key="A", crm=VAT, erp=OTHER):
    return golden_record(
        record(key, legal_name="Acme", tax_id=crm),
        record(f"1{key}", source="ERP", legal_name="Acme", tax_id=erp),
    )


def test_the_effect_is_computed_before_anything_happens():
    one, _, same = pair("A"), pair("B"), pair("C", VAT, VAT)

    effect = asked().effect["client"]

    assert (effect["golden_records"], effect["values"]) == (2, 2)
    assert effect["by_attribute"] == {"tax_id": 2}
    assert effect["by_systems"] == {"CRM → ERP": 2}
    sample = effect["sample"][0]
    assert (sample["golden_id"], sample["before"], sample["after"]) == (str(one.pk), VAT, OTHER)
    assert GoldenRecord.objects.get(pk=one.pk).attributes["tax_id"] == VAT
    assert same.pk not in {each["golden_id"] for each in effect["sample"]}
    assert not OwnershipRule.objects.filter(attribute="tax_id").exists()
    assert not Event.objects.filter(type="ownership.changed").exists()


def test_what_was_foreseen_is_what_comes_of_it(people):
    made = pair()
    foreseen = asked()
    change = foreseen.effect["client"]["sample"][0]

    approve(foreseen, people, "ann", "ben")
    golden.rebuild("client", [made.pk], cause=cause())

    made.refresh_from_db()
    assert made.attributes["tax_id"] == change["after"] == OTHER


def test_the_present_and_the_next_accountable_person_both_approve(people):
    request = asked()

    assert approve(request, people, "ann").state == "open"
    assert how("tax_id") == ("inherited", "CRM")
    assert approve(request, people, "ben").state == "applied"
    assert how("tax_id") == ("explicit", "ERP")
    assert Event.objects.filter(type="ownership.changed", domain="client").count() == 1


@pytest.mark.parametrize("superuser", [False, True])
def test_nobody_approves_what_they_asked_for(people, superuser):
    User.objects.filter(username="ann").update(is_superuser=superuser)
    people["ann"].refresh_from_db()
    request = asked(name="ann")

    with pytest.raises(RequestRefusedError, match="somebody else"):
        approve(request, people, "ann")
    assert OwnershipRequest.objects.get().state == "open"


def test_whoever_answers_for_nothing_in_it_does_not_approve(people):
    request = asked(name="ben")

    with pytest.raises(RequestRefusedError, match="other people"):
        approve(request, people, "cleo")


@pytest.mark.parametrize("left", [True, False])
def test_the_deputy_approves_for_who_has_left_and_for_nobody_else(people, left):
    OwnershipRule.objects.update(deputy="dan")
    dan = User.objects.create_user("dan")
    User.objects.filter(username="ann").update(is_active=not left)
    request = asked()

    assert asking.seats(request, NOW.date()) == {"ann": {"dan"}, "ben": set()}
    if left:
        approve(request, people | {"dan": dan}, "dan")
        assert asking.missing(request, NOW.date()) == ["ben"]
    else:
        with pytest.raises(RequestRefusedError, match="other people"):
            asking.approve(request.pk, dan, cause=by("dan"))


def test_whom_the_request_itself_names_as_a_deputy_does_not_approve_it(people):
    dan = User.objects.create_user("dan")
    User.objects.filter(username__in=("ann", "ben")).update(is_active=False)
    request = asked({**TAX, "accountable": "ann", "deputy": "dan"})

    with pytest.raises(RequestRefusedError, match="other people"):
        asking.approve(request.pk, dan, cause=by("dan"))


def test_the_deputy_of_who_asked_approves_and_may_decline(people):
    OwnershipRule.objects.update(deputy="dan")
    dan = User.objects.create_user("dan")

    asking.approve(asked(name="ann").pk, dan, cause=by("dan"))
    declined = asking.decline(asked(name="ann").pk, dan, cause=by("dan", reason="not now"))

    assert OwnershipRequest.objects.get(state="open").approvals[0]["for"] == ["ann"]
    assert declined.decided_by == "user:dan"


def test_a_holder_of_the_permission_approves_for_who_does_not_sign_in(people):
    OwnershipRule.objects.update(accountable="Somebody Else")
    boss = User.objects.create_superuser("boss")
    request = asked({**TAX, "accountable": "Nobody Here"})

    asking.approve(request.pk, boss, cause=by("boss"))

    assert OwnershipRequest.objects.get().state == "applied"


def test_a_change_holds_from_its_day_on(people):
    tomorrow = NOW.date() + timedelta(days=1)
    approve(asked({**TAX, "since": tomorrow.isoformat()}), people, "ann", "ben")

    assert how("tax_id") == ("inherited", "CRM")
    assert ranking("client", tomorrow).owner("tax_id") == system("ERP").pk


def test_a_revert_is_a_request_of_its_own(people):
    approve(asked(), people, "ann", "ben")
    later = NOW + timedelta(days=3)

    again = asking.revert(
        OwnershipRequest.objects.get().pk, "not agreed", cause=by("cleo", at=later)
    )

    assert how("tax_id", later)[0] == "explicit"
    assert again.lines == [
        {"domain": "client", "attribute": "tax_id", "systems": "inherited",
         "since": later.date().isoformat()}
    ]  # fmt: skip
    work.drain()
    for name in ("ann", "ben"):
        if again.state == "open" and name in asking.missing(again, later.date()):
            again = asking.approve(
                again.pk, people[name], cause=by(name, at=later + timedelta(days=9_000))
            )
    assert again.state == "applied"


def test_what_was_foreseen_under_another_register_is_foreseen_anew(people):
    request = asked()
    other = asked({**TAX, "attribute": "industry"})
    for name in ("ann", "ben"):
        asking.approve(other.pk, people[name], cause=by(name, at=NOW + timedelta(minutes=1)))

    with pytest.raises(RequestRefusedError, match="computed anew"):
        approve(request, people, "ann")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"since": "2020-01-01"}, "has passed"),
        ({"accountable": ""}, "accountable"),
        ({"systems": ["XYZ"]}, "no source system"),
        ({"domain": "planet"}, "there is no 'planet'"),
        ({"attribute": "colour"}, "no attribute"),
    ],
)
def test_what_makes_no_sense_is_refused_by_line_and_changes_nothing(changes, words):
    with pytest.raises(ConfigurationError, match=words):
        asking.ask([WHOLE, {**TAX, **changes}], "why", cause=cause())
    assert not OwnershipRequest.objects.exists()


def test_a_request_without_a_reason_or_a_change_is_refused():
    with pytest.raises(RequestRefusedError, match="say why"):
        asking.ask([TAX], " ", cause=cause())
    with pytest.raises(RequestRefusedError, match="nothing"):
        asking.ask([], "why", cause=cause())


# Rules of later days


NEXT_YEAR = date(NOW.year + 1, 1, 1)


def owners_of(attribute="tax_id", *days):
    codes = {system(code).pk: code for code in ("CRM", "ERP", "PSA")}
    return [codes[ranking("client", day).owner(attribute)] for day in days]


@pytest.fixture
def agreed(people):
    """The tax number is the ERP's from the next year on."""
    approve(asked({**TAX, "since": NEXT_YEAR.isoformat()}), people, "ann", "ben")
    assert owners_of("tax_id", NOW.date(), NEXT_YEAR) == ["CRM", "ERP"]


def test_what_was_agreed_on_for_a_later_day_is_not_lost(agreed, people):
    system("PSA")
    request = asked({**TAX, "systems": ["PSA"], "accountable": "ann"})

    assert request.effect["client"]["values"] == 0
    approve(request, people, "ann")

    assert owners_of("tax_id", NOW.date(), NEXT_YEAR) == ["PSA", "ERP"]


def test_a_revert_loses_nothing_that_was_agreed_on_for_a_later_day(agreed, people):
    system("PSA")
    done = approve(asked({**TAX, "systems": ["PSA"], "accountable": "ann"}), people, "ann")

    again = asking.revert(done.pk, "not agreed", cause=by("cleo", at=NOW + timedelta(days=3)))

    [line] = again.lines
    assert line["systems"] == "inherited"
    approved(again, people, NOW + timedelta(days=3))
    days = (NOW.date(), NOW.date() + timedelta(days=3), NEXT_YEAR)
    assert owners_of("tax_id", *days) == ["PSA", "CRM", "ERP"]


def test_what_was_said_for_a_later_day_is_reverted_too(agreed, people):
    system("PSA")
    said = {**TAX, "systems": ["PSA"], "since": NEXT_YEAR.isoformat(), "accountable": "ann"}
    done = approve(asked(said), people, "ann", "ben")
    assert owners_of("tax_id", NEXT_YEAR) == ["PSA"]

    again = asking.revert(done.pk, "not agreed", cause=by("cleo", at=NOW + timedelta(days=3)))
    approved(again, people, NOW + timedelta(days=3))

    assert owners_of("tax_id", NOW.date(), NEXT_YEAR) == ["CRM", "ERP"]


def approved(request, people, at):
    asking.foresee(type("Job", (), {"subject": str(request.pk), "cause": cause(at=at)}))
    for name in asking.missing(request, at.date()):
        asking.approve(request.pk, people[name], cause=by(name, at=at))


def test_whoever_answers_for_it_on_that_day_approves_what_begins_later(agreed, people):
    dora = User.objects.create_user("dora")
    request = asked({**TAX, "accountable": "dora", "since": "2027-06-01"})

    assert list(asking.seats(request, NOW.date())) == ["ann", "ben", "dora"]
    approve(request, people | {"dora": dora}, "ann", "ben", "dora")
    assert request.state == "applied"


# Whose rule a subject goes by


@pytest.mark.parametrize(
    ("rules", "line", "seats"),
    [
        ([{"attribute": "tax_id"}], {"attribute": "tax_id"}, ["dora", "eve0"]),
        ([{"attribute": ""}], {"attribute": "tax_id"}, ["dora", "eve0"]),
        ([{"attribute": ""}, {"attribute": "tax_id"}], {"attribute": "tax_id"}, ["dora", "eve1"]),
        ([{"attribute": "registration"}], {"attribute": "register"}, ["dora", "eve0"]),
        (
            [{"attribute": "tax_id"}, {"attribute": "tax_id", "segment": "uk"}],
            {"attribute": "tax_id", "systems": "inherited"},
            ["eve0", "eve1"],
        ),
        (
            [{"attribute": "", "segment": "uk"}, {"attribute": "tax_id", "segment": "uk"}],
            {"attribute": "tax_id", "systems": "inherited"},
            ["eve0", "eve1"],
        ),
        ([], {"attribute": ""}, ["ann", "dora"]),
    ],
)
def test_whoever_answers_for_it_by_the_narrowest_rule_approves(rules, line, seats):
    said = uk(**line)
    for number, each in enumerate(rules):
        if each == {"attribute": ""}:
            OwnershipRule.objects.update(accountable=f"eve{number}")
        else:
            rule_of(f"eve{number}", **each)

    assert list(asking.seats(asked(said), NOW.date())) == seats


def test_whoever_will_answer_for_what_is_inherited_by_the_same_request_approves():
    whole = {**WHOLE, "accountable": "dora"}
    rule_of("ben", attribute="tax_id")

    request = asked(whole, {**TAX, "systems": "inherited"})

    assert list(asking.seats(request, NOW.date())) == ["ann", "ben", "dora"]
