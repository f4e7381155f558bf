"""Office documents, through the reader that wiring gives."""

from __future__ import annotations

import io
from pathlib import Path

import docx
import msgspec
import openpyxl
import pptx
import pytest

from randaemon.errors import Refused, Unreadable
from randaemon.integrations.docling import DoclingReader
from randaemon.model import Converted, Done, Stage, Task
from randaemon.stages import convert

BASE = "application/vnd.openxmlformats-officedocument."
DOCX, XLSX, PPTX = (
    BASE + "wordprocessingml.document",
    BASE + "spreadsheetml.sheet",
    BASE + "presentationml.presentation",
)


@pytest.fixture(scope="module")
def reader() -> DoclingReader:
    found = DoclingReader()
    if not found.available():
        pytest.skip("docling cannot be imported here")
    return found


def converted(data: bytes, media_type: str, reader: DoclingReader | None, tmp_path: Path) -> Converted:
    source = tmp_path / "source"
    source.write_bytes(data)
    meta = {"route": "office", "media_type": media_type}
    outcome = convert.run(Task(Stage.CONVERT, "", source, {}, tmp_path, {}, meta), office=reader)
    assert isinstance(outcome, Done)
    assert outcome.artifact
    return msgspec.json.decode(outcome.artifact, type=Converted)


def blocks(found: Converted) -> list[tuple[str, str]]:
    return [(block.kind, found.markdown[block.start : block.end]) for block in found.blocks]


def test_a_word_document_keeps_its_headings_lists_and_spanned_tables(reader: DoclingReader, tmp_path: Path) -> None:
    source = docx.Document()
    source.add_heading("Voice Pulse", 0)
    source.add_heading("1\tScope", 1)
    source.add_paragraph("The feature sets NRCellDU.voicePulse.")
    source.add_heading("1.1\tSteps", 2)
    for text in ("Lock the cell.", "Unlock it."):
        source.add_paragraph(text, style="List Number")
    source.add_paragraph("outer", style="List Bullet")
    source.add_paragraph("inner", style="List Bullet 2")
    table = source.add_table(3, 2)
    for number, text in enumerate(("Name", "Default", "007", "1.10", "", "a|b")):
        table.cell(number // 2, number % 2).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    out = io.BytesIO()
    source.save(out)
    found = converted(out.getvalue(), DOCX, reader, tmp_path)
    assert found.title == "Voice Pulse"
    assert blocks(found) == [
        ("heading", "# Voice Pulse"),
        ("heading", "## 1 Scope"),
        ("paragraph", "The feature sets NRCellDU.voicePulse."),
        ("heading", "### 1.1 Steps"),
        ("list", "1. Lock the cell.\n2. Unlock it.\n- outer\n    - inner"),
        ("table", "| Name | Default |\n| --- | --- |\n| 007 | 1.10 |\n| 007 | a\\|b |"),
    ]
    assert found.blocks[-1].heading == ("Voice Pulse", "1 Scope", "1.1 Steps")


def test_a_workbook_has_a_section_a_sheet_and_cells_as_they_are_written(reader: DoclingReader, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    first = book.active
    first.title = "Parameters"
    for row in (["Name", "Default"], ["007", "1.10"], ["NA", "x\ny"]):
        first.append(row)
    book.create_sheet("Counters").append(["pmCount", "a|b"])
    out = io.BytesIO()
    book.save(out)
    found = converted(out.getvalue(), XLSX, reader, tmp_path)
    assert blocks(found) == [
        ("heading", "# Parameters"),
        ("table", "| Name | Default |\n| --- | --- |\n| 007 | 1.10 |\n| NA | x<br>y |"),
        ("heading", "# Counters"),
        ("table", "| pmCount | a\\|b |\n| --- | --- |"),
    ]
    assert [block.place for block in found.blocks if block.kind == "table"] == ["Parameters!A1:B3", "Counters!A1:B1"]


def test_a_presentation_has_a_section_a_slide_with_its_number(reader: DoclingReader, tmp_path: Path) -> None:
    deck = pptx.Presentation()
    for title in ("First", "Second"):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = f"about the {title}\nand more"
    out = io.BytesIO()
    deck.save(out)
    found = converted(out.getvalue(), PPTX, reader, tmp_path)
    assert [(block.kind, block.page, block.heading) for block in found.blocks] == [
        ("heading", 1, ()),
        ("list", 1, ("First",)),
        ("heading", 2, ()),
        ("list", 2, ("Second",)),
    ]


def test_a_damaged_office_document_is_unreadable(reader: DoclingReader, tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as caught:
        converted(b"PK\x03\x04 no document", DOCX, reader, tmp_path)
    assert caught.value.code == "E_OFFICE"


def test_without_docling_an_office_document_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        converted(b"", PPTX, None, tmp_path)
    assert caught.value.code == "E_UNSUPPORTED"
    assert "install" in caught.value.hint
