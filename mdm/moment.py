"""The moment at which the golden records of a domain are evaluated, and who may change it."""

from datetime import datetime

from mdm.bulk import execute, fetch


def evaluated_at(domain: str, first_at: datetime) -> datetime:
    """When the golden records of `domain` are evaluated: `first_at` while there are none.

    Nobody changes the moment, the policy or the ownership of the domain before this transaction
    ends. Ask only once what is to be derived is locked.
    """
    query = "SELECT evaluated_at FROM mdm_evaluation WHERE domain = %s FOR SHARE"
    rows = fetch(query, [domain])
    if not rows:
        execute(
            "INSERT INTO mdm_evaluation (domain, evaluated_at) VALUES (%s, %s)"
            " ON CONFLICT DO NOTHING",
            [domain, first_at],
        )
        rows = fetch(query, [domain])
    at: datetime = rows[0][0]
    return at


def last_evaluated_at(domain: str, otherwise: datetime) -> datetime:
    """When the golden records of `domain` were evaluated, for whoever only looks."""
    rows = fetch("SELECT evaluated_at FROM mdm_evaluation WHERE domain = %s", [domain])
    return rows[0][0] if rows else otherwise


def hold(domain: str) -> None:
    """Call first to change what decides between sources: wait for whoever derives, keep others out.

    Until the transaction ends.
    """
    fetch("SELECT FROM mdm_evaluation WHERE domain = %s FOR UPDATE", [domain])
