"""Rule over measurements as specifications define them: a) what is measured, b) how, … e) its name, f) its class.

The form proves the name, whatever family it begins with.
"""

from __future__ import annotations

import re

from randaemon.model import Category, Span
from randaemon.ran import mentions, names
from randaemon.stages.extract.finds import WEAK, Finds, Origin
from randaemon.stages.extract.page import Cell, Page
from randaemon.stages.extract.pieces import Piece
from randaemon.stages.extract.rules.mentions import QUANTITY

_GAP = r"[ \t|]{1,12}+"
_NAMED = re.compile(rf"e\)(?<=[\n| \t]e\)){_GAP}")
_CLASS = re.compile(rf"[\n|][ \t]{{0,24}}f\){_GAP}(?P<owner>[A-Z][A-Za-z0-9]{{2,80}}+)(?P<more>,)?")
_MEASURED = re.compile(rf"[\n|][ \t]{{0,24}}a\){_GAP}(?P<text>[^\n|]{{3,2000}})")
_METHOD = re.compile(rf"[\n|][ \t]{{0,24}}b\){_GAP}(?P<text>[A-Z][^\n|.]{{1,40}})")
_LONGEST = 600  # characters between a name and its class
_FURTHEST = 4000  # characters between what is measured and its name


def read_measurements(finds: Finds) -> None:
    """Find the names under e) that a class under f) follows, with what a) and b) say of them."""
    text = finds.page.markdown
    if ")" not in text or "e)" not in text or "f)" not in text:  # a letter alone is looked for far faster than two
        return
    before = 0
    for found in _NAMED.finditer(text):
        owner = _CLASS.search(text, found.end(), found.end() + _LONGEST)
        at = finds.page.piece_at(found.start()) if owner else None
        if owner is None or at is None or not names.could_be_class(owner["owner"]):
            continue
        start = max(before, found.start() - _FURTHEST)
        fields = _said(finds.page, start, found.start())
        if not owner["more"]:
            fields["mo"] = finds.page.span(*owner.span("owner"))
        _keep(finds, at, (found.end(), owner.start()), fields)
        before = owner.end()


def _said(page: Page, start: int, end: int) -> dict[str, Span]:
    """Description and method, of the last a) and b) before a name."""
    told: dict[str, Span] = {}
    for field, pattern in (("description", _MEASURED), ("type", _METHOD)):
        found = list(pattern.finditer(page.markdown, start, end))
        span = page.trimmed(*found[-1].span("text")) if found else None
        if span is not None:
            told[field] = span
    return told


def _keep(finds: Finds, at: Piece, place: Cell, fields: dict[str, Span]) -> None:
    start, text = place[0], finds.page.markdown
    for found in mentions.of(text[slice(*place)]):
        if found.lastgroup != "local" or found["separator"] != "." or not _is_name(found[0]):
            continue
        more = QUANTITY.match(text, start + found.end(), place[1])
        end = more.end() if more else start + found.end()
        span = finds.page.span(start + found.start(), end)
        origin = Origin("measurement", WEAK, at.heading)
        finds.add(Category.COUNTER, span.text.replace("\\", ""), span, origin, fields)


def _is_name(name: str) -> bool:
    return names.is_measurement(name) or (name.partition(".")[2][:1].isupper() and names.has_hump(name))
