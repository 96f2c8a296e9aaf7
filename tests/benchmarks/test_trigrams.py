"""The peer of search before create answers as it should before it is timed."""

import pytest

from benchmarks.peers.trigrams import WAYS, asked
from mdm.bulk import execute

NAMES = ("acme tools ltd", "acme tool ltd", "acme tools limited", "roadrunner", "coyote", "acme")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", [way for way in WAYS.values() if way.table == "names"])
def test_a_way_by_trigrams_finds_the_names_most_alike_but_not_the_record_itself(way):
    execute("CREATE TABLE names (id int PRIMARY KEY, name text)")
    execute(
        "INSERT INTO names SELECT * FROM unnest(%s::int[], %s::text[])", [[*range(6)], [*NAMES]]
    )

    try:
        answers = asked(way, [(0, "ACME Tools Ltd"), (4, "Coyote")], rank=2)
    finally:
        execute("DROP TABLE names")

    similar, lone = answers.ranked
    assert similar == [1, 2]
    assert 4 not in lone
    assert len(answers.seconds) == 2
