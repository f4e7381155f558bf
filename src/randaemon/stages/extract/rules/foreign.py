"""Rule over counters as other tools and vendors write them: `PMRRCCONNESTABATT`, `L.RRC.ConnReq.Att`.

Words in capitals and letters before dots are many things, so they are believed only where the text says that counters
stand or where a formula reckons with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from randaemon.model import Category, Span
from randaemon.ran.feature import Role
from randaemon.ran.listing import Kind, layout
from randaemon.stages.extract.finds import WEAK, Finds, Origin
from randaemon.stages.extract.page import Page
from randaemon.stages.extract.pieces import Piece

#: What is counted of what, as every name of a counter says it: `PMADMINISTRATION` does not.
_COUNTED = re.compile(
    r"ABN|ATT|BEARER|BITRATE|CONN|DISTR|DRB|DTX|ERAB|ESTAB|EXE|FAIL|HARQ|MAC|NACK|NORMREL|PACKET|PDCP|PKT|PRB|PREP|RACH"
    r"|RLC|RRC|SAMP|SUCC|THP|UECAT|VOLDL|VOLUL"
)
#: Each begins with letters of its own; the number of a bin behind is no part of the name.
_CAPITALS = re.compile(
    r"PM(?<![A-Za-z0-9_.=/-]PM)[A-Z0-9]{10,80}+(?![A-Za-z0-9(=]|[.-][A-Za-z0-9]|_(?!\d{1,3}(?![A-Za-z0-9_])))"
)
_LETTERED = tuple(
    re.compile(
        rf"{letter}\.(?<![A-Za-z0-9_./=-]{letter}\.)[A-Z][A-Za-z0-9]{{1,40}}+(?:\.[A-Za-z0-9][A-Za-z0-9_]{{0,60}}+){{1,5}}+"
        r"(?![A-Za-z0-9(=]|-[A-Za-z0-9])"
    )
    for letter in "LN"
)
_SECTIONS = frozenset({Role.COUNTERS, Role.KPIS, Role.PERFORMANCE})
_TABLES = frozenset({Kind.COUNTERS, Kind.KPIS})
_RECKONED = re.compile(r"[+*/(][ `]{0,3}\Z"), re.compile(r"(?:_\d{1,3})?[ `]{0,3}[-+*/]")
_NEAR = 120  # characters within which a sentence says "counter"


def read_foreign(finds: Finds) -> None:
    """Find them; a name that the text prints as counters are called has been found already."""
    if not finds.page.is_ran:
        return
    told = list(_named(finds.page))
    known = {name.rpartition(".")[2].lower() for name in finds.named(Category.COUNTER)} if told else set()
    known |= finds.named(Category.COUNTER) if told else set()
    for span, at in told:
        if span.text not in known and span.text.lower() not in known:
            finds.add(
                Category.COUNTER, span.text, span, Origin("foreign", WEAK, at.heading), _said(finds.page, at, span)
            )


def _named(page: Page) -> Iterator[tuple[Span, Piece]]:
    for pattern in (_CAPITALS, *_LETTERED):
        for found in pattern.finditer(page.markdown):
            at = page.piece_at(found.start())
            if at is None or at.kind in ("heading", "code") or not (pattern in _LETTERED or _COUNTED.search(found[0])):
                continue
            if _is_counted(page, at, found):
                yield page.span(*found.span()), at


def _said(page: Page, at: Piece, name: Span) -> dict[str, Span]:
    """What an item that begins with the name says of it."""
    declared = _DECLARED.match(page.markdown, name.end, at.end) if at.kind == "item" else None
    if declared is None or page.markdown[at.body : name.start].strip("`* "):
        return {}
    told = page.trimmed(declared.end(), at.end)
    return {"description": told} if told else {}


_DECLARED = re.compile(r"(?:_\d{1,3})?[`*]{0,3}(?::| [–—-])[`*]{0,3} ")


def _is_counted(page: Page, at: Piece, found: re.Match[str]) -> bool:
    """True where counters stand: in their sections and tables, in a formula, in a sentence that calls it one."""
    text, (start, end) = page.markdown, found.span()
    if at.role in _SECTIONS or (at.kind == "table" and _lists(page, at)):
        return True
    if _RECKONED[0].search(text, max(at.body, start - 4), start) or _RECKONED[1].match(text, end):
        return True
    return "ounter" in text[max(at.body, start - _NEAR) : min(at.end, end + _NEAR)]


def _lists(page: Page, table: Piece) -> bool:
    head = page.markdown[table.start : min(table.end, table.start + _LONGEST_HEAD)].partition("\n")[0]
    return layout([cell.strip() for cell in head.strip("| ").split("|")]).kind in _TABLES


_LONGEST_HEAD = 1_000  # characters
