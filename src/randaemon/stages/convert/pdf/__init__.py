"""PDF: by pdfium's text and geometry, by pdfplumber where that cannot open a file.

The rung of the ladder is kept in the meta, so that a document can be redone when a better one is there. A page that
cannot be read makes the result partial, and that is said.
"""

from __future__ import annotations

import re
from typing import Final

from randaemon.errors import Refused, Unreadable
from randaemon.model import Converted, Scalar, Task
from randaemon.stages.convert.layout import write
from randaemon.stages.convert.markdown import Writer
from randaemon.stages.convert.pdf import pdfium, plumber
from randaemon.stages.convert.pdf.reading import Reading

_LETTERS_PER_PAGE: Final = 15  # a scan has fewer, from its stamps and page numbers
_RUNGS: Final = {"pdfium": pdfium.read, "pdfplumber": plumber.read}
_TOLD: Final = 20  # page numbers named


def convert(task: Task) -> Converted:
    """A PDF; raises Refused E_ENCRYPTED, E_NO_TEXT and Unreadable E_CORRUPT."""
    rung, reading = _read(task)
    writer = Writer()
    write(writer, reading.pages)
    count = len(reading.pages)
    meta: dict[str, Scalar] = {"rung": rung, "pages": count + len(reading.missing)}
    if reading.missing:
        named = ", ".join(map(str, reading.missing[:_TOLD]))
        meta["partial"] = f"{len(reading.missing)} pages could not be read: {named}"
    converted = writer.finish(_title(reading.title) or writer.first_heading, meta)
    if sum(map(str.isalnum, converted.markdown)) < max(_LETTERS_PER_PAGE * count, 20):
        raise Refused("the PDF holds next to no text", hint="it may be a scan: run OCR over it", code="E_NO_TEXT")
    return converted


def _read(task: Task) -> tuple[str, Reading]:
    """What the first rung that can open the file finds on its pages."""
    for rung, read in _RUNGS.items():
        reading = read(task.source)
        if reading is not None and reading.pages:
            return rung, reading
    raise Unreadable("the PDF is damaged: no page of it can be read", hint="export it anew")


def _title(printed: str) -> str:
    text = " ".join(printed.split())
    named = " " in text and "_" not in text and not re.search(r"untitled|\.\w{2,4}$", text, re.IGNORECASE)
    return text if named else ""  # most programs put the file's name there
