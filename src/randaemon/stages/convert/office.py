"""DOCX, XLSX and PPTX, through a reader that is given to the stage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from itertools import groupby
from pathlib import Path
from typing import Protocol

from randaemon.errors import Refused
from randaemon.model import Converted, OfficePart, Task
from randaemon.stages.convert import markdown
from randaemon.stages.convert.markdown import Inline, Writer

_INDENT = "    "
_OWN = {"wordprocessing": "randaemon.stages.convert.docx", "spreadsheet": "randaemon.stages.convert.xlsx"}


class OfficeReader(Protocol):
    """Reads an office document into parts, in reading order."""

    def available(self) -> bool:
        """True when the libraries it needs are there."""

    def read(self, source: Path, media_type: str) -> Iterable[OfficePart]:
        """The parts; raises Unreadable E_OFFICE."""


def convert(task: Task, reader: OfficeReader | None) -> Converted:
    """One document; raises Unreadable E_OFFICE, and Refused E_UNSUPPORTED when a reader is needed and not there."""
    media_type = str(task.meta.get("media_type", ""))
    if own := next((name for word, name in _OWN.items() if word in media_type), ""):
        converted: Converted = import_module(own).convert(task)
        return converted
    if reader is None or not reader.available():
        raise Refused(
            "office documents cannot be read: docling is not installed",
            hint="install it, then retry",
            code="E_UNSUPPORTED",
        )
    writer = Writer()
    parts = reader.read(task.source, media_type)
    for is_list, group in groupby(parts, key=lambda part: part.kind == "list"):
        if is_list:
            _write_list(writer, list(group))
        else:
            for part in group:
                _write(writer, part)
    return writer.finish(writer.first_heading)


def _write_list(writer: Writer, items: Sequence[OfficePart]) -> None:
    lines = (_INDENT * (item.level - 1) + " ".join(item.text.split()) for item in items)
    writer.block("list", "\n".join(lines), page=items[0].page, place=items[0].place)


def _write(writer: Writer, part: OfficePart) -> None:
    match part.kind:
        case "heading":
            writer.heading(part.level, Inline(part.text), page=part.page, place=part.place)
        case "table":
            rows = [[Inline(markdown.cell(text.strip())) for text in line] for line in part.rows]
            writer.block("table", markdown.table(rows), page=part.page, place=part.place)
        case "code":
            writer.code(part.text, page=part.page)
        case kind:
            writer.block(kind, part.text.strip(), page=part.page, place=part.place)
