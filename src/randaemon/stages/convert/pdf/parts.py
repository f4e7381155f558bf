"""What a reader with models says about a PDF, written as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from randaemon.model import PdfPart
from randaemon.stages.convert import markdown
from randaemon.stages.convert.markdown import INDENT, Inline, Writer


def write(writer: Writer, parts: Iterable[PdfPart]) -> None:
    """Writes the parts in their order; items that follow each other are one list."""
    for is_list, group in groupby(parts, key=lambda part: part.kind == "list"):
        if is_list:
            _write_list(writer, list(group))
        else:
            for part in group:
                _write(writer, part)


def _write_list(writer: Writer, items: Sequence[PdfPart]) -> None:
    lines = (INDENT * (item.level - 1) + " ".join(item.text.split()) for item in items)
    writer.block("list", "\n".join(lines), page=items[0].page)


def _write(writer: Writer, part: PdfPart) -> None:
    match part.kind:
        case "heading":
            writer.heading(part.level, Inline(part.text), page=part.page)
        case "table":
            rows = [[Inline(markdown.cell(text.strip())) for text in line] for line in part.rows]
            writer.block("table", markdown.table(rows), page=part.page)
        case "code":
            writer.code(part.text, page=part.page)
        case kind:
            writer.block(kind, part.text.strip(), page=part.page)
