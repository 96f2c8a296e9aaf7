"""Which year of the contract each price of a job is for."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from mdm.feeds.price_ladders import cells
from mdm.feeds.price_ladders.offers import Doubt, Offer

FEWEST_RUNGS = 3
STEEPEST_STEP = Decimal("1.10")
WIDEST_SPREAD = Decimal("0.01")
END_TOLERANCE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Placement:
    """The year of the contract of each row's price, by row number; 0 is the whole contract."""

    years: dict[int, int]
    basis: Literal["stated", "inferred"] = "stated"

    @property
    def by_year(self) -> bool:
        """Whether the job has prices per year."""
        return any(self.years.values())


def place(job: Sequence[Offer]) -> Placement | Doubt:
    """When each price of a job holds, or why that is in doubt; `arrange` states the rules."""
    if len({offer.amount for offer in job}) == 1:
        return Placement({offer.row_number: 0 for offer in job})
    years = _stated_years(job)
    return Placement(years) if years else _ladder(job)


def whole_years(start: date, end: date) -> int | None:
    """How many years the contract lasts; None if it ends over a week off an anniversary."""
    years = round((end - start).days / 365.2425)
    last_day = year_of_contract(start, years)[1] if years else start
    return years if years and abs(end - last_day) <= END_TOLERANCE else None


def year_of_contract(start: date, year: int) -> tuple[date, date]:
    """The first and the last day of a year of a contract, the first year being 1."""
    return _anniversary(start, year - 1), _anniversary(start, year) - timedelta(days=1)


def _anniversary(start: date, years: int) -> date:
    try:
        return start.replace(year=start.year + years)
    except ValueError:  # 29 February
        return date(start.year + years, 3, 1)


def possible_years(offer: Offer) -> set[str]:
    """The years of the offer's contract, as its rows may name them: "1", "2" and so on."""
    duration = whole_years(offer.start, offer.end) or 0
    return {str(year) for year in range(1, duration + 1)}


def _stated_years(job: Sequence[Offer]) -> dict[int, int] | None:
    """The contract years that the rows carry, if each of these years has one price."""
    prices: defaultdict[str, set[Decimal]] = defaultdict(set)
    for offer in job:
        prices[offer.contract_year].add(offer.amount)
    if prices.keys() <= possible_years(job[0]) and all(
        len(of_year) == 1 for of_year in prices.values()
    ):
        return {offer.row_number: int(offer.contract_year) for offer in job}
    return None


def _ladder(job: Sequence[Offer]) -> Placement | Doubt:
    amounts = sorted({offer.amount for offer in job})
    duration = whole_years(job[0].start, job[0].end)
    if duration is None:
        return _doubt_duration(job)
    if len(amounts) != duration or duration < FEWEST_RUNGS:
        return _doubt_count(job, len(amounts), duration)
    steps = [above / below for below, above in pairwise(amounts)]
    if max(steps) > STEEPEST_STEP or max(steps) - min(steps) > WIDEST_SPREAD:
        return _doubt_steps(job, min(steps), max(steps))
    rungs = {amount: rung for rung, amount in enumerate(amounts, start=1)}
    return Placement({offer.row_number: rungs[offer.amount] for offer in job}, "inferred")


def _doubt_duration(job: Sequence[Offer]) -> Doubt:
    return Doubt(
        cells.END,
        "contract_years_unclear",
        f"{_name(job)} has several prices, and the contract from {job[0].start} to {job[0].end} "
        "does not last a whole number of years",
        "correct the dates of the contract; then write into CURRENT CONTRACT YEAR in which year "
        "each price holds, if it is still unclear",
    )


def _doubt_count(job: Sequence[Offer], prices: int, duration: int) -> Doubt:
    return Doubt(
        cells.PRICE,
        "prices_do_not_fit_years",
        f"{_name(job)} has {prices} prices for a contract of {duration} years, and nothing says "
        "when each of them holds",
        f"write into CURRENT CONTRACT YEAR in which year of the contract (1 to {duration}) each "
        "price holds; if they belong to different jobs, tell those apart by labour category, "
        "education, experience or worksite",
    )


def _doubt_steps(job: Sequence[Offer], flattest: Decimal, steepest: Decimal) -> Doubt:
    return Doubt(
        cells.PRICE,
        "escalation_uneven",
        f"the prices of {_name(job)} rise by {flattest - 1:.1%} in one year and by "
        f"{steepest - 1:.1%} in another: one may be mistyped, or two jobs mixed up",
        "correct the price that does not fit, or write into CURRENT CONTRACT YEAR in which year "
        "of the contract each price holds",
    )


def _name(job: Sequence[Offer]) -> str:
    return f"“{job[0].columns['labour_category']}”"
