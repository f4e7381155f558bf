"""A document as the rules see it: its pieces, the rows of its tables, and what the page says as a whole.

A cell of a table is a span; everything else is a pair of offsets, of which a span is cut when it is needed.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from randaemon.model import Span
from randaemon.ran import mentions
from randaemon.ran.feature import CLASS_PARTS, PROCEDURES, Role, bare_title, class_word, titled_class, titled_struct
from randaemon.ran.imprint import document_number
from randaemon.ran.names import FAJ, could_be_class, has_hump, is_class, is_known_class, is_two_words
from randaemon.stages.extract.pieces import Piece, read_pieces

Cell = tuple[int, int]
LONGEST_HALF = 600  # characters of a sentence on one side of a name: a line without a stop may be a megabyte long

_SEPARATOR = frozenset("|-: \t")
_DASHES = ("| -", "|-", "| :", "|:", "|  ", "||")  # how the line under a header can begin, or one of empty cells
_RULE = frozenset("-:")
_EDGE = " \t\r\n`*"


class Page:
    """The Markdown with its pieces; in a `wrapped` one a `<br>` is where the printer broke a line of a cell."""

    def __init__(self, markdown: str, title: str = "", *, wrapped: bool = False) -> None:
        self.markdown = markdown
        self.title = title
        self.wrapped = wrapped
        self.pieces = tuple(read_pieces(markdown))
        self.headings = [piece for piece in self.pieces if piece.kind == "heading"]
        #: True when it names something that only RAN documents name: then bare words are believed too.
        self.is_ran = mentions.is_ran_text(markdown)
        #: Where it says "MO", "MO class" or "managed object".
        self.mo_words = mentions.mo_words(markdown)
        first = markdown.find("=")
        #: Where its first "=" stands, its end without one: what has one in it is looked for from there on.
        self.first_equals = first if first >= 0 else len(markdown)
        #: False when no heading can be that of an enumeration: most pages have none.
        self.has_enumerations = "num" in "\n".join([piece.heading[-1] for piece in self.headings])
        self._starts = [piece.start for piece in self.pieces]
        self._classes = self._titled_classes()
        #: How wide the columns of its tables are, by where those begin: as far as somebody asked.
        self.widths: dict[int, dict[int, float]] = {}
        self._tables: dict[int, list[list[Span]]] = {}  # small ones, which several rules look at
        self._said: dict[tuple[re.Pattern[str], int], list[re.Match[str]]] = {}

    def span(self, start: int, end: int) -> Span:
        """The slice as a Span; the one place where spans are made, so that text and offsets always agree."""
        return Span(start, end, self.markdown[start:end])

    def trimmed(self, start: int, end: int) -> Span | None:
        """The slice without surrounding space, emphasis and breaks; None when nothing is left or it says "no value"."""
        return trimmed(Span(start, end, self.markdown[start:end]))

    def printed(self, span: Span) -> str:
        """The text of a span on one line, as a name is normalised."""
        return " ".join(span.text.replace("<br>", " ").split())

    def piece_at(self, offset: int) -> Piece | None:
        """The piece an offset lies in."""
        index = bisect_right(self._starts, offset) - 1
        return self.pieces[index] if index >= 0 and offset < self.pieces[index].end else None

    def said(self, pattern: re.Pattern[str], piece: Piece, start: int, end: int) -> list[re.Match[str]]:
        """What a piece says between two offsets; it is read once, however many names are asked for in it."""
        key = pattern, piece.start
        found = self._said.get(key)
        if found is None:
            found = self._said[key] = list(pattern.finditer(self.markdown, piece.body, piece.end))
        first = bisect_left(found, start, key=_begin)
        return [each for each in found[first : bisect_left(found, end, key=_begin)] if each.end() <= end]

    def sentence(self, piece: Piece, place: Cell) -> Cell:
        """From where to where the sentence of a name goes."""
        first, last = max(piece.body, place[0] - LONGEST_HALF), min(piece.end, place[1] + LONGEST_HALF)
        for stop in self.said(_STOP, piece, first, last):
            if stop.end() <= place[0]:
                first = stop.end()
            elif stop.start() >= place[1]:
                return first, stop.start()
        return first, last

    def before(self, piece: Piece) -> Piece | None:
        """The piece above another one."""
        index = bisect_right(self._starts, piece.start - 1) - 1
        return self.pieces[index] if index >= 0 else None

    def section(self, head: Piece) -> Sequence[Piece]:
        """A heading and the pieces below it, up to the next one."""
        first = bisect_left(self._starts, head.start)
        following = bisect_right(self.headings, head.start, key=_start)
        last = self.headings[following].start if following < len(self.headings) else len(self.markdown)
        return self.pieces[first : bisect_left(self._starts, last)]

    def piece_below(self, piece: Piece) -> Piece | None:
        """The piece after another one."""
        index = bisect_right(self._starts, piece.start)
        return self.pieces[index] if index < len(self.pieces) else None

    def lines(self, start: int, end: int) -> Iterator[Cell]:
        """Where each line between two offsets begins and ends."""
        while start < end:
            stop = self.markdown.find("\n", start, end)
            stop = end if stop < 0 else stop
            yield start, stop
            start = stop + 1

    def is_narrow(self, table: Piece) -> bool:
        """True of a table of two columns, as its head tells."""
        end = self.markdown.find("\n", table.start, table.end)
        return self.markdown.count("|", table.start, end if end >= 0 else table.end) == _NARROW

    def header(self, table: Piece) -> list[Span]:
        """The first row of a table, without reading the others."""
        end = self.markdown.find("\n", table.start, table.end)
        line = self.markdown[table.start : end if end >= 0 else table.end]
        return _cells(line, table.start, plain=_is_plain(line))

    def rows(self, table: Piece) -> Iterator[list[Span]]:
        """The rows of a table, header first, as the spans of their cells; the dashes under the header are left out."""
        kept = self._tables.get(table.start)
        if kept is None:
            if table.end - table.start > _LARGE:
                return self._rows(table)
            even = _even_rows(self.markdown[table.start : table.end], table.start)
            kept = self._tables[table.start] = even or list(self._rows(table))
        return iter(kept)

    def _rows(self, table: Piece) -> Iterator[list[Span]]:
        start = table.start
        text = self.markdown[start : table.end]
        plain = _is_plain(text)
        for line in text.split("\n"):
            if not (line.startswith(_DASHES) and _SEPARATOR.issuperset(line.rstrip())):
                yield _cells(line, start, plain=plain or _is_plain(line))
            start += len(line) + 1

    def owner(self, piece: Piece) -> Span | None:
        """The MO class whose page a piece stands on (`class X`), as its heading or the page prints it."""
        known = self._classes
        if not known:
            return None
        titled = next((known[title] for title in reversed(piece.heading) if title in known), None)
        return titled or known.get("")

    @property
    def has_classes(self) -> bool:
        """True when a heading or the title is that of a class."""
        return bool(self._classes)

    def heads_class(self, piece: Piece) -> bool:
        """True right below a heading that is an MO class: the parts of references are often called so."""
        return bool(self._classes and piece.heading) and piece.heading[-1] in self._classes

    @cached_property
    def breaks_names(self) -> bool:
        """True when the columns of its tables broke names: who made Markdown of a print leaves its breaks in them."""
        return self.wrapped or _breaks_names(self.markdown)

    @cached_property
    def headline(self) -> str:
        """What the first heading says, on one line; "" of a page without headings."""
        first = self.headings[0] if self.headings else None
        return bare_title(self.printed(self.span(first.body, first.end))) if first is not None else ""

    @cached_property
    def procedure_titles(self) -> tuple[str, ...]:
        """The headings that tell how to activate or deactivate something, in small letters."""
        return tuple(head.heading[-1].lower() for head in self.headings if head.role in PROCEDURES)

    @cached_property
    def is_library(self) -> bool:
        """True of a document that only the library of a base station has: it prints identities or its own number."""
        return FAJ.search(self.markdown) is not None or self.document_number != ""

    @cached_property
    def document_number(self) -> str:
        """The first one that its opening prints; "" without one."""
        return document_number(self.opening)

    @property
    def opening(self) -> str:
        """What a document begins with: its cover and more."""
        return self.markdown[:_OPENING]

    @cached_property
    def lists_events(self) -> bool:
        """True when it names what only recordings of a base station hold: then their messages are believed too."""
        return "INTERNAL_" in self.markdown and _RECORDED.search(self.markdown) is not None

    @cached_property
    def names(self) -> frozenset[str]:
        """Every word of the text that could be a name, whole as it is printed somewhere."""
        return frozenset(_WORD.findall(self.markdown))

    def _titled_classes(self) -> dict[str, Span]:
        """Heading → where it prints its class; "" stands for the class that the document's title names."""
        spans: dict[str, Span] = {}
        for piece in self.headings:
            title, start = piece.heading[-1], piece.start
            name = titled_class(title) or self._struct(title)
            if not name and piece.role in _MEMBERS and len(piece.heading) > 1 and self.is_ran:
                name = title if is_two_words(title) and class_word(title) == title else ""
            if piece.role in CLASS_PARTS and len(piece.heading) > 1 and not name:
                title = piece.heading[-2]  # whatever has attributes or counters is a class
                name = class_word(title) if self.is_ran else ""
                start = self.markdown.rindex(title, 0, start) if name else start
            if name and title not in spans:
                start = self.markdown.index(name, start)
                spans[title] = self.span(start, start + len(name))
        spans |= self._beside(spans) if spans else {}
        titled = titled_class(self.title) if self.title else ""
        found = re.search(rf"\b{titled}\b", self.markdown) if titled else None
        if found:
            spans[""] = self.span(*found.span())
        elif carded := self._carded_class():
            spans[""] = carded
        return spans

    def _carded_class(self) -> Span | None:
        """The class that the first line of a page tells, `MO class: NRCellDU`, where no other line tells another."""
        first = _CARDED.match(self.markdown)
        alone = first is not None and len({each["name"] for each in _CARDED.finditer(self.markdown)}) == 1
        return self.span(*first.span("name")) if first and alone and could_be_class(first["name"]) else None

    def _beside(self, known: Mapping[str, Span]) -> dict[str, Span]:
        """Titles beside that of a class, each over a table with the same head: a reference that is divided by class."""
        heads = [(piece, self._divided_by(piece)) for piece in self.headings]
        classed = {head for piece, head in heads if head and piece.heading[-1] in known}
        spans: dict[str, Span] = {}
        for piece, head in heads:
            title = piece.heading[-1]
            name = bare_title(title) if head in classed and title not in known and piece.role is Role.NONE else ""
            if is_two_words(name) or is_known_class(name):
                start = self.markdown.find(name, piece.start, piece.end)
                spans |= {title: self.span(start, start + len(name))} if is_class(name) and start >= 0 else {}
        return spans

    def _divided_by(self, heading: Piece) -> tuple[object, ...]:
        """Where a heading stands, and the head of the table right below it; empty of any other heading."""
        below = self.piece_below(heading)
        if below is None or below.kind != "table":
            return ()
        end = self.markdown.find("\n", below.start, below.end)
        return (heading.level, heading.heading[:-1], "".join(self.markdown[below.start : end].split()))

    def _struct(self, title: str) -> str:
        """The struct that a title heads; any program has some, those of a model are the types of attributes."""
        name = titled_struct(title)
        return name if name and (self.is_ran or _TYPE_OF.search(self.markdown)) else ""


_STOP = re.compile(r"[.!?:](?:(?<=[.!?])[ \n]|\n)")  # of a sentence


def _start(piece: Piece) -> int:
    return piece.start


def _begin(found: re.Match[str]) -> int:
    return found.start()


def _breaks_names(markdown: str) -> bool:
    """True where a break parts a class from its attribute in a cell that holds nothing else."""
    for found in _PARTED.finditer(markdown):
        owner = _CELL_BEFORE.search(markdown, max(0, found.start() - _LONGEST_NAME), found.start())
        if owner and has_hump(owner[1]) and has_hump(found[1]):
            return True
    return False


_TYPE_OF = re.compile(r"ttribute:? [`*]{0,2}[A-Z][A-Za-z0-9]{2,60}+\.[a-z][a-z0-9]{0,40}+[A-Z]")
_PARTED = re.compile(r"\.<br>([a-z][A-Za-z0-9]{2,80}+) {0,4}\|")
_CELL_BEFORE = re.compile(r"\| {0,4}([A-Z][A-Za-z0-9]{2,80}+)\Z")
_LONGEST_NAME = 90  # characters, with the bar before it
_MEMBERS = CLASS_PARTS | {Role.PARAMETERS}  # what a heading tells the class of
_RECORDED = re.compile(r"INTERNAL_(?:PROC|PER|EVENT)_[A-Z0-9]{2,40}_[A-Z]")
_LARGE = 20_000  # characters: the cells of a long list would take more memory than its text
_OPENING = 4000  # characters within which a document without tags prints its number
_CARDED = re.compile(
    r"^[`*]{0,3}+(?:MO(?: [Cc]lass)?|Managed [Oo]bject(?: [Cc]lass)?|Class)[`*]{0,3}+:[`*]{0,3}+ ?[`*]{0,3}+"
    r"(?P<name>[A-Z][A-Za-z0-9]{2,80}+)[`*]{0,3}+[ \t]{0,3}+$",
    re.MULTILINE,
)
_WORD = re.compile(r"(?<![A-Za-z0-9_.])[A-Za-z][A-Za-z0-9_.]{2,120}+")
NO_VALUE = frozenset({"-", "–", "—", "--", "n/a", "N/A", "N/a", "None", "&nbsp;"})
_EDGES = frozenset(_EDGE) | {"<", ">"}  # where there may be something to take off


def trimmed(span: Span) -> Span | None:
    """The span without surrounding space, emphasis and breaks; None when nothing is left or it says "no value"."""
    text = span.text
    if text and text[0] not in _EDGES and text[-1] not in _EDGES:  # most cells: the common case is the fast one
        return None if text in NO_VALUE else span
    body = text.strip(_EDGE)
    while body.startswith("<br>") or body.endswith("<br>"):
        body = body.removeprefix("<br>").removesuffix("<br>").strip(_EDGE)
    if not body or body in NO_VALUE:
        return None
    start = span.start + text.index(body)
    return Span(start, start + len(body), body)


def _even_rows(text: str, start: int) -> list[list[Span]]:
    """The rows of a table that is written as every converter of ours does, cut at once; none of any other."""
    lines = text[2:-2].split(" |\n| ")
    parted = [line.split(" | ") for line in lines]
    bars = sum(map(len, parted)) + len(lines)  # more where anything else stands between cells or lines
    if text[:2] != "| " or text[-2:] != " |" or text.count("|") != bars or not _is_plain(text):
        return []
    rows: list[list[Span]] = []
    for line, bodies in zip(lines, parted, strict=True):
        start += 2
        if line[:1] in _RULE and _SEPARATOR.issuperset(line):
            start += len(line) + 3
            continue
        cells: list[Span] = []
        for body in bodies:
            end = start + len(body)
            cells.append(Span(start, end, body))
            start = end + 3
        rows.append(cells)
    return rows


def _is_plain(text: str) -> bool:
    """True where nothing but bars and single spaces stands between cells."""
    return not ("  " in text or "\t" in text or "\\" in text)


def _cells(line: str, offset: int, *, plain: bool) -> list[Span]:
    """The cells of one table row; `\\|` inside a cell does not end it."""
    if plain and line.startswith("| ") and line.endswith(" |"):
        bodies = line[2:-2].split(" | ")
        if len(bodies) == line.count("|") - 1:  # as every converter of ours writes it
            return _placed(bodies, offset + 2)
    cells: list[Span] = []
    parts = _ESCAPED.split(line) if "\\" in line else line.split("|")
    if len(parts) > _BARS and not parts[-1].strip():
        parts.pop()
    start = offset + 1
    for part in parts[1:]:
        body = part.strip(_SPACE)
        begin = start + part.find(body)
        cells.append(Span(begin, begin + len(body), body))
        start += len(part) + 1
    return cells


def _placed(bodies: Iterable[str], start: int) -> list[Span]:
    """Cells parted by a bar between two spaces."""
    cells: list[Span] = []
    for body in bodies:
        end = start + len(body)
        cells.append(Span(start, end, body))
        start = end + 3
    return cells


_NARROW = 3  # bars of a line with two cells
_BARS = 2  # parts of a line with a bar at its start and none at its end
_SPACE = " \t"
_ESCAPED = re.compile(r"(?<!\\)\|")
