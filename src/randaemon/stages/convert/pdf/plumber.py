"""PDF by pdfplumber: the rung for files that pdfium cannot open, and the measure of that one in tests."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from randaemon.errors import DAMAGE, STUMBLES, Refused
from randaemon.stages.convert.pdf.aligned import aligned
from randaemon.stages.convert.pdf.layout import Line, Page, Table
from randaemon.stages.convert.pdf.reading import BOLD, MONO, WORD_GAP, Reading, Word, in_lines, line

_NAMELESS = re.compile(r"\(cid:\d+\)")  # a sign whose face does not say what it is: alone it is a bullet


def read(source: Path) -> Reading | None:
    """The pages; None when pdfplumber cannot open the file, raises Refused E_ENCRYPTED."""
    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)  # it tells a user nothing that our errors do not
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _read(source)


def _read(source: Path) -> Reading | None:
    import pdfplumber
    from pdfminer.pdfexceptions import PDFException
    from pdfminer.psexceptions import PSException
    from pdfplumber.utils.exceptions import PdfminerException

    damage = (PdfminerException, PDFException, PSException, *DAMAGE, *STUMBLES)
    try:
        with pdfplumber.open(source) as pdf:
            pages = _pages(pdf, damage)
            there = {page.number for page in pages}
            expected = range(1, max(_declared(pdf), len(pdf.pages)) + 1)
            title = (pdf.metadata or {}).get("Title")
            missing = [number for number in expected if number not in there]
            return Reading(pages, missing, title if isinstance(title, str) else "")
    except damage as error:
        if _needs_password(error):
            raise Refused.locked() from error
        return None


def _declared(pdf: Any) -> int:
    """How many pages the file says it has: pages whose objects were lost are left out without a word."""
    from pdfminer.pdftypes import resolve1

    count = resolve1(resolve1(pdf.doc.catalog.get("Pages") or {}).get("Count"))
    return min(count, 100_000) if isinstance(count, int) else 0


def _needs_password(error: BaseException) -> bool:
    names = {type(error).__name__} | {type(part).__name__ for part in error.args}
    return bool(names & {"PDFPasswordIncorrect", "PDFEncryptionError", "PDFTextExtractionNotAllowed"})


def _pages(pdf: Any, damage: tuple[type[BaseException], ...]) -> list[Page]:
    pages: list[Page] = []
    for page in pdf.pages:
        with suppress(*damage):  # the page is missing then, and that is told
            pages.append(_page(page))
        page.close()  # else every page's characters stay in memory
    return pages


def _page(page: Any) -> Page:
    tables = [table for table in page.find_tables() if len(table.rows) > 1 and len(table.rows[0].cells) > 1]
    boxes = [table.bbox for table in tables]
    found = page.extract_words(extra_attrs=["size", "fontname"], x_tolerance_ratio=WORD_GAP)
    free = [word for word in map(_word, found) if not any(_inside(word, box) for box in boxes)]
    bare, lines = aligned(list(in_lines(free)))
    items: list[Line | Table] = [*map(line, lines), *bare]
    read = ((table.bbox, _grid(table)) for table in tables)
    items += [Table(box[1], box[3], grid, (box[0], box[2])) for box, grid in read if grid]
    return Page(page.page_number, float(page.height), tuple(sorted(items, key=lambda item: item.top)))


def _word(word: dict[str, Any]) -> Word:
    left, right, top, bottom = (float(word[key]) for key in ("x0", "x1", "top", "bottom"))
    face = word["fontname"]
    text = "•" if _NAMELESS.fullmatch(word["text"]) else word["text"]
    bold, mono = BOLD.search(face) is not None, MONO.search(face) is not None
    return Word(left, right, top, bottom, text, float(word["size"]), bold, mono)


def _inside(word: Word, box: tuple[float, float, float, float]) -> bool:
    return box[0] <= (word.left + word.right) / 2 <= box[2] and box[1] <= word.middle <= box[3]


def _grid(table: Any) -> tuple[tuple[str, ...], ...]:
    """The cells' texts; a cell that spans others stands in each place that it covers."""
    bounds = sorted({round(cell[0], 1) for row in table.rows for cell in row.cells if cell})
    pairs = list(zip(table.rows, table.extract(), strict=True))
    boxes = [found for row, texts in pairs for found in _cells(row, texts)]
    filled = []
    for row, texts in pairs:
        middle = (row.bbox[1] + row.bbox[3]) / 2
        places = range(min(len(texts), len(bounds)))
        filled.append(tuple(_text(texts[number], boxes, (bounds[number] + 1, middle)) for number in places))
    rows = tuple(row for row in filled if any(row))
    return rows if len(rows) > 1 else ()


def _cells(row: Any, texts: Sequence[str | None]) -> Iterator[tuple[tuple[float, float, float, float], str]]:
    for cell, text in zip(row.cells, texts, strict=True):
        if cell:
            yield cell, text or ""


def _text(text: str | None, boxes: Sequence[tuple[tuple[float, ...], str]], at: tuple[float, float]) -> str:
    if text is not None:
        return text.strip()
    covering = (found for box, found in boxes if box[0] <= at[0] <= box[2] and box[1] <= at[1] <= box[3])
    return next(covering, "").strip()
