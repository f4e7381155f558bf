"""A PDF too long for one document, cut into ranges of pages that are files of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from randaemon.model import Child, Expand, Failure

PAGES_MAX: Final = 2_000  # of a document
RANGE: Final = 500
SCANNED_MAX: Final = 8  # pages that are pictures: each takes seconds


def count(source: Path) -> int:
    """How many pages pdfium finds; 0 when it cannot open the file."""
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(source)
    except pdfium.PdfiumError:
        return 0
    try:
        return len(document)
    finally:
        document.close()


def split(source: Path, scratch: Path, length: int, first: int = 1) -> Expand:
    """Files of so many pages each, in `scratch`; `first` is the number of the first page in the outer document."""
    import pypdfium2 as pdfium

    document = pdfium.PdfDocument(source)
    try:
        children = tuple(_children(document, scratch, length, first))
        return Expand(children, meta={"pages": len(document), "parts": len(children)})
    finally:
        document.close()


def _children(document: Any, scratch: Path, length: int, first: int) -> Iterator[Child]:
    for index, start in enumerate(range(0, len(document), length)):
        pages = range(start, min(start + length, len(document)))
        name = f"pages%20{first + pages[0]}-{first + pages[-1]}.pdf"
        meta = {"first_page": first + pages[0], "last_page": first + pages[-1]}
        target = scratch / str(index)
        refusal = _write(document, list(pages), target)
        size = 0 if refusal else target.stat().st_size
        yield Child(index, name, size, refusal=refusal, meta=meta)


def _write(document: Any, pages: list[int], target: Path) -> Failure | None:
    import pypdfium2 as pdfium

    part = pdfium.PdfDocument.new()
    try:
        part.import_pages(document, pages)
        part.save(target)
    except pdfium.PdfiumError:
        return Failure("these pages of the PDF are damaged", code="E_CORRUPT", retry=False)
    finally:
        part.close()
    return None
