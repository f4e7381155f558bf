"""What holds for every format: blocks cover all of the Markdown, in order, and hold what the source said there."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import docx
import msgspec
import openpyxl
import pptx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

from randaemon.model import Converted, Done, Stage, Task
from randaemon.stages import convert

OFFICE = "application/vnd.openxmlformats-officedocument."
STYLES = getSampleStyleSheet()
_WORDS = [
    "007",
    "1.10",
    "1e5",
    "NA",
    "a|b",
    "NRCellDU.pMax",
    "-20 dBm",
    "*star*",
    "under_score",
    "µs",
    "#1",
    "a\\b",
    "null",
]


@dataclass(frozen=True)
class Section:
    """A heading, a paragraph and a table of known words; `key` makes each of them the only one of its kind."""

    key: str
    words: list[str]
    cells: list[list[str]]

    @property
    def title(self) -> str:
        return f"Section {self.key}"

    @property
    def paragraph(self) -> str:
        return f"In {self.key} we say {' '.join(self.words)} and so on."

    @property
    def rows(self) -> list[list[str]]:
        return [
            [f"{self.key}r{row}c{column} {text}" for column, text in enumerate(line)]
            for row, line in enumerate(self.cells)
        ]


words = st.sampled_from(_WORDS)
sections = st.integers(1, 3).flatmap(
    lambda count: st.tuples(
        *(
            st.builds(
                Section,
                st.just(f"k{number}"),
                st.lists(words, min_size=1, max_size=5),
                st.integers(2, 4).flatmap(
                    lambda width: st.lists(st.lists(words, min_size=width, max_size=width), min_size=2, max_size=4)
                ),
            )
            for number in range(count)
        )
    )
)


def _html(source: tuple[Section, ...]) -> bytes:
    parts = []
    for each in source:
        rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in each.rows)
        parts.append(f"<h1>{each.title}</h1><p>{escape(each.paragraph)}</p><table>{rows}</table>")
    return f"<html><meta charset=utf-8><body>{''.join(parts)}</body></html>".encode()


def _docx(source: tuple[Section, ...]) -> bytes:
    made = docx.Document()
    for each in source:
        made.add_heading(each.title, 1)
        made.add_paragraph(each.paragraph)
        table = made.add_table(len(each.rows), len(each.rows[0]))
        for number, row in enumerate(each.rows):
            for place, text in enumerate(row):
                table.cell(number, place).text = text
    return _saved(made)


def _xlsx(source: tuple[Section, ...]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for each in source:
        sheet = book.create_sheet(each.title)
        for row in [[each.paragraph], [], *each.rows]:
            sheet.append(row)
    return _saved(book)


def _pptx(source: tuple[Section, ...]) -> bytes:
    deck = pptx.Presentation()
    for each in source:
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        slide.shapes.title.text = each.title
        slide.shapes.add_textbox(0, 0, 10**6, 10**6).text_frame.text = each.paragraph
        table = slide.shapes.add_table(len(each.rows), len(each.rows[0]), 0, 0, 10**6, 10**6).table
        for number, row in enumerate(each.rows):
            for place, text in enumerate(row):
                table.cell(number, place).text = text
    return _saved(deck)


def _pdf(source: tuple[Section, ...]) -> bytes:
    parts: list[Any] = []
    for each in source:
        parts += [Paragraph(each.title, STYLES["Heading1"]), Paragraph(escape(each.paragraph), STYLES["BodyText"])]
        parts.append(Table(each.rows, style=[("GRID", (0, 0), (-1, -1), 0.5, "black")]))
    out = io.BytesIO()
    SimpleDocTemplate(out).build(parts)
    return out.getvalue()


def _markdown(source: tuple[Section, ...]) -> bytes:
    lines = []
    for each in source:
        first, *rest = ("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in each.rows)
        rule = "| --- " * len(each.rows[0]) + "|"
        lines += [f"# {each.title}", "", each.paragraph, "", first, rule, *rest, ""]
    return "\n".join(lines).encode()


def _saved(made: Any) -> bytes:
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


FORMATS: dict[str, tuple[str, str, Callable[[tuple[Section, ...]], bytes]]] = {
    "html": ("html", "text/html", _html),
    "docx": ("office", OFFICE + "wordprocessingml.document", _docx),
    "xlsx": ("office", OFFICE + "spreadsheetml.sheet", _xlsx),
    "pptx": ("office", OFFICE + "presentationml.presentation", _pptx),
    "pdf": ("pdf", "application/pdf", _pdf),
    "md": ("text", "text/markdown", _markdown),
}


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(source=sections)
def test_every_block_slices_to_what_the_source_said(name: str, source: tuple[Section, ...], tmp_path: Path) -> None:
    route, media_type, write = FORMATS[name]
    file = tmp_path / "source"
    file.write_bytes(write(source))
    meta = {"route": route, "media_type": media_type}
    outcome = convert.run(Task(Stage.CONVERT, "", file, {}, tmp_path, {}, meta))
    assert isinstance(outcome, Done)
    assert isinstance(outcome.artifact, bytes)
    found = msgspec.json.decode(outcome.artifact, type=Converted)
    assert _covered(found)
    texts = [(block.kind, block.heading, found.markdown[block.start : block.end]) for block in found.blocks]
    wanted = []
    for each in source:
        lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in each.rows]
        wanted.append(("heading", (), f"# {each.title}"))
        wanted.append(("paragraph", (each.title,), each.paragraph))
        wanted.append(("table", (each.title,), "\n".join(lines)))
    assert [(kind, heading, _without_rule(text)) for kind, heading, text in texts] == wanted


def _covered(found: Converted) -> bool:
    """Blocks follow each other, and nothing but white space stands between them."""
    at = 0
    for block in found.blocks:
        if found.markdown[at : block.start].strip() or not block.start < block.end:
            return False
        at = block.end
    return not found.markdown[at:].strip()


def _without_rule(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if set(line) - set("|- "))
