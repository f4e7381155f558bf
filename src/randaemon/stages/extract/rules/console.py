"""Rules over console print-outs: `FDN: …` followed by `name: value` lines, attribute menus, `cmedit` commands."""

from __future__ import annotations

import re

from randaemon.model import Span
from randaemon.ran import names
from randaemon.stages.extract.finds import FAIR, Finds, Origin, category_of
from randaemon.stages.extract.page import Page
from randaemon.stages.extract.pieces import Piece

_FDN = re.compile(r"(?:SubNetwork|MeContext|ManagedElement|NetworkElement|[A-Z][A-Za-z]{2,40}Function)=|\bFDN\b")
_DATA = re.compile(r"`{3,}(?:ya?ml|json|xml|python|java|go|c|protobuf)\b")  # no terminal prints these
_LINE = re.compile(
    r"^[ \t>]{0,12}+(?P<name>[a-z][A-Za-z0-9]{2,80}+|[A-Z][A-Za-z0-9]{2,60}Id)"
    r"(?:[ \t]{0,20}+:[ \t]{1,20}+(?P<value>[^\n]{1,400}+))?$",
    re.MULTILINE,
)
_TYPED = re.compile(
    r"(?P<type>[A-Z][A-Z_]{2,24})(?:[ \t]{1,8}+default:[ \t]{1,4}+(?P<default>\S{1,120}+))?[ \t]{0,8}\Z"
)
_DESCRIPTION = re.compile(r"\s{0,8}+DESCRIPTION[ \t]{0,8}+\n[ \t]{0,12}+(?P<text>[^\n]{2,600}+)")


def read_console(finds: Finds, piece: Piece) -> None:
    """Find the attributes that one code block prints, when it shows managed objects at all."""
    page = finds.page
    if _DATA.match(page.markdown, piece.start) or not _FDN.search(page.markdown, piece.start, piece.end):
        return
    origin = Origin("print-out", FAIR, piece.heading)
    for found in _LINE.finditer(page.markdown, piece.start, piece.end):
        name = found["name"]
        if names.has_hump(name) and names.split_name(name)[0] == "":
            category = category_of(name)
            finds.add(category, name, page.span(*found.span("name")), origin, _told(page, found, piece.end))


def read_fdns(finds: Finds) -> None:
    """Find the attributes that follow `FDN : …,NRCellDU=X1A` as `name : value`, wherever it was pasted."""
    text = finds.page.markdown
    for found in _FDN_LINE.finditer(text):
        owner = found["last"]
        managed = names.has_hump(owner) or finds.is_class(owner)  # directories of people have such names too
        at, end = finds.page.piece_at(found.start()) if managed else None, found.end()
        while at is not None and (line := _VALUE_LINE.match(text, end)):
            name = f"{owner}.{line['name']}"
            if names.is_attribute(line["name"]):
                category = category_of(name)
                span = finds.page.span(*line.span("name"))
                finds.add(category, name, span, Origin("print-out", FAIR, at.heading))
            end = line.end()


_FDN_LINE = re.compile(
    r"FDN(?<![A-Za-z0-9]FDN)[ \t]{0,4}:[ \t]{0,4}(?:[A-Z][A-Za-z0-9]{1,80}=[^,\n]{1,200}+,){0,16}+"
    r"(?P<last>[A-Z][A-Za-z0-9]{1,80})=[^,\n]{1,200}+(?=\n)"
)
_VALUE_LINE = re.compile(r"\n[ \t>]{0,12}+(?P<name>[a-z][A-Za-z0-9]{1,80}+)[ \t]{0,20}+:(?=[ \t\n]|\Z)[^\n]*+")


def _told(page: Page, found: re.Match[str], end: int) -> dict[str, Span]:
    """Type, default and description where the print-out gives them; a plain value is no fact about the attribute."""
    typed = _TYPED.match(page.markdown, *found.span("value")) if found["value"] else None
    fields: dict[str, Span] = {}
    if typed is None:
        return fields
    text = _DESCRIPTION.match(page.markdown, found.end(), end)
    if text is None and typed["default"] is None:
        return fields
    fields["type"] = page.span(*typed.span("type"))
    if typed["default"]:
        fields["default"] = page.span(*typed.span("default"))
    if text:
        fields["description"] = page.span(*text.span("text"))
    return fields
