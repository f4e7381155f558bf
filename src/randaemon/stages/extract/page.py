"""A document as the rules see it: one linear pass over the Markdown gives pieces with their headings and offsets.

The dialect is what `preprocess` writes: `#` headings, pipe tables with one line a row and `<br>` inside cells, `-`/`*`
and numbered lists, fenced code. Nothing is copied: a piece is a pair of offsets, a span is cut when it is needed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple

from randaemon.model import Span
from randaemon.ran.feature import Role, is_part_of, mom_class, role_in, role_of
from randaemon.ran.names import is_ran_text

Cell = tuple[int, int]

_BULLET = re.compile(r"[ \t]{0,24}(?:[-*+•]|\d{1,3}[.)]|[a-z][.)])[ \t]+")
_NUMBERED = re.compile(r"[ \t]{0,24}(?:\d{1,3}|[a-z])[.)][ \t]")
_SEPARATOR = frozenset("|-: \t")
_DASHES = ("| -", "|-", "| :", "|:", "|  ", "||")  # how the line under a header can begin, or one of empty cells
_EDGE = " \t\r\n`*"


class Piece(NamedTuple):  # made for every line: a tuple takes a third of the time of a frozen dataclass
    """A heading, a whole table, one list item, one paragraph or a whole code block."""

    kind: str  # heading | table | item | text | code; items and texts with the lines they are wrapped over
    start: int
    end: int
    heading: tuple[str, ...]
    role: Role
    level: int = 0  # of a heading: 1…6; of an item: its indentation
    numbered: bool = False


class Page:
    """The Markdown with its pieces; in a `wrapped` one a `<br>` is where the printer broke a line of a cell."""

    def __init__(self, markdown: str, title: str = "", *, wrapped: bool = False) -> None:
        self.markdown = markdown
        self.title = title
        self.wrapped = wrapped
        self.pieces = tuple(_pieces(markdown))
        self._tables: dict[int, list[list[Cell]]] = {}  # small ones, which several rules look at

    def span(self, start: int, end: int) -> Span:
        """The slice as a Span; the one place where spans are made, so that text and offsets always agree."""
        return Span(start, end, self.markdown[start:end])

    def trimmed(self, start: int, end: int) -> Span | None:
        """The slice without surrounding space, emphasis and breaks; None when nothing is left or it says "no value"."""
        piece = self.markdown[start:end]
        if piece and piece[0] not in _EDGES and piece[-1] not in _EDGES:  # most cells: the common case is the fast one
            return None if piece in _NO_VALUE else Span(start, end, piece)
        body = piece.strip(_EDGE)
        while body.startswith("<br>") or body.endswith("<br>"):
            body = body.removeprefix("<br>").removesuffix("<br>").strip(_EDGE)
        if not body or body in _NO_VALUE:
            return None
        start += 0 if len(body) == len(piece) else piece.index(body)
        return Span(start, start + len(body), body)

    def printed(self, span: Span) -> str:
        """The text of a span on one line, as a name is normalised."""
        return " ".join(span.text.replace("<br>", " ").split())

    def piece_at(self, offset: int) -> Piece | None:
        """The piece an offset lies in."""
        index = bisect_right(self._starts, offset) - 1
        return self.pieces[index] if index >= 0 and offset < self.pieces[index].end else None

    def rows(self, table: Piece) -> Iterator[list[Cell]]:
        """The rows of a table, header first, as cell offsets; the dashes under the header are left out."""
        if table.end - table.start > _LARGE:
            return self._rows(table)
        kept = self._tables.get(table.start)
        if kept is None:
            kept = self._tables[table.start] = list(self._rows(table))
        return iter(kept)

    def _rows(self, table: Piece) -> Iterator[list[Cell]]:
        start = table.start
        while start < table.end:
            end = self.markdown.find("\n", start, table.end)
            end = table.end if end < 0 else end
            line = self.markdown[start:end]
            if not (line.startswith(_DASHES) and _SEPARATOR.issuperset(line.rstrip())):
                yield _cells(line, start)
            start = end + 1

    def owner(self, piece: Piece) -> Span | None:
        """The MO class whose page a piece stands on (`class X`), as its heading or the page prints it."""
        known = self._classes
        return known.get(mom_class(piece.heading)) or known.get("") if known else None

    @cached_property
    def is_ran(self) -> bool:
        """True when the page names something that only RAN documents name: then bare words are believed too."""
        return is_ran_text(self.markdown)

    @cached_property
    def has_enumerations(self) -> bool:
        """False when no heading can be that of an enumeration: most pages have none."""
        return "enum" in self.markdown or "Enum" in self.markdown

    @cached_property
    def names(self) -> frozenset[str]:
        """Every word of the text that could be a name, whole as it is printed somewhere."""
        return frozenset(_WORD.findall(self.markdown))

    @cached_property
    def _classes(self) -> dict[str, Span]:
        """Class → where its heading prints it; "" stands for the class that the document's title names."""
        spans: dict[str, Span] = {}
        for piece in self.pieces:
            name = mom_class(piece.heading[-1:]) if piece.kind == "heading" else ""
            if name and name not in spans:
                start = self.markdown.index(name, piece.start)
                spans[name] = self.span(start, start + len(name))
        titled = mom_class((self.title,))
        found = re.search(rf"\b{titled}\b", self.markdown) if titled else None
        if found:
            spans[""] = self.span(*found.span())
        return spans

    @cached_property
    def _starts(self) -> list[int]:
        return [piece.start for piece in self.pieces]


_LARGE = 20_000  # characters: the cells of a long list would take more memory than its text
_WORD = re.compile(r"(?<![A-Za-z0-9_.])[A-Za-z][A-Za-z0-9_.]{2,120}+")
_NO_VALUE = frozenset({"-", "–", "—", "--", "n/a", "N/A", "N/a", "&nbsp;"})
_EDGES = frozenset(_EDGE) | {"<", ">"}  # where there may be something to take off


def body_of(page: Page, piece: Piece) -> Cell:
    """Where the text of a heading or list item begins and ends, without its mark."""
    text = page.markdown
    if piece.kind == "heading":
        start = piece.start + piece.level
        while start < piece.end and text[start] in " \t":
            start += 1
        return start, piece.end
    if piece.kind != "item":
        return piece.start, piece.end
    found = _BULLET.match(text, piece.start, piece.end)
    return (found.end() if found else piece.start), piece.end


def _pieces(markdown: str) -> Iterator[Piece]:
    path: tuple[tuple[int, str], ...] = ()
    heading: tuple[str, ...] = ()
    role = Role.NONE
    start, size = 0, len(markdown)
    while start < size:
        if markdown[start] == "\n":  # every second line is empty
            start += 1
            continue
        line = _line_end(markdown, start)
        kind = _kind(markdown, start, line, markdown[start])
        end = _END_OF[kind](markdown, start, line) if kind in _END_OF else line
        level, numbered = 0, False
        if kind == "heading":
            level, title = _heading(markdown[start:line])
            path = _path(path, level or _plain_level(title), title)
            heading = tuple(title for _, title in path)
            role = role_in(heading)
        elif kind == "item":
            level, numbered = _indent(markdown, start, line), _NUMBERED.match(markdown, start, line) is not None
        if kind:
            yield Piece(kind, start, end, heading, role, level, numbered)
        start = end + 1


def _is_plain_heading(markdown: str, start: int, end: int) -> bool:
    """True of headings without a mark: `ACTIVATE FLEX SLEEP`; `Attributes` and `class X` between empty lines."""
    if end - start > _HEADING_LONGEST:
        return False
    line = markdown[start:end]
    if line.isupper():
        return role_of(line) is not Role.NONE
    if not (line.strip("*_: ").lower() in _PART_TITLES or _CLASS_TITLE.match(line)):
        return False
    alone = start == 0 or markdown.startswith("\n", start - 2)
    return alone and (end + 1 >= len(markdown) or markdown.startswith("\n", end + 1))


def _plain_level(title: str) -> int:
    """Capitals head chapters; a class and its parts stand below whatever heading is there, in this order."""
    if title.isupper():
        return 2
    return _DEEPEST - 1 if _CLASS_TITLE.match(title) else _DEEPEST


_DEEPEST = 9
_HEADING_LONGEST = 60
_PART_TITLES = frozenset({"attributes", "pm counters", "prerequisites", "steps", "after this task"})
_CLASS_TITLE = re.compile(r"(?:MO )?[Cc]lass [A-Z][A-Za-z0-9]{1,58}\Z")


def _path(path: tuple[tuple[int, str], ...], level: int, title: str) -> tuple[tuple[int, str], ...]:
    """The titles that lead here. Converters that lose depth print `Steps` beside `7 Activate X`: it goes below."""
    depth = 2 * level
    for above, other in path:
        if above == depth and is_part_of(title, other):
            depth += 1
            break
    kept = len(path)
    while kept and path[kept - 1][0] >= depth:
        kept -= 1
    return (*path[:kept], (depth, title))


_MARKED = re.compile(r"#+[ \t]\s*+(?P<title>[^#\s]|#+[^#\s])?|#+\Z")


def _kind(markdown: str, start: int, end: int, head: str) -> str:
    if head == "#":
        found = _MARKED.match(markdown, start, end)
        return "text" if found is None else "heading" if found["title"] else ""  # a title may have been a picture
    if head == "|":
        return "table"
    if head == "`" and markdown.startswith("```", start):
        return "code"
    if head in _ITEM_HEADS and _BULLET.match(markdown, start, end):
        return "item"
    if _is_plain_heading(markdown, start, end):
        return "heading"
    return "text" if markdown[start:end].strip() else ""


_ITEM_HEADS = frozenset("-*+•0123456789 \tabcdefghijklmnop")


def _heading(line: str) -> tuple[int, str]:
    plain = line.lstrip("#")
    return len(line) - len(plain), plain.strip().rstrip("#").strip()


def _indent(markdown: str, start: int, end: int) -> int:
    return end - start - len(markdown[start:end].lstrip())


def _line_end(markdown: str, start: int) -> int:
    end = markdown.find("\n", start)
    return len(markdown) if end < 0 else end


def _paragraph_end(markdown: str, end: int, item: bool) -> int:
    """The end of a wrapped paragraph or item: lines go on until one is empty or begins something of its own."""
    size = len(markdown)
    while end < size and not markdown.startswith("\n", end + 1):
        start, stop = end + 1, _line_end(markdown, end + 1)
        kind = _kind(markdown, start, stop, markdown[start : start + 1])
        if kind == "item" and not item and _LATER_NUMBER.match(markdown, start, stop):
            kind = "text"  # a list inside a paragraph begins at 1: this is a number at the start of a line
        if kind != "text" or _OWN_LINE.match(markdown, start, stop):
            break
        end = stop
    return end


_LATER_NUMBER = re.compile(r"(?!1[.)])\d{1,3}[.)][ \t]")

#: A line that defines or lists by itself: `MO.attr: …`, `Feature Identity: …`, one name alone.
_OWN_LINE = re.compile(
    r"[`*_ \t]{0,12}+(?:[A-Za-z][A-Za-z0-9_.:]{0,120}?|[A-Z][a-z]{1,20}(?: [A-Za-z]{1,20}){0,4})[`*_]{0,3}+"
    r"(?::[*_]{0,3}+(?=\s|\Z)|\s{0,4}+\Z| \([A-Z][A-Za-z0-9]{1,80}\))"
)


def _fence_end(markdown: str, start: int, _line: int) -> int:
    close = markdown.find("\n```", start + 3)
    return len(markdown) if close < 0 else _line_end(markdown, close + 1)


def _rows_end(markdown: str, _start: int, line: int) -> int:
    found = _MORE_ROWS.match(markdown, line)
    return found.end() if found else line


_MORE_ROWS = re.compile(r"(?:\n\|[^\n]*)*+")

#: Kind → where a piece of more lines than its first ends, by the offsets of that.
_END_OF: dict[str, Callable[[str, int, int], int]] = {
    "table": _rows_end,
    "code": _fence_end,
    "item": lambda markdown, _start, line: _paragraph_end(markdown, line, True),
    "text": lambda markdown, _start, line: _paragraph_end(markdown, line, False),
}


def _cells(line: str, offset: int) -> list[Cell]:
    """Cell offsets of one table row; `\\|` inside a cell does not end it."""
    stop = len(line.rstrip())
    inside = line[1 : stop - 1 if line.endswith("|", 0, stop) and stop > 1 else stop]
    cells, start = [], offset + 1
    for part in inside.split("|") if "\\" not in inside else _ESCAPED.split(inside):
        size = len(part)
        if size > 2 and part[0] == part[-1] == " " and part[1] not in _SPACE and part[-2] not in _SPACE:
            cells.append((start + 1, start + size - 1))  # as every converter of ours writes it
        else:
            body = part.strip(" \t")
            begin = start + (part.find(body) if body else size)
            cells.append((begin, begin + len(body)))
        start += size + 1
    return cells


_SPACE = " \t"
_ESCAPED = re.compile(r"(?<!\\)\|")
