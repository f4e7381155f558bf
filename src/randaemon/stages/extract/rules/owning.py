"""The column of classes in a table: what owns the names of a row, and where it says so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from randaemon.model import Span
from randaemon.ran import known, names
from randaemon.stages.extract.finds import Finds
from randaemon.stages.extract.page import Page


def column_owners(finds: Finds, fields: Mapping[str, Span]) -> list[tuple[str, Span]]:
    """What owns the names of a row, with where it says so: its classes (`EUtranCellFDD, EUtranCellTDD`), its struct."""
    struct, mo = fields.get("struct"), fields.get("mo")
    if struct is not None:
        return _struct_owner(struct, mo)
    if mo is None:
        return []
    if names.is_class(mo.text):
        return [(mo.text, mo)]
    if "=" in mo.text:
        return _instance_owner(finds.page, mo)
    whole = _unbroken(finds.page, mo) if "<br>" in mo.text else ""
    if whole:
        return [(whole, mo)]
    classes = [span for span in words(finds.page, mo.start, mo.end) if span.text not in _JOINING]
    sure = all(
        finds.is_class(span.text) or (names.is_class(span.text) and names.has_hump(span.text)) for span in classes
    )
    return [(span.text, span) for span in classes] if sure else []


def _instance_owner(page: Page, mo: Span) -> list[tuple[str, Span]]:
    """The class at the end of an FDN: `AnrFunction=1,AnrFunctionNR=1`."""
    found = _FDN.match(mo.text)
    if found is None:
        return []
    return [(found["owner"], page.span(mo.start + found.start("owner"), mo.start + found.end("owner")))]


_FDN = re.compile(
    r"[`*]{0,2}+(?:[A-Z][A-Za-z0-9]{1,80}+=[^,\n|=]{1,60},[ \t]?){0,12}"
    r"(?P<owner>[A-Z][A-Za-z0-9]{1,80}+)=[^,\n|=]{0,60}\Z"
)


def _unbroken(page: Page, mo: Span) -> str:
    """`CellSleep<br>Policy` in a column that breaks names; "" of two classes below each other."""
    whole = mo.text.replace("<br>", "")
    if page.wrapped and whole.isalnum() and names.is_known_class(whole) and not _are_classes(mo.text.split("<br>")):
        return whole
    head, _, tail = mo.text.partition("<br>")
    if not page.breaks_names or "<br>" in tail or not (names.is_class(head) and tail.isalnum()):
        return ""
    alone, whole = names.is_known_class(tail) or (tail[0].isupper() and names.has_hump(tail)), f"{head}{tail}"
    return "" if alone and whole not in page.names and whole not in known.CLASSES else whole


def _are_classes(lines: Sequence[str]) -> bool:
    return all(line in known.CLASSES or (names.has_hump(line) and names.is_known_class(line)) for line in lines)


def _struct_owner(struct: Span, mo: Span | None) -> list[tuple[str, Span]]:
    """A type of its own owns its members; else the attribute of a class leads to them (`Profile.critical.offset`)."""
    if names.is_class(struct.text):
        return [(struct.text, struct)]
    if mo is not None and names.is_class(mo.text) and names.is_attribute(struct.text):
        return [(f"{mo.text}.{struct.text}", struct)]
    return []


_JOINING = frozenset({"br", "and", "or"})


def words(page: Page, start: int, end: int) -> Iterator[Span]:
    """The words of a cell, split at space, commas and line breaks."""
    for found in WORD.finditer(page.markdown, start, end):
        yield page.span(*found.span())


WORD = re.compile(r"(?<![A-Za-z0-9_])[A-Za-z][A-Za-z0-9_]{1,160}+")
