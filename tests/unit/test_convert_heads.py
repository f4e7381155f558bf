"""Heads of several rows become one, in whichever format they come; what only looks like one stays a row."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pptx
import pytest
from openpyxl.styles import Font

from randaemon.model import Converted, Stage, Task
from randaemon.ran.listing import Kind, layout
from randaemon.stages.convert import html
from randaemon.stages.convert.office import pptx as slides
from randaemon.stages.convert.office import xlsx

LIMITS = "| Name | Limits<br>Lowest | Limits<br>Highest |"


def table_of(page: str) -> list[str]:
    converted = html.convert_text(f"<html><body><p>The cells of this node wait.</p>{page}</body></html>")
    return [line for line in converted.markdown.split("\n") if line.startswith("| ") and "---" not in line]


def sheet(tmp_path: Path, rows: list[list[object]], merged: tuple[str, ...], *, bold: int = 0) -> str:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for box in merged:
        book.active.merge_cells(box)
    for row in book.active.iter_rows(max_row=bold) if bold else ():
        for cell in row:
            cell.font = Font(bold=True)
    book.save(tmp_path / "book")
    found = xlsx.convert(Task(Stage.CONVERT, "", tmp_path / "book", {}, tmp_path, {}))
    assert isinstance(found, Converted)
    return found.markdown


@pytest.mark.parametrize(
    "head",
    [
        "<thead><tr><th rowspan=2>Name<th colspan=2>Limits</tr><tr><th>Lowest</th><th>Highest</th></tr></thead>",
        "<thead><tr><td rowspan=2>Name<td colspan=2>Limits</tr><tr><td>Lowest</td><td>Highest</td></tr></thead>",
        "<tr><th>Name</th><th colspan=2>Limits</th></tr><tr><th><b>Name</b></th><th>Lowest</th><th>Highest</th></tr>",
    ],
)
def test_groups_stand_above_their_names_in_one_head(head: str) -> None:
    rows = "<tr><td>fictionalOffset</td><td>1</td><td>9</td></tr>" * 2
    assert table_of(f"<table>{head}{rows}</table>")[:2] == [LIMITS, "| fictionalOffset | 1 | 9 |"]


@pytest.mark.parametrize(
    ("rows", "first"),
    [
        ("<tr><th>Name</th><th>Text</th></tr><tr><th colspan=2>Introduced</th></tr>", "| Name | Text |"),
        ("<tr><th colspan=2>Attributes</th></tr><tr><th>a</th><th>b</th></tr>", "| Attributes | Attributes |"),
        ("<tr><td>Value</td><td>Value</td></tr><tr><td>low</td><td>high</td></tr>", "| Value | Value |"),
        ("<tr><th>a</th><th>b</th></tr><tr><th>c</th><td>d</td></tr>", "| a | b |"),
        (
            "<tr><td rowspan=3>a<td colspan=2>b</tr><tr><td>c<td>d</tr><tr><td>e<td>f</tr>",
            "| a | b | b |",
        ),
    ],
)
def test_sections_titles_and_rows_are_no_second_head(rows: str, first: str) -> None:
    assert table_of(f"<table>{rows}<tr><td>x</td><td>y</td></tr></table>")[0] == first


def test_groups_of_a_sheet_are_known_by_the_names_below_them_or_by_bold_type(tmp_path: Path) -> None:
    counters: list[list[object]] = [
        ["Definition", None, "Properties", None],
        ["MO class", "Counter name", "Type", "Unit"],
        ["NRCellDU", "pmFictional", "PEG", "ms"],
        ["NRCellDU", "pmFictionalToo", "PEG", "ms"],
    ]
    head = "| Definition<br>MO class | Definition<br>Counter name | Properties<br>Type | Properties<br>Unit |\n| --- |"
    assert head in sheet(tmp_path, counters, ("A1:B1", "C1:D1"))
    limits: list[list[object]] = [["Name", "Limits", None], [None, "Lowest", "Highest"], ["a", 1, 2], ["b", 3, 4]]
    assert LIMITS in sheet(tmp_path, limits, ("A1:A2", "B1:C1"), bold=2)
    assert "| Name | Limits | Limits |\n| --- | --- | --- |\n| Name | Lowest" in sheet(
        tmp_path, limits, ("A1:A2", "B1:C1")
    )


def test_the_last_part_of_a_head_says_what_its_column_holds() -> None:
    form = layout(["Definition<br>MO class", "Definition<br>Counter name", "Properties<br>Unit"])
    assert (form.kind, form.columns["mo"], form.columns["name"], form.columns["unit"]) == (Kind.COUNTERS, 0, 1, 2)
    assert layout(["MO<br>class", "Parameter<br>name"]).kind is Kind.PARAMETERS


def test_a_head_that_goes_on_below_a_group_beside_it_has_two_rows_in_slides_and_cells_without_tags(
    tmp_path: Path,
) -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    grid = slide.shapes.add_table(3, 3, 0, 0, 9_000_000, 900_000).table
    grid.cell(0, 0).merge(grid.cell(1, 0))
    grid.cell(0, 1).merge(grid.cell(0, 2))
    for row, column, text in ((0, 0, "Name"), (0, 1, "Limits"), (1, 1, "Lowest"), (1, 2, "Highest"), (2, 0, "a")):
        grid.cell(row, column).text = text
    deck.save(tmp_path / "deck")
    found = slides.convert(Task(Stage.CONVERT, "", tmp_path / "deck", {}, tmp_path, {}))
    assert LIMITS in found.markdown
    head = "<tr><td rowspan=2>Name<td colspan=2>Limits</tr><tr><td>Lowest<td>Highest</tr>"
    assert table_of(f"<table>{head}<tr><td>a<td>1<td>9</tr></table>")[0] == LIMITS
