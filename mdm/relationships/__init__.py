"""What golden records are to each other, as their source records and stewards say."""

from collections.abc import Sequence

from mdm.bulk import fetch
from mdm.cause import Cause
from mdm.relationships import ambiguity, circles
from mdm.relationships.ambiguity import Ambiguous, ambiguous, claimants, still_unclear
from mdm.relationships.asserting import (
    RelationshipRefusedError,
    assert_relationship,
    place_relationship,
    withdraw_relationship,
)
from mdm.relationships.circles import guard
from mdm.relationships.hanging import Hanging, hanging_on
from mdm.relationships.projecting import catch_up, end, project
from mdm.relationships.reading import Related, Step, ancestors, children, descendants, of_golden

__all__ = [
    "Ambiguous",
    "Hanging",
    "Related",
    "RelationshipRefusedError",
    "Step",
    "ambiguous",
    "ancestors",
    "assert_relationship",
    "catch_up",
    "children",
    "claimants",
    "descendants",
    "end",
    "follow",
    "guard",
    "hanging_on",
    "of_golden",
    "place_relationship",
    "project",
    "still_unclear",
    "withdraw_relationship",
]

_RELEVANT = f"SELECT {circles.SOME_EDGE}, {ambiguity.SOME_SAID_OF_GOLDEN}"


def follow(domain: str, moved: Sequence[int], *, cause: Cause) -> None:
    """To be called once source records belong to other golden records than before.

    Relationships name source records and need not be touched; what may change is which edges of a
    hierarchy would close a circle, and to which part belongs what a steward said.
    """
    if not moved:
        return
    some_edge, some_said_of_golden = fetch(_RELEVANT, [domain])[0]
    if some_edge:
        circles.follow(domain, moved, cause)
    if some_said_of_golden:
        ambiguity.follow(domain, moved, cause)
