import pytest
from django.contrib.auth.models import User

from mdm.webhooks import subscriptions
from mdm.webhooks.subscriptions import Wish
from tests.factories import cause
from tests.mdm.webhooks.receiving import Receiver


@pytest.fixture(autouse=True)
def private_receivers(settings):
    """Receivers of tests are on this machine, and failures are tried again at once."""
    settings.WEBHOOKS_MAY_BE_PRIVATE = True
    settings.WEBHOOK_RETRY_SECONDS = 0.0
    settings.WEBHOOK_REST_SECONDS = 0.0
    settings.WEBHOOK_SECONDS = 3.0


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def subscribe(db, receiver):
    """Subscribes the receiver as an administrator would; gives the subscription and its secret."""

    def subscribe(**changes):
        boss = User(username="boss", is_superuser=True, is_active=True)
        values = {
            "name": "a receiver",
            "url": receiver.url,
            "scopes": ["*:read", "see:internal", "see:personal"],
            **changes,
        }
        return subscriptions.subscribe(Wish(**values), boss, cause=cause())

    return subscribe
