"""Rule over cards: one name with what is said of it as `key: value` lines or as a table of two columns.

The keys are those of column heads, so a card is a row that was turned upright: it is read as a row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from randaemon.model import Span
from randaemon.ran.listing import Kind, Layout, field_of, is_column, layout
from randaemon.stages.extract.finds import Finds
from randaemon.stages.extract.page import Page
from randaemon.stages.extract.pieces import Piece
from randaemon.stages.extract.rules.mining import facts
from randaemon.stages.extract.rules.tables import read_rows

_UPRIGHT = frozenset({Kind.PARAMETERS, Kind.COUNTERS, Kind.EVENTS})
_MARK = r"[ \t>*_`+-]{0,8}+"
#: The line that names what the card is about.
_NAMES = re.compile(
    rf"^{_MARK}(?:MO |PM )?(?:[Pp]arameter|[Aa]ttribute|[Cc]ounter|[Ee]vent)(?: [Nn]ame)?[*_`]{{0,3}}+[ \t]{{0,12}}+:",
    re.MULTILINE,
)
#: What such a line holds before its colon, by which most pages are known to have none.
_CLUE = re.compile(
    ":(?<=[etnm*][rte*]:|[A-Za-z*] :)(?:"
    + "|".join(
        rf"(?<={word}{mark}:)"
        for word in ("arameter", "ttribute", "ounter", "vent", "ame")
        for mark in ("", r"\*\*", " ")
    )
    + ")"
)
_LINE = re.compile(
    rf"{_MARK}(?P<key>[A-Za-z][A-Za-z/ ]{{1,40}}?)[*_`]{{0,3}}+[ \t]{{0,12}}+:[*_`]{{0,3}}+[ \t]{{1,24}}+"
    r"(?P<value>\S[^\n]*+)"
)
_LONGEST = 32  # lines


def read_card_table(finds: Finds, table: Piece) -> bool:
    """Read a table of two columns whose first one holds heads; False when it is none."""
    rows = list(finds.page.rows(table)) if finds.page.is_narrow(table) else []
    form = _form([row[0].text for row in rows if len(row) > 1])
    if form is None:
        return False
    read_rows(finds, table, form, [[row[1] for row in rows if len(row) > 1]])
    return True


def read_cards(finds: Finds) -> None:
    """Find the names that cards of lines are about, in text and in code blocks."""
    page, end = finds.page, 0
    if _CLUE.search(page.markdown) is None:
        return
    for found in _NAMES.finditer(page.markdown):
        at = page.piece_at(found.start())
        if found.start() < end or at is None or at.kind == "table":
            continue
        pairs = list(_card(page, found.start(), end))
        form = _form([key for key, _ in pairs])
        if form is not None:
            read_rows(finds, at, form, [[value for _, value in pairs]])
            end = pairs[-1][1].end


def line_at(page: Page, start: int, end: int) -> re.Match[str] | None:
    """A line `key: value` whose key heads columns elsewhere."""
    found = _LINE.match(page.markdown, start, end) if 0 <= start < end else None
    return found if found and is_column(found["key"]) else None


def told_by(page: Page, line: re.Match[str]) -> Iterator[tuple[str, Span]]:
    """The pair of a line, or those of its sentences: `MO: NRCellDU. Range: 4 - 64. Default: 32.`"""
    value = page.span(*line.span("value"))
    stop = value.text.find(". ")
    if (stop < 0 and not value.text.endswith(".")) or field_of(line["key"]) == "description":
        yield line["key"], value
        return
    start = line.start("key")
    if field_of(line["key"]) in _WHOSE:
        end = value.start + stop if stop >= 0 else value.end - 1
        yield line["key"], page.span(value.start, end)
        start = end + 1
    yield from facts(page, start, value.end).items()


_WHOSE = frozenset({"mo", "object"})


def _form(keys: Sequence[str]) -> Layout | None:
    """The layout of an upright row: most of its keys are heads, and they say what its name is."""
    if len(keys) < 2:
        return None
    form = layout(keys)
    if form.kind not in _UPRIGHT:
        return None
    known = sum(is_column(key) for key in keys)
    return form if known >= 2 and 2 * known > len(keys) else None


def _card(page: Page, start: int, above: int) -> Iterator[tuple[str, Span]]:
    """Keys and values of the lines around a naming one, up to what is no such line or names the next."""
    begin = start
    while begin > above and (before := line_at(page, page.markdown.rfind("\n", 0, begin - 1) + 1, begin - 1)):
        if _NAMES.match(page.markdown, before.start()):
            break
        begin = before.start()
    for _ in range(_LONGEST):
        end = page.markdown.find("\n", begin)
        end = len(page.markdown) if end < 0 else end
        line = line_at(page, begin, end)
        if line is None or (begin > start and _NAMES.match(page.markdown, begin)):
            return
        yield line["key"], page.span(*line.span("value"))
        begin = end + 1
