"""Office documents of today and of former times."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import msgspec
import openpyxl
import pptx
import pytest
from pptx.util import Inches

from randaemon.errors import Refused, Unreadable
from randaemon.integrations.libreoffice import Suite
from randaemon.model import Converted, Done, Outcome, Stage, Task
from randaemon.stages import convert, unpack

BASE = "application/vnd.openxmlformats-officedocument."
DOCX, XLSX, PPTX = (
    BASE + "wordprocessingml.document",
    BASE + "spreadsheetml.sheet",
    BASE + "presentationml.presentation",
)


def converted(data: bytes, media_type: str, tmp_path: Path) -> Converted:
    source = tmp_path / "source"
    source.write_bytes(data)
    meta = {"route": "office", "media_type": media_type}
    return done(convert.run(Task(Stage.CONVERT, "", source, {}, tmp_path, {}, meta)))


def done(outcome: Outcome) -> Converted:
    assert isinstance(outcome, Done)
    assert outcome.artifact
    return msgspec.json.decode(outcome.artifact, type=Converted)


def blocks(found: Converted) -> list[tuple[str, str]]:
    return [(block.kind, found.markdown[block.start : block.end]) for block in found.blocks]


def test_a_word_document_keeps_its_headings_lists_and_spanned_tables(tmp_path: Path) -> None:
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
    found = converted(out.getvalue(), DOCX, tmp_path)
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


def test_a_workbook_has_a_section_a_sheet_and_cells_as_they_are_written(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    first = book.active
    first.title = "Parameters"
    for row in (["Name", "Default"], ["007", "1.10"], ["NA", "x\ny"]):
        first.append(row)
    book.create_sheet("Counters").append(["pmCount", "a|b"])
    out = io.BytesIO()
    book.save(out)
    found = converted(out.getvalue(), XLSX, tmp_path)
    assert blocks(found) == [
        ("heading", "# Parameters"),
        ("table", "| Name | Default |\n| --- | --- |\n| 007 | 1.10 |\n| NA | x<br>y |"),
        ("heading", "# Counters"),
        ("table", "| pmCount | a\\|b |\n| --- | --- |"),
    ]
    assert [block.place for block in found.blocks if block.kind == "table"] == ["Parameters!A1:B3", "Counters!A1:B1"]


def presentation() -> Any:
    deck = pptx.Presentation()
    for title in ("First", "Second"):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = f"about the {title}\nand more"
    return deck


def saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_a_presentation_has_a_section_a_slide_with_its_number(tmp_path: Path) -> None:
    found = converted(saved(presentation()), PPTX, tmp_path)
    assert [(block.kind, block.page, block.heading) for block in found.blocks] == [
        ("heading", 1, ()),
        ("list", 1, ("First",)),
        ("heading", 2, ()),
        ("list", 2, ("Second",)),
    ]
    assert found.title == "First"


def test_items_tables_boxes_and_notes_of_slides_are_kept(tmp_path: Path) -> None:
    deck = presentation()
    body = deck.slides[0].placeholders[1].text_frame
    inner = body.add_paragraph()
    inner.text, inner.level = "NRCellDU.pMax is 007", 1
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    table = slide.shapes.add_table(3, 3, Inches(1), Inches(1), Inches(5), Inches(2)).table
    for place in range(9):
        table.cell(place // 3, place % 3).text = f"r{place // 3}c{place % 3}|"
    table.cell(0, 0).merge(table.cell(0, 1))
    table.cell(1, 2).merge(table.cell(2, 2))
    table.cell(0, 0).text, table.cell(1, 2).text = "wide", "tall\nof two lines"
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(Inches(1), Inches(4), Inches(5), Inches(1)).text_frame.text = "A box of text"
    slide.notes_slide.notes_text_frame.text = "Say 1.10\nand go on"
    found = blocks(converted(saved(deck), PPTX, tmp_path))
    assert found[1] == ("list", "- about the First\n- and more\n    - NRCellDU.pMax is 007")
    assert found[4:] == [
        ("heading", "# Slide 3"),
        (
            "table",
            "\n".join(
                (
                    "| wide | wide | r0c2\\| |",
                    "| --- | --- | --- |",
                    "| r1c0\\| | r1c1\\| | tall<br>of two lines |",
                    "| r2c0\\| | r2c1\\| | tall<br>of two lines |",
                )
            ),
        ),
        ("paragraph", "A box of text"),
        ("note", "Say 1.10\nand go on"),
    ]


def test_a_damaged_office_document_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as caught:
        converted(b"PK\x03\x04 no document", DOCX, tmp_path)
    assert caught.value.code == "E_OFFICE"


FORMER = {
    "doc": ("docx", "application/msword"),
    "rtf": ("docx", "application/rtf"),
    "odt": ("docx", "application/vnd.oasis.opendocument"),
    "xls": ("xlsx", "application/vnd.ms-excel"),
    "ppt": ("pptx", "application/vnd.ms-powerpoint"),
}
RTF = r"""{\rtf1\ansi The parameters:\par
\trowd\cellx2000\cellx4000\intbl Name\cell Default\cell\row
\trowd\cellx2000\cellx4000\intbl pMax\cell 007\cell\row
\pard End.\par}"""
WANTED = {
    "docx": "| Name | Default |\n| --- | --- |\n| pMax | 007 |",
    "xlsx": "| Name | Default |\n| --- | --- |\n| pMax | 007 |",
    "pptx": "# First\n\n- about the First\n- and more",
}


def of_today(form: str) -> bytes:
    if form == "pptx":
        return saved(presentation())
    rows = [["Name", "Default"], ["pMax", "007"]]
    if form == "xlsx":
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        return saved(book)
    document = docx.Document()
    document.add_paragraph("The parameters of the feature:")
    table = document.add_table(2, 2)
    for place in range(4):
        table.cell(place // 2, place % 2).text = rows[place // 2][place % 2]
    document.add_paragraph("A paragraph that DOC needs behind a table.")
    return saved(document)


@pytest.fixture(scope="module")
def former(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Documents of a former format, written by the office suite itself."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed here")
    folder = tmp_path_factory.mktemp("former")
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"

    def make(form: str) -> Path:
        if form == "rtf":
            written = folder / "by hand.rtf"
            written.write_text(RTF)
            return written
        source = folder / f"{form}.{FORMER[form][0]}"
        source.write_bytes(of_today(FORMER[form][0]))
        command = [program, profile, "--headless", "--convert-to", form, "--outdir", str(folder), str(source)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return source.with_suffix(f".{form}")

    return make


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMER)
def test_a_former_format_is_read_through_the_office_suite(
    form: str, former: Callable[[str], Path], tmp_path: Path
) -> None:
    source = former(form)
    unpacked = unpack.run(Task(Stage.UNPACK, "", source, {}, tmp_path, {}))
    assert isinstance(unpacked, Done)
    assert (unpacked.meta["route"], unpacked.meta["media_type"]) == ("legacy", FORMER[form][1])
    scratch = tmp_path / "scratch"
    found = done(convert.run(Task(Stage.CONVERT, "", source, {}, scratch, {}, unpacked.meta), suite=Suite()))
    assert WANTED[FORMER[form][0]] in found.markdown
    assert found.meta["saved_as"] == FORMER[form][0]
    assert not list(scratch.iterdir())


@pytest.mark.slow
def test_what_the_office_suite_cannot_read_is_unreadable(tmp_path: Path) -> None:
    suite = Suite()
    if not suite.saves("xlsx"):
        pytest.skip("LibreOffice is not installed here")
    source = tmp_path / "source"
    source.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    meta = {"route": "legacy", "media_type": "application/vnd.ms-powerpoint"}
    with pytest.raises(Unreadable) as caught:
        convert.run(Task(Stage.CONVERT, "", source, {}, tmp_path / "scratch", {}, meta), suite=suite)
    assert caught.value.code == "E_OFFICE"


def test_without_an_office_suite_a_former_format_is_refused_with_what_to_do(tmp_path: Path) -> None:
    meta = {"route": "legacy", "media_type": "application/msword"}
    with pytest.raises(Refused) as caught:
        convert.run(Task(Stage.CONVERT, "", tmp_path / "source", {}, tmp_path, {}, meta), suite=Suite("", ""))
    assert caught.value.code == "E_UNSUPPORTED"
    assert caught.value.hint == "save it as DOCX or install LibreOffice"


def test_what_macs_have_of_their_own_writes_text_documents_only() -> None:
    suite = Suite("", "/usr/bin/textutil")
    assert suite.saves("docx")
    assert not suite.saves("xlsx")
