"""The text of a Word paragraph: its runs in order, with what is tracked as inserted and without what is deleted.

Runs are joined as they stand: Word breaks a word into runs wherever type, spelling check or an edit says so, and a
space that no run holds is none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from randaemon.model import Mark
from randaemon.stages.convert.line import Line, Open
from randaemon.stages.convert.markdown import Inline, cell, raised
from randaemon.stages.convert.office.docx.styles import VAL, W
from randaemon.stages.convert.office.equation import M, linear
from randaemon.stages.convert.office.package import COMPATIBLE, A, R, Relation

_WP: Final = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_VML: Final = "{urn:schemas-microsoft-com:vml}"
_THROUGH: Final = (
    "hyperlink",
    "ins",
    "moveTo",
    "smartTag",
    "sdt",
    "sdtContent",
    "fldSimple",
    "customXml",
    "bdo",
    "dir",
)
_SIGNS: Final = """
    2D− 44Δ 46Φ 47Γ 4CΛ 50Π 51Θ 53Σ 57Ω A3≤ A5∞ A7▪ AC← AE→ B0° B1± B3≥ B4× B7• B8÷ B9≠ BA≡ BB≈ C7∩ C8∪ CE∈ D6√ D7·
    DE⇒ E0→ E5∑ FC✓
"""
_SYMBOLS: Final = {  # of the Symbol font, which keeps its signs where others have none
    **{0xF000 + int(pair[:2], 16): pair[2] for pair in _SIGNS.split()},
    **dict(zip(range(0xF061, 0xF07B), "αβχδεφγηιϕκλμνοπθρστυϖωξψζ", strict=True)),
}


@dataclass(slots=True)
class Found:
    """What a paragraph holds besides its text."""

    pictures: list[tuple[str, str]] = field(default_factory=list)  # id of the relation, alternative text
    notes: list[tuple[str, str]] = field(default_factory=list)  # footnote | endnote, id
    boxes: list[Any] = field(default_factory=list)  # text boxes: paragraphs and tables of their own


class Runs:
    """Reads paragraphs into lines."""

    def __init__(self, relations: dict[str, Relation]) -> None:
        self._relations = relations
        self._line = Line()
        self._found = Found()
        self._handlers: dict[str, Callable[[Any], None]] = {
            **{W + name: self._children for name in _THROUGH},
            f"{W}hyperlink": self._link,
            f"{W}r": self._run,
            f"{W}t": self._text,
            f"{W}tab": self._space,
            f"{W}ptab": self._space,
            f"{W}br": self._break,
            f"{W}cr": self._break,
            f"{W}noBreakHyphen": lambda _: self._line.text("-"),
            f"{W}sym": self._symbol,
            f"{W}footnoteReference": lambda each: self._found.notes.append(("footnote", each.get(f"{W}id", ""))),
            f"{W}endnoteReference": lambda each: self._found.notes.append(("endnote", each.get(f"{W}id", ""))),
            f"{W}drawing": self._drawing,
            f"{W}pict": self._drawing,
            f"{W}object": self._drawing,
            f"{COMPATIBLE}AlternateContent": self._alternate,
            f"{M}oMath": self._equation,
            f"{M}oMathPara": self._equation,
        }

    def read(self, paragraph: Any, line: Line) -> Found:
        """Adds the paragraph's text to a line."""
        self._line, self._found = line, Found()
        self._children(paragraph)
        return self._found

    def _children(self, element: Any) -> None:
        for child in element:
            handler = self._handlers.get(child.tag)
            if handler:
                handler(child)

    def _run(self, run: Any) -> None:
        properties = run.find(f"{W}rPr")
        if properties is None:
            self._children(run)
        elif _is_hidden(properties):
            return
        elif _is_raised(properties) and (text := raised("".join(each.text or "" for each in run.iter(f"{W}t")))):
            self._line.text(text)
        else:
            self._children(run)

    def _text(self, element: Any) -> None:
        if element.text:
            self._line.text(element.text)

    def _space(self, _element: Any) -> None:
        self._line.text(" ")

    def _break(self, element: Any) -> None:
        if element.get(f"{W}type") in ("page", "column"):
            self._line.text(" ")
        else:
            self._line.brk()

    def _symbol(self, element: Any) -> None:
        try:
            code = int(element.get(f"{W}char", ""), 16)
        except ValueError:
            return
        known = _SYMBOLS.get(code | 0xF000)
        if known or 0x20 <= code < 0xD800:
            self._line.text(known or chr(code))

    def _link(self, element: Any) -> None:
        relation = self._relations.get(element.get(f"{R}id", ""))
        if relation is None or not relation.external:
            self._children(element)
            return
        mark = Open("link", self._line, relation.target)
        self._line.begin(mark)
        self._children(element)
        self._line.end(mark)

    def _equation(self, element: Any) -> None:
        text = linear(element)
        self._line.text(cell(text) if self._line.in_cell else text)

    def _alternate(self, element: Any) -> None:
        """One content in several forms, of which one counts."""
        choice = element.find(f"{COMPATIBLE}Choice")
        if choice is None:
            choice = element.find(f"{COMPATIBLE}Fallback")
        if choice is not None:
            self._children(choice)

    def _drawing(self, element: Any) -> None:
        described = next(element.iter(f"{_WP}docPr"), None)
        words = (described.get("descr") or "") if described is not None else ""
        for picture in element.iter(f"{A}blip", f"{_VML}imagedata"):
            key = picture.get(f"{R}embed") or picture.get(f"{R}id") or picture.get(f"{R}link")
            if key:
                self._found.pictures.append((key, " ".join(words.split())))
        self._found.boxes += element.iter(f"{W}txbxContent")


def raw(paragraph: Any) -> str:
    """Text whose spaces and tabs count, as listings have it."""
    signs = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
    wanted = (*signs, f"{W}t")
    parts = (signs.get(each.tag) or each.text or "" for each in paragraph.iter(*wanted) if not _in_tabs(each))
    return "".join(parts)


def marked(inline: Inline, kind: str, note: str) -> Inline:
    """The same text with a mark on all of it."""
    return Inline(inline.text, (Mark(kind, 0, len(inline.text), note), *inline.marks)) if inline.text else inline


def _in_tabs(element: Any) -> bool:
    """True for a tab stop, which has the name of a tab."""
    parent = element.getparent()
    return parent is not None and parent.tag == f"{W}tabs"


def _is_hidden(properties: Any) -> bool:
    found = properties.find(f"{W}vanish")
    return found is not None and found.get(VAL) not in ("0", "false", "off")


def _is_raised(properties: Any) -> bool:
    found = properties.find(f"{W}vertAlign")
    return found is not None and found.get(VAL) == "superscript"
