"""A workbook too large for one document becomes lists: a sheet's rows in files of a few megabytes, read as they stream.

Merged cells stay where they are written, and text above a table is a row like others: this is for data.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Final
from urllib.parse import quote

from randaemon.model import Child, Expand, Scalar
from randaemon.stages.convert.office.xlsx.cells import Book, Row

WHOLE_MAX: Final = 32 << 20  # bytes of a sheet's XML that is read at once
PART: Final = 4 << 20  # characters of a child
_NAME_MAX: Final = 60


def split(book: Book, sheets: Sequence[tuple[str, str]], scratch: Path) -> Expand:
    """The lists, each in `scratch` under its number; `sheets` are names and parts."""
    children: list[Child] = []
    for name, part in sheets:
        children += _children(name, book.stream(part), scratch, len(children))
    return Expand(tuple(children), meta={"sheets": len(sheets), "parts": len(children)})


def _children(sheet: str, rows: Iterator[Row], scratch: Path, index: int) -> Iterator[Child]:
    """Children with the sheet's first row as their head; what is above or left of the data is no part of it."""
    head = next(rows, None)
    if head is None:
        return
    least = min(head.cells)
    while (row := next(rows, None)) is not None:
        target = scratch / str(index)
        last = _write(target, _line(head, least), chain((row,), rows), least)
        span: dict[str, Scalar] = {"sheet": sheet, "rows_from": row.number, "rows_to": last}
        name = quote(f"{sheet[:_NAME_MAX]} rows {row.number}-{last}.csv", safe="")
        yield Child(index, name, target.stat().st_size, meta=span)
        index += 1


def _write(target: Path, head: Sequence[str], rows: Iterable[Row], least: int) -> int:
    """Writes rows until the part is long enough; the number of the last one."""
    size = number = 0
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(head)
        for row in rows:
            line = _line(row, least)
            writer.writerow([*line, *[""] * (len(head) - len(line))])
            number = row.number
            size += sum(map(len, line)) + len(line)
            if size >= PART:
                break
    return number


def _line(row: Row, least: int) -> list[str]:
    return [row.cells.get(column, "") for column in range(min(least, *row.cells), max(row.cells) + 1)]
