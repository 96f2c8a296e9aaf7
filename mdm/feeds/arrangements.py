"""Named steps that look at a whole file before its rows become records."""

from collections.abc import Callable, Iterator

from mdm.feeds import price_ladders
from mdm.feeds.readers import ABSENT, Block, RowProblem, Sheet, excerpt

Arrangement = Callable[[Sheet], Sheet]
_Arrange = Callable[[list[tuple[int, dict[str, str]]]], price_ladders.Arrangement]


def _of_price_list(arrange: _Arrange) -> Arrangement:
    def arranged(sheet: Sheet) -> Sheet:
        given: dict[int, dict[str, str]] = {}
        unread: list[RowProblem] = []
        for block in sheet.blocks:
            unread += block.problems
            for number, row in zip(block.numbers, block.rows, strict=True):
                given[number] = dict(zip(sheet.columns, map(_text, row), strict=True))
        done = arrange(list(given.items()))
        columns = list(dict.fromkeys([*sheet.columns, *_columns(done)]))
        problems = unread + [_problem(each, given[each.row_number]) for each in done.problems]
        return Sheet(columns, _blocks(columns, done, problems))

    return arranged


def _columns(done: price_ladders.Arrangement) -> Iterator[str]:
    for row in done.rows:
        yield from row.columns


def _blocks(
    columns: list[str], done: price_ladders.Arrangement, problems: list[RowProblem]
) -> Iterator[Block]:
    yield Block(
        numbers=[row.row_number for row in done.rows],
        rows=[[row.columns.get(column, "") for column in columns] for row in done.rows],
        problems=problems,
    )


def _problem(each: price_ladders.RowProblem, row: dict[str, str]) -> RowProblem:
    return RowProblem(
        each.row_number,
        each.column,
        "ambiguous",
        f"Row {each.row_number}, {each.column}: {each.message}.",
        f"{each.remedy[0].upper()}{each.remedy[1:]}.",
        excerpt(dict(row)),
    )


def _text(cell: object) -> str:
    return "" if cell is None or cell == ABSENT else str(cell)


ARRANGEMENTS: dict[str, Arrangement] = {
    "price_ladders": _of_price_list(price_ladders.arrange),
    "agreed_contracts": _of_price_list(price_ladders.agreed_contracts),
}
