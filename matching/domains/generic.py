"""A minimal model for a domain that has nothing of its own yet: a name and some keys."""

from collections.abc import Sequence

from matching.engine.model import Column, Comparison, Level, MatchModel, Pass, equal, similar


def generic_model(
    domain: str, *, name: str | None = None, keys: Sequence[str] = (), version: int = 1
) -> MatchModel:
    """Records with an equal key merge, unless another key differs; equal names are reviewed.

    `name` and `keys` are attribute paths. A contract with a title and a number:

    >>> generic_model("contract", name="title", keys=["contract_number"]).paths
    ('title', 'contract_number')
    """
    columns = [Column(key, (key,), "letters") for key in keys]
    passes = [Pass(f"same {key}", (key,)) for key in keys]
    comparisons = [Comparison(key, (Level("same", (equal(key),), 0.9, 5e-7),)) for key in keys]
    if name:
        columns.insert(0, Column("name", (name,), "text", chance=1e-5))
        passes.append(Pass("same name", ("name",)))
        comparisons.insert(0, _name_comparison())
    return MatchModel(
        domain=domain,
        version=version,
        columns=tuple(columns),
        passes=tuple(passes),
        comparisons=tuple(comparisons),
        prior=-14.0,
        review_at=0.0,
        merge_at=4.0,
    )


def _name_comparison() -> Comparison:
    same = Level("same", (equal("name"),), 0.65, 1e-5, frequency_of="name")
    nearly = Level("spelt alike", (similar("name", "spelling", 0.9),), 0.15, 1e-4)
    return Comparison("name", (same, nearly))
