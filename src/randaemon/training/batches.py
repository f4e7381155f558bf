"""Which rows are trained together and when: a pure function of the seed and the epoch.

So the place of a run in its data is two numbers (`Cursor`), and a run that was cut short goes on with the very batch
that would have come next.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from randaemon.training.forecast import padded
from randaemon.training.generate import Encoded

POOL = 50  # batches that rows are sorted within: less padding than by chance, other neighbours in every epoch


@dataclass(frozen=True, slots=True)
class Cursor:
    """The next batch is number `batch` of epoch number `epoch`, both from 0."""

    epoch: int = 0
    batch: int = 0


@dataclass(frozen=True, slots=True)
class Batching:
    """How rows become batches."""

    size: int  # rows
    seed: int
    pad_to: int = 1  # a batch is padded to a multiple of so many tokens


def order(lengths: Sequence[int], batching: Batching, epoch: int) -> list[list[int]]:
    """Row numbers of one epoch, batch by batch: every row once, rows of like length together, in random order.

    The last batch of a pool may be smaller.
    """
    generator = random.Random(f"{batching.seed}/{epoch}")  # noqa: S311 not a secret
    rows = list(range(len(lengths)))
    generator.shuffle(rows)
    span = POOL * batching.size
    pools = (sorted(rows[start : start + span], key=lengths.__getitem__) for start in range(0, len(rows), span))
    batches = [pool[start : start + batching.size] for pool in pools for start in range(0, len(pool), batching.size)]
    generator.shuffle(batches)
    return batches


def stream(lengths: Sequence[int], batching: Batching, cursor: Cursor = Cursor()) -> Iterator[tuple[list[int], Cursor]]:
    """Epoch after epoch without end, from `cursor` on: the rows of a batch, and where the batch after it is."""
    if not lengths:
        return
    epoch, first = cursor.epoch, cursor.batch
    while True:
        batches = order(lengths, batching, epoch)
        for number in range(first, len(batches)):
            yield batches[number], Cursor(epoch, number + 1)
        epoch, first = epoch + 1, 0


def arrays(rows: Sequence[Encoded], pad_to: int) -> tuple[Any, Any]:
    """Token array, and for each row where its answer starts and ends, as mlx-lm's loss takes them."""
    import mlx.core as mx

    wide = padded(max(map(len, rows)), pad_to)
    tokens = [row.tokens + (0,) * (wide - len(row)) for row in rows]
    # mlx-lm's loss counts the target at the end position too, which is padding: the answer ends one before.
    return mx.array(tokens), mx.array([(row.offset, len(row) - 1) for row in rows])
