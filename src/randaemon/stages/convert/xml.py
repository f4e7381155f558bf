"""XML: measurement files of 3GPP TS 32.435 become a list of their counters, all else is shown as it is."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from randaemon.errors import Refused, Unreadable
from randaemon.model import Converted, Task
from randaemon.stages import encoding
from randaemon.stages.convert.markdown import Inline, Writer, cell, row, rule
from randaemon.stages.convert.text import must_fit

_HEADER = ("Counter", "MO class", "Group", "Granularity period")
_WHOLE_MAX: Final = 32 << 20  # bytes that are held at once
_HEAD: Final = 4096


def convert(task: Task) -> Converted:
    """One XML file, a measurement file of any size; raises Refused E_XML_DTD, E_TOO_LARGE, Unreadable E_XML."""
    if task.source.stat().st_size > _WHOLE_MAX:
        with task.source.open("rb") as file:
            head = file.read(_HEAD)
            if _measures(head.decode("ascii", errors="ignore")):
                file.seek(0)
                return _measured(file, head, str(task.meta.get("encoding", "utf-8")))
        must_fit(task)
    text, name = encoding.decode(task.source.read_bytes(), markup=True)
    return convert_text(text, name)


def convert_text(text: str, name: str = "utf-8") -> Converted:
    """A decoded XML text."""
    if _measures(text[:_HEAD]):
        data = text[text.find("?>") + 2 if text.lstrip().startswith("<?xml") else 0 :].encode()
        return _measured(io.BytesIO(data), data, name)
    writer = Writer()
    writer.code("\n".join(text.splitlines()), "xml")
    return writer.finish(writer.first_heading, {"encoding": name})


def _measures(head: str) -> bool:
    return "measCollec" in head or "measDataFile" in head


def _measured(file: BinaryIO, head: bytes, name: str) -> Converted:
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise Refused("a measurement file with a DTD", hint="no RAN node writes these", code="E_XML_DTD")
    writer = Writer()
    writer.heading(1, Inline("Performance measurement file"))
    lines = [row(_HEADER), rule(len(_HEADER))]
    seen: set[tuple[str, ...]] = set()
    for cells in _counters(file):
        if cells not in seen:
            seen.add(cells)
            lines.append(row(map(cell, cells)))
    writer.heading(2, Inline("Counters"))
    writer.block("table", "\n".join(lines))
    return writer.finish(writer.first_heading, {"encoding": name})


def _counters(file: BinaryIO) -> Iterator[tuple[str, ...]]:
    """Name, MO class, group and granularity of every `measType` (or the older `measTypes`)."""
    from lxml import etree

    try:
        for _, element in etree.iterparse(file, tag="{*}measInfo", no_network=True, resolve_entities=False):
            yield from _info(element)
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise Unreadable(f"the XML is damaged at line {error.lineno}", code="E_XML") from error


def _info(element: Any) -> Iterator[tuple[str, ...]]:
    group = (element.get("measInfoId") or "").split("PmGroup=")[-1]
    period = element.find("{*}granPeriod")
    duration = period.get("duration") or "" if period is not None else ""
    value = element.find("{*}measValue")
    place = value.get("measObjLdn") or "" if value is not None else ""
    mo = place.rsplit(",", 1)[-1].split("=", 1)[0]
    for found in element.iter("{*}measType", "{*}measTypes"):
        for name in (found.text or "").split():
            yield name, mo, group, duration
