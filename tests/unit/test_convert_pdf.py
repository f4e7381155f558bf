"""PDF by type sizes, gaps and ruled tables."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from docling.datamodel.base_models import InputFormat
from docling.document_converter import DocumentConverter, NativePdfFormatOption
from reportlab.lib import colors, pdfencrypt
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import ListFlowable, ListItem, PageBreak, Paragraph, Preformatted, SimpleDocTemplate, Table

from randaemon.errors import Refused, Unreadable
from randaemon.integrations.docling import DoclingModels, parts
from randaemon.integrations.ocr import Ocr
from randaemon.model import Converted, Expand, PdfPart, Stage, Task
from randaemon.stages import convert
from randaemon.stages.convert import pdf
from randaemon.stages.convert.pdf import layout, pdfium, plumber, ranges
from randaemon.stages.convert.pdf.reading import Reading

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
    found = pdf.convert(Task(Stage.CONVERT, "", source, {}, tmp_path, {}))
    assert isinstance(found, Converted)
    return found


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
    assert found.meta["rung"] == "pdfium"


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


def test_a_table_that_pages_cut_is_one_and_its_repeated_head_stands_once(tmp_path: Path) -> None:
    rows = [["Counter", "Unit"], *([f"pmFictional{number}", f"{number}.10"] for number in range(120))]
    table = Table(rows, repeatRows=1, style=[("GRID", (0, 0), (-1, -1), 0.5, colors.black)])
    found = converted(document(body(LONG), table, body(LONG)), tmp_path)
    tables = [block for block in found.blocks if block.kind == "table"]
    assert [(block.page, block.place) for block in tables] == [(1, "pages 1-4")]
    text = found.markdown[tables[0].start : tables[0].end].split("\n")
    assert text[:3] == ["| Counter | Unit |", "| --- | --- |", "| pmFictional0 | 0.10 |"]
    assert len(text) == 122


def test_columns_of_prose_are_read_one_after_the_other(tmp_path: Path) -> None:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.drawString(72, 780, "A line that goes across both of the columns of this page, as titles and leads do here.")
    for number in range(20):
        canvas.drawString(72, 740 - 14 * number, f"left {number:02} of words that fill the column")
        canvas.drawString(310, 740 - 14 * number, f"right {number:02} of words that fill the column")
    canvas.save()
    markdown = converted(out.getvalue(), tmp_path).markdown
    assert markdown.index("goes across") < markdown.index("left 00") < markdown.index("left 19")
    assert markdown.index("left 19") < markdown.index("right 00") < markdown.index("right 19")


def test_pairs_that_stand_in_columns_without_being_prose_are_a_table_without_a_head(tmp_path: Path) -> None:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for number in range(20):
        canvas.drawString(72, 740 - 14 * number, f"Fictional name {number:02}")
        canvas.drawString(310, 740 - 14 * number, f"value {number:02} of it")
    canvas.save()
    lines = converted(out.getvalue(), tmp_path).markdown.split("\n")
    assert lines[:3] == ["|  |  |", "| --- | --- |", "| Fictional name 00 | value 00 of it |"]
    assert lines[21] == "| Fictional name 19 | value 19 of it |"


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_reads_like_any_other(turn: int, tmp_path: Path) -> None:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    width, height = A4
    canvas.setPageRotation(turn)
    canvas.saveState()
    canvas.translate(*{90: (width, 0), 180: (width, height), 270: (0, height)}[turn])
    canvas.rotate({90: 90, 180: 180, 270: 270}[turn])
    for row in range(3):
        for column in range(2):
            canvas.rect(100 + 150 * column, 300 - 20 * row, 150, 20)
            canvas.drawString(105 + 150 * column, 305 - 20 * row, f"cell {row} {column}")
    canvas.drawString(100, 200, "A line of text that stands below the table.")
    canvas.restoreState()
    canvas.save()
    assert blocks(converted(out.getvalue(), tmp_path)) == [
        ("table", "| cell 0 0 | cell 0 1 |\n| --- | --- |\n| cell 1 0 | cell 1 1 |\n| cell 2 0 | cell 2 1 |", 1),
        ("paragraph", "A line of text that stands below the table.", 1),
    ]


def test_tables_are_the_ones_that_pdfplumber_finds(tmp_path: Path) -> None:
    rows = [[f"r{row}c{column}" if (row + column) % 5 else "" for column in range(5)] for row in range(9)]
    spans = [("SPAN", (0, 0), (2, 0)), ("SPAN", (1, 2), (1, 4)), ("SPAN", (3, 5), (4, 6))]
    source = tmp_path / "source"
    source.write_bytes(document(body(LONG), ruled(rows, *spans), body(LONG), ruled([["a", "b"], ["c", "d"]])))
    mine, oracle = pdfium.read(source), plumber.read(source)
    assert mine
    assert oracle
    wanted = [item.rows for page in oracle.pages for item in page.items if isinstance(item, layout.Table)]
    assert [item.rows for page in mine.pages for item in page.items if isinstance(item, layout.Table)] == wanted
    assert len(wanted) == 2


def drawn(*lines: tuple[float, float, str], size: float = 10, face: str = "Helvetica") -> bytes:
    """A page with texts at (left, distance from the top)."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.setFont(face, size)
    for left, top, text in lines:
        canvas.drawString(left, A4[1] - top, text)
    canvas.save()
    return out.getvalue()


def printed(*pages: list[tuple[float, float, str, float]]) -> bytes:
    """Pages with texts at (left, distance from the top) of a size."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for page in pages:
        for left, top, text, size in page:
            canvas.setFont("Helvetica", size)
            canvas.drawString(left, A4[1] - top, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def test_number_revision_and_date_are_read_from_the_edges_that_are_left_out(tmp_path: Path) -> None:
    edge = (72.0, 30.0, "210/1551-HSC 999 6001/1 Uen M | 2018-06-04", 8.0)
    texts = [f"The cell waits for its timer, and after {n} ms it acts on what it has." for n in (10, 20, 30)]
    found = converted(printed(*([edge, (72.0, 200.0, text, 10.0)] for text in texts)), tmp_path)
    assert found.markdown.split("\n\n") == [*texts[:2], f"{texts[2]}\n"]
    assert (found.meta["document_number"], found.meta["revision"], found.meta["date"]) == (
        "210/1551-HSC 999 6001/1 Uen",
        "M",
        "2018-06-04",
    )


def test_the_edges_of_a_single_page_say_its_number_and_stay(tmp_path: Path) -> None:
    text = (72.0, 200.0, "The cell waits for its timer, and after 10 ms it acts on what it has.", 10.0)
    edge = (72.0, 30.0, "21/1553-HSC 999 88 Uen Rev A", 8.0)
    found = converted(printed([edge, text]), tmp_path)
    assert (found.meta["document_number"], found.meta["revision"]) == ("21/1553-HSC 999 88 Uen", "A")
    assert found.markdown.startswith("21/1553-HSC")


def test_a_deep_section_is_one_though_its_title_is_hardly_larger_than_text(tmp_path: Path) -> None:
    lines = [(72.0, 100.0, "4.2.2.1.1 Waiting of cells whose timer is running on", 11.0)]
    lines += [(150.0, 113.0, "while others wait as well", 11.0)]
    lines += [(72.0, 140.0 + 12 * n, f"The timer {n} decides how long the function waits.", 10.0) for n in range(5)]
    lines += [(72.0, 220.0, "4.2.2.1 of this text is no title, for it ends like a sentence.", 11.0)]
    found = converted(printed(lines), tmp_path)
    titles = [text for kind, text, _ in blocks(found) if kind == "heading"]
    assert titles == ["##### 4.2.2.1.1 Waiting of cells whose timer is running on while others wait as well"]


def test_the_deepest_sections_are_told_by_their_numbers_and_the_gap_above_them(tmp_path: Path) -> None:
    lines = [(72.0, 100.0 + 12 * n, f"The timer {n} decides how long the function waits.", 10.0) for n in range(5)]
    lines += [(72.0, 160.0, "4.2.2.2.3.1 of this text follows it without a gap", 10.0)]
    lines += [(72.0, 190.0, "4.2.2.2.3.1 Waiting in one cell", 10.0), (72.0, 220.0, "The cell waits.", 10.0)]
    lines += [(72.0, 250.0, "4.2.2.2.3.2 Waiting in two cells .................. 14", 10.0)]
    found = converted(printed(lines), tmp_path)
    assert [text for kind, text, _ in blocks(found) if kind == "heading"] == ["###### 4.2.2.2.3.1 Waiting in one cell"]


def test_sections_whose_titles_stand_in_a_column_are_no_table(tmp_path: Path) -> None:
    titles = ["4.2.4.2 Waiting of many cells", "4.2.4.2.1 General", "4.2.4.2.2 Waiting of nodes"]
    rows = [
        (72.0 + 90 * part, 130.0 + 24 * n, text, 11.0)
        for n, t in enumerate(titles)
        for part, text in enumerate(t.split(" ", 1))
    ]
    rows.insert(4, (72.0, 166.0, "NOTE:", 10.0))
    rows.insert(5, (162.0, 166.0, "The cells wait together.", 10.0))
    prose = [(72.0, 240.0 + 12 * n, "The timer decides how long the function waits for it.", 10.0) for n in range(9)]
    found = converted(printed(rows + prose), tmp_path)
    assert [text for kind, text, _ in blocks(found) if kind == "heading"] == [
        f"{'#' * (title.partition(' ')[0].count('.') + 1)} {title}" for title in titles
    ]


def test_a_table_without_rules_is_found_by_its_columns(tmp_path: Path) -> None:
    rows = [
        ["Parameter", "MO class", "Default"],
        ["beamTimer", "NRCellDU", "007"],
        ["pMax", "EUtranCellFDD", "-20 dBm"],
        ["qHyst", "NRCellCU", "1.10"],
    ]
    cells = [
        (72 + 130 * place, 120 + 14 * line, text) for line, row in enumerate(rows) for place, text in enumerate(row)
    ]
    before = (72, 90, "The parameters below are those that an operator may set for every cell of the node.")
    after = (72, 200, "Text goes on below the table, across the whole width of the page as before it.")
    assert blocks(converted(drawn(before, *cells, after), tmp_path)) == [
        ("paragraph", before[2], 1),
        (
            "table",
            "\n".join(
                (
                    "| Parameter | MO class | Default |",
                    "| --- | --- | --- |",
                    "| beamTimer | NRCellDU | 007 |",
                    "| pMax | EUtranCellFDD | -20 dBm |",
                    "| qHyst | NRCellCU | 1.10 |",
                )
            ),
            1,
        ),
        ("paragraph", after[2], 1),
    ]


def test_lines_of_a_cell_of_an_unruled_table_stay_in_it(tmp_path: Path) -> None:
    rows = [["Name", "Meaning", "Unit"], ["pmOne", "first line", "ms"], ["pmTwo", "alone", "s"], ["pmThree", "x", "dB"]]
    cells = [
        (72 + 130 * place, 120 + 24 * line, text) for line, row in enumerate(rows) for place, text in enumerate(row)
    ]
    more = (202, 155, "second line")
    found = blocks(converted(drawn(*cells, more), tmp_path))
    assert [text.split("\n")[2] for kind, text, _ in found if kind == "table"] == [
        "| pmOne | first line<br>second line | ms |"
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [["1", "Scope", "4"], ["2", "References", "5"], ["3", "Terms", "7"], ["4", "Overview", "9"]],
        [["-", "Lock the cell."], ["-", "Set the value."], ["-", "Unlock it."], ["-", "Wait."]],
        [["1.", "Lock the cell."], ["2.", "Set the value."], ["3.", "Unlock it."], ["4.", "Wait."]],
    ],
)
def test_contents_and_lists_are_no_tables(rows: list[list[str]], tmp_path: Path) -> None:
    cells = [
        (72 + 100 * place, 120 + 14 * line, text) for line, row in enumerate(rows) for place, text in enumerate(row)
    ]
    text = (72, 300, "A sentence of its own, so that the page holds enough text to be worth it.")
    assert "table" not in [kind for kind, _, _ in blocks(converted(drawn(*cells, text), tmp_path))]


def test_items_are_nested_as_they_are_indented(tmp_path: Path) -> None:
    inner = ListFlowable([ListItem(body("Set pMax to 007.")), ListItem(body("Wait."))], bulletType="bullet", start="•")
    outer = ListFlowable([ListItem([body("Lock."), inner]), ListItem(body("Unlock."))], bulletType="bullet", start="•")
    found = blocks(converted(document(body(LONG), outer), tmp_path))
    assert found[-1][:2] == ("list", "- Lock.\n    - Set pMax to 007.\n    - Wait.\n- Unlock.")


def test_a_line_that_begins_where_items_begin_is_no_more_of_the_one_above(tmp_path: Path) -> None:
    data = drawn(
        (70, 70, f"{LONG[:90]} goes"),
        (70, 100, "• A backup of the node exists."),
        (70, 114, "Steps"),
        (70, 140, "• The tilt of the antenna and what else it takes to get there with all that"),
        (80, 154, "Belongs to it."),
        (70, 180, f"1 Set the value {'of all of the cells ' * 3}now."),
        (70, 192, "2 Unlock the cell."),
    )
    told = [text for _, text, _ in blocks(converted(data, tmp_path))]
    assert "- A backup of the node exists." in told
    assert "Steps" in told
    assert any(text.endswith("with all that Belongs to it.") for text in told)
    assert "2 Unlock the cell." in told


@pytest.mark.parametrize("read", [pdfium.read, plumber.read])
def test_bullets_are_bullets_for_either_reader(read: Callable[[Path], Reading | None], tmp_path: Path) -> None:
    source = tmp_path / "source"
    items = ListFlowable([body("Lock the cell."), body("Unlock it.")], bulletType="bullet", start="•")
    source.write_bytes(document(body(LONG), items))
    reading = read(source)
    assert reading
    lines = [item.text for page in reading.pages for item in page.items if isinstance(item, layout.Line)]
    assert "• Lock the cell." in lines


def test_a_listing_keeps_its_columns_and_empty_lines(tmp_path: Path) -> None:
    code = "def check(cell):\n    if cell.pMax == 1e5:\n        return 'NA'\n\ncmedit get * NRCellDU"
    found = blocks(converted(document(body(LONG), Preformatted(code, STYLES["Code"]), body(LONG)), tmp_path))
    assert found[2] == ("code", f"```\n{code}\n```", 1)
    assert found[3] == ("paragraph", LONG.strip(), 1)


def test_a_text_that_is_typed_as_a_whole_is_no_listing(tmp_path: Path) -> None:
    lines = [(72, 100 + 12 * number, f"Line {number} of a letter that was typed.") for number in range(9)]
    found = blocks(converted(drawn(*lines, face="Courier"), tmp_path))
    assert [kind for kind, _, _ in found] == ["paragraph"]


def test_a_title_whose_letters_are_set_apart_is_read_as_words(tmp_path: Path) -> None:
    at, letters = 72.0, []
    for letter in "Beam Sweep":
        if letter != " ":
            letters.append((at, 60.0, letter))
        at += 16.0 if letter == " " else 14.0
    text = (72, 120, "A sentence of its own, so that the page holds enough text to be worth it.")
    assert "Beam Sweep" in converted(drawn(*letters, text), tmp_path).markdown


def test_lines_that_are_printed_over_each_other_are_two(tmp_path: Path) -> None:
    data = drawn((72, 100, "The first of two lines at one height"), (76, 101, "Another one that lies on top of it"))
    text = converted(data, tmp_path).markdown
    assert "The first of two lines at one height" in text
    assert "Another one that lies on top of it" in text


def test_a_block_over_a_page_break_has_the_page_it_begins_on(tmp_path: Path) -> None:
    items = [body(f"{number}. step {number} of many") for number in range(1, 60)]
    found = converted(document(body(LONG), *items), tmp_path)
    assert [block.page for block in found.blocks if block.kind == "list"][:1] == [1]


def scanned(*pages: str) -> bytes:
    """Pages that are pictures of text."""
    import pypdfium2

    printed = pypdfium2.PdfDocument(document(*(part for text in pages for part in (body(text), PageBreak()))))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for number in range(len(pages)):
        picture = printed[number].render(scale=200 / 72).to_pil()
        canvas.drawInlineImage(picture, 0, 0, *A4)
        canvas.showPage()
    printed.close()
    canvas.save()
    return out.getvalue()


def joined(*files: bytes) -> bytes:
    import pypdfium2

    whole = pypdfium2.PdfDocument.new()
    for data in files:
        part = pypdfium2.PdfDocument(data)
        whole.import_pages(part)
        part.close()
    out = io.BytesIO()
    whole.save(out)
    whole.close()
    return out.getvalue()


def test_pages_that_are_pictures_are_told_where_nobody_can_read_them(tmp_path: Path) -> None:
    found = converted(joined(document(body(LONG)), scanned(LONG)), tmp_path)
    assert found.meta["partial"] == "1 pages are pictures without text: 2"
    assert LONG.strip() in found.markdown


class Reader:
    """Reads every picture as the same two rows."""

    def available(self) -> bool:
        return True

    def page(self, source: Path, number: int) -> list[tuple[str, float, float, float, float]]:
        assert source.exists()
        return [(f"Beam Sweep {number}", 70, 50, 214, 78), ("The timer waits for 007 ms.", 70, 100, 411, 115)]


def test_pages_that_are_pictures_are_read_by_what_is_given(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(joined(document(body(LONG)), scanned(LONG)))
    found = pdf.convert(Task(Stage.CONVERT, "", source, {}, tmp_path, {}), pdf.Extras(ocr=Reader()))
    assert isinstance(found, Converted)
    assert blocks(found)[-2:] == [("heading", "# Beam Sweep 2", 2), ("paragraph", "The timer waits for 007 ms.", 2)]
    assert (found.meta["rung"], found.meta["ocr_pages"], found.meta.get("partial")) == ("pdfium+ocr", "2", None)


@pytest.mark.slow
def test_the_extra_reads_a_scan(tmp_path: Path) -> None:
    ocr = Ocr()
    if not ocr.available():
        pytest.skip("the extra `ocr` is not installed here")
    source = tmp_path / "source"
    source.write_bytes(scanned("The timer decides how long the function waits. Its default is 1.10 and not 007."))
    found = pdf.convert(Task(Stage.CONVERT, "", source, {}, tmp_path, {}), pdf.Extras(ocr=ocr))
    assert isinstance(found, Converted)
    assert "how long the function waits. Its default is 1.10" in found.markdown


def test_a_long_pdf_becomes_ranges_of_pages_that_know_their_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "PAGES_MAX", 4)
    monkeypatch.setattr(ranges, "RANGE", 2)
    source = tmp_path / "source"
    source.write_bytes(
        document(*(part for number in range(5) for part in (body(f"Page {number}. {LONG}"), PageBreak())))
    )
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    outcome = convert.run(Task(Stage.CONVERT, "", source, {}, scratch, {}, {"route": "pdf"}))
    assert isinstance(outcome, Expand)
    assert [child.name for child in outcome.children] == ["pages%201-2.pdf", "pages%203-4.pdf", "pages%205-5.pdf"]
    assert [child.size for child in outcome.children] == [(scratch / str(n)).stat().st_size for n in range(3)]
    meta = {**outcome.children[1].meta, "route": "pdf"}
    part = pdf.convert(Task(Stage.CONVERT, "", scratch / "1", {}, tmp_path, {}, meta))
    assert isinstance(part, Converted)
    said = [(page, text[:7]) for kind, text, page in blocks(part) if kind == "paragraph"]
    assert said == [(3, "Page 2."), (4, "Page 3.")]


def test_a_scan_of_many_pages_becomes_ranges_when_someone_can_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "SCANNED_MAX", 2)
    source = tmp_path / "source"
    source.write_bytes(scanned(LONG, LONG, LONG))
    task = Task(Stage.CONVERT, "", source, {}, tmp_path, {}, {"first_page": 11})
    outcome = pdf.convert(task, pdf.Extras(ocr=Reader()))
    assert isinstance(outcome, Expand)
    assert [(child.meta["first_page"], child.meta["last_page"]) for child in outcome.children] == [(11, 12), (13, 13)]


class Models:
    """Models whose folder is there, and what they read."""

    def __init__(self, read: list[PdfPart] | None) -> None:
        self._read = read

    def available(self, folder: Path) -> bool:
        return folder.name == "models"

    def read(self, source: Path, folder: Path) -> list[PdfPart] | None:
        return self._read if source.exists() and folder else None


PARTS = [
    PdfPart("heading", "1 Beam Sweep", level=1, page=1),
    PdfPart("list", "- outer", level=1, page=1),
    PdfPart("list", "- inner", level=2, page=1),
    PdfPart("table", rows=(("Name", "Default"), ("a|b", "007")), page=2),
]


@pytest.mark.parametrize(
    ("folder", "read", "rung"),
    [("/models", PARTS, "docling"), ("/models", None, "pdfium"), ("", PARTS, "pdfium"), ("/other", PARTS, "pdfium")],
)
def test_the_first_rung_that_reads_all_of_it_is_taken_and_named(
    folder: str, read: list[PdfPart] | None, rung: str, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.write_bytes(document(body(LONG)))
    task = Task(Stage.CONVERT, "", source, {}, tmp_path, {"pdf_models": folder})
    found = pdf.convert(task, pdf.Extras(models=Models(read)))
    assert isinstance(found, Converted)
    assert found.meta["rung"] == rung
    if rung == "docling":
        assert blocks(found) == [
            ("heading", "# 1 Beam Sweep", 1),
            ("list", "- outer\n    - inner", 1),
            ("table", "| Name | Default |\n| --- | --- |\n| a\\|b | 007 |", 2),
        ]


@pytest.mark.slow
def test_what_docling_says_about_a_pdf_becomes_parts(tmp_path: Path) -> None:
    """By its pipeline without models, which gives the same kind of document."""
    source = tmp_path / "source.pdf"
    source.write_bytes(document(body(LONG)))
    assert not DoclingModels().available(tmp_path / "none")
    converter = DocumentConverter(format_options={InputFormat.PDF: NativePdfFormatOption()})
    found = list(parts(converter.convert(source).document))
    assert {part.kind for part in found} == {"paragraph"}
    assert {part.page for part in found} == {1}
    assert "The timer decides" in " ".join(part.text for part in found)
