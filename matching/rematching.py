"""Asking for all records of a domain to be matched anew, by the model as it is now."""

from mdm import events
from mdm.cause import Cause


def ask(domain: str, *, cause: Cause) -> None:
    """Workers compare all records of a domain anew, whatever the machine linked before.

    What people decided, and golden records that they confirmed, stand. Ids stay with what they
    were given to, so that a model which is changed and changed back leaves every id as it was.
    """
    events.record("match_run.asked", domain=domain, content={"rematch": True}, cause=cause)
