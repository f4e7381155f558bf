"""Tables without rules: lines one after the other whose words stand in the same columns.

White space that goes down through all of them parts the columns. Prose in two columns looks much the same, and so do
lists and contents; what tells them apart is how full the columns are and what the first and the last one hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from randaemon.stages.convert.pdf.layout import Table
from randaemon.stages.convert.pdf.reading import Word, text_of

_GAP = 0.75  # of the type size: less white space may be a justified line's
_GUTTER = 5.0  # points: the least white space down between columns
_NEAR = 2.6  # of the type size: how far below each other the lines of a table are at most
_ROWS = 3
_FILLED = 0.6  # share of the places that hold something
_PAIRED = 0.8  # the same of two columns without a bold head
_PROSE = 4.0  # words in a cell on average
_PAIRS = 3  # columns; of fewer the first row is a head only if it is bold
_MARKER = re.compile(r"[^\w\s]|o|\(?(?:\d{1,3}(?:\.\d{1,3}){0,4}|[a-z]|[ivx]{1,4})[.)]?|Table|Figure", re.IGNORECASE)
_SECTION = re.compile(r"\d{1,2}(?:\.\d{1,2}){3,6}")  # what stands behind it is its title
_NUMBER = re.compile(r"\d{1,4}|[ivxl]{1,6}")
_DOTS = re.compile(r"\.{4,}|(?:\. ){4,}|…")
_Lines = Sequence[list[Word]]


@dataclass(frozen=True, slots=True)
class _Band:
    """A column: from its leftmost to its rightmost word."""

    left: float
    right: float


def aligned(lines: _Lines) -> tuple[list[Table], list[list[Word]]]:
    """The tables among lines that go from top to bottom, and the lines that stand in none."""
    found: list[Table] = []
    free: list[list[Word]] = []
    for run in _runs(lines):
        table = _table(run)
        if table is None:
            free += run
        else:
            found.append(table)
    return found, free


def _runs(lines: _Lines) -> Iterator[list[list[Word]]]:
    """Lines that may be a table, as many as share their gutters; all others one by one."""
    run: list[list[Word]] = []
    bands: list[_Band] = []
    for words in lines:
        cells = _cells(words)
        together = _joined(bands, cells) if run and _is_below(run[-1], words) else []
        if run and _keeps(bands, together):
            run.append(words)
            bands = together
            continue
        yield from _trimmed(run)
        run, bands = ([words], cells) if len(cells) > 1 else ([], [])
        if not run:
            yield [words]
    yield from _trimmed(run)


def _trimmed(run: list[list[Word]]) -> Iterator[list[list[Word]]]:
    """Without lines at the end that have one cell only: text below the table, as long as it is not set close to it."""
    end = len(run)
    while end > 1 and len(_cells(run[end - 1])) < 2 and not _is_close(run[end - 2], run[end - 1]):
        end -= 1
    if run:
        yield run[:end]
        for words in run[end:]:
            yield [words]


def _cells(words: Sequence[Word]) -> list[_Band]:
    bands: list[_Band] = []
    for word in words:
        if bands and word.left - bands[-1].right < _GAP * word.size:
            bands[-1] = _Band(bands[-1].left, max(bands[-1].right, word.right))
        else:
            bands.append(_Band(word.left, word.right))
    return bands


def _joined(bands: Sequence[_Band], cells: Sequence[_Band]) -> list[_Band]:
    """The columns with those of another line; what overlaps or has no gutter between is one."""
    joined: list[_Band] = []
    for band in sorted((*bands, *cells), key=lambda each: each.left):
        if joined and band.left - joined[-1].right < _GUTTER:
            joined[-1] = _Band(joined[-1].left, max(joined[-1].right, band.right))
        else:
            joined.append(band)
    return joined


def _keeps(bands: Sequence[_Band], together: Sequence[_Band]) -> bool:
    """True when there are columns, and none was lost by the new line."""
    return len(together) > 1 and len(together) >= len(bands)


def _is_below(above: Sequence[Word], words: Sequence[Word]) -> bool:
    size = words[0].size
    same_type = abs(size - above[0].size) <= 0.15 * size
    return same_type and 0 < words[0].middle - above[0].middle < _NEAR * size


def _is_close(above: Sequence[Word], words: Sequence[Word]) -> bool:
    return words[0].middle - above[0].middle < 1.3 * words[0].size


def _table(run: list[list[Word]]) -> Table | None:
    if len(run) < _ROWS or all(word.mono for words in run for word in words):  # a listing keeps its columns itself
        return None
    bands: list[_Band] = []
    for words in run:
        bands = _joined(bands, _cells(words))
    lines = [_placed(words, bands) for words in run]
    rows = [tuple("\n".join(part) for part in _parts(group)) for group in _rows(run, lines)]
    pairs = len(bands) < _PAIRS and not _head_is_bold(run)
    if pairs and any(_SECTION.fullmatch(row[0]) for row in rows):
        return None
    if not (_is_filled(rows, _PAIRED if pairs else _FILLED) and _is_table(rows, pairs=pairs)):
        return None
    words = [word for line in run for word in line]
    top, bottom = min(word.top for word in words), max(word.bottom for word in words)
    head = [("",) * len(bands)] if pairs else []  # names and what they mean: none of them is a head
    return Table(top, bottom, (*head, *rows), (bands[0].left, bands[-1].right))


def _placed(words: Sequence[Word], bands: Sequence[_Band]) -> list[str]:
    """The text of a line in each column."""
    texts = []
    for band in bands:
        inside = [word for word in words if band.left - 0.1 <= (word.left + word.right) / 2 <= band.right + 0.1]
        texts.append(text_of(inside) if inside else "")
    return texts


def _rows(run: _Lines, lines: Sequence[list[str]]) -> Iterator[list[list[str]]]:
    """Lines that make one row: where the gaps between lines are of two kinds by these, else by an empty first cell."""
    gaps = [below[0].middle - above[0].middle for above, below in pairwise(run)]
    least, most = min(gaps), max(gaps)
    limit = (least + most) / 2 if most - least > 0.3 * run[0][0].size else 0.0
    if limit and not _plausible([gap < limit for gap in gaps], lines):
        limit = 0.0
    group = [lines[0]]
    for gap, line in zip(gaps, lines[1:], strict=True):
        both_full = all(line) and any(map(all, group))
        if not both_full and ((gap < limit) if limit else not line[0]):
            group.append(line)
        else:
            yield group
            group = [line]
    yield group


def _plausible(close: Sequence[bool], lines: Sequence[list[str]]) -> bool:
    """True when close lines continue cells: there are several rows, and seldom are two close lines both full."""
    full = sum(
        all(above) and all(below) for (above, below), joined in zip(pairwise(lines), close, strict=True) if joined
    )
    return close.count(False) >= _ROWS - 1 and 2 * full <= sum(close)


def _parts(group: Sequence[list[str]]) -> Iterator[list[str]]:
    """The lines of each cell of a row."""
    for cell in zip(*group, strict=True):
        yield [text for text in cell if text]


def _head_is_bold(run: _Lines) -> bool:
    return all(word.bold for word in run[0]) and not all(word.bold for words in run[1:] for word in words)


def _is_filled(rows: Sequence[tuple[str, ...]], least: float) -> bool:
    return sum(bool(cell) for row in rows for cell in row) >= least * len(rows) * len(rows[0])


def _is_table(rows: Sequence[tuple[str, ...]], *, pairs: bool) -> bool:
    width = len(rows[0])
    if len(rows) < _ROWS + pairs or width < 2 or sum(map(bool, rows[0])) < max(width - 1, 2):
        return False
    return not (_is_list(rows) or _is_contents(rows) or _is_prose(rows))


def _is_list(rows: Sequence[tuple[str, ...]]) -> bool:
    """True when the first column holds bullets or numbers alone, under no head."""
    return all(not row[0] or _MARKER.fullmatch(row[0]) for row in rows)


def _is_contents(rows: Sequence[tuple[str, ...]]) -> bool:
    """True for titles with page numbers."""
    if any(_DOTS.search(cell) for row in rows for cell in row):
        return True
    return all(_NUMBER.fullmatch(row[-1]) for row in rows if row[-1])


def _is_prose(rows: Sequence[tuple[str, ...]]) -> bool:
    """True when all columns hold so many words that they are lines of text side by side."""
    least = min(sum(len(row[place].split()) for row in rows) / len(rows) for place in range(len(rows[0])))
    return least >= _PROSE
