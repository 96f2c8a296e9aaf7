"""Clients for tests of the index: few names and towns, so that blocks are crowded and shared."""

from typing import Any

from hypothesis import strategies as st

from matching.engine.model import (
    Column,
    Comparison,
    Identifier,
    Level,
    MatchModel,
    Pass,
    equal,
    similar,
)
from mdm.models import SourceRecord
from tests.factories import NOW, feed, system

NAMES = ["Acme", "Acme Ltd", "Acne", "Beta", "Beta Gmbh", "Bêta"]
TOWNS = ["oslo", "rome", "züri"]


def crowded_model(**changes: Any) -> MatchModel:
    """Clients by names and town; few of a kind are a crowd, and many share nobody's number."""
    parts: dict[str, Any] = {
        "domain": "client",
        "version": 1,
        "prior": -6.0,
        "review_at": -4.0,
        "merge_at": 2.0,
        "columns": (
            Column("name", ("legal_name",), "text", also=(("trading_name",),), chance=0.01),
            Column("words", ("legal_name",), "sorted_words"),
            Column("town", ("addresses[0].city",), "letters", chance=0.1),
            Column("tax number", ("tax_id",), "letters"),
            Column("tax country", ("tax_id",), "identifier.country"),
        ),
        "passes": (
            Pass("same tax number", ("tax number",)),
            Pass("same name", ("name",)),
            Pass("same town", ("town",)),
            Pass("same words and town", ("words", "town")),
        ),
        "comparisons": (
            Comparison(
                "name",
                (
                    Level("same", (equal("name"),), 0.7, 0.01, "name"),
                    Level("alike", (similar("name", "jaro_winkler", 0.8),), 0.2, 0.05),
                ),
            ),
            Comparison("town", (Level("same", (equal("town"),), 0.8, 0.1, "town"),)),
            Comparison("tax number", (Level("same", (equal("tax number"),), 0.9, 0.01),)),
        ),
        "identifiers": (
            Identifier("tax number", "tax number", within="tax country", shared_by_at_most=3),
        ),
        "block_limit": 3,
        "window": 1,
        "copies": 2,
    }
    return MatchModel(**(parts | changes))


def attributes(
    name: str | None, trading_name: str | None, town: str | None, tax: str | None
) -> dict[str, Any]:
    """What a source record holds of a client."""
    given = {"legal_name": name, "trading_name": trading_name, "tax_id": tax}
    held: dict[str, Any] = {key: value for key, value in given.items() if value}
    return held | ({"addresses": [{"city": town}]} if town else {})


clients = st.builds(
    attributes,
    st.sampled_from([None, *NAMES]),
    st.sampled_from([None, None, *NAMES]),
    st.sampled_from([None, *TOWNS]),
    st.sampled_from([None, None, "GB1", "GB2", "GB3", "DE1"]),
)


def store(records: list[dict[str, Any]]) -> list[int]:
    """Source records with these attributes; returns their ids, in order."""
    home, crm = feed(), system()
    made = SourceRecord.objects.bulk_create(
        SourceRecord(
            system=crm, domain="client", source_key=f"{home.pk}-{number}", attributes=each,
            home_feed=home, created_at=NOW, changed_at=NOW,
        )
        for number, each in enumerate(records)
    )  # fmt: skip
    return [each.pk for each in made]
