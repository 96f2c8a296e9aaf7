"""What a verb raises when it cannot be done: in words for the person who tried."""

from matching.conflicts import DecisionRefusedError
from matching.suspects import SuspectSettledError
from mdm.cause import Cause
from mdm.golden import MergeRefusedError, SeparationRefusedError
from mdm.governance import breaches
from mdm.overrides import NotTheOwnerError, OverrideError
from mdm.preview import PreviewOutdatedError
from mdm.relationships import RelationshipRefusedError
from stewardship import consenting
from stewardship.consenting import SecondPersonNeededError
from stewardship.regret import UndoRefusedError

REFUSALS = (
    MergeRefusedError,
    SeparationRefusedError,
    DecisionRefusedError,
    PreviewOutdatedError,
    SuspectSettledError,
    OverrideError,
    RelationshipRefusedError,
    UndoRefusedError,
)


def note(refused: Exception, cause: Cause) -> None:
    """Keep what a refusal leaves behind: one person's wish to merge, or a row of the breach ledger.

    Call it after the transaction that was refused.
    """
    match refused:
        case SecondPersonNeededError():
            consenting.note(refused.wish, cause)
        case NotTheOwnerError():
            breaches.note_refused(refused.write, cause)
