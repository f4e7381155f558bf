"""PDF by type sizes, gaps and ruled tables."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import pytest
from reportlab.lib import colors, pdfencrypt
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import ListFlowable, PageBreak, Paragraph, SimpleDocTemplate, Table

from randaemon.errors import Refused, Unreadable
from randaemon.model import Converted, Stage, Task
from randaemon.stages.convert import pdf

STYLES = getSampleStyleSheet()


def document(*flowables: object, **options: object) -> bytes:
    out = io.BytesIO()

    def edge(canvas: Canvas, doc: SimpleDocTemplate) -> None:
        canvas.drawString(72, A4[1] - 30, "Fictional Vendor Confidential 12/345")
        canvas.drawString(300, 30, f"Page {doc.page} of 4")

    template = SimpleDocTemplate(out, pagesize=A4, **options)
    template.build(list(flowables), onFirstPage=edge, onLaterPages=edge)
    return out.getvalue()


def heading(text: str, level: int = 1) -> Paragraph:
    return Paragraph(text, STYLES[f"Heading{level}"])


def body(text: str) -> Paragraph:
    return Paragraph(text, STYLES["BodyText"])


def ruled(rows: list[list[str]], *spans: tuple[object, ...]) -> Table:
    return Table(rows, style=[("GRID", (0, 0), (-1, -1), 0.5, colors.black), *spans])


def converted(data: bytes, tmp_path: Path) -> Converted:
    source = tmp_path / "source"
    source.write_bytes(data)
    return pdf.convert(Task(Stage.CONVERT, "", source, {}, tmp_path, {}))


def blocks(found: Converted) -> list[tuple[str, str, int | None]]:
    return [(block.kind, found.markdown[block.start : block.end], block.page) for block in found.blocks]


LONG = "The timer decides how long the function waits before it acts on a cell of this node. " * 3


def test_headings_paragraphs_lists_and_tables_of_a_pdf_are_found(tmp_path: Path) -> None:
    items = ListFlowable([body("Lock the cell."), body("Set the attribute.")], bulletType="1", bulletFormat="%s.")
    data = document(
        heading("1 Beam Sweep"),
        body(LONG),
        heading("1.1 Parameters", 2),
        ruled([["Parameter", "Default"], ["NRCellDU.timer", "007"], ["a|b", "two\nlines"]]),
        PageBreak(),
        heading("2 Activation"),
        items,
        PageBreak(),
        body("On page three."),
        PageBreak(),
        body("On page four."),
    )
    assert blocks(converted(data, tmp_path)) == [
        ("heading", "# 1 Beam Sweep", 1),
        ("paragraph", LONG.strip(), 1),
        ("heading", "## 1.1 Parameters", 1),
        ("table", "| Parameter | Default |\n| --- | --- |\n| NRCellDU.timer | 007 |\n| a\\|b | two<br>lines |", 1),
        ("heading", "# 2 Activation", 2),
        ("list", "1. Lock the cell.\n2. Set the attribute.", 2),
        ("paragraph", "On page three.", 3),
        ("paragraph", "On page four.", 4),
    ]


def test_spanned_cells_stand_in_every_place_they_cover(tmp_path: Path) -> None:
    rows = [["Head", "", "C"], ["a", "b", "c"], ["", "d", "e"]]
    table = ruled(rows, ("SPAN", (0, 0), (1, 0)), ("SPAN", (0, 1), (0, 2)))
    found = converted(document(body(LONG), table), tmp_path)
    assert blocks(found)[-1][1].split("\n") == [
        "| Head | Head | C |",
        "| --- | --- | --- |",
        "| a | b | c |",
        "| a | d | e |",
    ]


def test_what_repeats_at_the_edges_of_pages_is_left_out(tmp_path: Path) -> None:
    found = converted(document(*(item for _ in range(4) for item in (body(LONG), PageBreak()))), tmp_path)
    assert "Confidential" not in found.markdown
    assert "Page" not in found.markdown
    assert found.meta["pages"] == 4
    assert found.meta["rung"] == "pdfplumber"


def test_a_sentence_goes_on_behind_a_page_break(tmp_path: Path) -> None:
    found = converted(
        document(body(LONG + "and it then"), PageBreak(), body("waits for more."), PageBreak(), body(LONG)), tmp_path
    )
    assert "and it then waits for more." in found.markdown


def test_pages_that_are_lost_are_told(tmp_path: Path) -> None:
    data = document(body(LONG), PageBreak(), body(LONG))
    lost = data.replace(b"/Count 2", b"/Count 4")
    assert lost != data
    assert converted(lost, tmp_path).meta["partial"] == "2 pages could not be read: 3, 4"


def test_a_pdf_with_a_password_is_refused_as_such(tmp_path: Path) -> None:
    secret = pdfencrypt.StandardEncryption("secret", ownerPassword="owner", canPrint=0)
    with pytest.raises(Refused) as caught:
        converted(document(body(LONG), encrypt=secret), tmp_path)
    assert caught.value.code == "E_ENCRYPTED"


def test_a_scan_is_refused_with_a_word_about_ocr(tmp_path: Path) -> None:
    out = io.BytesIO()
    canvas = Canvas(out)
    for _ in range(3):
        canvas.rect(50, 50, 400, 700, fill=1)
        canvas.showPage()
    canvas.save()
    with pytest.raises(Refused, match="OCR") as caught:
        converted(out.getvalue(), tmp_path)
    assert caught.value.code == "E_NO_TEXT"


def test_a_damaged_pdf_is_unreadable_or_says_what_is_missing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    good = document(heading("1 Title"), body(LONG), PageBreak(), body(LONG))
    ends = set()
    for number in range(0, len(good), len(good) // 40):
        for data in (good[:number], good[:number] + bytes(50) + good[number + 50 :]):
            try:
                ends.add(type(converted(data, tmp_path)))
            except (Refused, Unreadable) as error:
                ends.add(type(error))
    assert ends <= {Converted, Refused, Unreadable}
    assert Unreadable in ends
    assert capfd.readouterr() == ("", "")
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
