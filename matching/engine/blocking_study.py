"""What each blocking pass is worth: the pairs that only it finds, and the blocks that cost most."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from matching.engine.arrays import Ints
from matching.engine.blocking import Blocking
from matching.engine.blocks import Blocks, PassReport
from matching.engine.frame import Frame
from matching.engine.model import MatchModel, Pass

_EXAMPLES = 3  # rows of a block that are shown


@dataclass(frozen=True, slots=True)
class LargeBlock:
    """A block, what its records share in each column of the pass, and some of its rows.

    `pairs` are compared; of a capped block that is less than all.
    """

    records: int
    pairs: int
    capped: bool
    values: tuple[str, ...]
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PassFindings:
    """What one pass finds. `new_pairs` no earlier pass finds; `all_pairs` counts them up to here.

    `without_key` records lack a column of the pass: it is never widened for them. `left_out` are
    pairs of capped blocks that are not compared for this pass.
    """

    report: PassReport
    columns: tuple[str, ...]
    without_key: int
    new_pairs: int
    all_pairs: int
    left_out: int
    largest: tuple[LargeBlock, ...]


def explain_blocking(
    frame: Frame, model: MatchModel, largest: int = 3, blocking: Blocking | None = None
) -> tuple[PassFindings, ...]:
    """The findings of every pass, in order, each with its `largest` blocks."""
    blocking = blocking or Blocking.of(frame, model)
    found, all_pairs = [], 0
    for number, (demanded, blocks) in enumerate(zip(model.passes, blocking.passes, strict=True)):
        new_pairs = sum(len(pairs) for pairs in blocking.pairs_of(number))
        all_pairs += new_pairs
        sizes, compared = _sizes(blocks)
        left_out = int((sizes * (sizes - 1) // 2 - compared).sum())
        found.append(
            PassFindings(
                report=blocks.report,
                columns=demanded.columns,
                without_key=len(frame) - _with_key(frame, demanded),
                new_pairs=new_pairs,
                all_pairs=all_pairs,
                left_out=left_out,
                largest=tuple(_largest(frame, model, demanded, blocks, sizes, compared, largest)),
            )
        )
    return tuple(found)


def _sizes(blocks: Blocks) -> tuple[Ints, Ints]:
    """The records of each block and the pairs compared in it, by the number of the block."""
    number = blocks.block[blocks.rows, blocks.keys]
    pairs = np.bincount(number, weights=blocks.partners)
    return np.bincount(number), pairs.astype(np.int64)


def _with_key(frame: Frame, demanded: Pass) -> int:
    """How many records have a value in every column of the pass."""
    rows = np.arange(len(frame))
    held = [np.max(frame.codes(column, rows), axis=0) >= 0 for column in demanded.columns]
    return int(np.all(held, axis=0).sum())


def _largest(
    frame: Frame,
    model: MatchModel,
    demanded: Pass,
    blocks: Blocks,
    sizes: Ints,
    compared: Ints,
    count: int,
) -> Iterator[LargeBlock]:
    order = np.argsort(-sizes, kind="stable")[:count]
    number = blocks.block[blocks.rows, blocks.keys]
    for block in order[sizes[order] > 0].tolist():
        rows = tuple(blocks.rows[np.flatnonzero(number == block)[:_EXAMPLES]].tolist())
        yield LargeBlock(
            records=int(sizes[block]),
            pairs=int(compared[block]),
            capped=bool(sizes[block] > model.block_limit),
            values=tuple(_shared(frame, column, rows) for column in demanded.columns),
            rows=rows,
        )


def _shared(frame: Frame, column: str, rows: tuple[int, ...]) -> str:
    """The values of a column that all the rows hold."""
    held = [frame.values(column, row) for row in rows]
    return ", ".join(value for value in held[0] if all(value in other for other in held))
