"""Cells that span rows and columns, laid out as a plain grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from randaemon.stages.convert.markdown import Inline

_COLUMNS = 10_000
_CELLS = 2_000_000  # a hostile page claims rowspan=65534 colspan=1000 in every cell


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell as the source has it. `rows` 0 means to the end of the table."""

    content: Inline
    rows: int = 1
    columns: int = 1


EMPTY = Inline("")


def expand(source: Sequence[Sequence[Cell]]) -> list[list[Inline]]:
    """A grid in which a spanning cell stands in every place it covers; missing cells are empty.

    As HTML has it: a cell goes to the first free column of its row, rows that no `<tr>` opened do not exist.
    """
    if all(cell.rows == cell.columns == 1 for cells in source for cell in cells):
        return _squared(source)
    height = len(source)
    covered: list[dict[int, Inline]] = [{} for _ in range(height)]
    budget = _CELLS
    for number, cells in enumerate(source):
        column = 0
        for cell in cells:
            while column in covered[number]:
                column += 1
            rows = height - number if cell.rows == 0 else min(cell.rows, height - number)
            columns = min(cell.columns, _COLUMNS - column)
            if columns <= 0:
                break
            budget -= rows * columns
            if budget < 0:
                rows = columns = 1
            _cover(covered[number : number + rows], range(column, column + columns), cell.content)
            column += columns
    width = max((max(line) + 1 for line in covered if line), default=0)
    return [[line.get(place, EMPTY) for place in range(width)] for line in covered]


def heads(source: Sequence[Sequence[Cell]]) -> int:
    """How many rows the head has: two where a group lies beside a cell that goes on in the next row, and no further."""
    first = source[0] if source else ()
    return 2 if any(cell.columns > 1 for cell in first) and max(cell.rows for cell in first) == 2 else 1


def _cover(lines: Sequence[dict[int, Inline]], places: range, content: Inline) -> None:
    for line in lines:
        for place in places:
            line.setdefault(place, content)


def _squared(source: Sequence[Sequence[Cell]]) -> list[list[Inline]]:
    width = min(max(map(len, source), default=0), _COLUMNS)
    return [[*(cell.content for cell in cells[:width]), *[EMPTY] * (width - len(cells))] for cells in source]
