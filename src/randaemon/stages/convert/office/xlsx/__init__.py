"""XLSX by a walk of our own over its XML: a section a sheet, cells as they are printed, merged cells in every place.

What is empty does not exist here, so that a value at XFD1048576 costs as much as one at A1. Rows that an empty row
parts are tables of their own, unless the second begins like the first goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import Any

from randaemon.model import Converted, Expand, Scalar, Task
from randaemon.stages.convert.heads import one_row
from randaemon.stages.convert.markdown import Inline, Writer, cell, row, rule
from randaemon.stages.convert.office.package import Package, damaged, opened
from randaemon.stages.convert.office.package import R as RELATIONSHIP
from randaemon.stages.convert.office.xlsx import large
from randaemon.stages.convert.office.xlsx.cells import Book, Row, S, Sheet, letters

_PROSE = 80  # characters in a cell of a column that stands alone
_TITLES = 3  # lines of words above or below tables
_SPREAD = 5_000_000  # places that merged cells may fill in one sheet


def convert(task: Task) -> Converted | Expand:
    """A workbook, or lists of its rows when it is too large for one document; raises Unreadable E_OFFICE."""
    with opened(task.source) as package:
        main = package.main()
        root = package.xml(main)
        if root is None:
            raise damaged()
        book = Book(package, main, root)
        sheets, hidden = _sheets(package, main, root)
        sizes = [package.size(part) for _, part in sheets]
        if max(sizes, default=0) > large.WHOLE_MAX or sum(sizes) > 2 * large.WHOLE_MAX:
            return large.split(book, sheets, task.scratch)
        writer = Writer()
        for name, part in sheets:
            _write(writer, name, book, part)
        meta: dict[str, Scalar] = {"hidden_sheets": hidden} if hidden else {}
        return writer.finish(package.title() or writer.first_heading, meta)


def _sheets(package: Package, main: str, root: Any) -> tuple[list[tuple[str, str]], int]:
    """Name and part of each worksheet, charts left out; and how many of them are hidden."""
    relations = package.relations(main)
    found: list[tuple[str, str]] = []
    hidden = 0
    for sheet in root.iter(f"{S}sheet"):
        relation = relations.get(sheet.get(f"{RELATIONSHIP}id", ""))
        if relation is not None and relation.kind == "worksheet":
            found.append((sheet.get("name", ""), relation.target))
            hidden += sheet.get("state", "visible") != "visible"
    return found, hidden


def _write(writer: Writer, name: str, book: Book, part: str) -> None:
    sheet = book.sheet(part)
    comments = list(book.comments(part))
    if not sheet.rows and not comments:
        return
    writer.heading(1, Inline(name), place=name)
    for region in _regions(_spread(sheet)):
        _Region(region, name).write(writer)
    if comments:
        writer.block("list", "\n".join(f"- Comment on {at}: {text}" for at, text in comments), place=name)


def _spread(sheet: Sheet) -> list[Row]:
    """The rows with merged cells in each place that they cover, as far as these rows hold anything else."""
    by_number = {each.number: each for each in sheet.rows}
    widest = max((max(each.cells) for each in sheet.rows), default=0)
    budget = _SPREAD
    for top, left, bottom, end in sheet.merged:
        right = min(end, max(widest, left))
        text = by_number[top].cells.get(left) if top in by_number else None
        if text is None:
            continue
        for number in range(top, min(bottom, top + budget) + 1):
            covered = by_number.get(number)
            if covered is not None:
                budget -= right - left + 1
                for column in range(left, right + 1):
                    covered.cells.setdefault(column, text)
        budget -= bottom - top
        if budget < 0:
            break
    return sheet.rows


def _regions(rows: list[Row]) -> Iterator[list[Row]]:
    """Rows that belong together, without the columns of others beside them."""
    before: list[Row] = []
    for band in _bands(rows):
        if before and _goes_on(before, band):
            before += band
            continue
        yield from _beside(before)
        before = band
    yield from _beside(before)


def _bands(rows: list[Row]) -> Iterator[list[Row]]:
    band: list[Row] = []
    for each in rows:
        if band and each.number != band[-1].number + 1:
            yield band
            band = []
        band.append(each)
    if band:
        yield band


def _goes_on(before: list[Row], band: list[Row]) -> bool:
    """True when rows behind an empty one continue a table: its first row was printed as a head, and this one is not."""
    head = next((each for each in before if len(each.cells) > 1), None)
    if head is None or not head.head or band[0].head or len(band[0].cells) < 2:
        return False
    return set(band[0].cells) <= set(head.cells)


def _beside(rows: list[Row]) -> Iterator[list[Row]]:
    """Tables side by side: columns that an empty one parts, when they are not equally long."""
    groups: list[list[int]] = []
    for column in sorted({column for each in rows for column in each.cells}):
        if groups and column == groups[-1][-1] + 1:
            groups[-1].append(column)
        else:
            groups.append([column])
    parts = [_only(rows, frozenset(group)) for group in groups]
    ends = {(part[0].number, part[-1].number) for part in parts}
    if len(ends) < 2 or any(len(part) < 2 for part in parts):
        parts = [rows] if rows else []
    yield from parts


def _only(rows: list[Row], columns: frozenset[int]) -> list[Row]:
    kept = ((each, {place: text for place, text in each.cells.items() if place in columns}) for each in rows)
    return [Row(each.number, cells, each.head) for each, cells in kept if cells]


class _Region:
    """A table, or text that stands in cells."""

    def __init__(self, rows: list[Row], sheet: str) -> None:
        self._rows = rows
        self._sheet = sheet
        self._columns = sorted({column for each in rows for column in each.cells})

    def write(self, writer: Writer) -> None:
        while self._rows and self._is_title():
            first = self._rows.pop(0)
            self._text(writer, first)
            self._columns = sorted({column for each in self._rows for column in each.cells})
        if self._is_prose():
            for each in self._rows:
                self._text(writer, each)
        elif self._rows:
            writer.block("table", "\n".join(self._lines()), place=self._place())

    def _is_title(self) -> bool:
        """A single text, merged or not, above what is wider than one column."""
        below = self._rows[1:]
        return len(set(self._rows[0].cells.values())) == 1 and any(len(set(each.cells.values())) > 1 for each in below)

    def _is_prose(self) -> bool:
        if len(self._columns) > 1:
            return False
        texts = [text for each in self._rows for text in each.cells.values()]
        if len(texts) == 1 or any(len(text) > _PROSE or text.endswith((".", ":")) for text in texts):
            return True
        return len(texts) <= _TITLES and all(" " in text.strip() for text in texts)

    def _text(self, writer: Writer, line: Row) -> None:
        column, text = next(iter(line.cells.items()))
        place = f"{self._sheet}!{letters(column)}{line.number}"
        writer.block("paragraph", "\n".join(part.strip() for part in text.split("\n") if part.strip()), place=place)

    def _lines(self) -> Iterator[str]:
        lines = [[Inline(cell(each.cells.get(column, "").strip())) for column in self._columns] for each in self._rows]
        for number, line in enumerate(one_row(lines, self._heads())):
            yield row(each.text for each in line)
            if number == 0:
                yield rule(len(self._columns))

    def _heads(self) -> int:
        """How many rows at the top are in bold, where what follows is not and the first of them has groups."""
        bold = sum(1 for _ in takewhile(lambda each: each.head, self._rows))
        first = self._rows[0].cells
        return bold if len(set(first.values())) < len(first) else 1

    def _place(self) -> str:
        first, last = self._columns[0], self._columns[-1]
        return f"{self._sheet}!{letters(first)}{self._rows[0].number}:{letters(last)}{self._rows[-1].number}"
