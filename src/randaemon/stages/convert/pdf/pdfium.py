"""Text and drawn lines of a PDF by pdfium: ten times as fast as pdfplumber, and it opens what that cannot.

Per character pdfium is asked for its box alone; type size and face once a word. What is drawn counts as a line where it
is straight and thin, or the edge of a stroked box.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from randaemon.errors import Refused
from randaemon.stages.convert.pdf.aligned import aligned
from randaemon.stages.convert.pdf.columns import in_order
from randaemon.stages.convert.pdf.layout import Line, Page, Table
from randaemon.stages.convert.pdf.reading import BOLD, MONO, WORD_GAP, Reading, Word, in_lines, line
from randaemon.stages.convert.pdf.ruled import Rule, tables

_THIN: Final = 2.0  # points; what is thicker is an area
_SHORT: Final = 4.0  # points; what is shorter is a dot of a dotted line or part of a sign
_SEGMENTS: Final = 20_000  # of a page: more are a drawing
_NAME: Final = 128
_FORM, _PATH, _IMAGE = 5, 2, 3  # kinds of page objects
_STAMPS: Final = 40  # letters of a page number and a stamp; a page with fewer and a picture is a scan
_COVERED: Final = 0.4  # share of the page
_Matrix = tuple[float, float, float, float, float, float]
_PLAIN: Final[_Matrix] = (1, 0, 0, 1, 0, 0)


def read(source: Path) -> Reading | None:
    """The pages; None when pdfium cannot open the file, raises Refused E_ENCRYPTED."""
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(source)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise Refused.locked() from error
        return None
    try:
        pages: list[Page] = []
        for number in range(len(document)):
            with suppress(pdfium.PdfiumError):  # the page is missing then, and that is told
                pages.append(_page(document, number))
        there = {page.number for page in pages}
        missing = [number for number in range(1, len(document) + 1) if number not in there]
        return Reading(pages, missing, str(document.get_metadata_dict().get("Title") or ""))
    finally:
        document.close()


def _page(document: Any, number: int) -> Page:
    page = document[number]
    try:
        view = _View(page)
        text = page.get_textpage()
        try:
            words = list(_Words(text, view))
        finally:
            text.close()
        ruled, free = tables(list(_rules(page, view)), words)
        bare, lines = aligned(list(in_lines(free)))
        found = [*ruled, *bare]
        items: list[Line | Table] = [*map(line, in_order(lines, found)), *found]
        picture = sum(len(word.text) for word in words) < _STAMPS and _is_picture(page)
        return Page(number + 1, view.height, tuple(_between(items)), picture)
    finally:
        page.close()


def _is_picture(page: Any) -> bool:
    """True when an image lies on most of the page."""
    width, height = page.get_size()
    for item in page.get_objects(filter=[_IMAGE], max_depth=3):
        left, bottom, right, top = item.get_bounds()
        if (right - left) * (top - bottom) > _COVERED * width * height:
            return True
    return False


def _between(items: list[Line | Table]) -> Iterator[Line | Table]:
    """Tables among the lines, which have their order already: each before the first line below it."""
    waiting = sorted((item for item in items if isinstance(item, Table)), key=lambda table: table.top)
    lines = [item for item in items if isinstance(item, Line)]
    in_columns = any(below.top < above.top - above.size for above, below in pairwise(lines))
    for item in lines:
        while waiting and waiting[0].top < item.top and (not in_columns or _beside(waiting[0], item)):
            yield waiting.pop(0)
        yield item
    yield from waiting


def _beside(table: Table, item: Line) -> bool:
    return table.sides[0] - 20 < item.right and item.left < table.sides[1] + 20


class _View:
    """From the page's own coordinates to points from the upper left corner of what a reader sees."""

    def __init__(self, page: Any) -> None:
        self._turned = page.get_rotation()
        self.left, self.bottom, self.right, self.top = page.get_cropbox()
        self.height = page.get_height()

    def box(self, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        match self._turned:
            case 90:
                return bottom - self.bottom, left - self.left, top - self.bottom, right - self.left
            case 180:
                return self.right - right, bottom - self.bottom, self.right - left, top - self.bottom
            case 270:
                return self.top - top, self.right - right, self.top - bottom, self.right - left
            case _:
                return left - self.left, self.top - top, right - self.left, self.top - bottom


class _Words:
    """The words of a page in the order of its content."""

    def __init__(self, page: Any, view: _View) -> None:
        import pypdfium2.raw as raw

        self._raw = raw
        self._page = page.raw
        self._view = view
        self._box = raw.FS_RECTF()
        self._matrix = raw.FS_MATRIX()
        self._name = ctypes.create_string_buffer(_NAME)
        self._flags = ctypes.c_int()
        self._faces: dict[str, tuple[bool, bool]] = {}

    def __iter__(self) -> Iterator[Word]:
        text, first = "", 0
        box = (0.0, 0.0, 0.0, 0.0)
        before = box
        for number, sign, here in self._signs():
            if text and (not sign or (here != before and self._parted(box, here))):  # a ligature's signs share a box
                yield self._word(text, first, box)
                text = ""
            before = here
            if not sign:
                continue
            if text:
                box = (min(box[0], here[0]), min(box[1], here[1]), max(box[2], here[2]), max(box[3], here[3]))
            else:
                first, box = number, here
            text += sign
        if text:
            yield self._word(text, first, box)

    def _signs(self) -> Iterator[tuple[int, str, tuple[float, float, float, float]]]:
        """Each character with its number and box; "" for a space or break."""
        count = self._raw.FPDFText_CountChars(self._page)
        get, box, page = self._raw.FPDFText_GetLooseCharBox, self._box, self._page
        reference, nowhere = ctypes.byref(box), (0.0, 0.0, 0.0, 0.0)
        view = self._view.box
        for number in range(count):
            code = self._raw.FPDFText_GetUnicode(page, number)
            if code <= 32 or code in (0xA0, 0xFFFE, 0xFFFF, 0xFEFF) or 0xD800 <= code < 0xE000:
                if code == 2:  # pdfium's sign for a hyphen at a line's end
                    code = 0x2D
                else:
                    yield number, "", nowhere
                    continue
            if get(page, number, reference):
                yield number, _LIGATURES.get(code) or chr(code), view(box.left, box.bottom, box.right, box.top)

    def _parted(self, box: tuple[float, ...], here: tuple[float, ...]) -> bool:
        height = max(box[3] - box[1], 1.0)
        gap = here[0] - box[2]
        middle = (here[1] + here[3]) / 2
        return gap > WORD_GAP * height or gap < -0.5 * height or not box[1] - 0.1 < middle < box[3] + 0.1

    def _word(self, text: str, number: int, box: tuple[float, float, float, float]) -> Word:
        raw, page = self._raw, self._page
        size = raw.FPDFText_GetFontSize(page, number)
        if raw.FPDFText_GetMatrix(page, number, ctypes.byref(self._matrix)):
            size *= math.hypot(self._matrix.b, self._matrix.d)
        raw.FPDFText_GetFontInfo(page, number, self._name, _NAME, ctypes.byref(self._flags))
        face = self._name.value.decode("latin-1")
        if face not in self._faces:
            self._faces[face] = (BOLD.search(face) is not None, MONO.search(face) is not None)
        size = size if 0.5 < size < 1000 else box[3] - box[1]
        middle = (box[1] + box[3]) / 2
        return Word(box[0], box[2], middle - size / 2, middle + size / 2, text, size, *self._faces[face])


_LIGATURES: Final = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl"}


def _rules(page: Any, view: _View) -> Iterator[Rule]:
    import pypdfium2.raw as raw

    left = _SEGMENTS
    for item, matrix in _paths(raw, page.raw):
        count = raw.FPDFPath_CountSegments(item)
        left -= max(count, 1)
        if left < 0:
            return
        filled, stroked = ctypes.c_int(), ctypes.c_int()
        raw.FPDFPath_GetDrawMode(item, ctypes.byref(filled), ctypes.byref(stroked))
        if stroked.value or filled.value:
            points = list(_points(raw, item, count, _times(_own(raw, item), matrix)))
            yield from _edges(points, view, only_thin=not stroked.value)


def _paths(raw: Any, page: Any) -> Iterator[tuple[Any, _Matrix]]:
    """All path objects and the matrix that they are drawn with, those inside of forms as well."""
    waiting = [(raw.FPDFPage_GetObject(page, number), _PLAIN, 0) for number in range(raw.FPDFPage_CountObjects(page))]
    waiting.reverse()
    while waiting:
        item, matrix, depth = waiting.pop()
        kind = raw.FPDFPageObj_GetType(item)
        if kind == _PATH:
            yield item, matrix
        elif kind == _FORM and depth < 4:
            inner = _times(_own(raw, item), matrix)
            count = min(raw.FPDFFormObj_CountObjects(item), _SEGMENTS)
            waiting += [(raw.FPDFFormObj_GetObject(item, number), inner, depth + 1) for number in range(count)]


def _own(raw: Any, item: Any) -> _Matrix:
    found = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(item, ctypes.byref(found)):
        return _PLAIN
    return found.a, found.b, found.c, found.d, found.e, found.f


def _times(one: _Matrix, other: _Matrix) -> _Matrix:
    """First `one`, then `other`."""
    if other is _PLAIN:
        return one
    (a, b, c, d, e, f), (g, h, i, j, k, m) = one, other
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


def _points(raw: Any, item: Any, count: int, matrix: _Matrix) -> Iterator[tuple[float, float, bool]]:
    """The corners of a path; True where a new part begins."""
    x, y = ctypes.c_float(), ctypes.c_float()
    a, b, c, d, e, f = matrix
    start: tuple[float, float] | None = None
    for number in range(count):
        segment = raw.FPDFPath_GetPathSegment(item, number)
        if not raw.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y)):
            continue
        at = (a * x.value + c * y.value + e, b * x.value + d * y.value + f)
        begins = raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_MOVETO
        start = at if begins or start is None else start
        yield (*at, begins)
        if raw.FPDFPathSegment_GetClose(segment):
            yield (*start, False)


def _edges(points: list[tuple[float, float, bool]], view: _View, *, only_thin: bool) -> Iterator[Rule]:
    if only_thin:
        if not points:
            return
        xs, ys = [point[0] for point in points], [point[1] for point in points]
        left, top, right, bottom = view.box(min(xs), min(ys), max(xs), max(ys))
        if min(right - left, bottom - top) <= _THIN:
            yield from _rule(left, top, right, bottom)
        return
    for before, after in pairwise(points):
        if not after[2]:
            xs, ys = sorted((before[0], after[0])), sorted((before[1], after[1]))
            yield from _rule(*view.box(xs[0], ys[0], xs[1], ys[1]))


def _rule(left: float, top: float, right: float, bottom: float) -> Iterator[Rule]:
    if bottom - top <= _THIN and right - left >= _SHORT:
        yield Rule(True, (top + bottom) / 2, left, right)
    elif right - left <= _THIN and bottom - top >= _SHORT:
        yield Rule(False, (left + right) / 2, top, bottom)
