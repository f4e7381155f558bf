"""reStructuredText: titles, lists, grid tables, literal blocks; directives that hold no text are left out."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from itertools import pairwise

from randaemon.stages.convert.markdown import Inline, Writer, cell, table
from randaemon.stages.convert.text import spaced

_ADORNMENT = re.compile(r"([=\-~*^\"'`#+:.])\1{2,}[ ]*$")
_DIRECTIVE = re.compile(r"\.\. ([\w-]+)::[ ]*(.*)$")
_ITEM = re.compile(r"[ ]*(?:[-*+•]|#\.|\d{1,3}[.)])[ ]+\S")
_BULLET = re.compile(r"^( *)[*+•] ")
_COUNTED = re.compile(r"( *)#\.(?= )")
_LITERAL = re.compile(r"\s*::$")
_GRID = re.compile(r"\+(?:[-=]+\+)+[ ]*$")
_BROKEN = re.compile(r"\\(?:\n|\Z)")  # a line's end that pandoc means
_BAR = re.compile(r"^\|(?: |$)", re.MULTILINE)
_LISTED = re.compile(r"(?P<row>[*-]\s)?\s*[-*](?:\s+(?P<text>.*)|$)")
_CSV_HEAD = re.compile(r":header:\s*(\S.*)")
_TABLES = frozenset({"table", "list-table", "csv-table"})
_ROLE = re.compile(r":[\w:+-]+:`([^`<]+?)(?:\s*<[^`>]*>)?`")
_LINK = re.compile(r"`([^`<]+?)\s*<[^`>]*>`__?")
_NOTES = frozenset({"note", "warning", "attention", "caution", "danger", "hint", "important", "tip", "seealso"})
_CODES = frozenset({"code", "code-block", "sourcecode", "parsed-literal"})


def write(writer: Writer, text: str) -> None:
    """Writes the blocks of a document."""
    _Reader(writer, text.split("\n")).read()


def _plain(text: str) -> str:
    return _LINK.sub(r"\1", _ROLE.sub(r"\1", text)).replace("``", "`")


def is_grid(line: str) -> bool:
    """True of the upper edge of a grid table, `+---+---+`."""
    return _GRID.match(line) is not None


def grid(lines: list[str]) -> Inline:
    """A grid table, which pandoc writes into Markdown too."""
    return table(_grid_rows(lines))


class _Reader:
    """Position in the lines, and the order in which title adornments appeared: that is what gives them levels."""

    def __init__(self, writer: Writer, lines: list[str]) -> None:
        self._writer = writer
        self._lines = lines
        self._at = 0
        self._levels: list[tuple[str, bool]] = []
        self._counted: dict[int, int] = {}  # indentation → the number of the last `#.` below this title

    def read(self) -> None:
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if not line.strip() or re.match(r":[\w-]+:(\s|$)", line):  # blank, or a field such as :orphan:
                self._at += 1
            elif not (self._table() or self._title() or self._explicit(line) or self._grid(line) or self._list(line)):
                self._paragraph()

    def _line(self, offset: int) -> str:
        at = self._at + offset
        return self._lines[at] if at < len(self._lines) else ""

    def _table(self) -> bool:
        """A table that is ruled over its columns."""
        found = spaced.found(self._lines, self._at, plain=False)
        if found:
            self._writer.block("table", table([[Inline(_plain(text.text)) for text in row] for row in found.rows]))
            self._at = found.end
        return found is not None

    def _title(self) -> bool:
        over = _ADORNMENT.match(self._line(0))
        title, under = (self._line(1), self._line(2)) if over else (self._line(0), self._line(1))
        found = _ADORNMENT.match(under)
        if not found or not title.strip() or (over and over.group(1) != found.group(1)):
            if over:
                self._at += 1  # a transition, or a stray line
            return bool(over)
        if title[0] == " " and not over:
            return False
        style = (found.group(1), bool(over))
        if style not in self._levels:
            self._levels.append(style)
        self._counted.clear()
        self._writer.heading(self._levels.index(style) + 1, Inline(_plain(title.strip())))
        self._at += 3 if over else 2
        return True

    def _explicit(self, line: str) -> bool:
        """Directives, labels and comments: what starts with two dots, and all that is indented under it."""
        if not (line.startswith(".. ") or line.strip() == ".."):
            return False
        directive = _DIRECTIVE.match(line)
        self._at += 1
        body = self._indented()
        name = directive.group(1) if directive else ""
        if directive and name in _CODES:
            self._writer.code("\n".join(_without_options(body)), directive.group(2))
        elif name in _TABLES:
            self._tables(name, directive.group(2) if directive else "", body)
        elif directive and name in _NOTES:
            self._writer.block("note", _plain(" ".join([directive.group(2), *(part.strip() for part in body)]).strip()))
        elif not directive and re.match(r"\.\. (?!_|\[|\|)\S", line):  # a comment: licence texts stand here
            self._writer.block("paragraph", " ".join([line[3:], *(part.strip() for part in body)]).strip())
        return True

    def _tables(self, name: str, title: str, body: list[str]) -> None:
        """A table under a directive, as text, as lists of lists or as delimited lines."""
        if title:
            self._writer.block("paragraph", _plain(title))
        lines = _without_options(body)
        if name == "table":
            _Reader(self._writer, lines).read()
            return
        rows = _listed(lines) if name == "list-table" else list(csv.reader(lines, skipinitialspace=True))
        head = next((found[1] for line in body if (found := _CSV_HEAD.match(line))), "")
        heads = list(csv.reader([head], skipinitialspace=True)) if head else []
        cells = [[Inline(cell(_plain(text.strip()))) for text in row] for row in (*heads, *rows) if row]
        if cells:
            self._writer.block("table", table(cells))

    def _indented(self) -> list[str]:
        taken = self._take(lambda line: not line.strip() or line.startswith(" "))
        while taken and not taken[-1].strip():
            taken.pop()
        indent = min((len(line) - len(line.lstrip()) for line in taken if line.strip()), default=0)
        return [line[indent:] for line in taken]

    def _take(self, belongs: Callable[[str], bool]) -> list[str]:
        start = self._at
        while self._at < len(self._lines) and belongs(self._lines[self._at]):
            self._at += 1
        return self._lines[start : self._at]

    def _grid(self, line: str) -> bool:
        if not is_grid(line):
            return False
        lines = self._take(lambda text: text.startswith(("+", "|")))
        self._writer.block("table", grid(lines))
        return True

    def _list(self, line: str) -> bool:
        if not _ITEM.match(line):
            return False
        items = self._take(lambda text: bool(_ITEM.match(text)) or text.startswith("  "))
        self._writer.block("list", "\n".join(self._item(_LITERAL.sub(":", _plain(item.rstrip()))) for item in items))
        if items[-1].rstrip().endswith("::"):
            self._writer.code("\n".join(self._indented()))
        return True

    def _item(self, item: str) -> str:
        """An item with its number in place of `#.`; what is counted inside of it begins again."""
        counted = _COUNTED.match(item)
        if not counted:
            return _BULLET.sub(r"\1- ", item)
        depth = counted.end(1)
        self._counted = {each: number for each, number in self._counted.items() if each <= depth}
        self._counted[depth] = self._counted.get(depth, 0) + 1
        return f"{counted[1]}{self._counted[depth]}.{item[counted.end() :]}"

    def _paragraph(self) -> None:
        lines = self._take(lambda text: bool(text.strip()))
        text = "\n".join(lines)
        literal = text.endswith("::")
        if text.strip() != "::":
            self._writer.block("paragraph", _plain(_LITERAL.sub(":", _unbarred(text))))
        if literal:
            self._writer.code("\n".join(self._indented()))


def _unbarred(text: str) -> str:
    """Lines that are to stay lines begin with a bar, which is no border of a table."""
    return _BAR.sub("", text) if text.startswith(("| ", "|\n")) else text


def _without_options(body: list[str]) -> list[str]:
    start = next((number for number, line in enumerate(body) if not re.match(r":[\w-]+:|\s*$", line)), len(body))
    return body[start:]


def _listed(lines: list[str]) -> list[list[str]]:
    """Rows of a list of lists: `* - a` begins a row, `  - b` the next cell, what is indented further goes on in it."""
    rows: list[list[str]] = []
    for line in lines:
        if found := _LISTED.match(line):
            if found["row"] or not rows:
                rows.append([])
            rows[-1].append(found["text"] or "")
        elif rows and rows[-1] and line.strip():
            rows[-1][-1] = f"{rows[-1][-1]} {line.strip()}".strip()
    return rows


def _grid_rows(lines: list[str]) -> list[list[Inline]]:
    """Rows of a grid table; the text lines of a cell become one line with `<br>` where its paragraphs part."""
    rows: list[list[Inline]] = []
    edges = [place for place, sign in enumerate(lines[0]) if sign == "+"]
    current: list[list[str]] = []
    for line in lines:
        if line.startswith("+"):
            if current:
                rows.append([_grid_cell(parts) for parts in current])
            current = []
            continue
        parts = [line[left + 1 : right].strip() for left, right in pairwise(edges)]
        current = (
            [[*before, part] for before, part in zip(current, parts, strict=True)] if current else [[p] for p in parts]
        )
    return rows


def _grid_cell(parts: list[str]) -> Inline:
    text = _BROKEN.sub("\n\n", _unbarred("\n".join(parts).strip("\n"))).strip("\n")
    return Inline(cell(_plain("\n".join(" ".join(piece.split()) for piece in re.split(r"\n\s*\n", text)))))
