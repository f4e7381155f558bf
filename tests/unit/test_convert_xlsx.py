"""Workbooks by our own walk: values as printed, merged cells everywhere, far cells at no cost."""

from __future__ import annotations

import io
import re
import time
import tracemalloc
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.comments import Comment
from openpyxl.styles import Font

from randaemon.errors import Refused
from randaemon.model import Converted, Expand, Stage, Task
from randaemon.stages.convert.office import xlsx
from randaemon.stages.convert.office.xlsx.numbers import Format, plain


def converted(book: Any, tmp_path: Path) -> Converted:
    source = tmp_path / "source"
    out = io.BytesIO()
    book.save(out)
    source.write_bytes(out.getvalue())
    found = xlsx.convert(Task(Stage.CONVERT, "", source, {}, tmp_path, {}))
    assert isinstance(found, Converted)
    return found


def sheet_of(*rows: list[object]) -> tuple[Any, Any]:
    book = openpyxl.Workbook()
    for line in rows:
        book.active.append(line)
    return book, book.active


def blocks(found: Converted) -> list[tuple[str, str, str]]:
    return [(block.kind, found.markdown[block.start : block.end], block.place) for block in found.blocks]


@pytest.mark.parametrize(
    ("code", "raw", "printed"),
    [
        ("General", "1.1000000000000001", "1.1"),
        ("000", "7", "007"),
        ("0.00", "1.1", "1.10"),
        ("0.00", "-0.001", "0.00"),
        ("#,##0.0", "1234567.25", "1,234,567.3"),
        ("0.##", "2.5", "2.5"),
        ("#.0", "0.5", ".5"),
        ("0%", "0.075", "8%"),
        ('0.0" dBm"', "-101.5", "-101.5 dBm"),
        ('0\\ "ms";[Red]-0\\ "ms"', "-20", "-20 ms"),
        ("[$€-407] 0.00", "3", "€ 3.00"),
        ("0.00E+00", "100000", "1.00E+05"),
        ("0,", "12500", "13"),
        ('0.0;-0.0;"off"', "0", "off"),
        ("yyyy-mm-dd", "45292", "2024-01-01"),
        ("dd/mm/yy hh:mm", "45292.75", "2024-01-01 18:00"),
        ("h:mm", "0.5", "12:00"),
        ("[h]:mm:ss", "1.5", "36:00:00"),
        ("d-mmm", "59", "1900-02-28"),
        ("@", "5", "5"),
        ("# ?/?", "0.5", "0.5"),
        ("000-000", "123456", "123456"),
        ("0.00", "no number", "no number"),
        ("yyyy", "1e12", "1000000000000"),
    ],
)
def test_numbers_are_printed_as_the_workbook_prints_them(code: str, raw: str, printed: str) -> None:
    assert Format(code).of(raw) == printed


@given(st.floats(-1e300, 1e300))
def test_a_number_without_a_format_loses_nothing_that_a_sheet_would_show(value: float) -> None:
    assert float(plain(repr(value))) == pytest.approx(value, rel=1e-14)


def test_values_of_all_kinds_stay_what_they_are(tmp_path: Path) -> None:
    book, sheet = sheet_of(
        ["Name", "Default", "Since", "On", "Sum"],
        ["007", 1.1, date(2024, 3, 1), True, "=1+1"],
        ["NA", 100000, "a|b\nc", 1e-7, "pmRrc.ConnEstab"],
    )
    sheet["B2"].number_format = "0.00"
    assert blocks(converted(book, tmp_path))[1][1].split("\n") == [
        "| Name | Default | Since | On | Sum |",
        "| --- | --- | --- | --- | --- |",
        "| 007 | 1.10 | 2024-03-01 | TRUE | =1+1 |",
        "| NA | 100000 | a\\|b<br>c | 0.0000001 | pmRrc.ConnEstab |",
    ]


def test_merged_cells_stand_in_every_place_they_cover(tmp_path: Path) -> None:
    book, sheet = sheet_of(
        ["Attribute", "Limits", None, "Unit"],
        [None, "Low", "High", None],
        ["pMax", "0", "5", "dB"],
        [None, "1", "2", "W"],
    )
    for box in ("A1:A2", "B1:C1", "D1:D2", "A3:A4"):
        sheet.merge_cells(box)
    kind, text, place = blocks(converted(book, tmp_path))[1]
    assert (kind, place) == ("table", "Sheet!A1:D4")
    assert text.split("\n") == [
        "| Attribute | Limits | Limits | Unit |",
        "| --- | --- | --- | --- |",
        "| Attribute | Low | High | Unit |",
        "| pMax | 0 | 5 | dB |",
        "| pMax | 1 | 2 | W |",
    ]


def test_titles_tables_and_remarks_of_a_sheet_are_told_apart(tmp_path: Path) -> None:
    book, sheet = sheet_of(
        ["Counters of release 7"], ["Name", "Unit"], ["pmA", "s"], [], ["Another list"], [], ["Event", "Since", "Note"],
        ["E_ONE", "R1", "x"],
    )  # fmt: skip
    sheet.merge_cells("A1:B1")
    sheet["A2"].comment = Comment("Full\nnames", "nobody")
    assert blocks(converted(book, tmp_path))[1:] == [
        ("paragraph", "Counters of release 7", "Sheet!A1"),
        ("table", "| Name | Unit |\n| --- | --- |\n| pmA | s |", "Sheet!A2:B3"),
        ("paragraph", "Another list", "Sheet!A5"),
        ("table", "| Event | Since | Note |\n| --- | --- | --- |\n| E_ONE | R1 | x |", "Sheet!A7:C8"),
        ("list", "- Comment on A2: Full names", "Sheet"),
    ]


def test_a_table_goes_on_behind_an_empty_row_when_its_head_alone_is_bold(tmp_path: Path) -> None:
    book, sheet = sheet_of(["Name", "Unit"], ["pmA", "s"], [], ["pmB", "ms"])
    for place in ("A1", "B1"):
        sheet[place].font = Font(bold=True)
    assert blocks(converted(book, tmp_path))[1] == (
        "table",
        "| Name | Unit |\n| --- | --- |\n| pmA | s |\n| pmB | ms |",
        "Sheet!A1:B4",
    )


def test_tables_side_by_side_are_two_and_an_empty_column_inside_one_is_left_out(tmp_path: Path) -> None:
    book, _ = sheet_of(["A", "B", None, "C", "D"], ["1", "2", None, "3", "4"], ["5", "6"])
    assert [text for kind, text, _ in blocks(converted(book, tmp_path)) if kind == "table"] == [
        "| A | B |\n| --- | --- |\n| 1 | 2 |\n| 5 | 6 |",
        "| C | D |\n| --- | --- |\n| 3 | 4 |",
    ]
    book, _ = sheet_of(["A", None, "C"], ["1", None, "3"])
    assert blocks(converted(book, tmp_path))[1][1] == "| A | C |\n| --- | --- |\n| 1 | 3 |"


def test_a_cell_at_the_far_end_costs_no_time(tmp_path: Path) -> None:
    book, sheet = sheet_of(["Name", "Unit"], ["pmA", "s"])
    sheet["XFD1048576"] = "far"
    sheet.merged_cells.add("D4:XFC1048575")
    before = time.perf_counter()
    found = blocks(converted(book, tmp_path))
    assert time.perf_counter() - before < 5
    assert found[-1] == ("paragraph", "far", "Sheet!XFD1048576")


def test_all_sheets_are_read_and_hidden_ones_are_told(tmp_path: Path) -> None:
    book, _ = sheet_of(["Name", "Unit"], ["pmA", "s"])
    book.create_sheet("Secret").append(["a", "b"])
    book["Secret"].sheet_state = "hidden"
    book.create_sheet("Empty")
    found = converted(book, tmp_path)
    assert [text for kind, text, _ in blocks(found) if kind == "heading"] == ["# Sheet", "# Secret"]
    assert found.meta["hidden_sheets"] == 1


def test_a_large_sheet_becomes_lists_that_hold_all_rows_under_its_head(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx.large, "WHOLE_MAX", 1_000)
    monkeypatch.setattr(xlsx.large, "PART", 60)
    book, sheet = sheet_of(["Name", "Default", "Text"], *([f"pm{number}", "007", "a,b"] for number in range(20)))
    sheet["B3"], sheet["B3"].number_format = 7, "000"
    book.create_sheet("Other").append(["alone"])
    source, scratch = tmp_path / "source", tmp_path / "scratch"
    book.save(source)
    scratch.mkdir()
    outcome = xlsx.convert(Task(Stage.CONVERT, "", source, {}, scratch, {}))
    assert isinstance(outcome, Expand)
    assert outcome.children[0].name == "Sheet%20rows%202-6.csv"
    assert outcome.children[0].meta == {"sheet": "Sheet", "rows_from": 2, "rows_to": 6}
    parts = [(scratch / str(child.index)).read_text().splitlines() for child in outcome.children]
    assert {lines[0] for lines in parts} == {"Name,Default,Text"}
    assert [line for lines in parts for line in lines[1:]] == [f'pm{number},007,"a,b"' for number in range(20)]


def test_a_large_sheet_takes_little_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx.large, "WHOLE_MAX", 256 << 10)
    monkeypatch.setattr(xlsx.large, "PART", 64 << 10)
    cells = "".join(f'<c t="inlineStr"><is><t>pmFictional{column}</t></is></c>' for column in range(20))
    source, scratch = tmp_path / "source", tmp_path / "scratch"
    scratch.mkdir()
    book, _ = sheet_of(["a", "b"])
    book.save(tmp_path / "small")
    with zipfile.ZipFile(tmp_path / "small") as small, zipfile.ZipFile(source, "w", zipfile.ZIP_DEFLATED) as out:
        for entry in small.infolist():
            data = small.read(entry)
            if entry.filename == "xl/worksheets/sheet1.xml":
                first, last = data.split(b"</row>")
                data = first + b"</row>" + f"<row>{cells}</row>".encode() * 1_200 + last
            out.writestr(entry.filename, data)
    tracemalloc.start()
    outcome = xlsx.convert(Task(Stage.CONVERT, "", source, {}, scratch, {}))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(outcome, Expand)
    assert len(outcome.children) > 2
    assert peak < 2 << 20  # of Python's own; the tree's memory is lxml's, and is freed row by row


def with_shared_strings(path: Path, *texts: str) -> None:
    """As Excel writes them; openpyxl puts texts into their cells."""
    book, _ = sheet_of(["a"])
    book.save(path.with_name("inline"))
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    rows = "".join(f'<row><c t="s"><v>{n}</v></c><c><v>{n}</v></c></row>' for n in range(len(texts)))
    changed = {
        "xl/worksheets/sheet1.xml": ("<sheetData>.*</sheetData>", f"<sheetData>{rows}</sheetData>"),
        "xl/_rels/workbook.xml.rels": (
            "</Rel",
            f'<Relationship Id="s" Type="{kind}" Target="sharedStrings.xml"/></Rel',
        ),
    }
    with zipfile.ZipFile(path.with_name("inline")) as inline, zipfile.ZipFile(path, "w") as out:
        for name in inline.namelist():
            old, new = changed.get(name, ("", ""))
            out.writestr(name, re.sub(old, new, inline.read(name).decode(), count=1) if old else inline.read(name))
        strings = "".join(f"<si><r><t>{text}</t></r></si>" for text in texts)
        out.writestr("xl/sharedStrings.xml", f'<sst xmlns="{main}">{strings}</sst>')


def test_shared_strings_are_read_one_by_one_where_there_are_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source"
    with_shared_strings(source, "Name", *(f"fictionalValue{n}" for n in range(1, 300)))
    task = Task(Stage.CONVERT, "", source, {}, tmp_path, {})
    whole = xlsx.convert(task)
    assert isinstance(whole, Converted)
    assert "| fictionalValue299 | 299 |" in whole.markdown
    monkeypatch.setattr(xlsx.cells, "_STREAMED", 1_000)
    assert xlsx.convert(task) == whole
    monkeypatch.setattr(xlsx.cells, "_STRINGS_MAX", 2_000)
    with pytest.raises(Refused) as caught:
        xlsx.convert(task)
    assert (caught.value.code, caught.value.hint) == ("E_TOO_LARGE", "save its sheets as CSV")


def test_large_sheets_of_strict_workbooks_and_many_that_are_large_together_become_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, _ = sheet_of(["Name", "Default"], *([f"fictionalValue{n}", "007"] for n in range(50)))
    for number in range(4):
        book.copy_worksheet(book.active).title = f"Copy {number}"
    book.save(tmp_path / "common")
    source, scratch = tmp_path / "source", tmp_path / "scratch"
    scratch.mkdir()
    with zipfile.ZipFile(tmp_path / "common") as common, zipfile.ZipFile(source, "w") as out:
        for entry in common.infolist():
            data = common.read(entry)
            strict = data.replace(
                b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                b"http://purl.oclc.org/ooxml/spreadsheetml/main",
            )
            out.writestr(entry.filename, strict if entry.filename.startswith("xl/") else data)
        sizes = [entry.file_size for entry in common.infolist() if "sheet" in entry.filename]
    monkeypatch.setattr(xlsx.large, "WHOLE_MAX", max(sizes) + 100)
    outcome = xlsx.convert(Task(Stage.CONVERT, "", source, {}, scratch, {}))
    assert isinstance(outcome, Expand)
    assert len(outcome.children) == 5
    assert (scratch / "4").read_text().splitlines()[50] == "fictionalValue49,007"


def test_two_lines_of_words_above_a_table_are_text_and_two_names_are_a_list(tmp_path: Path) -> None:
    book, _ = sheet_of(["Parameter list NR"], ["Export of 2026"], [], ["Name", "Default"], ["wait", 1], ["act", 2])
    book.create_sheet("Names").append(["Counter"])
    book["Names"].append(["pmFictional"])
    assert [(kind, text.split("\n")[0]) for kind, text, _ in blocks(converted(book, tmp_path))] == [
        ("heading", "# Sheet"),
        ("paragraph", "Parameter list NR"),
        ("paragraph", "Export of 2026"),
        ("table", "| Name | Default |"),
        ("heading", "# Names"),
        ("table", "| Counter |"),
    ]
