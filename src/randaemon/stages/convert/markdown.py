"""Markdown as it is written, with the record of where each piece of it lies.

Every converter writes through `Writer`, so that spans are right by construction. The dialect: `#` headings, blocks
parted by one blank line, pipe tables with one line a row and `<br>` inside cells, fenced code. Text is never escaped
(names hold underscores and stars), except `|` inside a cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from randaemon.model import Block, Converted, Mark, Meta

INDENT: Final = "    "  # of an item, for each list that it lies in
_BREAKS = re.compile("\r\n|[\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")
_RAISABLE = "0123456789+-−()n"
_RAISED = str.maketrans(_RAISABLE, "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ⁿ")
_FENCE = re.compile(r"^ {0,3}(`{3,})", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Inline:
    """Text and its marks, whose offsets count from the text's beginning."""

    text: str
    marks: tuple[Mark, ...] = ()

    def spliced(self, start: int, end: int, text: str) -> Inline:
        """With `text` in place of `[start:end)`; marks that touch it are dropped, those behind it move."""
        shift = len(text) - (end - start)
        kept = tuple(
            mark if mark.end <= start else replace(mark, start=mark.start + shift, end=mark.end + shift)
            for mark in self.marks
            if mark.end <= start or mark.start >= end
        )
        return Inline(self.text[:start] + text + self.text[end:], kept)


def join(pieces: Iterable[Inline | str]) -> Inline:
    """One inline out of several, marks moved along."""
    texts: list[str] = []
    marks: list[Mark] = []
    at = 0
    for piece in pieces:
        if isinstance(piece, str):
            text = piece
        else:
            text = piece.text
            if piece.marks:
                marks += (Mark(mark.kind, at + mark.start, at + mark.end, mark.note) for mark in piece.marks)
        texts.append(text)
        at += len(text)
    return Inline("".join(texts), tuple(marks))


def stacked(inlines: Iterable[Inline], newline: str = "\n") -> Inline:
    """One inline in which each stands on a line of its own."""
    pieces: list[Inline | str] = []
    for each in inlines:
        pieces += (newline, each) if pieces else (each,)
    return join(pieces)


def cell(text: str) -> str:
    """Text as it stands in a table: line breaks become `<br>`, bars are escaped."""
    if not text.isprintable():
        text = _BREAKS.sub("<br>", text)
    return text.replace("|", "\\|")


def raised(text: str) -> str:
    """Digits and signs that stand above the line as such: `10` and a raised `3` are not 103. "" for other text."""
    text = text.strip()
    return text.translate(_RAISED) if text and not text.strip(_RAISABLE) else ""


def row(cells: Iterable[str]) -> str:
    """One line of a pipe table, of cells that are escaped already."""
    return "| " + " | ".join(cells) + " |"


def rule(width: int) -> str:
    """The line under the header of a pipe table."""
    return "|" + " --- |" * width


def table(rows: Sequence[Sequence[Inline]]) -> Inline:
    """A pipe table of cells that are escaped already; the first row is its header, short rows are filled up."""
    width = max((len(cells) for cells in rows), default=0)
    pieces: list[Inline | str] = []
    for number, cells in enumerate(rows):
        pieces.append("| " if number == 0 else "\n| ")
        for place in range(width):
            pieces.append(cells[place] if place < len(cells) else "")
            pieces.append(" | " if place < width - 1 else " |")
        if number == 0:
            pieces.append("\n" + rule(width))
    return join(pieces)


class Writer:
    """Collects blocks in reading order."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._blocks: list[Block] = []
        self._marks: list[Mark] = []
        self._sections: list[tuple[int, str]] = []
        self._path: tuple[str, ...] = ()  # titles of the open sections, outermost first

    @property
    def first_heading(self) -> str:
        """The title of the first section, "" before there is one."""
        first = next((block for block in self._blocks if block.kind == "heading"), None)
        return "".join(self._parts)[first.start : first.end].lstrip("# ") if first else ""

    def heading(self, level: int, title: Inline, *, page: int | None = None, place: str = "") -> None:
        """A section begins; empty titles are dropped. The block of a heading lies in the sections around it."""
        text = " ".join(title.text.split())
        if not text:
            return
        level = min(max(level, 1), 6)
        while self._sections and self._sections[-1][0] >= level:
            self._sections.pop()
        self._path = tuple(title for _, title in self._sections)
        line = join(["#" * level + " ", title if text == title.text else text])
        self.block("heading", line, page=page, place=place)
        self._sections.append((level, text))
        self._path = (*self._path, text)

    def block(self, kind: str, content: Inline | str, *, page: int | None = None, place: str = "") -> None:
        """A piece of Markdown that is complete in itself; blank ones are dropped."""
        inline = Inline(content) if isinstance(content, str) else content
        if not inline.text.strip():
            return
        if self._parts:
            self._parts.append("\n\n")
            self._length += 2
        start = self._length
        self._parts.append(inline.text)
        self._length += len(inline.text)
        self._blocks.append(Block(kind, start, self._length, self._path, page, place))
        if inline.marks:
            self._marks += (Mark(mark.kind, start + mark.start, start + mark.end, mark.note) for mark in inline.marks)

    def mark_last(self, kind: str, note: str) -> None:
        """Marks the whole of the last block: what belongs to it has no text of its own."""
        if self._blocks:
            last = self._blocks[-1]
            self._marks.append(Mark(kind, last.start, last.end, note))

    def code(self, text: str, language: str = "", *, page: int | None = None) -> None:
        """Text whose line breaks and spaces count, fenced so that nothing in it can end it."""
        longest = max((len(found) for found in _FENCE.findall(text)), default=2)
        fence = "`" * (longest + 1)
        if text.strip():
            self.block("code", f"{fence}{language}\n{text.strip(chr(10))}\n{fence}", page=page)

    def finish(self, title: str = "", meta: Meta | None = None) -> Converted:
        """The artifact."""
        markdown = "".join(self._parts) + ("\n" if self._parts else "")
        return Converted(markdown, title, tuple(self._blocks), tuple(self._marks), meta or {})
