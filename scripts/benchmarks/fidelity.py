"""What is kept of documents with known content: table cells under their headings, identifiers, heading trees.

Forty documents, each in five formats, each with a table with spans: 200 tables. A cell counts as kept when the Markdown
has a table with its column's heading, its row's first cell and its value at their crossing.
"""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.rounds import PEER, PRODUCT, arguments, report, side

READERS = {"ours": PRODUCT, "markitdown": PEER, "docling": PRODUCT}
DOCUMENTS = 40
VALUES = [
    "007",
    "1.10",
    "1e5",
    "NA",
    "a|b",
    "0..65535",
    "-20 dBm",
    "TRUE",
    "5 %",
    "null",
    "+3",
    "12:30",
    "1,000",
    "0x1F",
]
HEADS = ["Name", "MO class", "Default", "Range", "Unit"]


@dataclass(frozen=True)
class Document:
    """Headings with their levels, and a table whose second column spans two rows each."""

    headings: list[tuple[int, str]]
    rows: list[list[str]]

    @property
    def cells(self) -> set[tuple[str, str, str]]:
        """Row, column and value of each cell of the body."""
        return {(row[0], head, value) for row in self.rows for head, value in zip(HEADS, row, strict=True)}


def main() -> None:
    """Writes, converts, compares."""
    chosen = arguments(__doc__ or "")
    documents = [_document(number) for number in range(DOCUMENTS)]
    figures: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as place:
        for kind, write in WRITERS.items():
            folder = Path(place) / kind
            folder.mkdir()
            for number, document in enumerate(documents):
                (folder / f"{number:03}.{kind}").write_bytes(write(document))
            for name, python in READERS.items():
                out = Path(place) / f"{kind}-{name}"
                out.mkdir()
                figures[f"{kind}_{name}_seconds"] = [side(python, "fidelity_one", name, folder, out)]
                shares = _compare(documents, [path.read_text() for path in sorted(out.iterdir())], kind)
                figures |= {f"{kind}_{name}_{part}": [100 * share] for part, share in shares.items()}
    ratios = {
        f"{kind}_{part}": figures[f"{kind}_ours_{part}"][0] / 100
        for kind in WRITERS
        for part in ("cells", "identifiers", "headings")
        if f"{kind}_ours_{part}" in figures
    }
    report("fidelity", figures, ratios, only_json=chosen.json)


def _document(number: int) -> Document:
    headings = [
        (1, f"{number + 1} Fictional feature {number}"),
        (2, f"{number + 1}.1 Parameters"),
        (3, "Limits of cells"),
    ]
    rows = []
    for line in range(6):
        owner = f"NRCellDU.part{number}x{line // 2}"
        values = [VALUES[(number + line + place) % len(VALUES)] for place in range(3)]
        rows.append([f"pmFictional.attr_{number}_{line}", owner, *values])
    return Document(headings, rows)


def _compare(documents: list[Document], texts: list[str], kind: str) -> dict[str, float]:
    cells = kept = names = named = trees = 0
    for document, text in zip(documents, texts, strict=True):
        found = set(_cells(text))
        cells += len(document.cells)
        kept += len(document.cells & found)
        plain = text.replace("\\_", "_")
        wanted = {row[0] for row in document.rows} | {row[1] for row in document.rows}
        names += len(wanted)
        named += sum(re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.])", plain) is not None for name in wanted)
        trees += _headings(text) == document.headings
    shares = {"cells": kept / cells, "identifiers": named / names}
    return shares if kind in ("csv", "xlsx") else {**shares, "headings": trees / len(documents)}


def _cells(text: str) -> Iterator[tuple[str, str, str]]:
    head: list[str] = []
    for line in text.split("\n"):
        if not line.startswith("|"):
            head = []
            continue
        cells = [_plain(cell) for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]
        if not head:
            head = cells
        for column, value in zip(head, cells, strict=False):
            yield cells[0], column, value


def _plain(cell: str) -> str:
    return " ".join(cell.replace("\\|", "|").replace("\\_", "_").replace("<br>", " ").replace("&#124;", "|").split())


def _headings(text: str) -> list[tuple[int, str]]:
    found = re.findall(r"^(#{1,6}) +(.*)$", text, re.MULTILINE)
    return [(len(marks), _plain(title)) for marks, title in found]


def _html(document: Document) -> bytes:
    lines = [f"<h{level}>{title}</h{level}><p>Words between.</p>" for level, title in document.headings]
    lines.append("<table><tr>" + "".join(f"<th>{head}</th>" for head in HEADS) + "</tr>")
    for number, row in enumerate(document.rows):
        cells = [f"<td>{row[0]}</td>", f"<td rowspan=2>{row[1]}</td>" if number % 2 == 0 else ""]
        lines.append("<tr>" + "".join(cells) + "".join(f"<td>{value}</td>" for value in row[2:]) + "</tr>")
    return f"<html><body>{''.join(lines)}</table></body></html>".encode()


def _csv(document: Document) -> bytes:
    rows = [HEADS, *document.rows]
    return "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows).encode()


def _docx(document: Document) -> bytes:
    import docx

    made = docx.Document()
    for level, title in document.headings:
        made.add_heading(title.replace(" ", "\t", 1) if title[0].isdigit() else title, level)
        made.add_paragraph("Words between.")
    table = made.add_table(len(document.rows) + 1, len(HEADS))
    for number, row in enumerate([HEADS, *document.rows]):
        for place, text in enumerate(row):
            if place != 1 or number % 2 or number == 0:
                table.cell(number, place).text = text
    for number in range(1, len(document.rows), 2):
        table.cell(number, 1).merge(table.cell(number + 1, 1))
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _xlsx(document: Document) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    for row in [HEADS, *document.rows]:
        book.active.append(row)
    for number in range(2, len(document.rows) + 1, 2):
        book.active.merge_cells(start_row=number, end_row=number + 1, start_column=2, end_column=2)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _pdf(document: Document) -> bytes:
    from reportlab.lib import colors
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

    styles = getSampleStyleSheet()
    parts: list[object] = []
    for level, title in document.headings:
        parts += [Paragraph(title, styles[f"Heading{level}"]), Paragraph("Words between. " * 9, styles["BodyText"])]
    spans = [("SPAN", (1, number), (1, number + 1)) for number in range(1, len(document.rows), 2)]
    parts.append(Table([HEADS, *document.rows], style=[("GRID", (0, 0), (-1, -1), 0.5, colors.black), *spans]))
    out = io.BytesIO()
    SimpleDocTemplate(out).build(parts)
    return out.getvalue()


WRITERS: dict[str, Callable[[Document], bytes]] = {
    "html": _html,
    "csv": _csv,
    "docx": _docx,
    "xlsx": _xlsx,
    "pdf": _pdf,
}


if __name__ == "__main__":
    main()
