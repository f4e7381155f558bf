"""Cells of printed pages, where a narrow column breaks names apart: `NRSectorCarrier.cedarSleepM<br>ode`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from randaemon.model import Span
from randaemon.ran import known, names
from randaemon.stages.extract.page import Page

_BREAK = re.compile(r"[ \t]{0,4}+<br>[ \t]{0,4}+")
_LAST = re.compile(r"[A-Za-z0-9_.]{1,200}+\Z")
_FIRST = re.compile(r"[A-Za-z0-9_.]{1,200}+")
_QUALIFIED = re.compile(r"[A-Z][A-Za-z0-9]{1,80}\.[a-z]")
_COUNTER = re.compile(r"pm[A-Z][A-Za-z0-9]*\Z")  # its lower-case rest is no name of its own
_REMARKS = frozenset({"Affected", "Affecting", "Changed", "Deprecated", "Introduced", "New", "Obsolete", "Removed"})
_TYPES = frozenset({"boolean", "double", "enum", "enumeration", "float", "integer", "long", "mandatory", "optional",
                    "reference", "restricted", "string", "struct"})  # fmt: skip
_UPPER = re.compile(r"[A-Z0-9_]+\Z")


def unwrapped(page: Page, cell: Span) -> tuple[str, Sequence[int]]:
    """The text of a cell, with the names put together that its column broke, and where each character stands."""
    if "<br>" not in cell.text or not page.breaks_names:
        return cell.text, range(cell.start, cell.end + 1)
    text, at = "", 0
    places: list[int] = []
    for found in _BREAK.finditer(cell.text):
        text += cell.text[at : found.start()]
        places += range(cell.start + at, cell.start + found.start())
        rest = cell.text[found.end() :]
        if not (_broken(page, text, rest) or _is_cut(page, cell, cell.text[at : found.start()], rest)):
            text += "\n"
            places.append(cell.start + found.start())
        at = found.end()
    return text + cell.text[at:], [*places, *range(cell.start + at, cell.end + 1)]


def put_together(page: Page, cell: Span) -> str:
    """The one name that a cell holds and that its column broke, `rankMemory<br>Mode`; "" of all others."""
    head, _, tail = cell.text.partition("<br>")
    alone = not tail or tail in _REMARKS or tail.lower() in _TYPES or not names.has_hump(head)
    text = "" if alone else unwrapped(page, cell)[0]
    return text if _NAME.match(text) and names.is_attribute(text.rpartition(".")[2]) else ""


_NAME = re.compile(r"(?:[A-Z][A-Za-z0-9]{1,80}\.)?[a-z][A-Za-z0-9]{1,120}\Z")


def _broken(page: Page, before: str, after: str) -> bool:
    """True when the line break stands inside a name."""
    last, first = _LAST.search(before[-200:]), _FIRST.match(after)
    if last is None or first is None:
        return False
    head, tail = last[0], first[0]
    if head.endswith(("_", ".")) or tail.startswith(("_", ".")):
        return True
    if _QUALIFIED.match(head):
        return "." not in tail and tail not in _REMARKS
    if "." in tail and names.is_class(head) and names.has_hump(head):
        return head not in known.CLASSES and not names.is_known_class(tail.partition(".")[0])
    if _COUNTER.match(head) and tail[0].islower() and not tail.startswith("pm"):
        return tail not in known.PLAIN_COUNTERS
    if _UPPER.match(head) and "_" in head:
        return _UPPER.match(tail) is not None and not (names.is_event(tail) or tail.startswith("EVENT_"))
    return _is_one_name(page, head, tail)


def _is_one_name(page: Page, head: str, tail: str) -> bool:
    if (head[0].islower() and tail[0].isupper() and "." not in tail) or (page.wrapped and _is_rest(head, tail)):
        return True
    if page.wrapped and tail[0].isdigit() and not tail.isdigit() and head[0].islower() and names.has_hump(head):
        return True  # no name begins with a digit
    whole = f"{head}{tail}"
    if whole.endswith("Id") and f"{whole[0].upper()}{whole[1:-2]}" in page.names:
        return True  # what names a class here
    return whole in page.names


def _is_cut(page: Page, cell: Span, line: str, after: str) -> bool:
    """True where a line of a printed column ends because one more letter would not have fitted: in `heldInvent` above
    `oryInterval`. A name below another one stands there whether there was room or not.
    """
    tail = _FIRST.match(after)
    if not page.wrapped or tail is None or not (_LOWER.match(line) and tail[0][0].islower() and "." not in tail[0]):
        return False
    if line[:_ALIKE] == tail[0][:_ALIKE]:
        return False  # a5Threshold1, a5Threshold2
    return tail[0] not in _WORDS and _width(line + tail[0][0]) > _FULL * _widest(page, cell)


def _widest(page: Page, cell: Span) -> float:
    """How wide the widest line of a cell's column is."""
    table = page.piece_at(cell.start)
    if table is None:
        return 0.0
    column = page.markdown.count("|", page.markdown.rfind("\n", 0, cell.start) + 1, cell.start) - 1
    known_widths = page.widths.setdefault(table.start, {})
    if column not in known_widths:
        cells = (row[column].text for row in page.rows(table) if column < len(row))
        known_widths[column] = max((_width(line) for text in cells for line in text.split("<br>")), default=0.0)
    return known_widths[column]


def _width(line: str) -> float:
    return sum(_GLYPHS.get(letter, _COMMON) for letter in line)


#: How wide letters are beside each other, as in most fonts without serifs.
_GLYPHS = {
    letter: width
    for letters, width in (("ijl", 0.22), ("fItr.", 0.29), ("ckJsvxyz", 0.5), ("LFTZ", 0.61), ("ABEKPSVXY", 0.67),
                           ("CDHNRUw", 0.72), ("GOQ", 0.78), ("mM", 0.83), ("W", 0.94))
    for letter in letters
}  # fmt: skip
_COMMON = 0.56
_FULL = 0.96
_ALIKE = 3  # letters that names of one list share
_LOWER = re.compile(r"[a-z0-9]{0,40}+[A-Z]?[A-Za-z0-9]{2,80}\Z")


def _is_rest(head: str, tail: str) -> bool:
    """True of `budgetM` and `ax`, `thresholdR` and `srpPrim`: no name ends so, and what follows is none by itself."""
    if not names.has_hump(head) or not head[0].islower() or not tail[0].islower():
        return False
    return _CUT.search(head) is not None or (tail.isalpha() and tail.islower() and tail not in _WORDS)


_CUT = re.compile(r"[a-z0-9][A-Z]\Z")
_WORDS = frozenset(
    {
        "added", "affected", "and", "array", "boolean", "changed", "counter", "default", "deprecated", "enum", "event",
        "existing", "for", "from", "in", "int", "integer", "introduced", "list", "long", "mandatory", "new", "not",
        "obsolete", "of", "on", "only", "optional", "or", "parameter", "per", "read", "readonly", "removed", "set",
        "string", "struct", "to", "true", "false", "with",
    }
)  # fmt: skip
