"""Tables whose columns are parted by white space, as plain text, mail, reStructuredText and pandoc have them.

Rules of dashes or equal signs over the columns tell where these are. Without rules it is the white space that goes down
through all lines, and the first line has to have a head for each column but the first: prose has no such.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from randaemon.stages.convert.markdown import Inline, cell

_RULE = re.compile(r" *(?:-{2,}(?: +-{2,})+|={2,}(?: +={2,})+) *$")
_WHOLE = re.compile(r" *-{12,} *$")
_WORDS = re.compile(r"\S+(?: \S+)*")  # a cell: words with one space between
_PROMPT = re.compile(r"\s*(?:[\w.@-]{1,60}[>$#] ?\S|={10,})")  # of a session, whose lines are read as they are
_HEAD = re.compile(r"(?=[^A-Za-z]*[A-Za-z])[^.:;,|]{1,40}\.?")
_BULLET = re.compile(r"[^\w\s<]|\(?(?:\d{1,3}(?:\.\d{1,3}){0,4}|[a-z])[.)]?")
_DOTS = re.compile(r"\.{4,}|(?:\. ){4,}")
_HEADS: Final = 8  # lines of a head and its rules
_TALLEST: Final = 2000  # lines of a table whose rows are parted by blank ones
_LINES: Final = 3  # at least, with the head
_FILLED: Final = 0.7  # share of the places that hold something
_PROSE: Final = 4.0  # words in a cell on average
_OPEN: Final = 100  # lines behind a blank one in which a table may go on until its last rule
_JUDGED: Final = 30  # lines by which it is told whether they are a table
_BEFORE: Final = 4  # lines in which the prompt of a session stands above what it prints
_Rows = list[list[str]]


@dataclass(frozen=True, slots=True)
class Spaced:
    """The rows of a table, whose first one is its head, and the number of the line behind it."""

    rows: list[list[Inline]]
    end: int


def found(lines: Sequence[str], at: int, *, plain: bool) -> Spaced | None:
    """The table that begins with this line; one without rules only in `plain` text."""
    if not lines[at].strip():
        return None
    return (
        _multiline(lines, at) or _headless(lines, at) or _ruled(lines, at) or (_aligned(lines, at) if plain else None)
    )


def columns_of_tabs(text: str) -> str:
    """The text with tabs as spaces: every four columns, and where neighbouring lines have as many, in columns."""
    if "\t" not in text:
        return text
    written: list[str] = []
    for count, group in groupby(text.split("\n"), key=lambda line: line.strip(" ").count("\t")):
        lines = list(group)
        rows = [line.split("\t") for line in lines]
        if count and len(lines) >= _LINES and any(row[0].strip() for row in rows):
            widths = [max(len(row[place].strip()) for row in rows) for place in range(count + 1)]
            lines = [
                "   ".join(f"{part.strip():<{width}}" for part, width in zip(row, widths, strict=True)) for row in rows
            ]
        written += (line.expandtabs(4) for line in lines)
    return "\n".join(written)


# --- With rules ---------------------------------------------------------------------------------------------------


def _ruled(lines: Sequence[str], at: int) -> Spaced | None:
    """Under a rule, or under a head with a rule below."""
    top = bool(_RULE.match(lines[at]))
    if not top and not (at + 1 < len(lines) and _RULE.match(lines[at + 1])):
        return None
    end = _end(lines, at, top=top)
    inside = lines[at:end]
    rules = [number for number, line in enumerate(inside) if _RULE.match(line)]
    starts = [group.start() for group in re.finditer(r"[-=]+", inside[rules[0]])]
    split = rules[1] if top and len(rules) > 2 else rules[0]
    head = [line for line in inside[:split] if not _RULE.match(line)]
    rows = _cut([line for line in inside[split:] if not _RULE.match(line)], starts)
    if not rows:
        return None
    heads = _stacked(head, starts)
    return Spaced(_inlined([heads or [""] * len(starts), *rows]), end)


def _multiline(lines: Sequence[str], at: int) -> Spaced | None:
    """Pandoc's, whose rows go over lines and are parted by blank ones, between two rules over the whole width."""
    if not _WHOLE.match(lines[at]):
        return None
    split = next((number for number in range(at + 1, min(at + _HEADS, len(lines))) if _RULE.match(lines[number])), 0)
    last = min(split + _TALLEST, len(lines)) if split > at + 1 else 0
    end = next((number for number in range(split + 1, last) if _WHOLE.match(lines[number])), None)
    if end is None:
        return None
    starts = [group.start() for group in re.finditer(r"-+", lines[split])]
    parts = groupby(lines[split + 1 : end], key=lambda line: bool(line.strip()))
    rows = [lines[at + 1 : split], *(list(group) for told, group in parts if told)]
    return Spaced(_inlined([_stacked(row, starts) for row in rows]), end + 1)


def _headless(lines: Sequence[str], at: int) -> Spaced | None:
    """Pandoc's without a head: rows parted by blank lines between two rules that are the same."""
    rule, last = lines[at].rstrip(), min(at + _TALLEST, len(lines))
    if "-" not in rule or not _RULE.match(rule):
        return None
    end = next((number for number in range(at + 1, last) if _RULE.match(lines[number])), None)
    if end is None or lines[end].rstrip() != rule or all(line.strip() for line in lines[at + 1 : end]):
        return None
    starts = [group.start() for group in re.finditer(r"-+", rule)]
    parts = groupby(lines[at + 1 : end], key=lambda line: bool(line.strip()))
    rows = [_stacked(list(group), starts) for told, group in parts if told]
    return Spaced(_inlined([[""] * len(starts), *rows]), end + 1)


def _stacked(lines: Sequence[str], starts: Sequence[int]) -> list[str]:
    """The cells of a row of several lines."""
    return [_one_cell(column) for column in zip(*(_cells(line, starts) for line in lines), strict=True)]


def _one_cell(parts: Iterable[str]) -> str:
    """The lines of a cell as one; pandoc ends one with a backslash where it has to break."""
    return " ".join(part.removesuffix("\\").rstrip() for part in parts if part)


def _end(lines: Sequence[str], at: int, *, top: bool) -> int:
    """Behind the rule that a blank line follows, else at the first blank line."""
    blank = len(lines)
    for number in range(at + 1, len(lines)):
        if number > blank + _OPEN:
            break
        if not lines[number].strip():
            blank = min(blank, number)
            if not top or "-" in lines[at]:
                return number
        elif number > at + 1 and _RULE.match(lines[number]) and not "".join(lines[number + 1 : number + 2]).strip():
            return number + 1
    return blank


def _cut(lines: Sequence[str], starts: Sequence[int]) -> _Rows:
    rows: _Rows = []
    for line in lines:
        cells = _cells(line, starts)
        if cells[0] or not rows:
            rows += [cells] if any(cells) else []
        else:
            rows[-1] = [" ".join(filter(None, pair)) for pair in zip(rows[-1], cells, strict=True)]
    return rows


def _cells(line: str, starts: Sequence[int]) -> list[str]:
    return [line[start:end].strip() for start, end in zip(starts, [*starts[1:], None], strict=True)]


# --- Without ------------------------------------------------------------------------------------------------------

_Band = tuple[int, int]  # from where to where a column goes


def _aligned(lines: Sequence[str], at: int) -> Spaced | None:
    if "  " not in lines[at].strip():
        return None
    head = _bands(lines[at])
    if (
        len(head) < 2
        or min(len(lines[at][slice(*band)].split()) for band in head) >= _PROSE
        or not all(_HEAD.fullmatch(lines[at][slice(*band)]) for band in head)
    ):
        return None
    if any(_PROMPT.match(line) for line in lines[max(0, at - _BEFORE) : at]):
        return None
    bands, taken, _ = _grown(lines, at, head, _JUDGED)
    apart = at + 1 < len(lines) and not lines[at + 1].strip()
    if len(taken) < _LINES or (len(bands) < 3 and not apart) or not _is_table(_placed(taken, bands)):
        return None
    bands, taken, end = _grown(lines, at, head, len(lines))
    return Spaced(_inlined(_placed(taken, bands)), end)


def _placed(taken: Sequence[str], bands: Sequence[_Band]) -> _Rows:
    return _cut(taken, [left for left, _ in bands])


def _grown(lines: Sequence[str], at: int, head: list[_Band], most: int) -> tuple[list[_Band], list[str], int]:
    """The columns, the lines that keep to them, and the number of the line behind the last of these."""
    bands, taken, end = head, [lines[at]], at + 1
    for number in range(at + 1, min(at + most, len(lines))):
        cells = _bands(lines[number])
        if not cells:
            if not lines[number - 1].strip():
                break
            continue
        together = _joined(bands, cells)
        unheaded = len(taken) == 1 and len(together) == len(head) + 1 and together[0][1] <= head[0][0]
        alone = len(cells) == 1 and (cells[0][0] < bands[-1][0] or end < number)
        if alone or not (len(together) == len(bands) or unheaded):
            break
        bands, end = together, number + 1
        taken.append(lines[number])
    return bands, taken, end


def _bands(line: str) -> list[_Band]:
    return [words.span() for words in _WORDS.finditer(line)]


def _joined(bands: Sequence[_Band], cells: Sequence[_Band]) -> list[_Band]:
    """The columns with those of another line; what overlaps or touches is one."""
    joined: list[_Band] = []
    for left, right in sorted((*bands, *cells)):
        if joined and left <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], right))
        else:
            joined.append((left, right))
    return joined


def _is_table(rows: _Rows) -> bool:
    body = rows[1:]
    filled = sum(bool(text) for row in body for text in row)
    if len(rows) < _LINES or filled < _FILLED * len(body) * len(rows[0]):
        return False
    if all(_BULLET.fullmatch(row[0]) for row in body) or any(_DOTS.search(text) for row in rows for text in row):
        return False
    least = min(sum(len(row[place].split()) for row in body) / len(body) for place in range(len(rows[0])))
    return least < _PROSE


def _inlined(rows: _Rows) -> list[list[Inline]]:
    return [[Inline(cell(text)) for text in row] for row in rows]
