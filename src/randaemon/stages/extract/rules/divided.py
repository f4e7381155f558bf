"""Rows over the whole width of a table, each of which names the MO class of the rows below it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat

from randaemon.model import Span
from randaemon.ran import names
from randaemon.ran.listing import Layout
from randaemon.stages.extract.page import Page


def divided(
    page: Page, form: Layout, owner: Span | None, rows: Iterable[Sequence[Span]]
) -> Iterator[tuple[Span | None, Sequence[Span]]]:
    """The rows with the class that they belong to: one over the whole width tells that of the rows below it."""
    if "mo" in form.columns:  # as most lists have it
        yield from zip(repeat(owner), rows)
        return
    for row in rows:
        if (not row[-1].text or row[0].text == row[-1].text) and _is_divider(row):
            told = _class_told(page, row[0])
            owner = told or owner
            if told is not None:
                continue
        yield owner, row


def _is_divider(row: Sequence[Span]) -> bool:
    """True of a row with one text, in its first cell or over its whole width."""
    return len(row) > 1 and {cell.text for cell in row[1:]} <= {"", row[0].text}


def _class_told(page: Page, cell: Span) -> Span | None:
    """The class that a dividing row names: `MO class: NodeSupport::NoiseShare`, `NRCellDU`."""
    found = _DIVIDER.match(cell.text)
    told = names.could_be_class if found and found["called"] else names.is_known_class
    if found is None or not told(found["owner"]):
        return None
    return page.span(cell.start + found.start("owner"), cell.start + found.end("owner"))


_DIVIDER = re.compile(
    r"[`*]{0,3}+(?P<called>(?:(?:MO|Managed [Oo]bject)(?: ?[Cc]lass)?|MOC|[Cc]lass)(?::? |: ?))?[`*]{0,3}+"
    r"(?:[A-Z][A-Za-z0-9]{1,80}+(?:=\w{1,20})?(?:::|\.|/|,| > ))*+(?P<owner>[A-Z][A-Za-z0-9]{1,80}+)"
    r"(?: MO| class)?(?: attributes| parameters| counters)?:?[`*]{0,3}\Z"
)
