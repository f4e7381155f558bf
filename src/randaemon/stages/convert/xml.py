"""XML: measurement files of 3GPP TS 32.435 become a list of their counters, all else is shown as it is."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from randaemon.errors import Refused, Unreadable
from randaemon.model import Converted, Task
from randaemon.stages import encoding
from randaemon.stages.convert.markdown import Inline, Writer, cell, row, rule

_HEADER = ("Counter", "MO class", "Group", "Granularity period")


def convert(task: Task) -> Converted:
    """One XML file; raises Refused E_XML_DTD, Unreadable E_XML."""
    text, name = encoding.decode(task.source.read_bytes(), markup=True)
    return convert_text(text, name)


def convert_text(text: str, name: str = "utf-8") -> Converted:
    """A decoded XML text."""
    writer = Writer()
    if "measCollec" in text[:4096] or "measDataFile" in text[:4096]:
        _measurements(writer, text)
    else:
        writer.code("\n".join(text.splitlines()), "xml")
    return writer.finish(writer.first_heading, {"encoding": name})


def _measurements(writer: Writer, text: str) -> None:
    writer.heading(1, Inline("Performance measurement file"))
    lines = [row(_HEADER), rule(len(_HEADER))]
    seen: set[tuple[str, ...]] = set()
    for cells in _counters(text):
        if cells not in seen:
            seen.add(cells)
            lines.append(row(map(cell, cells)))
    writer.heading(2, Inline("Counters"))
    writer.block("table", "\n".join(lines))


def _counters(text: str) -> Iterator[tuple[str, ...]]:
    """Name, MO class, group and granularity of every `measType` (or the older `measTypes`)."""
    from lxml import etree

    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Refused("a measurement file with a DTD", hint="no RAN node writes these", code="E_XML_DTD")
    source = io.BytesIO(text[text.find("?>") + 2 if text.lstrip().startswith("<?xml") else 0 :].encode())
    try:
        for _, element in etree.iterparse(source, tag="{*}measInfo", no_network=True, resolve_entities=False):
            yield from _info(element)
            element.clear()
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
