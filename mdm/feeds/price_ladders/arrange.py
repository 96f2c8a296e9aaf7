"""All rows of the price list: rates with a key and a period, and problems."""

from collections.abc import Iterable, Sequence

from mdm.feeds.price_ladders import cells
from mdm.feeds.price_ladders.contracts import ArrangedRow, Arrangement, grouped, without_doubtful
from mdm.feeds.price_ladders.ladders import (
    END_TOLERANCE,
    Placement,
    place,
    possible_years,
    year_of_contract,
)
from mdm.feeds.price_ladders.offers import Doubt, Offer, Row, RowProblem, read_offer

ALL_YEARS = "all"

_PRICE_WITHOUT_YEAR = Doubt(
    cells.PRICE,
    "price_without_year",
    "other jobs of this contract have a price for each year; this one has a single price and "
    "nothing says for which year",
    "add the prices of the other years, or write “all” into CURRENT CONTRACT YEAR if this price "
    "holds throughout",
)


def arrange(rows: Iterable[tuple[int, Row]]) -> Arrangement:
    """The rates of a GSA Schedule 70 price list, and a problem for every row that is not one.

    `rows` are (row number, {column of the file: text}), in any order. An arranged row keeps its
    columns and gains `rate_key`, `contract_number`, `labour_category`, `education`,
    `years_of_experience`, `worksite`, `unit`, `currency`, `amount`, `contract_year`, and the
    period `period_start` to `period_end` (ISO, both days included) with its `period_basis`:
    "stated" by the file or "inferred" to be one year of the contract. A repaired row must be
    arranged again together with all rows of its contract. KeyError if a column is missing.

    Rows of a contract that name different firms are problems; so are rows that state other dates
    than most of their contract's rows, or all of them where no dates stand on most.

    A job is a contract, labour category, education, experience, worksite and unit. A job with
    one price has it for the whole contract, however often the row is repeated, unless other jobs
    of the contract have a price for each year. Prices whose rows carry different contract years
    hold in those years. Other prices are laid on the years of the contract, the lowest first, if
    that is unambiguous; which it is when all of this is true:

    - the contract lasts three or more whole years, give or take a week at its end;
    - there are as many different prices as years;
    - each price is above the one before, by at most 10 %;
    - the steepest of these steps exceeds the flattest by at most one percentage point.
    """
    readings = [read_offer(row_number, row) for row_number, row in rows]
    offers = [reading for reading in readings if isinstance(reading, Offer)]
    offers.sort(key=lambda offer: offer.row_number)
    problems = [reading for reading in readings if isinstance(reading, RowProblem)]
    arranged: list[ArrangedRow] = []
    for contract in grouped(offers, lambda offer: offer.contract):
        sound, in_doubt = without_doubtful(contract)
        rates, not_rates = _arrange_contract(sound)
        arranged += rates
        problems += in_doubt + not_rates
    arranged.sort(key=lambda row: row.row_number)
    problems.sort(key=lambda problem: problem.row_number)
    return Arrangement(arranged, problems)


def _arrange_contract(contract: Sequence[Offer]) -> tuple[list[ArrangedRow], list[RowProblem]]:
    jobs = [(job, place(job)) for job in grouped(contract, lambda offer: offer.job)]
    by_year = any(isinstance(placed, Placement) and placed.by_year for _, placed in jobs)
    rates: list[ArrangedRow] = []
    problems: list[RowProblem] = []
    for job, placed in jobs:
        if isinstance(placed, Doubt):
            problems += placed.about(job)
        elif by_year and not placed.by_year and not _confirmed(job):
            problems += _PRICE_WITHOUT_YEAR.about(job)
        else:
            rates += [_rate(offer, placed) for offer in job]
    return rates, problems


def _confirmed(job: Sequence[Offer]) -> bool:
    """Whether the rows say that their one price holds in all years."""
    years = {offer.contract_year for offer in job}
    return years in ({ALL_YEARS}, possible_years(job[0]))


def _rate(offer: Offer, placement: Placement) -> ArrangedRow:
    year = placement.years[offer.row_number]
    derived = {"rate_key": offer.job, "contract_year": "", "period_basis": placement.basis}
    if year:
        first, last = year_of_contract(offer.start, year)
        is_last = abs(last - offer.end) <= END_TOLERANCE
        derived |= {
            "rate_key": f"{offer.job}-y{year}",
            "contract_year": str(year),
            "period_start": first.isoformat(),
            "period_end": (offer.end if is_last else last).isoformat(),
        }
    return ArrangedRow(offer.row_number, {**offer.row, **offer.columns, **derived})
