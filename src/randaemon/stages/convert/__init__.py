"""Stage 2: a document becomes Markdown, with the record of where each part of it came from.

One file a format; each has `convert(task) -> Converted` and imports its parser only when it is called.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import msgspec

from randaemon.errors import Refused
from randaemon.model import Converted, Done, Expand, Outcome, Scalar, Task
from randaemon.stages.convert.office import OfficeSuite, convert_former

if TYPE_CHECKING:
    from randaemon.stages.convert.pdf import Models
    from randaemon.stages.convert.pdf.pictures import Ocr

_FORMATS = {name: f"randaemon.stages.convert.{name}" for name in ("html", "csv", "text", "xml", "office")}
_TOLD_MAX = 300  # characters of a value; the artifact keeps all of it
_TOLD = (
    "document_number",
    "revision",
    "date",
    "pages",
    "rung",
    "partial",
    "ragged_lines",
    "quotes",
    "images",
    "listing",
    "list",
    "ocr_pages",
    "saved_as",
    "first_page",
    "last_page",
)  # for `jobs show`


def run(task: Task, suite: OfficeSuite | None = None, models: Models | None = None, ocr: Ocr | None = None) -> Outcome:
    """The artifact is `Converted` as JSON, `Expand` is of what is too long for one; raises Refused and Unreadable.

    What is handed in may be installed or not: an office suite, models for PDFs, a reader of pictures.
    """
    converted = _convert(task, suite, models, ocr)
    if isinstance(converted, Expand):
        return converted
    if not converted.markdown.strip():
        raise Refused("no text was found in it", code="E_NO_TEXT")
    meta: dict[str, Scalar] = {"title": converted.title[:_TOLD_MAX]} if converted.title else {}
    told = ((key, converted.meta[key]) for key in _TOLD if key in converted.meta)
    meta |= {key: value[:_TOLD_MAX] if isinstance(value, str) else value for key, value in told}
    return Done(artifact=msgspec.json.encode(converted), meta=meta)


def _convert(task: Task, suite: OfficeSuite | None, models: Models | None, ocr: Ocr | None) -> Converted | Expand:
    match str(task.meta.get("route", "")):
        case "legacy":
            return convert_former(task, suite)
        case "pdf":
            from randaemon.stages.convert import pdf

            return pdf.convert(task, pdf.Extras(models, ocr))
        case route if route in _FORMATS:
            converted: Converted | Expand = import_module(_FORMATS[route]).convert(task)
            return converted
        case _:
            named = task.meta.get("media_type", "this file")
            raise Refused(f"there is no converter for {named}", code="E_UNSUPPORTED")
