"""Stage 2: a document becomes Markdown, with the record of where each part of it came from.

One file a format; each has `convert(task) -> Converted` and imports its parser only when it is called.
"""

from __future__ import annotations

from importlib import import_module

import msgspec

from randaemon.errors import Refused
from randaemon.model import Converted, Done, Expand, Outcome, Scalar, Task
from randaemon.stages.convert.office import OfficeReader
from randaemon.stages.convert.office import convert as convert_office

_FORMATS = {name: f"randaemon.stages.convert.{name}" for name in ("html", "pdf", "csv", "text", "xml")}
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
)  # for `jobs show`


def run(task: Task, office: OfficeReader | None = None) -> Outcome:
    """The artifact is `Converted` as JSON, `Expand` is of a list too long for one; raises Refused and Unreadable."""
    converted = _convert(task, office)
    if isinstance(converted, Expand):
        return converted
    if not converted.markdown.strip():
        raise Refused("no text was found in it", code="E_NO_TEXT")
    meta: dict[str, Scalar] = {"title": converted.title[:_TOLD_MAX]} if converted.title else {}
    told = ((key, converted.meta[key]) for key in _TOLD if key in converted.meta)
    meta |= {key: value[:_TOLD_MAX] if isinstance(value, str) else value for key, value in told}
    return Done(artifact=msgspec.json.encode(converted), meta=meta)


def _convert(task: Task, office: OfficeReader | None) -> Converted | Expand:
    route = str(task.meta.get("route", ""))
    if route == "office":
        return convert_office(task, office)
    if route not in _FORMATS:
        raise Refused(f"there is no converter for {task.meta.get('media_type', 'this file')}", code="E_UNSUPPORTED")
    converted: Converted | Expand = import_module(_FORMATS[route]).convert(task)
    return converted
