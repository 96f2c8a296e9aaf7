"""Splitting a suspect cluster where a person draws the line."""

from collections.abc import Collection, Sequence

from matching import suspects
from mdm.again import atomically
from mdm.cause import Cause
from stewardship import review
from stewardship.models import StewardAction


@atomically
def split(suspect_id: int, parts: Sequence[Collection[int]] = (), *, cause: Cause) -> StewardAction:
    """Split a suspect cluster as proposed, or in other `parts`; what no part names stays together.

    All parts are decided to be different things. Raises SuspectSettledError when it is no longer as
    it was found.
    """
    suspect = suspects.settle(suspect_id, cause=cause)
    proposed = [sorted(part) for part in (parts or suspect.parts)]
    rest = set(suspect.members).difference(*proposed)
    leaving = proposed if rest else proposed[1:]
    said = (suspect.domain, suspect.golden_id, leaving)
    token = review.preview_separation(*said, cause=cause).token
    return review.separate(*said, token, cause=cause)
