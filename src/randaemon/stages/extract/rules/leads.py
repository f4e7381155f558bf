"""Lines that name the class of what stands below: `In NRCellDU:`, `These attributes are new in class NRCellDU:`, or of
what stands beside them: `All of these counters belong to NRCellDU.`
"""

from __future__ import annotations

import re
from collections.abc import Callable

from randaemon.model import Span
from randaemon.ran import names
from randaemon.stages.extract.page import Cell, Page
from randaemon.stages.extract.pieces import Piece

_LONGEST = 200  # characters
_GROUP = re.compile(
    r"[`*_ \t]{0,6}+(?:(?:In|For|Under|Of)(?: the)? )?(?P<mo>MO(?: [Cc]lass)?:? )?[`*_]{0,3}+"
    r"(?P<owner>[A-Z][A-Za-z0-9]{1,80}+)[`*_]{0,3}+(?: MO(?: class)?)?(?: counters| attributes| parameters)?:?"
    r"[`*_ ]{0,3}+\Z"
)
#: A word that may be a class, and what tells that it is one.
_CLASS = re.compile(
    r"(?P<called>(?:MO(?: [Cc]lass)?|[Cc]lass):? |(?:attributes|parameters|counters) (?:of|in|on|under) (?:the )?)?"
    r"(?P<mark>[`*]{0,2}+)(?<![A-Za-z0-9_.=])"
    r"(?P<owner>[A-Z][A-Za-z0-9]{2,80}+)(?![A-Za-z0-9_=]|\.[A-Za-z])"
    r"(?P<behind>[`*]{0,2}+ (?:MO\b|managed object|class\b))?"
)


def lead_owner(page: Page, piece: Piece) -> Span | None:
    """The one class that a short line names for the lines below it; None when it announces nothing."""
    found = _GROUP.match(page.markdown, piece.body, piece.end)
    if found is not None and (found["mo"] or names.is_known_class(found["owner"])):
        return page.span(*found.span("owner"))
    if piece.end - piece.body > _LONGEST:
        return None
    if page.markdown.endswith((":", ":**"), piece.body, piece.end):
        return _told(page, (piece.body, piece.end))
    return _whose(page, piece, page.before, _BELOW, _ABOVE)


def owner_above(page: Page, table: Piece) -> Span | None:
    """The class that the line above a table names for its rows, be it a caption or a sentence that announces them."""
    above = page.before(table)
    if above is None or above.kind != "text" or above.heading != table.heading or not page.is_ran:
        return owner_below(page, table)
    captioned = page.markdown.startswith("Table ", above.body) and above.end - above.body <= _LONGEST
    return (_told(page, (above.body, above.end)) if captioned else lead_owner(page, above)) or owner_below(page, table)


def owner_below(page: Page, listing: Piece) -> Span | None:
    """The class that a sentence right below a table, or the last item of a list, tells of all of it."""
    below = page.piece_below(listing)
    if below is None or below.kind != "text" or below.heading != listing.heading:
        return None
    return _whose(page, below, page.piece_below, _ABOVE, _BELOW)


def _whose(page: Page, line: Piece, beyond: Callable[[Piece], Piece | None], near: _Words, far: _Words) -> Span | None:
    """The class that a sentence tells of the names beside it; between two lists it has to say which it means."""
    spoken = line.kind == "text" and page.markdown.startswith(_ALL, line.body)
    if not (spoken and page.is_ran) or line.end - line.body > _LONGEST:
        return None
    clause = _CLAUSE.match(page.markdown, line.body, line.end)
    said = clause[0] if clause else ""
    noun = _NOUN.search(said)
    if noun is None or not _BELONG.search(said, noun.end()) or _SOME.search(said) or far.search(said):
        return None
    other = beyond(line)
    alone = other is None or other.heading != line.heading or other.kind not in ("item", "table")
    return _told(page, (line.body, line.body + len(said))) if alone or near.search(said) else None


_Words = re.Pattern[str]
_CLAUSE = re.compile(r"(?:[^.;]|\.(?!\s|\Z)){1,200}+")
_ALL = ("The ", "These ", "All ", "Both ")
_NOUN = re.compile(r"\b(?:attributes|parameters|counters|settings)\b")
_BELONG = re.compile(
    r"\b(?:belong to|(?:are|live|sit|stand|found|defined|located|contained|held|part|new|introduced|set|configured"
    r"|attributes|parameters|counters) (?:all )?(?:in|of|on|under|part of))\b"
)
_SOME = re.compile(r"\b(?:except|unless|not|other|some|most)\b")
_BELOW = re.compile(r"\b(?:following|below)\b")
_ABOVE = re.compile(r"\b(?:above|preceding)\b")


def _told(page: Page, line: Cell) -> Span | None:
    """The class that a line tells, if it tells of one alone."""
    found = [each for each in _CLASS.finditer(page.markdown, *line) if _is_class(each)]
    if len({each["owner"] for each in found}) != 1:
        return None
    return page.span(*found[0].span("owner"))


def _is_class(found: re.Match[str]) -> bool:
    owner = found["owner"]
    if found["called"] or found["behind"]:
        return names.could_be_class(owner)
    return names.is_distinct_class(owner)
