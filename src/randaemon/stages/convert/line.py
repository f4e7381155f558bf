"""Inline text as it grows while a document is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from randaemon.model import Mark
from randaemon.stages.convert.markdown import Inline


class Line:
    """White space collapsed, breaks and spaces held back until text follows them, marks opened and closed on the way.

    `newline` is what a break becomes; in a table cell that is `<br>` and bars are escaped.
    """

    __slots__ = ("_gap", "_length", "_marks", "_parts", "_waiting", "in_cell", "newline")

    def __init__(self, newline: str = "\n", *, in_cell: bool = False) -> None:
        self.newline = newline
        self.in_cell = in_cell
        self._parts: list[str] = []
        self._length = 0
        self._gap = ""
        self._marks: list[Mark] = []
        self._waiting: list[Open] = []

    @property
    def length(self) -> int:
        """How many characters it has, without a space or break that is held back."""
        return self._length

    def text(self, raw: str) -> None:
        """Text as the source has it."""
        words = raw.split()
        if not words:
            self._gap = self._gap or " "
            return
        if raw[0].isspace():
            self._gap = self._gap or " "
        text = " ".join(words)
        self._put(text.replace("|", "\\|") if self.in_cell and "|" in text else text)
        self._gap = " " if raw[-1].isspace() else ""

    def add(self, inline: Inline) -> None:
        """Text that is final already, with its marks."""
        at = self._put(inline.text)
        self._marks += (Mark(mark.kind, at + mark.start, at + mark.end, mark.note) for mark in inline.marks)

    def row(self, cells: Iterable[Inline]) -> None:
        """A row of a table inside a cell, as a line of that cell."""
        self.brk()
        for inline in cells:
            if inline.text:
                self.add(inline)
                self.text(" ")

    def _put(self, text: str) -> int:
        """Where the text now begins."""
        if self._gap:
            if self._length:
                self._parts.append(self._gap)
                self._length += len(self._gap)
            self._gap = ""
        at = self._length
        if self._waiting:
            for mark in self._waiting:
                mark.start = at
            self._waiting.clear()
        self._parts.append(text)
        self._length = at + len(text)
        return at

    def brk(self) -> None:
        """What follows stands on a line of its own."""
        self._gap = self.newline

    def begin(self, mark: Open) -> None:
        """The mark starts at the next character of text."""
        self._waiting.append(mark)

    def end(self, mark: Open) -> None:
        """The mark ends at the last one; without text between there is none."""
        if mark in self._waiting:
            self._waiting.remove(mark)
        elif self._length > mark.start:
            self._marks.append(Mark(mark.kind, mark.start, self._length, mark.note))

    def take(self) -> Inline:
        """What was collected."""
        marks = tuple(sorted(self._marks, key=lambda mark: (mark.start, -mark.end))) if self._marks else ()
        return Inline("".join(self._parts), marks)


@dataclass(eq=False, slots=True)
class Open:
    """A mark whose element is still open, and the line it began on."""

    kind: str
    line: Line
    note: str = ""
    start: int = 0
