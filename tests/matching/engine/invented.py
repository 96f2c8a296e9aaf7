"""Invented people and small models for tests of the engine. Seeded: the same every time."""

from collections.abc import Sequence

import numpy as np

from matching.engine.arrays import MISSING
from matching.engine.frame import Frame
from matching.engine.model import (
    Column,
    Comparison,
    Guard,
    Identifier,
    Level,
    MatchModel,
    Pass,
    equal,
    similar,
)
from matching.engine.pairwise import Counted
from matching.engine.record_forms import Forms

GIVEN = "anna bob carla david emma frank grace henry iris jakob karin liam".split()
FAMILY = [
    f"{a}{b}" for a in "ber sch mul hoff wag kla stein".split() for b in "er mann in ow".split()
]


def small_model(**changes: object) -> MatchModel:
    """People by given and family name, town and number; the number must not differ."""
    parts: dict[str, object] = {
        "domain": "person",
        "version": 1,
        "prior": -8.0,
        "review_at": 0.0,
        "merge_at": 4.0,
        "columns": (
            Column("given", ("given",), "text", chance=0.05),
            Column("family", ("family",), "text", chance=0.02),
            Column("town", ("town",), "text", also=(("other_town",),)),
            Column("number", ("number",), "letters"),
            Column("country", ("country",), "letters"),
        ),
        "passes": (
            Pass("same family name", ("family",)),
            Pass("same given name and town", ("given", "town")),
        ),
        "comparisons": (
            Comparison(
                "given",
                (
                    Level("same", (equal("given"),), 0.8, 0.05, frequency_of="given"),
                    Level("alike", (similar("given", "jaro_winkler", 0.8),), 0.1, 0.05),
                ),
            ),
            Comparison(
                "family",
                (
                    Level("same", (equal("family"),), 0.8, 0.01, frequency_of="family"),
                    Level("nearly", (similar("family", "indel", 0.85),), 0.1, 0.01),
                    Level("alike", (similar("family", "indel", 0.7),), 0.05, 0.05),
                ),
            ),
            Comparison("town", (Level("same", (equal("town"),), 0.8, 0.1),)),
        ),
        "identifiers": (Identifier("number", "number", within="country"),),
    }
    return MatchModel(**(parts | changes))  # type: ignore[arg-type]


def guarded_model(below: float) -> MatchModel:
    return small_model(guard=Guard(below=below))


def frame_of(model: MatchModel, **columns: Sequence[str | None]) -> Frame:
    records = len(next(iter(columns.values())))
    return Frame.of(model, columns, np.arange(records))


def forms_in(frame: Frame, row: int) -> Forms:
    """The forms of one row, slot by slot."""
    forms: list[str | None] = []
    for column in frame.columns.values():
        codes = frame.matrix[row, column.slots]
        forms += [None if code == MISSING else column.values[code].as_py() for code in codes]
    return tuple(forms)


def counted_in(frame: Frame) -> Counted:
    """What is counted in a frame that is a whole domain."""
    holders = {
        (name, value): count
        for name, column in frame.columns.items()
        for value, count in zip(column.values.to_pylist(), column.counts.tolist(), strict=True)
    }
    held = {name: column.held for name, column in frame.columns.items()}
    return Counted(frame.population, held, holders)


def people(count: int, seed: int = 7) -> dict[str, list[str | None]]:
    """People of whom about a third are in the list again, spelt a little differently."""
    return people_and_truth(count, seed)[0]


def people_and_truth(count: int, seed: int = 7) -> tuple[dict[str, list[str | None]], list[int]]:
    """`people`, and for each of them the number of the person."""
    random = np.random.default_rng(seed)
    truth = list(range(count))
    rows: list[list[str | None]] = [
        [
            str(random.choice(GIVEN)),
            str(random.choice(FAMILY)) + str(random.choice(list("abcdefgh"))),
            f"town {random.integers(0, max(3, count // 10))}",
            None,
        ]
        for _ in range(count)
    ]
    for row in random.choice(count, count // 3, replace=False).tolist():
        twin = int(random.integers(0, count))
        truth[row], rows[row] = truth[twin], list(rows[twin])
        if random.random() < 0.5:
            rows[row][1] = _slip(str(rows[twin][1]), random)
        if random.random() < 0.2:
            rows[row][2] = None
    given, family, town, other = (list(column) for column in zip(*rows, strict=True))
    return {"given": given, "family": family, "town": town, "other_town": other}, truth


def _slip(word: str, random: np.random.Generator) -> str:
    at = int(random.integers(0, len(word)))
    return word[:at] + "x" + word[at + 1 :]
