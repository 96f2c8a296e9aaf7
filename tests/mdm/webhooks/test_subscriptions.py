import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from mdm.governance import access
from mdm.webhooks import subscriptions
from mdm.webhooks.subscriptions import Reader, SubscriptionError, Wish
from tests.factories import cause

pytestmark = pytest.mark.django_db


class Viewer:
    """Somebody who may view clients, and see no personal values."""

    def has_perm(self, permission):
        return permission in {access.view("client"), "mdm.see_internal"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"url": "ftp://firm.example"}, "url"),
        ({"scopes": ["contact:read"]}, "scopes"),
        ({"scopes": ["client:read", "see:personal"]}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"scopes": ["see:internal"]}, "scopes"),
        ({"types": ["golden.exploded"]}, "types"),
        ({"types": ["hub.broken"]}, "types"),
        ({"types": ["feed_batch.received"]}, "types"),
        ({"domains": ["contact"]}, "domains"),
        ({"attributes": ["shoe_size"]}, "attributes"),
        ({"payload": "everything"}, "payload"),
        ({"payload": "selected"}, "attributes"),
    ],
)
def test_a_wish_that_makes_no_sense_or_asks_for_too_much_is_refused(receiver, changes, field):
    wish = Wish(**{"name": "x", "url": receiver.url, "scopes": ["client:read"], **changes})

    with pytest.raises(SubscriptionError) as refused:
        subscriptions.subscribe(wish, Viewer(), cause=cause())

    assert refused.value.field == field


def test_nobody_filters_by_an_attribute_that_they_may_not_see(receiver):
    wish = Wish("x", receiver.url, ["contact:read"], attributes=["family_name"])

    with pytest.raises(SubscriptionError):
        subscriptions.subscribe(wish, User(is_superuser=True), cause=cause())


def test_a_name_is_taken_until_its_subscription_ends(subscribe):
    made, _ = subscribe()
    with pytest.raises(SubscriptionError):
        subscribe()

    subscriptions.end(made.pk, cause=cause())

    assert subscribe()[0].pk != made.pk


def test_a_ping_is_signed_and_says_what_was_answered(subscribe, receiver):
    made, secret = subscribe()

    answer = subscriptions.ping(made, cause=cause(at=timezone.now()))

    assert answer.taken
    assert receiver.verified(secret)[0]["type"] == "touchstone.hub.ping.v1"


def test_a_reader_may_what_its_scopes_grant(subscribe):
    made, _ = subscribe(scopes=["client:read"])

    assert Reader(made).has_perm(access.view("client"))
    assert not Reader(made).has_perm(access.view("contact"))
