"""Rule over the rows of a class page whose columns a converter lost: `hopCount int32 = 4 {1..16} Number of hops.`"""

from __future__ import annotations

import re

from randaemon.model import Category, Span
from randaemon.ran import names
from randaemon.ran.feature import CLASS_PARTS, Role
from randaemon.stages.extract.finds import FAIR, Finds, Origin, category_of
from randaemon.stages.extract.page import Cell
from randaemon.stages.extract.pieces import Piece
from randaemon.stages.extract.rules.mining import facts
from randaemon.stages.extract.rules.typed import SENTENCE, typed

_NAME = re.compile(r"[ \t]{0,12}+(?P<name>[a-z][A-Za-z0-9]{1,120}+)[ \t]{1,60}+(?=[A-Za-z])")


def read_rows_of_text(finds: Finds) -> None:
    """Find what lines of text below `Attributes` and `PM Counters` of a class declare, one name a line."""
    page = finds.page
    if not page.has_classes:
        return
    for piece in page.pieces:
        owner = page.owner(piece) if piece.kind == "text" and piece.role in CLASS_PARTS else None
        if owner is None:
            continue
        for line in page.lines(piece.start, piece.end):
            _read(finds, piece, owner, line)


def _read(finds: Finds, piece: Piece, owner: Span, line: Cell) -> None:
    page = finds.page
    found = _NAME.match(page.markdown, *line)
    if found is None or not names.is_attribute(found["name"]):
        return
    fields, end = typed(page, found.end(), line[1], SENTENCE)
    if not fields:
        return
    for field, fact in facts(page, end, line[1]).items():
        fields.setdefault(field, fact)
    name = f"{owner.text}.{found['name']}"
    counted = piece.role is Role.COUNTERS
    category = Category.COUNTER if counted else category_of(name, fields["type"].text)
    span = page.span(*found.span("name"))
    finds.add(category, name, span, Origin("class-row", FAIR, piece.heading), {**fields, "mo": owner})
