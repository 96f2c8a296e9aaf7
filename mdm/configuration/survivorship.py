"""How values survive, brought in step with what a configuration says."""

from mdm import policy
from mdm.cause import Cause
from mdm.configuration.document import Line, told_where


def bring_in_step(line: Line, *, cause: Cause) -> str:
    """Make a domain's policy what the line says; returns what changed, in words."""
    place, said = line
    domain, specification = said["domain"], said["attributes"]
    with told_where(place):
        newest = policy.newest_of(domain)
        if newest and newest.specification == specification:
            return ""
        made = policy.set_policy(domain, specification, said["reason"], cause=cause)
    return f"{domain} has survivorship policy {made.version}"
