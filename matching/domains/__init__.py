"""One match model for each domain: blocks, comparisons, thresholds."""

from matching.domains import client, contact, project, rate
from matching.engine.model import MatchModel

MODELS: dict[str, MatchModel] = {
    module.MODEL.domain: module.MODEL for module in (client, contact, project, rate)
}
