"""The fictional library as files: HTML, CSV lists, PDF, DOCX and TXT in one ZIP, the same bytes at every call."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from randaemon.demo import pages
from randaemon.demo.library import Feature, features

_EPOCH = (2026, 1, 15, 0, 0, 0)
_LIST_ONLY = 6  # features that appear in the lists but have no page of their own


@dataclass(frozen=True, slots=True)
class Library:
    """The truth (`pages`, `listed`) and the files that tell it."""

    described: tuple[Feature, ...]  # have a feature description
    listed: tuple[Feature, ...]  # appear in the lists only
    members: tuple[tuple[str, bytes], ...]  # path in the ZIP, content; in the order they are packed
    damaged: tuple[str, ...]  # members whose stored bytes are broken on purpose


def library(count: int = 8, first: int = 0) -> Library:
    """A library of `count` feature descriptions with lists, a PDF, a DOCX, a note, legal pages and one broken member.

    The last two features come as PDF and as DOCX instead of HTML. `count` must be at least 3.
    """
    described = features(count, first)
    listed = features(_LIST_ONLY, first + count)
    return Library(described, listed, tuple(_members(described, listed)), damaged=("reports/damaged_report.txt",))


def write_zip(target: Path, content: Library) -> Path:
    """Write the library as one ZIP; one member is stored with a checksum that does not match its bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in content.members:
            kind = zipfile.ZIP_STORED if name in content.damaged else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, kind)
    target.write_bytes(_break(buffer.getvalue(), content))
    return target


def _members(described: tuple[Feature, ...], listed: tuple[Feature, ...]) -> Iterable[tuple[str, bytes]]:
    *as_html, as_pdf, as_docx = described
    everything = (*described, *listed)
    for feature in as_html:
        yield f"features/{_file_name(feature)}.html", pages.feature_page(feature).encode()
    yield f"features/{_file_name(as_pdf)}.pdf", feature_pdf(as_pdf)
    yield f"features/{_file_name(as_docx)}.docx", feature_docx(as_docx)
    yield "features/copy_of_first.html", pages.feature_page(as_html[0]).encode()
    yield "mom/" + _mom_name(everything) + ".html", _mom(everything)
    yield "lists/Parameters.csv", _parameter_list(everything)
    yield "lists/Counters.csv", _counter_list(everything)
    yield "lists/Events.csv", _event_list(everything)
    yield "notes/tuning_note.txt", _note(as_html[0])
    yield "legal/legal.html", pages.legal_page().encode()
    yield "reports/damaged_report.txt", b"Quarterly report of the fictional network, damaged in transfer.\n" * 4
    yield "reports/damaged_scan.pdf", feature_pdf(as_pdf)[:600]
    yield "reports/empty.txt", b""


def _break(data: bytes, content: Library) -> bytes:
    """Change one stored byte of every damaged member, so that its checksum no longer matches."""
    broken = bytearray(data)
    for name, member in content.members:
        if name in content.damaged:
            broken[broken.index(member)] ^= 0xFF
    return bytes(broken)


def _file_name(feature: Feature) -> str:
    return feature.document_number.replace("/", "_").replace(" ", "") + "_Uen.A"


def _mom_name(everything: tuple[Feature, ...]) -> str:
    return everything[0].parameters[0].mo


def _mom(everything: tuple[Feature, ...]) -> bytes:
    mo = _mom_name(everything)
    parameters = [each for feature in everything for each in feature.parameters if each.mo == mo]
    counters = [(each.name, each.description) for feature in everything for each in feature.counters if each.mo == mo]
    return pages.mom_page(mo, parameters, counters).encode()


def _parameter_list(everything: tuple[Feature, ...]) -> bytes:
    head = (
        "Model", "MO Class Name", "Parameter Name", "Parameter Description", "Data Type", "Range and Values",
        "Default Value", "Unit", "ReadOnly", "Change Take Effect",
    )  # fmt: skip
    rows = (
        (
            feature.access, each.mo, each.name, f"{each.description}\nUsed by {feature.title}.", each.data_type,
            each.values, each.default, each.unit, "false", each.takes_effect,
        )
        for feature in everything for each in feature.parameters
    )  # fmt: skip
    return _csv(head, rows)


def _counter_list(everything: tuple[Feature, ...]) -> bytes:
    head = ("Managed Function", "MO Class", "Counter", "Counter Type", "Description", "Unit")
    rows = (
        (feature.node_type, each.mo, each.name, each.counter_type, each.description, each.unit)
        for feature in everything
        for each in feature.counters
    )
    return _csv(head, rows)


def _event_list(everything: tuple[Feature, ...]) -> bytes:
    head = ("PmEvent Name", "Event Id", "Event Type", "Event Description and Trigger")
    rows = (
        (each.name, str(1000 + feature.index), "PROCEDURE", each.description)
        for feature in everything
        for each in feature.events
    )
    return _csv(head, rows)


def _csv(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return buffer.getvalue().encode()


def _note(feature: Feature) -> bytes:
    first = feature.parameters[0]
    return (
        f"Tuning note: {feature.title}\n\n"
        f"Start with the default of {first.full_name}, which is {first.default} {first.unit}. "
        f"Watch {feature.counters[0].full_name} and {feature.counters[1].full_name} for one day. "
        f"When fewer than 95 % of the attempts succeed, change {first.name} in small steps.\n"
    ).encode()


# --- PDF and DOCX -------------------------------------------------------------------------------------------------


def feature_lines(feature: Feature) -> list[tuple[str, str]]:
    """The feature description as (kind, text) lines, kind being `title`, `heading` or `text`: for paged formats."""
    lines = [("title", feature.title), ("text", f"Document number {feature.document_number} Uen")]
    lines += [("heading", f"{feature.title} Overview"), ("text", feature.summary)]
    lines += [("text", f"Feature Identity: {feature.identity}"), ("text", f"Licence key: {feature.licence_key}")]
    lines.append(("heading", f"Parameters for {feature.title}"))
    for each in feature.parameters:
        unit = f" Unit: {each.unit}." if each.unit else ""
        lines.append(("text", f"{each.full_name}: {each.description}"))
        lines.append(("text", f"Type: {each.data_type}. Range: {each.values}. Default: {each.default}.{unit}"))
    lines.append(("heading", "Counters"))
    lines += [("text", f"{each.full_name}: {each.description}") for each in feature.counters]
    lines.append(("heading", f"Activate {feature.title}"))
    lines += [("text", f"{number}. {step}") for number, step in enumerate(feature.activation, 1)]
    return lines


def feature_pdf(feature: Feature) -> bytes:
    """One page of PDF, written by hand: a title in 20 points, headings in 14, text in 9."""
    commands, top = [], 800
    sizes = {"title": 20, "heading": 14, "text": 9}
    for kind, text in feature_lines(feature):
        top -= sizes[kind] + (14 if kind == "heading" else 6)
        shown = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        commands.append(f"BT /F1 {sizes[kind]} Tf 50 {top} Td ({shown}) Tj ET")
    stream = "\n".join(commands).encode("latin-1")
    return _pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R"
        b" /Resources << /Font << /F1 4 0 R >> >> >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    )


def _pdf(*objects: bytes) -> bytes:
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def feature_docx(feature: Feature) -> bytes:
    """A Word document with heading styles and a parameter table, packed with a fixed date."""
    import docx  # 0.2 s; only the demo needs it

    document = docx.Document()
    document.add_heading(feature.title, level=0)
    document.add_paragraph(f"Document number {feature.document_number} Uen")
    document.add_heading(f"{feature.title} Overview", level=1)
    document.add_paragraph(feature.summary)
    document.add_paragraph(f"Feature Identity: {feature.identity}")
    document.add_heading(f"Parameters for {feature.title}", level=1)
    head = ("Parameter", "Type", "Description")
    table = document.add_table(rows=1, cols=len(head))
    for cell, text in zip(table.rows[0].cells, head, strict=True):
        cell.text = text
    for each in feature.parameters:
        unit = f" Unit: {each.unit}." if each.unit else ""
        told = f"{each.description} Range: {each.values}. Default: {each.default}.{unit}"
        for cell, text in zip(table.add_row().cells, (each.full_name, each.relation, told), strict=True):
            cell.text = text
    document.add_heading(f"Activate {feature.title}", level=1)
    for step in feature.activation:
        document.add_paragraph(step, style="List Number")
    buffer = io.BytesIO()
    document.save(buffer)
    return _same_dates(buffer.getvalue())


def _same_dates(data: bytes) -> bytes:
    """python-docx stamps the time of writing on every part: pack them again with one date."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, _EPOCH), old.read(name), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
