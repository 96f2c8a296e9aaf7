"""Charts of what matching does, drawn on the server: HTML and SVG without script or inline style.

Each function returns a fragment that a page or a report takes as it is. It needs the stylesheet
`matching/charts.css`; `page` makes a file of its own of several. Numbers stand in text beside every
drawing, so nothing is told by a picture or a colour alone.
"""

from matching.charts.histogram import weight_histogram
from matching.charts.markup import Markup
from matching.charts.model import model_weights
from matching.charts.page import page
from matching.charts.passes import pairs_per_pass
from matching.charts.precision_recall import precision_recall
from matching.charts.waterfall import waterfall

__all__ = [
    "Markup",
    "model_weights",
    "page",
    "pairs_per_pass",
    "precision_recall",
    "waterfall",
    "weight_histogram",
]
