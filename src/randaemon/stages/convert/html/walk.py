"""The walk over an HTML tree that writes Markdown.

It is a loop over start and end events, so that depth costs no stack; one method a kind of element. Inside a table cell
blocks become `<br>`; everywhere else the end of a block writes what the current line holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from randaemon.stages.convert.grid import EMPTY, Cell, expand, heads
from randaemon.stages.convert.heads import one_row
from randaemon.stages.convert.html import mathml, tags, vendor
from randaemon.stages.convert.line import Line, Open
from randaemon.stages.convert.markdown import INDENT, Inline, Writer, cell, join, raised, stacked, table

_NESTED_MAX = 8  # tables in tables, lists in lists
_Handler = Callable[[Any], None]


@dataclass(slots=True)
class _Table:
    """A table being read. A layout table has no grid: its cells are read as parts of the page."""

    layout: bool
    outer: Line  # what goes on behind the open cell
    rows: list[list[Cell]] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    span: tuple[int, int] | None = None  # of the open cell
    heads: int = 0  # rows at its top of which every cell is a head
    is_head: bool = True  # the open row, so far


class Walk:
    """One walk over one tree."""

    def __init__(self) -> None:
        self._writer = Writer()
        self._line = Line()
        self._lists: list[int | None] = []  # the last number of each open list, None for bullets and terms
        self._items: list[Inline] = []
        self._prefix = ""
        self._bulleted: tuple[Line, int] | None = None  # a line in a cell, and where its last bullet ends
        self._tables: list[_Table] = []
        self._open: list[tuple[Any, Open]] = []
        self._note = ""  # description of the link around the next mark
        self._noted = False  # True from the first description on
        self._images: list[str] = []  # that wait for a block to be marked on
        self._asides = 0
        self._described: dict[str, str] = {}  # attributes with a description, in order of appearance
        self._landed: set[str] = set()  # those whose description stands in a table
        self._leaves: dict[str, Callable[[Any], bool]] = {
            **dict.fromkeys(("p", "dd", "caption", "section"), self._leaf_block),
            **dict.fromkeys(("td", "th"), self._leaf_cell),
            "sup": self._leaf_raised,
        }
        self._at_start, self._at_end = self._handlers()

    def over(self, root: Any) -> Writer:  # noqa: C901  # in one loop: a call for each event costs a fifth of the speed
        """Writes all of it."""
        walk = etree.iterwalk(root, events=("start", "end"))
        leaf_of, start_of, end_of = self._leaves.get, self._at_start.get, self._at_end.get
        skipped = None
        for event, element in walk:
            tag = element.tag
            if event == "start":
                if len(element) == 0 and (leaf := leaf_of(tag)) and leaf(element):
                    skipped = element
                elif self._skips(element, tag):
                    walk.skip_subtree()
                    skipped = element
                else:
                    if start := start_of(tag):
                        start(element)
                    if text := element.text:
                        self._line.text(text)
                continue
            if element is skipped:
                skipped = None
            elif end := end_of(tag):
                end(element)
            if tail := element.tail:
                self._line.text(tail)
        self._finish()
        return self._writer

    def _handlers(self) -> tuple[dict[str, _Handler], dict[str, _Handler]]:
        """What to do where an element of a tag begins, and where it ends."""
        start: dict[str, _Handler] = dict.fromkeys(tags.BLOCKS, self._flush)
        start |= dict.fromkeys(tags.INLINE, self._start_inline) | dict.fromkeys(tags.HEADINGS, self._start_heading)
        start |= {"div": self._start_div, "ul": self._start_list, "ol": self._start_list, "li": self._start_item}
        start |= {"table": self._start_table, "tr": self._start_row, "td": self._start_cell, "th": self._start_cell}
        start |= {"dl": self._start_list, "dt": self._start_term}
        start |= {"br": self._break, "img": self._image}
        end: dict[str, _Handler] = dict.fromkeys((*tags.BLOCKS, "li"), self._flush)
        end |= dict.fromkeys(tags.INLINE, self._end_inline) | dict.fromkeys(tags.HEADINGS, self._end_heading)
        end |= {"div": self._end_div, "ul": self._end_list, "ol": self._end_list, "dl": self._end_list}
        end |= {
            "table": self._end_table,
            "thead": self._end_head,
            "tr": self._end_row,
            "td": self._end_cell,
            "th": self._end_cell,
        }
        return start, end

    def _skips(self, element: Any, tag: str) -> bool:
        """True for what is not text, or was read here as a whole."""
        if tag in tags.DROPPED or (tag in tags.REGIONS and element.get("role") == "navigation"):
            return True
        if tag == "pre":
            self._preformatted(element)
        elif tag == "math":
            text = mathml.linear(element)
            self._line.add(Inline(cell(text) if self._line.in_cell else text))
        return tag in ("pre", "math")

    # Elements without others inside: most of all, and there is a short way for them

    def _leaf_block(self, element: Any) -> bool:
        self._flush()
        if text := element.text:
            self._line.text(text)
        self._flush()
        return True

    def _leaf_cell(self, element: Any) -> bool:
        current = self._tables[-1] if self._tables else None
        if current is None or current.layout:
            return False
        if current.span:
            self._end_cell()
        current.is_head &= element.tag == "th"
        text = " ".join((element.text or "").split())
        if "|" in text:
            text = text.replace("|", "\\|")
        content = Inline(text) if text else EMPTY
        current.cells.append(Cell(content, tags.span(element, "rowspan"), max(tags.span(element, "colspan"), 1)))
        return True

    def _leaf_raised(self, element: Any) -> bool:
        text = raised(element.text or "")
        if text:
            self._line.text(text)
        return bool(text)

    # Blocks

    def _flush(self, _element: Any = None) -> None:
        """Writes the current line as a block, or breaks it inside a cell."""
        if self._line.in_cell:
            if self._bulleted != (self._line, self._line.length):  # a block begins behind its bullet
                self._line.brk()
            return
        inline = self._line.take()
        self._line = Line("\n" + self._indent())
        if not inline.text:
            return
        self._remember(inline)
        if self._lists:
            prefix = self._prefix if self._items else self._prefix.lstrip()  # a block begins with text
            self._items.append(join([prefix, inline]))
            self._prefix = self._indent()
        else:
            self._writer.block("note" if self._asides else "paragraph", inline)
            for note in self._images:
                self._writer.mark_last("image", note)
            self._images.clear()

    def _flush_list(self) -> None:
        self._flush()
        if self._items and not self._line.in_cell:
            items, self._items = self._items, []
            self._writer.block("list", stacked(items))

    def _start_div(self, element: Any) -> None:
        self._flush()
        if tags.is_note(element):
            self._flush_list()
            self._asides += 1

    def _end_div(self, element: Any) -> None:
        self._flush()
        if tags.is_note(element):
            self._flush_list()
            self._asides -= 1

    def _start_heading(self, _element: Any) -> None:
        self._flush_list()

    def _end_heading(self, element: Any) -> None:
        if self._line.in_cell:
            self._line.brk()
            return
        title = self._line.take()
        self._line = Line()
        self._remember(title)
        self._writer.heading(int(element.tag[1]), title)

    def _preformatted(self, element: Any) -> None:
        for found in element.iter("br"):
            found.tail = "\n" + (found.tail or "")
        text = "".join(element.itertext())
        self._flush_list()
        if not self._line.in_cell:
            self._writer.code(text, tags.language(element))
        elif text.strip():
            self._line.add(Inline(cell(text.strip())))
            self._line.brk()

    def _break(self, _element: Any) -> None:
        self._line.brk()

    # Lists

    def _start_list(self, element: Any) -> None:
        self._flush()
        start = element.get("start") or ""
        first = int(start) if start.isdecimal() and len(start) < 10 else 1
        self._lists.append(first - 1 if element.tag == "ol" else None)

    def _end_list(self, _element: Any) -> None:
        self._flush()
        if self._lists:
            self._lists.pop()
        if not self._lists:
            self._flush_list()

    def _start_item(self, _element: Any) -> None:
        self._flush()
        if not self._lists:
            self._lists.append(None)  # an item outside of any list: browsers show a bullet
        number = self._lists[-1]
        if number is not None:
            number += 1
            self._lists[-1] = number
        bullet = "- " if number is None else f"{number}. "
        if self._line.in_cell:
            self._line.text(bullet)
            self._bulleted = (self._line, self._line.length)
            return
        self._prefix = self._indent()[len(INDENT) :] + bullet
        self._line = Line("\n" + self._indent())

    def _start_term(self, element: Any) -> None:
        """A term is an item, what is said about it stands below in the same item."""
        self._flush()
        if self._lists and not self._line.in_cell:
            self._start_item(element)

    def _indent(self) -> str:
        return INDENT * min(len(self._lists), _NESTED_MAX)

    # Tables

    def _start_table(self, element: Any) -> None:
        self._flush_list()
        self._tables.append(
            _Table(layout=len(self._tables) >= _NESTED_MAX or tags.is_layout(element), outer=self._line)
        )

    def _start_row(self, _element: Any) -> None:
        if self._tables and not self._tables[-1].layout:
            self._end_cell()
            self._end_row()
        else:
            self._flush_list()

    def _start_cell(self, element: Any) -> None:
        if not self._tables or self._tables[-1].layout:
            self._flush_list()
            return
        self._end_cell()
        self._tables[-1].outer = self._line
        self._tables[-1].is_head &= element.tag == "th"
        self._tables[-1].span = (tags.span(element, "rowspan"), max(tags.span(element, "colspan"), 1))
        self._line = Line("<br>", in_cell=True)

    def _end_cell(self, _element: Any = None) -> None:
        current = self._tables[-1] if self._tables else None
        if current is None or current.layout:
            self._flush_list()
        elif current.span:
            current.cells.append(Cell(self._line.take(), *current.span))
            current.span = None
            self._line = current.outer

    def _end_row(self, _element: Any = None) -> None:
        current = self._tables[-1] if self._tables else None
        if current and current.cells:
            current.heads += current.is_head and current.heads == len(current.rows)
            current.rows.append(current.cells)
            current.cells, current.is_head = [], True

    def _end_head(self, _element: Any) -> None:
        if self._tables:
            self._end_cell()
            self._end_row()
            self._tables[-1].heads = len(self._tables[-1].rows)

    def _end_table(self, _element: Any) -> None:
        if not self._tables:
            return
        self._end_cell()
        self._end_row()
        current = self._tables.pop()
        grid = [self._described_row(line) for line in expand(current.rows) if any(inline.text for inline in line)]
        if self._line.in_cell:
            for line in grid:
                self._line.row(line)
            self._line.brk()
        elif grid:
            self._writer.block("table", table(one_row(grid, max(current.heads, heads(current.rows)))))

    def _described_row(self, line: list[Inline]) -> list[Inline]:
        if not self._noted:
            return line
        filled, name = vendor.filled(line)
        for inline in filled:
            self._remember(inline)
        if name:
            self._landed.add(name)
        return filled

    # Marks

    def _start_inline(self, element: Any) -> None:
        rel, classes = element.get("rel"), element.get("class")
        if rel and (note := vendor.description(rel)):
            self._noted = True
            if self._open and self._open[-1][1].kind == "apiname":
                self._open[-1][1].note = note
            else:
                self._note = note
        if address := (rel and vendor.target(rel)) or element.get("href"):
            self._link(element, address)
        kind = vendor.kind_of(classes) if classes else ""
        if kind:
            note = self._note if kind == "apiname" else (element.get("title") or "")
            mark = Open(kind, self._line, note)
            self._open.append((element, mark))
            self._line.begin(mark)

    def _link(self, element: Any, address: str) -> None:
        if element.tag == "a" and not address.startswith(("#", "javascript:")):
            mark = Open("link", self._line, address)
            self._open.append((element, mark))
            self._line.begin(mark)

    def _image(self, element: Any) -> None:
        """Pictures have no text: they are marked on the block that they stand in, or on the next one."""
        source = element.get("src") or ""
        if source and not source.startswith("data:") and not self._line.in_cell:  # in cells they are signs
            self._images.append(" ".join((source, *(element.get("alt") or "").split())))

    def _end_inline(self, element: Any) -> None:
        if element.tag == "a":
            self._note = ""
        while self._open and self._open[-1][0] is element:
            mark = self._open.pop()[1]
            if mark.line is self._line:
                self._line.end(mark)

    def _remember(self, inline: Inline) -> None:
        if not self._noted:
            return
        for mark in inline.marks:
            if mark.note and mark.kind == "apiname":
                self._described.setdefault(vendor.name_of(inline, mark), mark.note)

    def _finish(self) -> None:
        while self._tables:  # the source ended inside of them
            self._end_table(None)
        self._lists.clear()
        self._flush_list()
        left = [vendor.listed(name, note) for name, note in self._described.items() if name not in self._landed]
        if left:
            self._writer.heading(2, Inline("Attribute descriptions"))
            self._writer.block("list", stacked(left))
