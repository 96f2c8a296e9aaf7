"""Who answers for the register in tests."""

import pytest
from django.contrib.auth.models import User

from mdm.governance import roles
from mdm.models import OwnershipRule
from tests.factories import ownership, system


@pytest.fixture
def people():
    """Ann and Ben answer for rules, Cleo asks."""
    OwnershipRule.objects.all().delete()
    ownership("client", "CRM", "ERP")
    OwnershipRule.objects.update(accountable="ann")
    system("ERP")
    roles.ensure()
    return {name: User.objects.create_user(name) for name in ("ann", "ben", "cleo")}
