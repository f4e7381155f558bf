"""What the heads and feet of a Word document's pages say of it, and what its properties do where they say nothing.

Their text is no part of the document: it repeats on every page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from randaemon.ran import imprint as printed
from randaemon.stages.convert.line import Line
from randaemon.stages.convert.office.docx import grid
from randaemon.stages.convert.office.docx.runs import Runs
from randaemon.stages.convert.office.docx.styles import W
from randaemon.stages.convert.office.package import Package, R, Relation

_PROPERTY: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/custom-properties}property"
_PROPERTIES: Final = "docProps/custom.xml"
_KEYS: Final = {
    "docno": "Document number",
    "documentnumber": "Document number",
    "documentno": "Document number",
    "docnumber": "Document number",
    "documentid": "Document number",
    "revision": "Revision",
    "rev": "Revision",
    "docrev": "Revision",
    "date": "Date",
    "docdate": "Date",
}
_PARTS_MAX: Final = 12  # of sections that have their own; the first few say it all


def imprint(package: Package, relations: Mapping[str, Relation], body: Any) -> printed.Imprint:
    """Heads first, feet next, then the properties that fields in both are filled from."""
    rows: list[list[str]] = []
    for name in _parts(relations, body):
        root = package.xml(name)
        if root is not None:
            rows += _rows(root, Runs({}))
            rows.append([""])  # labels do not reach from one part into the next
    rows += _named(package.xml(_PROPERTIES))
    return printed.read(rows)


def _parts(relations: Mapping[str, Relation], body: Any) -> list[str]:
    """The parts that sections refer to, as far as they are there, in the order of the document."""
    kinds = ("headerReference", "footerReference")
    keys = [each.get(f"{R}id", "") for kind in kinds for each in body.iter(f"{W}{kind}")]
    found = (relations[key].target for key in keys if key in relations and not relations[key].external)
    return list(dict.fromkeys(found))[:_PARTS_MAX]


def _rows(container: Any, runs: Runs) -> Iterator[list[str]]:
    """Lines and the rows of tables."""
    for child in container:
        if child.tag == f"{W}p":
            yield from _paragraph(child, runs)
        elif child.tag == f"{W}tbl":
            for row in grid.rows(child):
                yield ["\n".join(line for each in _rows(cell, runs) for line in each) for cell in grid.cells(row)]
        elif child.tag in grid.THROUGH:
            yield from _rows(child, runs)


def _paragraph(element: Any, runs: Runs) -> Iterator[list[str]]:
    line = Line("\n")
    boxes = runs.read(element, line).boxes
    yield from ([text] for text in line.take().text.split("\n") if text)
    for box in boxes:
        yield from _rows(box, runs)


def _named(root: Any) -> Iterator[list[str]]:
    for each in root.iter(_PROPERTY) if root is not None else ():
        label = _KEYS.get("".join(filter(str.isalnum, each.get("name", ""))).lower())
        value = " ".join("".join(each.itertext()).split())
        if label and value:
            yield [f"{label}\n{value}"]
