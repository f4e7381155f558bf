"""One document in five forms: written in a little Markdown, rendered as tagged or plain HTML, DOCX and PDF.

The dialect is headings, paragraphs, bullets, numbered items, pipe tables with `<br>` in cells; names in backquotes are
what a vendor's library tags as API names.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

from docx import Document as Docx
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Flowable, ListFlowable, Paragraph, SimpleDocTemplate, Table

_NAME = re.compile(r"`([^`]+)`")
_LINE = re.compile(r"(?P<hashes>#+) |(?P<bullet>[-*] )|(?P<number>\d+\. )|(?P<pipe>\|)")


@dataclass(frozen=True)
class Part:
    """A heading, a paragraph, a list (`lines`) or a table (`rows`)."""

    kind: str
    text: str = ""
    level: int = 0
    lines: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def parts(source: str) -> Iterator[Part]:
    """The parts of a document in the dialect above."""
    for block in re.split(r"\n\s*\n", source.strip()):
        lines = block.splitlines()
        found = _LINE.match(lines[0])
        if found is None:
            yield Part("paragraph", " ".join(lines))
        elif found["hashes"]:
            yield Part("heading", lines[0].lstrip("# "), len(found["hashes"]))
        elif found["pipe"]:
            cells = [tuple(cell.strip() for cell in line.strip()[1:-1].split("|")) for line in lines]
            yield Part("table", rows=(cells[0], *cells[2:]))
        else:
            kind = "bullets" if found["bullet"] else "steps"
            yield Part(kind, lines=tuple(_LINE.sub("", line, count=1) for line in lines))


def plain_html(source: str) -> bytes:
    """A page as a word processor writes it: no vendor tags, table heads in bold."""
    return _html(source, lambda text: _NAME.sub(r"\1", escape(text)))


def tagged_html(source: str) -> bytes:
    """A page of a vendor's library: every name in a span of its own."""
    return _html(source, lambda text: _NAME.sub(r'<span class="keyword apiname">\1</span>', escape(text)))


def markdown(source: str) -> bytes:
    """The source as it is."""
    return source.encode()


def docx(source: str) -> bytes:
    """A Word document with the built-in styles."""
    document = Docx()
    for part in parts(source.replace("`", "")):
        match part.kind:
            case "heading":
                document.add_heading(part.text, part.level)
            case "table":
                table = document.add_table(len(part.rows), len(part.rows[0]), "Table Grid")
                for line, cells in zip(table.rows, part.rows, strict=True):
                    for cell, text in zip(line.cells, cells, strict=True):
                        cell.text = text.replace("<br>", "\n")
            case "bullets" | "steps":
                for line in part.lines:
                    document.add_paragraph(line, "List Bullet" if part.kind == "bullets" else "List Number")
            case _:
                document.add_paragraph(part.text)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def pdf(source: str) -> bytes:
    """Pages with ruled tables; long cells and long names are wrapped as printers wrap them."""
    out = io.BytesIO()
    SimpleDocTemplate(out, pagesize=A4).build([_flowable(part) for part in parts(source.replace("`", ""))])
    return out.getvalue()


def _html(source: str, inline: Callable[[str], str]) -> bytes:
    title = next(part.text for part in parts(source) if part.kind == "heading")
    body = "".join(_element(part, inline) for part in parts(source))
    return f"<html><head><title>{escape(title)}</title></head><body>{body}</body></html>".encode()


def _element(part: Part, inline: Callable[[str], str]) -> str:
    match part.kind:
        case "heading":
            return f"<h{part.level}>{inline(part.text)}</h{part.level}>"
        case "table":
            cells = [[inline(cell).replace("&lt;br&gt;", "<br>") for cell in row] for row in part.rows]
            head = "".join(f"<td><b>{cell}</b></td>" for cell in cells[0])
            body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in cells[1:])
            return f"<table border='1'><tr>{head}</tr>{body}</table>"
        case "bullets" | "steps":
            tag = "ul" if part.kind == "bullets" else "ol"
            return f"<{tag}>" + "".join(f"<li>{inline(line)}</li>" for line in part.lines) + f"</{tag}>"
        case _:
            return f"<p>{inline(part.text)}</p>"


def _flowable(part: Part) -> Flowable:
    styles = getSampleStyleSheet()
    match part.kind:
        case "heading":
            return Paragraph(escape(part.text), styles[f"Heading{part.level}"])
        case "table":
            width = 450 / len(part.rows[0])
            cells = [
                [Paragraph(cell.replace("<br>", "<br/>"), styles["BodyText"]) for cell in row] for row in part.rows
            ]
            return Table(
                cells, colWidths=[width] * len(part.rows[0]), style=[("GRID", (0, 0), (-1, -1), 0.5, colors.black)]
            )
        case "bullets" | "steps":
            kind = "bullet" if part.kind == "bullets" else "1"
            lines = [Paragraph(escape(line), styles["BodyText"]) for line in part.lines]
            return ListFlowable(
                lines,
                bulletType=kind,
                bulletFormat=None if kind == "bullet" else "%s.",
                start="-" if kind == "bullet" else 1,
            )
        case _:
            return Paragraph(escape(part.text), styles["BodyText"])
