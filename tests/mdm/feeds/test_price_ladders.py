"""Rates out of the price list: which rows become rates for when, and why the others do not."""

import csv
import random
from collections import Counter
from datetime import date

import pytest

from mdm.feeds.generator.real_clients import SAMPLE_FEEDS
from mdm.feeds.price_ladders import (
    Arrangement,
    arrange,
    cells,
    contract_number,
    education_level,
    least_experience,
)
from mdm.feeds.price_ladders.ladders import whole_years
from mdm.standardise.reading import InvalidValue

PRICE_LIST = SAMPLE_FEEDS / "gsa_schedule70_rates.csv"


def price_row(price="100.00", **cells_by_name):
    row = {
        cells.LABOUR_CATEGORY: "Systems Engineer",
        cells.EDUCATION: "Bachelors",
        cells.EXPERIENCE: "5",
        cells.UNIT: "Hour",
        cells.PRICE: price,
        cells.CONTRACT: "GS-35F-314CA",
        cells.VENDOR: "HARTWELL LLC",
        cells.WORKSITE: "Both",
        cells.CONTRACT_YEAR: "2",
        cells.START: "5/5/15",
        cells.END: "5/4/20",
    }
    return row | {getattr(cells, name.upper()): text for name, text in cells_by_name.items()}


def ladder(*prices, **cells_by_name):
    return [price_row(price, **cells_by_name) for price in prices]


FIVE_RUNGS = ("100.00", "102.00", "104.04", "106.12", "108.24")


def arranged(rows) -> Arrangement:
    return arrange(enumerate(rows, start=2))


def causes(rows) -> list[str]:
    return [problem.cause for problem in arranged(rows).problems]


def test_a_job_with_one_price_has_it_for_the_whole_contract():
    (rate,) = arranged([price_row("$98.24 ")]).rows

    assert rate.columns["amount"] == "98.24"
    assert rate.columns["period_start"] == "2015-05-05"
    assert rate.columns["period_end"] == "2020-05-04"
    assert rate.columns["period_basis"] == "stated"
    assert rate.columns["contract_year"] == ""


def test_as_many_prices_as_contract_years_are_laid_on_the_years_the_lowest_first():
    rows = arranged(ladder(*reversed(FIVE_RUNGS))).rows

    periods = {row.columns["amount"]: row.columns["period_start"] for row in rows}
    assert periods == {
        "100.00": "2015-05-05",
        "102.00": "2016-05-05",
        "104.04": "2017-05-05",
        "106.12": "2018-05-05",
        "108.24": "2019-05-05",
    }
    assert {row.columns["period_basis"] for row in rows} == {"inferred"}
    assert len({row.columns["rate_key"] for row in rows}) == 5


def test_contract_years_follow_each_other_without_gap_and_end_with_the_contract():
    rows = arranged(ladder(*FIVE_RUNGS, end="5/6/20")).rows

    assert [row.columns["period_end"] for row in rows] == [
        "2016-05-04",
        "2017-05-04",
        "2018-05-04",
        "2019-05-04",
        "2020-05-06",
    ]


@pytest.mark.parametrize(
    ("ambiguity", "rows", "cause"),
    [
        ("four prices for five years", ladder(*FIVE_RUNGS[:4]), "prices_do_not_fit_years"),
        ("two prices, perhaps of two worksites", ladder("100", "114"), "prices_do_not_fit_years"),
        (
            "nine prices: two jobs of one name",
            ladder(*FIVE_RUNGS, "128", "130.56", "133.17", "135.83"),
            "prices_do_not_fit_years",
        ),
        (
            "ten prices: two ladders of five",
            ladder(*FIVE_RUNGS, "128", "130.56", "133.17", "135.83", "138.55"),
            "prices_do_not_fit_years",
        ),
        (
            "four rows of which two repeat each other",
            ladder("199.65", "203.84", "203.84", "212.49"),
            "prices_do_not_fit_years",
        ),
        (
            "two prices for two years are no ladder yet",
            ladder("100", "102", end="5/4/17"),
            "prices_do_not_fit_years",
        ),
        ("an uneven step", ladder("75", "77.81", "78.98", "80.16", "81.36"), "escalation_uneven"),
        ("steep steps", ladder("100", "112", "125.44", "140.49", "157.35"), "escalation_uneven"),
        (
            "half a year too much",
            ladder(*FIVE_RUNGS, end="11/4/20"),
            "contract_years_unclear",
        ),
    ],
)
def test_an_ambiguous_ladder_is_no_rate(ambiguity, rows, cause):
    assert causes(rows) == [cause] * len(rows), ambiguity


def test_small_differences_between_steps_are_rounding():
    rows = ladder("36.68", "36.14", "35.60", "35.08", "34.33")

    assert causes(rows) == []


def test_identical_rows_are_one_rate():
    rows = arranged([price_row(), price_row(unit="Per Hour", worksite="both", education="BS")]).rows

    assert len({row.columns["rate_key"] for row in rows}) == 1


def test_an_identical_row_does_not_spoil_a_ladder():
    rows = arranged(ladder(*FIVE_RUNGS, FIVE_RUNGS[2])).rows

    assert Counter(row.columns["contract_year"] for row in rows) == Counter("123345")


def test_rows_that_carry_their_contract_year_need_no_ladder():
    prices = ("96.97", "120.00", "100.89")
    rows = [price_row(p, contract_year=str(year)) for year, p in enumerate(prices, start=1)]

    outcome = arranged(rows).rows

    assert [row.columns["contract_year"] for row in outcome] == ["1", "2", "3"]
    assert {row.columns["period_basis"] for row in outcome} == {"stated"}


@pytest.mark.parametrize("years", [("1", "1"), ("1", "6"), ("1", "")])
def test_contract_years_that_cannot_be_leave_the_prices_in_doubt(years):
    rows = [
        price_row(price, contract_year=year)
        for price, year in zip(("100", "105"), years, strict=True)
    ]

    assert causes(rows) == ["prices_do_not_fit_years"] * 2


def test_a_single_price_among_ladders_of_its_contract_is_for_an_unknown_year():
    alone = price_row("128.24", labour_category="Helpdesk")

    assert causes([*ladder(*FIVE_RUNGS), alone]) == ["price_without_year"]


def test_a_steward_can_confirm_that_a_single_price_holds_throughout():
    alone = price_row("128.24", labour_category="Helpdesk", contract_year="All")

    assert causes([*ladder(*FIVE_RUNGS), alone]) == []


def test_a_single_price_repeated_for_every_year_holds_throughout():
    every_year = [
        price_row("128.24", labour_category="Helpdesk", contract_year=year) for year in "12345"
    ]

    assert causes([*ladder(*FIVE_RUNGS), *every_year]) == []


@pytest.mark.parametrize(
    ("cell", "text", "cause"),
    [
        ("contract", "", "contract_number_unreadable"),
        ("contract", "GS-35F-029CA DAN SOLUTIONS, INC", "contract_number_unreadable"),
        ("labour_category", " ", "labour_category_missing"),
        ("experience", "some", "experience_unreadable"),
        ("unit", "Sq ft", "unit_unknown"),
        ("worksite", "moon", "worksite_unknown"),
        ("price", "0.75%", "price_unreadable"),
        ("price", "N/A", "price_unreadable"),
        ("price", "0", "price_unreadable"),
        ("start", "4/24//2014", "start_date_unreadable"),
        ("start", "N/A", "start_date_unreadable"),
        ("end", "2/30/20", "end_date_unreadable"),
        ("end", "5/4/15", "contract_ends_before_start"),
    ],
)
def test_a_cell_that_cannot_be_read_costs_its_row_alone(cell, text, cause):
    rows = [price_row(), price_row(**{cell: text})]

    (problem,) = arranged(rows).problems

    assert (problem.row_number, problem.cause) == (3, cause)
    assert problem.column in (getattr(cells, cell.upper()), cells.END)
    assert problem.message
    assert problem.remedy


def test_two_firms_on_one_contract_are_a_problem_of_all_its_rows():
    rows = [price_row(vendor="HIGH TECH REPUBLIC, INC."), price_row(vendor="WASHINGTON SOFTWARE")]

    assert causes(rows) == ["two_firms_on_one_contract"] * 2


def test_a_firm_is_the_same_with_and_without_its_legal_form():
    rows = [price_row(vendor="E-INFOSOL LLC"), price_row(vendor="E-Infosol, L.L.C.")]

    assert causes(rows) == []


def test_rows_that_state_other_dates_than_most_of_their_contract_are_a_problem():
    rows = [price_row(), price_row(), price_row(start="5/6/15")]

    (problem,) = arranged(rows).problems

    assert (problem.row_number, problem.cause) == (4, "contract_dates_disagree")
    assert "5/5/15" in problem.message


def test_a_contract_without_dates_on_most_rows_is_a_problem_of_all_its_rows():
    rows = [price_row(start=f"5/{day}/15") for day in (5, 6, 7)]

    assert causes(rows) == ["contract_dates_disagree"] * 3


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("GS-35F-314CA", "GS-35F-314CA"),
        ("GS-35F294CA", "GS-35F-294CA"),
        (" gs35f0480y ", "GS-35F-0480Y"),
    ],
)
def test_a_contract_number_has_one_spelling(text, number):
    assert contract_number(text) == number


def test_a_contract_number_with_more_behind_it_names_what_to_keep():
    with pytest.raises(InvalidValue) as refusal:
        contract_number("GS-35F-029CA DAN SOLUTIONS, INC")

    assert refusal.value.remedy == "keep only GS-35F-029CA"


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("Bachelor\ufffds", "bachelor"),
        ("B.A / B.S", "bachelor"),
        ("M.S. or B.S.", "bachelor"),
        ("A Master's degree in any field.", "master"),
        ("A.A. or A.S.", "associate"),
        ("2 yr degree", "associate"),
        ("HS Diploma or Equivalent", "high school"),
        ("High School + 2 Years experience", "high school"),
        ("Bachelors. May substitute with an Associates degree.", "bachelor"),
        ("Doctor of Medicine", "doctorate"),
        ("Ph.D", "doctorate"),
        ("Professional Certification", "certification"),
        ("Degree in computers preferred", "Degree in computers preferred"),
        ("N/A", ""),
    ],
)
def test_education_is_the_least_level_asked_for(text, level):
    assert education_level(text) == level


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("5", "5"),
        ("Five (5) years", "5"),
        ("4 yrs", "4"),
        ("5+", "5"),
        ("1-3 years", "1"),
        ("N/A", ""),
    ],
)
def test_experience_is_the_least_number_of_years(text, years):
    assert least_experience(text) == years


@pytest.mark.parametrize(
    ("end", "years"),
    [
        ("2020-05-04", 5),
        ("2020-05-06", 5),
        ("2020-05-20", None),
        ("2035-05-04", 20),
        ("2015-06-01", None),
    ],
)
def test_a_contract_lasts_whole_years_give_or_take_a_week(end, years):
    start = cells.day("5/5/15")

    assert whole_years(*map(date.fromisoformat, (start, end))) == years


def test_a_leap_day_has_anniversaries():
    assert whole_years(date.fromisoformat("2016-02-29"), date.fromisoformat("2021-02-28")) == 5


@pytest.fixture(scope="module")
def real_rows():
    with PRICE_LIST.open(encoding="utf-8", newline="") as file:
        return list(enumerate(csv.DictReader(file), start=2))


def test_every_row_of_the_real_file_has_its_outcome(real_rows):
    outcome = arrange(real_rows)

    assert len(outcome.rows) + len(outcome.problems) == len(real_rows) == 4157
    assert Counter(row.columns["period_basis"] for row in outcome.rows) == {
        "stated": 2894,
        "inferred": 1015,
    }
    assert len({row.columns["rate_key"] for row in outcome.rows}) == 3896
    assert Counter(problem.cause for problem in outcome.problems) == {
        "contract_dates_disagree": 112,
        "prices_do_not_fit_years": 31,
        "two_firms_on_one_contract": 27,
        "contract_years_unclear": 19,
        "contract_ends_before_start": 15,
        "start_date_unreadable": 14,
        "price_unreadable": 13,
        "price_without_year": 9,
        "escalation_uneven": 5,
        "contract_number_unreadable": 3,
    }


def test_a_key_of_the_real_file_has_one_price_and_one_period(real_rows):
    prices: dict[str, set[tuple[str, ...]]] = {}
    for row in arrange(real_rows).rows:
        names = ("amount", "period_start", "period_end")
        facts = tuple(row.columns[name] for name in names)
        prices.setdefault(row.columns["rate_key"], set()).add(facts)

    assert all(len(facts) == 1 for facts in prices.values())


def test_the_order_of_the_rows_does_not_matter(real_rows):
    shuffled = random.Random(3).sample(real_rows, len(real_rows))  # noqa: S311 a seeded shuffle

    assert arrange(shuffled) == arrange(real_rows)


def test_the_price_is_no_part_of_a_key(real_rows):
    def keys(rows):
        return {row.row_number: row.columns["rate_key"] for row in arrange(rows).rows}

    dearer = [(number, row | {cells.PRICE: _raised(row[cells.PRICE])}) for number, row in real_rows]

    assert keys(dearer) == keys(real_rows)


def _raised(price):
    amount = price.strip().removeprefix("$")
    return f"{float(amount) * 10:.2f}" if amount.replace(".", "").isdigit() else price


def test_the_contract_that_ends_before_it_starts_is_mended_by_its_start_date(real_rows):
    mended = [
        (number, row | {cells.START: "12/12/15"} if row[cells.START] == "12/12/20" else row)
        for number, row in real_rows
    ]

    rates = [r for r in arrange(mended).rows if r.columns["contract_number"] == "GS-35F-083DA"]

    assert len(rates) == 15
    assert {rate.columns["period_basis"] for rate in rates} == {"stated"}
    assert {rate.columns["period_end"] for rate in rates} >= {"2016-12-11", "2020-12-11"}
