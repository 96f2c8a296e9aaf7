"""What many tests of the steward's screens begin with."""

from decimal import Decimal

import pytest


@pytest.fixture
def steward(sign_in):
    """A steward's browser."""
    return sign_in("steward")


@pytest.fixture
def limit(settings):
    """Merges of clients on which more than 100 pounds hang take two people."""
    settings.SECOND_PERSON_ABOVE = {("client", "GBP"): Decimal(100)}
