"""Documents whose content is known, and writers of them in six formats: what `bench fidelity` measures by."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

LINES = "LOCKED\nUNLOCKED"  # a cell of two lines
VALUES = [
    *("007", "1.10", "1e5", "NA", "a|b", "0..65535", "-20 dBm", "TRUE", "5 %", "null", "+3", "12:30", "1,000", "0x1F"),
    *("1.0E-3", "00:00", "2.50 ms", "-0", "N/A"),
]
HEADS = ["Name", "MO class", "Default", "Range", "Unit"]
ALIKE = 4  # the row whose default and range are one cell


@dataclass(frozen=True)
class Document:
    """Headings with their levels, a paragraph under each, a nested list, a listing, and a table with spans.

    The second column of the table spans two rows each, and in one row a value spans two columns.
    """

    headings: list[tuple[int, str]]
    facts: list[str]  # numbers, units and names that a paragraph holds, one each
    items: list[tuple[int, str]]  # of the nested list, with their depth
    code: list[str]
    rows: list[list[str]]

    @property
    def cells(self) -> set[tuple[str, str, str]]:
        """Row, column and value of each cell of the body."""
        return {
            (row[0], head, " ".join(value.split())) for row in self.rows for head, value in zip(HEADS, row, strict=True)
        }

    @property
    def names(self) -> set[str]:
        """Identifiers in the table."""
        return {row[0] for row in self.rows} | {row[1] for row in self.rows}

    @property
    def paragraphs(self) -> list[tuple[str, str, str]]:
        """One under each heading, in three parts: the middle one is in bold type, and may be a part of a word."""
        return [
            (f"In this section it is {fact[:half]}", fact[half:], " as it was set for all cells.")
            for fact in self.facts
            for half in [_half(fact)]
        ]


def document(number: int) -> Document:
    """The document of a number, always the same."""
    chapter = number + 1
    headings = [
        (1, f"{chapter} Fictional feature {number}"),
        (2, f"{chapter}.1 Parameters"),
        (3, "Limits of cells"),
        (2, f"{chapter}.2 Activation"),
        (3, "Steps and checks"),
    ]
    facts = [
        f"NRCellDU.gain_{number}",
        *(VALUES[(number + place) % len(VALUES)] for place in (0, 5, 11)),
        f"{number}.10 µs",
    ]
    items = [
        (0, f"Lock NRCellDU.part_{number} first"),
        (1, f"Set EUtranCellFDD.pMax_{number} to 007"),
        (2, f"Wait 1.10 ms for INTERNAL_PROC_{number}"),
        (2, "Read the alarm log"),
        (1, "Set the unit to -20 dBm"),
        (0, f"Unlock NRCellDU.part_{number} again"),
    ]
    code = [
        f"cmedit set * NRCellDU.pMax_{number}=007",
        f"def check_{number}(cell):",
        "    if cell.pMax == 1e5:",
        "        return 'NA'",
        "    return 1.10",
    ]
    rows = []
    for line in range(6):
        owner = f"NRCellDU.part{number}x{line // 2}"
        values = [VALUES[(number + line + place) % len(VALUES)] for place in range(3)]
        if line == ALIKE:
            values[1] = values[0]
        elif line == 1:
            values[1] = LINES
        rows.append([f"pmFictional.attr_{number}_{line}", owner, *values])
    return Document(headings, facts, items, code, rows)


def _half(fact: str) -> int:
    """Names are printed in two types, as authors do: what stands behind the dot is bold."""
    return fact.find(".") + 1 if fact[0].isalpha() else 0


def _html(document: Document) -> bytes:
    lines = []
    for place, ((level, title), text) in enumerate(zip(document.headings, document.paragraphs, strict=True)):
        lines.append(f"<h{level}>{title}</h{level}><p>{_bold(text)}</p>")
        if place == 2:
            lines.append(_html_table(document))
    lines.append(_html_list(document.items))
    lines.append(f"<pre>{escape(chr(10).join(document.code))}</pre>")
    return f"<html><head><meta charset='utf-8'></head><body>{''.join(lines)}</body></html>".encode()


def _bold(text: tuple[str, str, str]) -> str:
    return f"{escape(text[0])}<b>{escape(text[1])}</b>{escape(text[2])}"


def _html_list(items: list[tuple[int, str]]) -> str:
    text, depth = "", -1
    for level, words in items:
        if level > depth:
            text += "<ul>"
        else:
            text += "</li>" + "</ul></li>" * (depth - level)
        text += f"<li>{words}"
        depth = level
    return text + "</li></ul>" * (depth + 1)


def _html_table(document: Document) -> str:
    lines = ["<table><tr>" + "".join(f"<th>{head}</th>" for head in HEADS) + "</tr>"]
    for number, cells in enumerate(document.rows):
        row = [cell.replace("\n", "<br>") for cell in cells]
        owner = f"<td rowspan=2>{row[1]}</td>" if number % 2 == 0 else ""
        if number == ALIKE:
            values = f"<td colspan=2>{row[2]}</td><td>{row[4]}</td>"
        else:
            values = "".join(f"<td>{value}</td>" for value in row[2:])
        lines.append(f"<tr><td>{row[0]}</td>{owner}{values}</tr>")
    return "".join(lines) + "</table>"


def _markdown(document: Document) -> bytes:
    lines = []
    for place, ((level, title), text) in enumerate(zip(document.headings, document.paragraphs, strict=True)):
        lines += ["#" * level + " " + title, "", "".join(text), ""]
        if place == 2:
            rows = [HEADS, ["---"] * len(HEADS), *document.rows]
            lines += [
                "| " + " | ".join(cell.replace("|", "\\|").replace("\n", "<br>") for cell in row) + " |" for row in rows
            ]
            lines.append("")
    lines += ["    " * depth + f"- {words}" for depth, words in document.items]
    return "\n".join([*lines, "", "```", *document.code, "```", ""]).encode()


def _csv(document: Document) -> bytes:
    return "\n".join(",".join(f'"{cell}"' for cell in row) for row in [HEADS, *document.rows]).encode()


def _docx(document: Document) -> bytes:
    import docx

    made = docx.Document()
    for place, ((level, title), text) in enumerate(zip(document.headings, document.paragraphs, strict=True)):
        made.add_heading(title.replace(" ", "\t", 1) if title[0].isdigit() else title, level)
        paragraph = made.add_paragraph(text[0])
        paragraph.add_run(text[1]).bold = True
        paragraph.add_run(text[2])
        if place == 2:
            _docx_table(made, document)
    for depth, words in document.items:
        made.add_paragraph(words, style="List Bullet" + (f" {depth + 1}" if depth else ""))
    style = made.styles.add_style("HTML Preformatted", 1)
    for line in document.code:
        made.add_paragraph(line, style=style)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _docx_table(made: Any, document: Document) -> None:
    table = made.add_table(len(document.rows) + 1, len(HEADS))
    for number, row in enumerate([HEADS, *document.rows]):
        for place, text in enumerate(row):
            covered = (place == 1 and number and number % 2 == 0) or (place == 3 and number == ALIKE + 1)
            if not covered:
                table.cell(number, place).text = text
    for number in range(1, len(document.rows), 2):
        table.cell(number, 1).merge(table.cell(number + 1, 1))
    table.cell(ALIKE + 1, 2).merge(table.cell(ALIKE + 1, 3))


def _xlsx(document: Document) -> bytes:
    """A sheet with the table and one with text, named by the first headings."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = sheet_names(document)[0]
    for row in [HEADS, *document.rows]:
        sheet.append(row)
    for number in range(2, len(document.rows) + 1, 2):
        sheet.merge_cells(start_row=number, end_row=number + 1, start_column=2, end_column=2)
    sheet.merge_cells(start_row=ALIKE + 2, end_row=ALIKE + 2, start_column=3, end_column=4)
    other = book.create_sheet(sheet_names(document)[1])
    for name, text in zip(document.names, document.paragraphs, strict=False):
        other.append([name, "".join(text)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sheet_names(document: Document) -> list[str]:
    """What the sheets of the workbook are called."""
    return [title for _, title in document.headings[:2]]


def _pdf(document: Document) -> bytes:
    """Every second table is ruled, the others have aligned columns and nothing drawn."""
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, Preformatted, SimpleDocTemplate

    styles = getSampleStyleSheet()
    parts: list[object] = []
    for place, ((level, title), text) in enumerate(zip(document.headings, document.paragraphs, strict=True)):
        parts += [Paragraph(title, styles[f"Heading{level}"]), Paragraph(_bold(text), styles["BodyText"])]
        if place == 2:
            parts.append(_pdf_table(document))
    parts.append(_pdf_list(document.items, styles["BodyText"]))
    parts.append(Preformatted("\n".join(document.code), styles["Code"]))
    out = io.BytesIO()
    SimpleDocTemplate(out).build(parts)
    return out.getvalue()


def _pdf_table(document: Document) -> object:
    from reportlab.lib import colors
    from reportlab.platypus import Table

    if document.headings[0][1].endswith(tuple("02468")):
        spans = [("SPAN", (1, number), (1, number + 1)) for number in range(1, len(document.rows), 2)]
        spans.append(("SPAN", (2, ALIKE + 1), (3, ALIKE + 1)))
        return Table([HEADS, *document.rows], style=[("GRID", (0, 0), (-1, -1), 0.5, colors.black), *spans])
    return Table([HEADS, *document.rows])


def _pdf_list(items: list[tuple[int, str]], style: Any) -> object:
    from reportlab.platypus import ListFlowable, ListItem, Paragraph

    def nested(depth: int) -> Any:
        parts: list[object] = []
        while waiting and waiting[0][0] == depth:
            inside: list[object] = [Paragraph(waiting.pop(0)[1], style)]
            if waiting and waiting[0][0] > depth:
                inside.append(nested(depth + 1))
            parts.append(ListItem(inside))
        return ListFlowable(parts, bulletType="bullet", start="•")

    waiting = list(items)
    return nested(0)


WRITERS: dict[str, Callable[[Document], bytes]] = {
    "html": _html,
    "csv": _csv,
    "docx": _docx,
    "xlsx": _xlsx,
    "md": _markdown,
    "pdf": _pdf,
}
