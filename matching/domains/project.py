"""How projects are matched: engagements of one client by name, code, contract and period."""

from matching.engine.model import Column, Comparison, Level, MatchModel, Pass, equal, similar

_NAME, _CLIENT, _CODE, _CONTRACT = equal("name"), equal("client"), equal("code"), equal("contract")
_START, _END = equal("start"), equal("end")
_SPELT_ALIKE = similar("name", "spelling", 0.86)
_BEGINS = similar("name", "leading_words", 1.0)

MODEL = MatchModel(
    domain="project",
    version=1,
    prior=-14.0,
    review_at=0.0,
    merge_at=6.0,
    columns=(
        Column("name", ("name",), "text", chance=2e-5),
        Column("letters", ("name",), "letters"),
        Column("words", ("name",), "sorted_words"),
        Column("numbers", ("name",), "numbers"),
        Column("code", ("code",), "letters", chance=1e-6),
        Column("contract", ("contract_number",), "letters", chance=2e-5),
        Column("client", ("client",), "exact", chance=1e-3),
        Column("manager", ("engagement_manager",), "sorted_words", chance=1e-2),
        Column("practice", ("practice",), "text"),
        Column("start", ("start_date",), "exact"),
        Column("end", ("end_date",), "exact"),
    ),
    passes=(
        Pass("same code", ("code",)),
        Pass("same contract and client", ("contract", "client")),
        Pass("same name", ("name",)),
        Pass("same letters", ("letters",)),
        Pass("same words", ("words",)),
        Pass("same client and start", ("client", "start")),
        Pass("same client and manager", ("client", "manager")),
    ),
    comparisons=(
        Comparison(
            "name and client",
            (
                Level("same name and client", (_NAME, _CLIENT), 0.55, 2e-7, "name"),
                Level("same name", (_NAME,), 0.10, 1e-5, "name"),
                Level("same letters, same client", (equal("letters"), _CLIENT), 0.03, 3e-8),
                Level("same words, same client", (equal("words"), _CLIENT), 0.03, 3e-8),
                Level("spelt alike, same client", (_SPELT_ALIKE, _CLIENT), 0.10, 5e-7),
                Level("one begins the other, same client", (_BEGINS, _CLIENT), 0.05, 2e-6),
                Level("same client", (_CLIENT,), 0.06, 1e-3, "client"),
                Level("spelt alike", (_SPELT_ALIKE,), 0.03, 1e-4),
            ),
        ),
        Comparison("year and phase", (Level("same", (equal("numbers"),), 0.97, 0.30),)),
        Comparison("code", (Level("same", (_CODE,), 0.50, 1e-6, "code"),)),
        Comparison("contract", (Level("same", (_CONTRACT,), 0.80, 2e-4, "contract"),)),
        Comparison(
            "period",
            (
                Level("same start and end", (_START, _END), 0.50, 2e-4),
                Level("same start", (_START,), 0.25, 1e-3),
                Level("same end", (_END,), 0.10, 1e-3),
            ),
        ),
        Comparison("manager", (Level("same", (equal("manager"),), 0.60, 1e-2, "manager"),)),
        Comparison("practice", (Level("same", (equal("practice"),), 0.85, 0.15),)),
    ),
)
