"""CSV for any content: tables come back equal, broken rows cost themselves, no bytes crash it."""

import csv
import io

from hypothesis import assume, given
from hypothesis import strategies as st

from mdm.feeds.readers import FileRefusedError
from tests.mdm.feeds.readers.csv_text import read, read_bytes

letters = st.characters(
    exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff\ufffd\x85\u2028\u2029"
)
names = st.lists(
    st.text(letters, min_size=1, max_size=8).map(str.strip).filter(bool),
    min_size=1,
    max_size=5,
    unique=True,
)
cell = st.text(letters | st.sampled_from('",;\t|\n '), max_size=12)


@st.composite
def tables(draw):
    header = draw(names)
    width = len(header)
    rows = draw(st.lists(st.lists(cell, min_size=width, max_size=width), max_size=8))
    return [header, *rows]


dialects = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from(",;\t|"),
        "lineterminator": st.sampled_from(["\n", "\r\n"]),
        "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    }
)


def written(table, **dialect):
    text = io.StringIO()
    csv.writer(text, **dialect).writerows(table)
    return text.getvalue()


@given(tables(), dialects, st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_any_table_that_a_program_writes_comes_back_equal(table, dialect, encoding):
    text = written(table, **dialect)

    columns, rows, problems = read_bytes(text.encode(encoding), delimiter=dialect["delimiter"])

    assert problems == []
    assert [columns, *(row for _, row in rows)] == table


@given(tables(), dialects)
def test_the_delimiter_is_found_where_the_header_shows_it(table, dialect):
    header = table[0]
    others = set(",;\t|") - {dialect["delimiter"]}
    assume(len(header) > 1 and not others & set("".join(header)))

    columns, rows, _ = read(written(table, **dialect))

    assert [columns, *(row for _, row in rows)] == table


@given(tables(), dialects)
def test_carriage_returns_may_end_lines(table, dialect):
    table = [[text.replace("\n", " ") for text in row] for row in table]
    text = written(table, **dialect | {"lineterminator": "\r"})

    columns, rows, problems = read(text, delimiter=dialect["delimiter"])

    assert problems == []
    assert [columns, *(row for _, row in rows)] == table


plain = st.text(st.sampled_from("abc 12'"), min_size=1, max_size=6).filter(str.strip)


@st.composite
def broken_tables(draw):
    """The records of a file with three columns, each with whether it is a proper row."""
    good = st.lists(plain | plain.map(lambda text: f'"{text},"'), min_size=3, max_size=3).map(
        lambda cells: (",".join(cells), True)
    )
    bad = st.one_of(
        st.lists(plain, min_size=1, max_size=2).map(",".join),
        st.lists(plain, min_size=4, max_size=6).map(",".join),
        st.tuples(plain, plain).map(lambda cells: f'{cells[0]},"{cells[1]},x'),
        st.tuples(plain, plain).map(lambda cells: f'"{cells[0]}"{cells[1]},x,y'),
    ).map(lambda line: (line, False))
    return draw(st.lists(good | bad, max_size=12))


@given(broken_tables())
def test_broken_rows_cost_only_themselves(records):
    text = "a,b,c\n" + "".join(f"{line}\n" for line, _ in records)

    _, rows, problems = read(text)

    assert len(rows) + len(problems) == len(records)
    assert [number for number, _ in rows] == [
        number for number, (_, proper) in enumerate(records, 2) if proper
    ]


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_refused(content):
    try:
        columns, rows, problems = read_bytes(content)
    except FileRefusedError as refused:
        assert refused.remedy  # noqa: PT017
        return

    assert all(len(row) == len(columns) for _, row in rows)
    assert all(problem.message and problem.remedy for problem in problems)
