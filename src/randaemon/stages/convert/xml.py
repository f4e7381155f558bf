"""XML: measurement files become a list of their counters, configuration files and models one of their attributes.

The former are of TS 32.435 (`measCollecFile`), or of TS 32.401 (`mdc`), whose short names older nodes still write; for
the others see `configuration` and `classes`. All else is shown as it is, and a small one of these below its list.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO, Final

from randaemon.errors import Refused, Unreadable
from randaemon.model import Converted, Task
from randaemon.stages import encoding
from randaemon.stages.convert.classes import described, describes
from randaemon.stages.convert.configuration import attributes, configures
from randaemon.stages.convert.markdown import Inline, Writer, cell, row, rule
from randaemon.stages.convert.streaming import forget
from randaemon.stages.convert.text import must_fit

_HEADER = ("Counter", "MO class", "Group", "Granularity period")
_SETTINGS = ("MO class", "Parameter")
_TOLD = ("Type", "Range", "Default", "Unit", "Description")
_INFO: Final = ("{*}measInfo", "{*}mi")
_WHOLE_MAX: Final = 32 << 20  # bytes that are held at once
_SHOWN_MAX: Final = 256 << 10  # bytes of a configuration file that is shown too: an example, not a network's dump
_HEAD: Final = 4096
_MODEL_HEAD: Final = 256 << 10  # characters within which a model names a class that only a network has
_OLDER = re.compile(r"<mdc[\s>]")
_INSTRUCTIONS = re.compile(r"\s*+(?:<\?(?:[^?]|\?(?!>))*+\?>\s*+)*+")
_DECLARES = re.compile(rb"<!ENTITY|<!DOCTYPE[^>]*\[")  # and does not only name the DTD of its kind


def convert(task: Task) -> Converted:
    """One XML file, a measurement file of any size; raises Refused E_XML_DTD, E_TOO_LARGE, Unreadable E_XML."""
    if task.source.stat().st_size > _WHOLE_MAX:
        with task.source.open("rb") as file:
            head = file.read(_HEAD)
            start, name = head.decode("ascii", errors="ignore"), str(task.meta.get("encoding", "utf-8"))
            file.seek(0)
            if _measures(start):
                return _measured(file, head, name)
            if configures(start) and not _DECLARES.search(head) and (settings := _settings(file)):
                return settings.finish(settings.first_heading, {"encoding": name})
        must_fit(task)
    text, name = encoding.decode(task.source.read_bytes(), markup=True)
    return convert_text(text, name)


def convert_text(text: str, name: str = "utf-8") -> Converted:
    """A decoded XML text."""
    data = _undeclared(text)
    if _measures(text[:_HEAD]):
        return _measured(io.BytesIO(data), data, name)
    settings = None if _DECLARES.search(data[:_HEAD]) else _lists(text, data)
    writer = settings or Writer()
    if settings is None or len(data) <= _SHOWN_MAX:
        if settings is not None:
            writer.heading(2, Inline("File"))
        writer.code("\n".join(text.splitlines()), "xml")
    return writer.finish(writer.first_heading, {"encoding": name})


def _lists(text: str, data: bytes) -> Writer | None:
    """What a configuration file sets, or a model of classes has; None of any other file."""
    if configures(text[:_HEAD]):
        return _settings(io.BytesIO(data))
    return _model(io.BytesIO(data)) if describes(text[:_MODEL_HEAD]) else None


def _undeclared(text: str) -> bytes:
    """As UTF-8, without what its beginning says of its encoding and looks: some write that in the wrong order."""
    return text[found.end() if (found := _INSTRUCTIONS.match(text)) else 0 :].encode()


def _settings(file: BinaryIO) -> Writer | None:
    """The list of what a configuration file sets; None where it sets nothing or is damaged."""
    from lxml import etree

    try:
        told = list(dict.fromkeys(attributes(file)))
    except etree.XMLSyntaxError:
        return None
    writer = Writer()
    writer.heading(1, Inline("Network configuration file"))
    _list(writer, "Parameters", _SETTINGS, told)
    return writer if told else None


def _model(file: BinaryIO) -> Writer | None:
    """The attributes and the counters of a model's classes; None where it has none or is damaged."""
    from lxml import etree

    try:
        told = list(dict.fromkeys(described(file)))
    except etree.XMLSyntaxError:
        return None
    writer = Writer()
    writer.heading(1, Inline("Managed object model"))
    for title, head, counted in (("Parameters", "Parameter", False), ("Counters", "Counter", True)):
        rows = [
            (each.owner, each.name, each.data_type, each.limits, each.default, each.unit, each.description)
            for each in told
            if each.counted is counted
        ]
        if rows:
            _list(writer, title, ("MO class", head, *_TOLD), rows)
    return writer if told else None


def _list(writer: Writer, title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    writer.heading(2, Inline(title))
    writer.block("table", "\n".join([row(heads), rule(len(heads)), *(row(map(cell, each)) for each in rows)]))


def _measures(head: str) -> bool:
    return "measCollec" in head or "measDataFile" in head or _OLDER.search(head) is not None


def _measured(file: BinaryIO, head: bytes, name: str) -> Converted:
    named = b"<!DOCTYPE mdc" in head
    if _DECLARES.search(head) or (b"<!DOCTYPE" in head and not named):
        raise Refused("a measurement file with a DTD", hint="no RAN node writes these", code="E_XML_DTD")
    writer = Writer()
    writer.heading(1, Inline("Performance measurement file"))
    _list(writer, "Counters", _HEADER, dict.fromkeys(_counters(file)))
    return writer.finish(writer.first_heading, {"encoding": name})


def _counters(file: BinaryIO) -> Iterator[tuple[str, ...]]:
    """Name, MO class, group and granularity of every `measType` (or the older `measTypes` and `mt`)."""
    from lxml import etree

    try:
        for _, element in etree.iterparse(file, tag=_INFO, no_network=True, resolve_entities=False):
            yield from _info(element) if element.tag.endswith("measInfo") else _older(element)
            forget(element)
    except etree.XMLSyntaxError as error:
        raise Unreadable(f"the XML is damaged at line {error.lineno}", code="E_XML") from error


def _info(element: Any) -> Iterator[tuple[str, ...]]:
    group = (element.get("measInfoId") or "").split("PmGroup=")[-1]
    period = element.find("{*}granPeriod")
    duration = period.get("duration") or "" if period is not None else ""
    value = element.find("{*}measValue")
    place = value.get("measObjLdn") or "" if value is not None else ""
    for found in element.iter("{*}measType", "{*}measTypes"):
        for name in (found.text or "").split():
            yield name, _class(place), group, duration


def _older(element: Any) -> Iterator[tuple[str, ...]]:
    """The same of `<mi><mts/><gp>900</gp><mt>pmX</mt><mv><moid>…,Cell=1</moid>…`; its period is in seconds."""
    period = (element.findtext("{*}gp") or "").strip()
    place = (element.findtext("{*}mv/{*}moid") or "").strip()
    for found in element.iterfind("{*}mt"):
        if name := (found.text or "").strip():
            yield name, _class(place), "", f"PT{period}S" if period else ""


def _class(place: str) -> str:
    return place.rsplit(",", 1)[-1].split("=", 1)[0]
