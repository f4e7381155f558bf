"""PDF by pdfplumber: the lines of each page with their type sizes, and the tables that are ruled.

Rung "pdfplumber" of the ladder; documents keep the rung in their meta, so that they can be redone when a better one is
there. A page that cannot be read makes the result partial, and that is said.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Any

from randaemon.errors import DAMAGE, Refused, Unreadable
from randaemon.model import Converted, Scalar, Task
from randaemon.stages.convert.layout import Line, Page, Table, write
from randaemon.stages.convert.markdown import Writer

_LETTERS_PER_PAGE = 15  # a scan has fewer, from its stamps and page numbers
_LINE_GAP = 3.0  # points between the tops of words of one line
_WORD_GAP = 0.1  # of the type size: light faces set words closer than the 0.25 of a common space
_BOLD = re.compile(r"bold|black|heavy|semibold|demi", re.IGNORECASE)


def convert(task: Task) -> Converted:
    """A PDF; raises Refused E_ENCRYPTED, E_NO_TEXT and Unreadable E_CORRUPT."""
    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)  # it tells a user nothing that our errors do not
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pages, missing, title = _read(task)
    if not pages:
        raise Unreadable("the PDF is damaged: no page of it can be read", hint="export it anew")
    writer = Writer()
    write(writer, pages)
    meta: dict[str, Scalar] = {"rung": "pdfplumber", "pages": len(pages) + len(missing)}
    if missing:
        meta["partial"] = f"{len(missing)} pages could not be read: {', '.join(map(str, missing[:20]))}"
    converted = writer.finish(title or writer.first_heading, meta)
    if sum(map(str.isalnum, converted.markdown)) < max(_LETTERS_PER_PAGE * len(pages), 20):
        raise Refused("the PDF holds next to no text", hint="it may be a scan: run OCR over it", code="E_NO_TEXT")
    return converted


def _read(task: Task) -> tuple[list[Page], list[int], str]:
    """The pages, the numbers of those that are damaged or lost, and the title from the file's properties."""
    import pdfplumber
    from pdfminer.pdfexceptions import PDFException
    from pdfminer.psexceptions import PSException
    from pdfplumber.utils.exceptions import PdfminerException

    damage = (PdfminerException, PDFException, PSException, *DAMAGE)
    try:
        with pdfplumber.open(task.source) as pdf:
            pages = _pages(pdf, damage)
            read = {page.number for page in pages}
            expected = range(1, max(_declared(pdf), len(pdf.pages)) + 1)
            return pages, [number for number in expected if number not in read], _title(pdf.metadata)
    except damage as error:
        raise _reason(error) from error


def _declared(pdf: Any) -> int:
    """How many pages the file says it has: pages whose objects were lost are left out without a word."""
    from pdfminer.pdftypes import resolve1

    count = resolve1(resolve1(pdf.doc.catalog.get("Pages") or {}).get("Count"))
    return min(count, 100_000) if isinstance(count, int) else 0


def _reason(error: BaseException) -> Refused | Unreadable:
    names = {type(error).__name__} | {type(part).__name__ for part in error.args}
    if names & {"PDFPasswordIncorrect", "PDFEncryptionError", "PDFTextExtractionNotAllowed"}:
        return Refused("password protected", hint="save it without a password", code="E_ENCRYPTED")
    return Unreadable("the PDF is damaged", hint="export it anew")


def _pages(pdf: Any, damage: tuple[type[BaseException], ...]) -> list[Page]:
    pages: list[Page] = []
    for page in pdf.pages:
        with suppress(*damage):  # the page is missing then, and that is told
            pages.append(_page(page))
        page.close()  # else every page's characters stay in memory
    return pages


def _title(metadata: Any) -> str:
    title = (metadata or {}).get("Title")
    text = " ".join(title.split()) if isinstance(title, str) else ""
    named = " " in text and "_" not in text and not re.search(r"untitled|\.\w{2,4}$", text, re.IGNORECASE)
    return text if named else ""  # most programs put the file's name there


def _page(page: Any) -> Page:
    tables = [table for table in page.find_tables() if len(table.rows) > 1 and len(table.rows[0].cells) > 1]
    boxes = [table.bbox for table in tables]
    words = page.extract_words(extra_attrs=["size", "fontname"], x_tolerance_ratio=_WORD_GAP)
    free = [word for word in words if not any(_inside(word, box) for box in boxes)]
    items: list[Line | Table] = [_line(line) for line in _lines(free)]
    items += [Table(table.bbox[1], table.bbox[3], grid) for table in tables if (grid := _grid(table))]
    return Page(page.page_number, float(page.height), tuple(sorted(items, key=lambda item: item.top)))


def _inside(word: dict[str, Any], box: tuple[float, float, float, float]) -> bool:
    x, y = (word["x0"] + word["x1"]) / 2, (word["top"] + word["bottom"]) / 2
    return bool(box[0] <= x <= box[2] and box[1] <= y <= box[3])


def _lines(words: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Words whose middles lie at one height, from left to right."""
    current: list[dict[str, Any]] = []
    for word in sorted(words, key=lambda word: (word["top"] + word["bottom"], word["x0"])):
        if current and abs(_middle(word) - _middle(current[0])) > max(_LINE_GAP, 0.3 * current[0]["size"]):
            yield sorted(current, key=lambda word: float(word["x0"]))
            current = []
        current.append(word)
    if current:
        yield sorted(current, key=lambda word: float(word["x0"]))


def _middle(word: dict[str, Any]) -> float:
    return float(word["top"] + word["bottom"]) / 2


def _line(words: Sequence[dict[str, Any]]) -> Line:
    text = words[0]["text"]
    for left, right in pairwise(words):
        text += (" " if right["x0"] - left["x1"] > _WORD_GAP * right["size"] else "") + right["text"]
    widest = max(words, key=lambda word: len(word["text"]))
    return Line(
        top=min(word["top"] for word in words),
        bottom=max(word["bottom"] for word in words),
        left=words[0]["x0"],
        text=text,
        size=round(float(widest["size"]) * 2) / 2,
        bold=all(_BOLD.search(word["fontname"]) for word in words),
    )


def _grid(table: Any) -> tuple[tuple[str, ...], ...]:
    """The cells' texts; a cell that spans others stands in each place that it covers."""
    texts = table.extract()
    bounds = sorted({round(cell[0], 1) for row in table.rows for cell in row.cells if cell})
    boxes = [(cell, text) for row, line in zip(table.rows, texts, strict=True) for cell, text in _cells(row, line)]
    filled = []
    for row, line in zip(table.rows, texts, strict=True):
        middle = (row.bbox[1] + row.bbox[3]) / 2
        filled.append(
            tuple(
                _text(line[number], boxes, (bounds[number] + 1, middle))
                for number in range(min(len(line), len(bounds)))
            )
        )
    rows = tuple(row for row in filled if any(row))
    return rows if len(rows) > 1 else ()


def _cells(row: Any, line: Sequence[str | None]) -> Iterator[tuple[tuple[float, float, float, float], str]]:
    for cell, text in zip(row.cells, line, strict=True):
        if cell:
            yield cell, text or ""


def _text(text: str | None, boxes: Sequence[tuple[tuple[float, ...], str]], at: tuple[float, float]) -> str:
    if text is not None:
        return text.strip()
    covering = (found for box, found in boxes if box[0] <= at[0] <= box[2] and box[1] <= at[1] <= box[3])
    return next(covering, "").strip()
