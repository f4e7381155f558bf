"""The cells of a worksheet as text, row by row, whatever their addresses: an empty million of rows costs nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from randaemon.errors import Refused
from randaemon.stages.convert.office.package import Package, Piecewise, Relation
from randaemon.stages.convert.office.xlsx.numbers import BUILT_IN, Format, plain
from randaemon.stages.convert.streaming import forget

S: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_STREAMED: Final = 8 << 20  # bytes of shared strings that are read one by one
_STRINGS_MAX: Final = 400 << 20
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row that hold something, from left to right; numbers count from 1."""

    number: int
    cells: dict[int, str]
    head: bool = False  # all in bold


@dataclass(frozen=True, slots=True)
class Sheet:
    """A worksheet: its rows, and the boxes of its merged cells (top, left, bottom, right)."""

    rows: list[Row]
    merged: list[tuple[int, int, int, int]]


class Book:
    """What the sheets of a workbook share."""

    def __init__(self, package: Package, main: str, root: Any) -> None:
        self._package = package
        self._relations = package.relations(main)
        properties = root.find(f"{S}workbookPr")
        self._from_1904 = properties is not None and properties.get("date1904") in ("1", "true")
        self._strings = self._shared()
        self._formats, self._bold = self._styles()

    def sheet(self, name: str) -> Sheet:
        """The worksheet in a part."""
        root = self._package.xml(name)
        if root is None:
            return Sheet([], [])
        data = root.find(f"{S}sheetData")
        rows = list(self._rows(data if data is not None else ()))
        merged = [box for each in root.iter(f"{S}mergeCell") if (box := _box(each.get("ref", "")))]
        return Sheet(rows, merged)

    def stream(self, name: str) -> Iterator[Row]:
        """The rows of the worksheet in a part, none of which is kept."""
        with self._package.streamed(name) as file:
            yield from self._rows(_passing(file, "row"))

    def comments(self, name: str) -> Iterator[tuple[str, str]]:
        """Cell and text of the comments on a worksheet."""
        for each in self._package.relations(name).values():
            root = self._package.xml(each.target) if each.kind == "comments" and not each.external else None
            for comment in root.iter(f"{S}comment") if root is not None else ():
                yield comment.get("ref", ""), " ".join(_string(comment).split())

    def _rows(self, elements: Iterable[Any]) -> Iterator[Row]:
        number = 0
        for row in elements:
            given = row.get("r", "")
            number = int(given) if given.isdecimal() else number + 1
            cells: dict[int, str] = {}
            styles: set[str] = set()
            column = 0
            for cell in row:
                column = _column(cell.get("r")) or column + 1
                text = self._text(cell)
                if text.strip():
                    cells[column] = text
                    styles.add(cell.get("s", "0"))
            if cells:
                yield Row(number, cells, head=styles <= self._bold)

    def _text(self, cell: Any) -> str:
        kind = cell.get("t", "n")
        value = cell.find(f"{S}v")
        raw = (value.text or "") if value is not None else ""
        match kind:
            case "s":
                return self._strings[int(raw)] if raw else ""
            case "inlineStr":
                found = cell.find(f"{S}is")
                return _string(found) if found is not None else ""
            case "b":
                return {"1": "TRUE", "0": "FALSE"}.get(raw, raw)
            case "str" | "e":
                return _unescaped(raw) or _formula(cell)
            case "d":
                return raw
        if not raw:
            return _formula(cell)
        form = self._formats.get(cell.get("s", "0"))
        return form.of(raw) if form else plain(raw)

    def _target(self, kind: str) -> str:
        found: Relation | None = next((each for each in self._relations.values() if each.kind == kind), None)
        return found.target if found and not found.external else ""

    def _shared(self) -> list[str]:
        """One by one: their tree would take ten times the memory of the strings."""
        part = self._target("sharedStrings")
        if self._package.size(part) > _STRINGS_MAX:
            raise Refused("it holds more than 400 MiB of text", hint="save its sheets as CSV", code="E_TOO_LARGE")
        if self._package.size(part) < _STREAMED:
            root = self._package.xml(part)
            return [] if root is None else [_string(each) for each in root.iter(f"{S}si")]
        with self._package.streamed(part) as file:
            return [_string(each) for each in _passing(file, "si")]

    def _styles(self) -> tuple[dict[str, Format], frozenset[str]]:
        """Of each cell style its number format, unless it is the general one; and the styles in bold type."""
        root = self._package.xml(self._target("styles"))
        if root is None:
            return {}, frozenset()
        own = {int(each.get("numFmtId", "0")): each.get("formatCode", "") for each in root.iter(f"{S}numFmt")}
        codes = BUILT_IN | own
        thick = {
            str(number)
            for number, font in enumerate(root.iterfind(f"{S}fonts/{S}font"))
            if (bold := font.find(f"{S}b")) is not None and bold.get("val") not in ("0", "false")
        }
        formats: dict[str, Format] = {}
        heads: set[str] = set()
        for number, style in enumerate(root.iterfind(f"{S}cellXfs/{S}xf")):
            code = codes.get(int(style.get("numFmtId", "0")), "")
            if code and code != "General":
                formats[str(number)] = Format(code, from_1904=self._from_1904)
            if style.get("fontId", "") in thick:
                heads.add(str(number))
        return formats, frozenset(heads)


def _passing(file: Piecewise, name: str) -> Iterator[Any]:
    """The elements of a part with this name, each gone when the next one is read."""
    for _, element in etree.iterparse(file, tag=f"{S}{name}", no_network=True, resolve_entities=False, huge_tree=True):
        yield element
        forget(element)


def letters(number: int) -> str:
    """1 is A, 27 is AA."""
    text = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def _column(reference: str | None) -> int:
    found = _REFERENCE.fullmatch(reference or "")
    return _column_number(found.group(1)) if found else 0


def _column_number(name: str) -> int:
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - 64
    return number


def _box(reference: str) -> tuple[int, int, int, int] | None:
    corners = [_REFERENCE.fullmatch(part) for part in reference.replace("$", "").split(":")]
    if len(corners) != 2 or corners[0] is None or corners[1] is None:
        return None
    (left, top), (right, bottom) = corners[0].groups(), corners[1].groups()
    return int(top), _column_number(left), int(bottom), _column_number(right)


def _string(element: Any) -> str:
    """The text of a string item, without the readings that stand above Japanese characters."""
    parts = (each.text or "" for each in element.iter(f"{S}t") if each.getparent().tag != f"{S}rPh")
    return _unescaped("".join(parts))


def _unescaped(text: str) -> str:
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text).replace("\r", "")


def _formula(cell: Any) -> str:
    """A formula that was never calculated stands for its value."""
    found = cell.find(f"{S}f")
    return f"={found.text}" if found is not None and found.text else ""
