"""Rule over blocks of settings: a line that is a class, and below it a line for each attribute, `pMax 23 dBm`."""

from __future__ import annotations

import re

from randaemon.model import Span
from randaemon.ran import names
from randaemon.stages.extract.finds import STRONG, Finds, Origin, category_of
from randaemon.stages.extract.page import Cell, Page
from randaemon.stages.extract.pieces import Piece

_CLASS = re.compile(r"\[?(?:MO )?(?P<owner>[A-Z][A-Za-z0-9]{2,80}+)\]?:?[ \t]{0,4}\Z")
_ROW = re.compile(
    r"[ \t]{0,24}+(?P<name>[a-z][A-Za-z0-9]{1,120}+)(?:[ \t]{0,8}+(?:=|:=?)[ \t]{0,8}+|[ \t]{1,8}+)"
    r"(?P<value>[-+]?\d|[A-Z][A-Z0-9_]{2,60}+\b|(?:[Tt]rue|[Ff]alse|TRUE|FALSE|[Oo]n|[Oo]ff|ON|OFF)\b|[\[{\"'])"
)
_COMMENT = ("#", "//", ";", "!")


def read_blocks(finds: Finds) -> None:
    """Find the attributes of blocks of which every line is a name and its value."""
    page = finds.page
    owner: Span | None = None
    end = 0  # of the piece before, where it belongs to a block
    for piece in page.pieces if page.is_ran else ():
        if piece.kind != "text":
            owner = None
            continue
        headed = _headed(page, piece)
        owner = headed or (owner if owner and not page.markdown[end : piece.start].strip() else None)
        if owner is None:
            continue
        rows = _rows(page, piece, skip=headed is not None)
        if rows is None:
            owner = None
            continue
        end = piece.end
        _keep(finds, piece, owner, rows)


def _headed(page: Page, piece: Piece) -> Span | None:
    """The class that the first line of a paragraph is."""
    if not page.markdown[piece.body].isupper() and page.markdown[piece.body] != "[":
        return None
    line = page.markdown.find("\n", piece.body, piece.end)
    found = _CLASS.match(page.markdown, piece.body, line if line >= 0 else piece.end)
    return page.span(*found.span("owner")) if found and names.is_distinct_class(found["owner"]) else None


def _rows(page: Page, piece: Piece, *, skip: bool) -> list[Cell] | None:
    """Where the names of a paragraph stand; None where a line of it is none of a block."""
    found: list[Cell] = []
    for start, end in list(page.lines(piece.body, piece.end))[skip:]:
        row = _ROW.match(page.markdown, start, end)
        if row and names.is_attribute(row["name"]):
            found.append(row.span("name"))
        elif not page.markdown.startswith(_COMMENT, start):
            return None
    told = not found or any(names.has_hump(page.markdown[slice(*place)]) for place in found)
    return found if told else None  # `the 3 cells` is a line of prose


def _keep(finds: Finds, piece: Piece, owner: Span, rows: list[Cell]) -> None:
    origin = Origin("block", STRONG, piece.heading)
    for place in rows:
        span = finds.page.span(*place)
        name = f"{owner.text}.{span.text}"
        finds.add(category_of(name), name, span, origin, {"mo": owner})
