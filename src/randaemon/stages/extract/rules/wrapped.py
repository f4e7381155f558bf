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
        if not _broken(page, text, cell.text[found.end() :]):
            text += "\n"
            places.append(cell.start + found.start())
        at = found.end()
    return text + cell.text[at:], [*places, *range(cell.start + at, cell.end + 1)]


def unbroken(page: Page, cell: Span) -> str:
    """The one name that a cell holds and that its column broke before a plain word, `rankMemory<br>Mode`; else ""."""
    head, _, tail = cell.text.partition("<br>")
    alone = not (tail.isalpha() and tail.istitle()) or tail in _REMARKS or tail.lower() in _TYPES
    return "" if alone or not names.has_hump(head) else unwrapped(page, cell)[0]


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
    whole = f"{head}{tail}"
    if (head[0].islower() and tail[0].isupper() and "." not in tail) or whole in page.names:
        return True
    return whole.endswith("Id") and f"{whole[0].upper()}{whole[1:-2]}" in page.names  # what names a class here
