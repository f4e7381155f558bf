"""The tables of Word: rows and cells that count, and the grid that they lie in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Any, Final

from randaemon.stages.convert.markdown import Inline
from randaemon.stages.convert.office.docx.styles import W

#: What lies around paragraphs, rows and cells and means nothing for the text.
THROUGH: Final = frozenset(
    f"{W}{name}" for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag", "txbxContent")
)
_COLUMNS: Final = 1_000


def rows(element: Any) -> Iterator[Any]:
    for child in element:
        if child.tag == f"{W}tr":
            if child.find(f"{W}trPr/{W}del") is None:
                yield child
        elif child.tag in THROUGH:
            yield from rows(child)


def cells(row: Any) -> Iterator[Any]:
    for child in row:
        if child.tag == f"{W}tc":
            yield child
        elif child.tag in THROUGH:
            yield from cells(child)


def heads(element: Any) -> int:
    """How many rows at the top are repeated on every page."""
    return sum(1 for _ in takewhile(lambda row: row.find(f"{W}trPr/{W}tblHeader") is not None, rows(element)))


def filled(element: Any, read: Callable[[Any], Inline]) -> Iterator[list[Inline]]:
    """The rows with all columns filled."""
    above: dict[int, Inline] = {}
    lines: list[dict[int, Inline]] = []
    for row in rows(element):
        current: dict[int, Inline] = {}
        column = _number(row.find(f"{W}trPr/{W}gridBefore"), 0)
        for cell in cells(row):
            width = max(_number(cell.find(f"{W}tcPr/{W}gridSpan"), 1), 1)
            inline = _above(cell, above, column) or read(cell)
            for place in range(column, min(column + width, _COLUMNS)):
                current[place] = inline
            column += width
        lines.append(current)
        above = current
    columns = sorted({place for line in lines for place in line})
    wanted = list(_distinct(columns, lines))
    for line in lines:
        yield [line.get(place, Inline("")) for place in wanted]


def _distinct(columns: list[int], lines: list[dict[int, Inline]]) -> Iterator[int]:
    """Columns without those that only repeat the one before: edges that no two rows share make slivers."""
    before: int | None = None
    for place in columns:
        if before is None or any(line.get(place) is not line.get(before) for line in lines):
            yield place
        before = place


def _above(cell: Any, above: dict[int, Inline], column: int) -> Inline | None:
    """What a cell that goes on from the row above repeats."""
    merge = cell.find(f"{W}tcPr/{W}vMerge")
    if merge is None or merge.get(f"{W}val") == "restart":
        return None
    return above.get(column)


def _number(element: Any, default: int) -> int:
    value = element.get(f"{W}val", "") if element is not None else ""
    return int(value) if value.isdecimal() and len(value) < 6 else default
