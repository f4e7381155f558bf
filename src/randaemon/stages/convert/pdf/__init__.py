"""PDF, by a ladder: docling where its models lie ready, else pdfium's text and geometry, else pdfplumber.

The rung is kept in the meta, so that a document can be redone when a better one is there. A page that cannot be read,
or is a picture that nobody here can read, makes the result partial, and that is said with its number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final, Protocol

from randaemon.errors import Refused, Unreadable
from randaemon.model import Converted, Expand, PdfPart, Scalar, Task
from randaemon.ran import imprint
from randaemon.stages.convert.markdown import Writer
from randaemon.stages.convert.pdf import layout, parts, pdfium, plumber, ranges
from randaemon.stages.convert.pdf.pictures import Ocr, seen
from randaemon.stages.convert.pdf.reading import Reading

_LETTERS_PER_PAGE: Final = 15  # a scan has fewer, from its stamps and page numbers
_RUNGS: Final = {"pdfium": pdfium.read, "pdfplumber": plumber.read}
_EDGES: Final = 60  # lines at the edges of pages that may say number and revision
_TOLD: Final = 20  # page numbers named


class Models(Protocol):
    """Reads a PDF by models that lie in a folder."""

    def available(self, folder: Path) -> bool:
        """True when the models and what runs them are there."""

    def read(self, source: Path, folder: Path) -> list[PdfPart] | None:
        """All of the document in reading order, None when it cannot be read as a whole."""


@dataclass(frozen=True, slots=True)
class Extras:
    """What may be installed or not."""

    models: Models | None = None
    ocr: Ocr | None = None


def convert(task: Task, extras: Extras | None = None) -> Converted | Expand:
    """A PDF, or its ranges of pages if it is too long; raises Refused E_ENCRYPTED, E_NO_TEXT, Unreadable E_CORRUPT."""
    extras = extras or Extras()
    first = _first_page(task)
    if ranges.count(task.source) > ranges.PAGES_MAX:
        return ranges.split(task.source, task.scratch, ranges.RANGE)
    found = _by_models(task, extras.models) or _by_geometry(task, extras.ocr)
    return found if isinstance(found, Expand) else _renumbered(found, first)


def _by_models(task: Task, models: Models | None) -> Converted | None:
    named = task.options.get("pdf_models")
    if models is None or not isinstance(named, str) or not named:
        return None
    folder = Path(named).expanduser()
    read = models.read(task.source, folder) if models.available(folder) else None
    if not read:
        return None
    writer = Writer()
    parts.write(writer, read)
    return writer.finish(writer.first_heading, {"rung": "docling", "pages": ranges.count(task.source)})


def _by_geometry(task: Task, ocr: Ocr | None) -> Converted | Expand:
    rung, reading = _read(task)
    pictures = [page.number for page in reading.pages if page.picture]
    meta: dict[str, Scalar] = {"rung": rung, "pages": len(reading.pages) + len(reading.missing)}
    if pictures and ocr is not None and ocr.available():
        if len(pictures) > ranges.SCANNED_MAX and len(reading.pages) > ranges.SCANNED_MAX:
            return ranges.split(task.source, task.scratch, ranges.SCANNED_MAX, _first_page(task))
        pages = [seen(ocr, task.source, page) if page.picture else page for page in reading.pages]
        reading = replace(reading, pages=pages)
        meta |= {"rung": f"{rung}+ocr", "ocr_pages": _named(pictures)}
        pictures = [page.number for page in pages if page.picture and not page.items]
    if lost := _lost(reading.missing, pictures):
        meta["partial"] = lost
    return _written(reading, meta)


def _written(reading: Reading, meta: dict[str, Scalar]) -> Converted:
    writer = Writer()
    layout.write(writer, reading.pages)
    meta = {**meta, **imprint.read(islice(layout.edges(reading.pages), _EDGES)).meta()}
    converted = writer.finish(_title(reading.title) or writer.first_heading, meta)
    if sum(map(str.isalnum, converted.markdown)) < max(_LETTERS_PER_PAGE * len(reading.pages), 20):
        hint = "it may be a scan: run OCR over it, or install the extra that does: randaemon[ocr]"
        raise Refused("the PDF holds next to no text", hint=hint, code="E_NO_TEXT")
    return converted


def _read(task: Task) -> tuple[str, Reading]:
    """What the first rung that can open the file finds on its pages."""
    for rung, read in _RUNGS.items():
        reading = read(task.source)
        if reading is not None and reading.pages:
            return rung, reading
    raise Unreadable("the PDF is damaged: no page of it can be read", hint="export it anew")


def _lost(missing: list[int], pictures: list[int]) -> str:
    """Which pages are not in the result, and why."""
    said = []
    if missing:
        said.append(f"{len(missing)} pages could not be read: {_named(missing)}")
    if pictures:
        said.append(f"{len(pictures)} pages are pictures without text: {_named(pictures)}")
    return "; ".join(said)


def _named(pages: list[int]) -> str:
    return ", ".join(map(str, pages[:_TOLD])) + (", …" if len(pages) > _TOLD else "")


def _title(printed: str) -> str:
    text = " ".join(printed.split())
    named = " " in text and "_" not in text and not re.search(r"untitled|\.\w{2,4}$", text, re.IGNORECASE)
    return text if named else ""  # most programs put the file's name there


def _first_page(task: Task) -> int:
    """Which page of the outer document a range begins with."""
    first = task.meta.get("first_page")
    return first if isinstance(first, int) else 1


def _renumbered(converted: Converted, first: int) -> Converted:
    """With the page numbers of the document that a range was cut from."""
    if first == 1:
        return converted
    blocks = tuple(replace(each, page=each.page and each.page + first - 1) for each in converted.blocks)
    return replace(converted, blocks=blocks, meta={**converted.meta, "first_page": first})
