"""Rule over entries: a name as a heading or alone on its line, and below it lines or a table of two columns about it.

An entry is a card that does not say its name again: it is read as a row too, with the title as its first cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from randaemon.model import Span
from randaemon.ran import names
from randaemon.ran.feature import Role
from randaemon.ran.listing import Kind, field_of, layout
from randaemon.stages.extract.finds import Finds
from randaemon.stages.extract.page import Page
from randaemon.stages.extract.pieces import Piece
from randaemon.stages.extract.rules.cards import line_at, told_by
from randaemon.stages.extract.rules.tables import read_rows

_NAME = (
    rf"[`*]{{0,3}}+(?P<name>(?P<owned>{names.OWNER})?[a-z][A-Za-z0-9]{{1,120}}+)[`*]{{0,3}}+"
    r"(?:[ \t]\((?:MO )?(?P<holder>[A-Z][A-Za-z0-9]{1,80}+)(?: MO)?\))?[`*:]{0,3}+"
)
_KIND = r"(?:(?:MO|PM) )?(?P<kind>[Aa]ttribute|[Pp]arameter|[Cc]ounter):? "
_TITLE = re.compile(rf"(?:\d{{1,3}}(?:\.\d{{1,3}}){{0,5}}\.?[ \t]{{1,4}}+)?(?:{_KIND})?{_NAME}[ \t]{{0,8}}+(?:\n|\Z)")
_ALONE = re.compile(
    rf"\n(?:[-*+•][ \t]{{1,4}})?(?=\*\*|`){_NAME}(?:[ \t]{{1,4}}(?:[–-][ \t])?(?P<said>[^\n]{{1,600}}))?\n"
)
_SAID = frozenset({"mo", "type", "range", "default", "unit"})
_PARTS = 16  # pieces below a name
_BEFORE = 2  # of prose before its lines
_COLUMNS = 2


def read_entries(finds: Finds) -> None:
    """Find the names that entries are about, with their classes: a bare word is believed where one is told."""
    page = finds.page
    if not page.is_ran:
        return
    for head in page.headings:
        titled = _TITLE.match(page.markdown, head.body, head.end) if names.has_hump(head.heading[-1]) else None
        if titled:
            _read(finds, head, titled, _pairs(page, page.section(head)[1:], _BEFORE))
    emphasised = "*" in page.markdown or "`" in page.markdown  # as few pages of lists and tables have anything
    for alone in _ALONE.finditer(page.markdown) if emphasised else ():
        at = page.piece_at(alone.start("name"))
        if at is not None and at.kind in ("text", "item"):
            _read(finds, at, alone, _pairs(page, _below(page, at), 0))


def _read(finds: Finds, at: Piece, titled: re.Match[str], pairs: Iterator[tuple[str, Span]]) -> None:
    told, said = list(pairs), titled.groupdict()
    if said.get("said"):
        told.append(("Description", finds.page.span(*titled.span("said"))))
    owner = finds.page.owner(at) if said.get("kind") else None
    if titled["holder"] or owner is not None:
        told.append(("MO", owner or finds.page.span(*titled.span("holder"))))
    fields = {field_of(key) for key, _ in told}
    if not ("mo" in fields or (titled["owned"] and fields & _SAID)):
        return
    if layout([key for key, _ in told]).kind is not Kind.GENERIC:
        return  # it says its name again, which is read as a card
    counter = at.role is Role.COUNTERS or names.is_counter(titled["name"]) or said.get("kind") in _COUNTER
    form = layout(["Counter" if counter else "Parameter", *(key for key, _ in told)])
    name = finds.page.span(*titled.span("name"))
    read_rows(finds, at, form, [[name, *(value for _, value in told)]])


_COUNTER = ("Counter", "counter")


def _below(page: Page, at: Piece) -> Iterator[Piece]:
    below = page.piece_below(at)
    while below is not None:
        yield below
        below = page.piece_below(below)


def _pairs(page: Page, pieces: Iterable[Piece], prose: int) -> Iterator[tuple[str, Span]]:
    """The keys and values of the pieces below a name, after some prose, up to what is neither."""
    met = False
    for piece in islice(pieces, _PARTS):
        pairs = list(_of_piece(page, piece))
        if not pairs and (met or not prose or piece.kind != "text"):
            return
        yield from pairs or [("Description", page.span(piece.body, piece.end))]
        met, prose = met or bool(pairs), prose - 1


def _of_piece(page: Page, piece: Piece) -> Iterator[tuple[str, Span]]:
    if piece.kind == "table":
        rows = ([cell for cell in row if cell.text] for row in page.rows(piece))
        yield from ((row[0].text, row[1]) for row in rows if len(row) == _COLUMNS and field_of(row[0].text))
    elif piece.kind in ("text", "item"):
        for start, end in page.lines(piece.start, piece.end):
            line = line_at(page, start, end)
            if line is not None:
                yield from told_by(page, line)
