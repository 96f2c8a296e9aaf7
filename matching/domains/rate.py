"""How rates are matched: two systems' entries of one price for one role, place and period.

A rate is what its terms say. Records merge only when role, customer, terms, period and amount all
agree; another amount under the same terms is a discrepancy for a steward, never a merge.
"""

from matching.engine.model import (
    Column,
    Comparison,
    Level,
    MatchModel,
    Pass,
    absent,
    equal,
    similar,
)

_ROLE, _LEVEL, _FOR_WHOM = equal("role"), equal("level"), equal("for whom")
_SPELT_ALIKE = similar("labour category", "spelling", 0.9)
_START, _END = equal("start"), equal("end")
_NEVER = 1e-8  # how often records of one rate differ in what defines it

MODEL = MatchModel(
    domain="rate",
    version=1,
    prior=-14.0,
    review_at=0.0,
    merge_at=8.0,
    learned=False,  # a rate is defined by what is compared: the terms of look-alikes differ
    columns=(
        Column("role", ("labour_category", "level"), "each_part"),
        Column("labour category", ("labour_category",), "text"),
        Column("level", ("level",), "letters"),
        Column("for whom", ("scope", "practice", "region", "client", "project"), "each_part"),
        Column("qualification", ("education", "years_of_experience"), "each_part"),
        Column("unit", ("unit", "currency", "worksite"), "each_part"),
        Column("start", ("start_date",), "exact"),
        Column("end", ("end_date",), "exact"),
        Column("amount", ("amount",), "number"),
    ),
    passes=(
        Pass("same role for the same", ("role", "for whom")),
        Pass("same amount for the same", ("amount", "for whom", "start")),
    ),
    comparisons=(
        Comparison(
            "role",
            (
                Level("same role", (_ROLE,), 0.90, 1e-3),
                Level("spelt alike", (_SPELT_ALIKE, _LEVEL), 0.05, 5e-4),
                Level(
                    "spelt alike, no level", (_SPELT_ALIKE, absent("level")), 0.05 - _NEVER, 5e-4
                ),
            ),
        ),
        Comparison("for whom", (Level("the same", (_FOR_WHOM,), 1 - _NEVER, 1e-3),)),
        Comparison(
            "qualification",
            (Level("same", (equal("qualification"),), 0.90, 0.1),),
        ),
        Comparison("unit", (Level("same", (equal("unit"),), 1 - _NEVER, 0.5),)),
        Comparison(
            "period",
            (
                Level("same start and end", (_START, _END), 0.70, 5e-3),
                Level("same start", (_START,), 0.30 - _NEVER, 1e-2),
            ),
        ),
        Comparison("amount", (Level("same", (equal("amount"),), 0.9995, 7e-3),)),
    ),
)
