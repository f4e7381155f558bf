"""Heads of several rows, groups above names: pipe tables have one, so the parts of a head stand in one cell.

`Limits<br>Lowest` and `Limits<br>Highest` for `Limits` above both. That the second row is a head is said by the source,
or by its words where the first one says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from randaemon.ran.listing import Kind, layout
from randaemon.stages.convert.markdown import Inline, stacked

_HEADS_MAX: Final = 3


def one_row(rows: Sequence[Sequence[Inline]], heads: int = 1) -> Sequence[Sequence[Inline]]:
    """The rows of a full grid with their heads in the first; `heads` is how many rows the source says they are."""
    if not 1 < heads <= _HEADS_MAX:
        heads = 2 if _has_groups(rows) else 1
    if heads == 1 or heads >= len(rows) or any(_is_title(row) for row in rows[:heads]):
        return rows
    return [[_folded(column) for column in zip(*rows[:heads], strict=True)], *rows[heads:]]


def _is_title(row: Sequence[Inline]) -> bool:
    """True of one text over the whole width: a title of the table, or of the rows below it."""
    return len({cell.text for cell in row}) == 1


def _has_groups(rows: Sequence[Sequence[Inline]]) -> bool:
    """True when the first row repeats itself and has no head that is known, and the second row is made of such."""
    if len(rows) < 3 or not any(one.text and one.text == other.text for one, other in pairwise(rows[0])):
        return False
    first, second = ([cell.text for cell in row] for row in rows[:2])
    return layout(first).kind is Kind.GENERIC and layout(second).kind is not Kind.GENERIC


def _folded(cells: Sequence[Inline]) -> Inline:
    """What stands above each other, once."""
    kept: list[Inline] = []
    for cell in cells:
        if cell.text and not (kept and cell.text == kept[-1].text):
            kept.append(cell)
    return stacked(kept, "<br>")
