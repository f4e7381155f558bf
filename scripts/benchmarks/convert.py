"""Conversion against markitdown, docling and pdfplumber on the same files: MB/s, memory, growth, two workers."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.rounds import PEER, PRODUCT, alternate, arguments, ratio, report, side
from benchmarks.sides.convert_share import ROUNDS

from randaemon.demo.files import library
from randaemon.demo.pages import feature_page

MODULE = "convert_one"
PYTHON = {"ours": PRODUCT, "docling": PRODUCT, "pdfplumber": PRODUCT, "markitdown": PEER}
SIDES = {
    "html": ("ours", "markitdown", "docling"),
    "csv": ("ours", "markitdown"),
    "docx": ("ours", "markitdown", "docling"),
    "xlsx": ("ours", "markitdown"),
    "pdf": ("ours", "pdfplumber"),
}
PAGES = 40
WORKED = 500  # pages for the comparison of one worker with two


def main() -> None:
    """All formats, then growth and workers."""
    chosen = arguments(__doc__ or "")
    with tempfile.TemporaryDirectory() as place:
        folders = _files(Path(place))
        sides: dict[str, Callable[[], float]] = {
            f"{kind}_{name}": partial(side, PYTHON[name], MODULE, name, folders[kind], "speed")
            for kind, names in SIDES.items()
            for name in names
        }
        for name in ("ours", "docling"):
            sides[f"memory_{name}"] = partial(side, PYTHON[name], MODULE, name, folders["docx"], "memory")
        used: dict[int, list[float]] = {1: [], 2: []}
        sides |= {f"workers_{count}": partial(_workers, folders["library"], count, used[count]) for count in (1, 2)}
        sides |= {f"growth_{times}x": partial(_seconds, folders[f"growth{times}"]) for times in (1, 10, 100)}
        figures = alternate(sides, chosen.rounds)
        for kind in SIDES:
            files = list(folders[kind].iterdir())
            mean = sum(file.stat().st_size for file in files) / len(files) / 1e6
            figures[f"{kind}_ours_a_minute"] = [60 * speed / mean for speed in figures[f"{kind}_ours"]]
    ratios = {
        f"{kind}_vs_{name}": ratio(figures[f"{kind}_ours"], figures[f"{kind}_{name}"])
        for kind, names in SIDES.items()
        for name in names[1:]
    }
    ratios["two_workers"] = ratio(figures["workers_2"], figures["workers_1"])
    # Of processor time, which other work on the machine does not take part in: 1 says that nothing is lost.
    ratios["two_workers_processor"] = ratio(used[1], used[2])
    ratios["memory_vs_docling"] = ratio(figures["memory_ours"], figures["memory_docling"])
    ratios |= {f"growth_{times}x": ratio(figures[f"growth_{times}x"], figures["growth_1x"]) for times in (10, 100)}
    report("convert", figures, ratios, only_json=chosen.json)


def _files(place: Path) -> dict[str, Path]:
    folders = {name: place / name for name in (*SIDES, "library", "growth1", "growth10", "growth100")}
    for folder in folders.values():
        folder.mkdir()
    pages = [feature_page(feature) for feature in library(count=PAGES, first=0).described]
    for number, page in enumerate(pages):
        (folders["html"] / f"{number}.html").write_text(page)
    for number in range(WORKED):
        (folders["library"] / f"{number:03}.html").write_text(pages[number % len(pages)])
    body = "".join(page[page.index("<body") : page.index("</body>")] + "</body>" for page in pages)
    inner = body.replace("<body>", "").replace("</body>", "")
    for times in (1, 10, 100):
        (folders[f"growth{times}"] / "a.html").write_text(f"<html><body>{inner * times}</body></html>")
    (folders["csv"] / "a.csv").write_text("\n".join(",".join(row) for row in _rows(20_000)))
    (folders["docx"] / "a.docx").write_bytes(_docx())
    (folders["xlsx"] / "a.xlsx").write_bytes(_xlsx())
    (folders["pdf"] / "a.pdf").write_bytes(_pdf())
    return folders


def _rows(count: int) -> list[list[str]]:
    head = ["Name", "MO", "Type", "Range", "Default", "Unit", "Description"]
    text = "The number of times that the event occurred in the cell"
    return [
        head,
        *([f"pmFictional{n}", "NRCellDU", "Integer", f"0..{n}", f"00{n % 10}", "ms", text] for n in range(count)),
    ]


def _docx() -> bytes:
    import docx

    document = docx.Document()
    for section in range(40):
        document.add_heading(f"{section + 1}\tSection", 1)
        for _ in range(6):
            document.add_paragraph("The timer decides how long the function waits before it acts on a cell. " * 4)
        table = document.add_table(8, 4)
        for number, cells in enumerate(_rows(7)):
            for place in range(4):
                table.cell(number, place).text = cells[place]
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _xlsx() -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    for cells in _rows(3_000):
        book.active.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _pdf() -> bytes:
    """Twenty pages of text and as many with a ruled table."""
    from reportlab.lib import colors
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Table

    style = getSampleStyleSheet()["BodyText"]
    parts: list[object] = []
    for _ in range(20):
        parts += [Paragraph("The timer decides how long the function waits for a cell. " * 5, style) for _ in range(10)]
        parts.append(PageBreak())
        parts.append(Table([row[:5] for row in _rows(30)], style=[("GRID", (0, 0), (-1, -1), 0.5, colors.black)]))
        parts.append(PageBreak())
    out = io.BytesIO()
    SimpleDocTemplate(out).build(parts)
    return out.getvalue()


def _workers(folder: Path, count: int, used: list[float]) -> float:
    """Pages a minute with so many processes at once, each over its share; the processor time of all goes to `used`."""
    before = os.times()
    command = [str(PRODUCT), "-P", "-m", "benchmarks.sides.convert_share", str(folder), str(count)]
    began = time.perf_counter()
    running = [subprocess.Popen([*command, str(number)]) for number in range(count)]
    if any(process.wait() for process in running):
        sys.exit("a worker of the benchmark failed")
    after = os.times()
    used.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return WORKED * ROUNDS / (time.perf_counter() - began) * 60


def _seconds(folder: Path) -> float:
    size = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
    return size / side(PRODUCT, MODULE, "ours", folder, "speed")


if __name__ == "__main__":
    main()
