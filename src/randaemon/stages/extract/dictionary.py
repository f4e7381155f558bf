"""Rule over PM dictionaries: YAML with entries `- measType: DRB.UEThpDl`, each described by lines of its own."""

from __future__ import annotations

import re

from randaemon.model import Category, Span
from randaemon.ran import names
from randaemon.stages.extract.finds import CERTAIN, Finds, Origin
from randaemon.stages.extract.pieces import Piece

_ENTRY = re.compile(r"- measType:[ \t]{1,4}+[\"']?(?P<name>[A-Za-z][A-Za-z0-9_.]{1,160}+)")
_LINE = re.compile(r"(meas[A-Z][A-Za-z]{2,24}+):[ \t]{1,4}+(?P<value>[^\s{][^\n]{0,600}+)")
_FIELDS = {
    "measDescription": "description",
    "measCondition": "condition",
    "measResultType": "type",
    "measResultRange": "range",
    "measResultUnits": "unit",
    "measObjClass": "mo",
}


def read_dictionary(finds: Finds, piece: Piece) -> None:
    """Find the counters that a dictionary defines, each with what its entry says."""
    text = finds.page.markdown
    entries = list(_ENTRY.finditer(text, piece.start, piece.end))
    origin = Origin("pm-dictionary", CERTAIN, piece.heading)
    for number, entry in enumerate(entries):
        end = entries[number + 1].start() if number + 1 < len(entries) else piece.end
        if names.is_measurement(entry["name"]) or names.could_be_counter(entry["name"]):
            fields = _fields(finds, entry.end(), end)
            finds.add(Category.COUNTER, entry["name"], finds.page.span(*entry.span("name")), origin, fields)


def _fields(finds: Finds, start: int, end: int) -> dict[str, Span]:
    fields: dict[str, Span] = {}
    for line in _LINE.finditer(finds.page.markdown, start, end):
        field = _FIELDS.get(line[1])
        span = finds.page.trimmed(*_unquoted(finds.page.markdown, *line.span("value"))) if field else None
        if field and span is not None:
            fields.setdefault(field, span)
    return fields


def _unquoted(text: str, start: int, end: int) -> tuple[int, int]:
    quoted = text[start] in "\"'" and end - start > 1 and text[end - 1] == text[start]
    return (start + 1, end - 1) if quoted else (start, end)
