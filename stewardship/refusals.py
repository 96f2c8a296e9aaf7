"""What a verb raises when it cannot be done: in words for the person who tried."""

from matching.conflicts import DecisionRefusedError
from matching.suspects import SuspectSettledError
from mdm.golden import MergeRefusedError, SeparationRefusedError
from mdm.overrides import OverrideError
from mdm.preview import PreviewOutdatedError
from mdm.relationships import RelationshipRefusedError
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
