"""Rates out of a price list that has neither keys nor years: the GSA Schedule 70 file."""

from mdm.feeds.price_ladders.arrange import arrange
from mdm.feeds.price_ladders.cells import contract_number, education_level, least_experience
from mdm.feeds.price_ladders.contracts import ArrangedRow, Arrangement, agreed_contracts
from mdm.feeds.price_ladders.offers import RowProblem

__all__ = [
    "ArrangedRow",
    "Arrangement",
    "RowProblem",
    "agreed_contracts",
    "arrange",
    "contract_number",
    "education_level",
    "least_experience",
]
