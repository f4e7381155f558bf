"""Rule over lists of KPIs: what a formula divides and adds is counted, whatever its name begins with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from randaemon.model import Category, Span
from randaemon.ran import names
from randaemon.stages.extract.finds import FAIR, Finds, Origin
from randaemon.stages.extract.pieces import Piece
from randaemon.stages.extract.rules.wrapped import unwrapped

_REMARK = re.compile(r" \([a-z][a-z ]{2,60}\)\Z")
_SENTENCE = re.compile(r"[A-Za-z]{2} [A-Za-z]{2}")  # words that no sign parts
_OPERAND = re.compile(r"(?<![A-Za-z0-9_.:=])[a-z][a-z0-9]{0,40}+[A-Z][A-Za-z0-9]{1,80}+(?![A-Za-z0-9_.(=])")


def read_formulas(finds: Finds, table: Piece, rows: Iterable[Sequence[Span]]) -> None:
    """Find the counters without `pm` and without a class in the formulas of a list of KPIs."""
    if not finds.page.is_ran:
        return
    origin = Origin("formula", FAIR, table.heading)
    for row in rows:
        for cell in row:
            if "<br>" in cell.text and finds.page.breaks_names:
                _read_broken(finds, cell, origin)
            if "/" not in cell.text:
                continue
            formula = _REMARK.sub("", cell.text)
            for found in _OPERAND.finditer(formula) if not _SENTENCE.search(formula) else ():
                if not names.is_counter(found[0]) and names.is_attribute(found[0]):
                    span = finds.page.span(cell.start + found.start(), cell.start + found.end())
                    finds.add(Category.COUNTER, found[0], span, origin)


def _read_broken(finds: Finds, cell: Span, origin: Origin) -> None:
    """Find the counters of a formula that a narrow column broke: `pmHoExeSuccOutInte<br>rGnb`."""
    text, places = unwrapped(finds.page, cell)
    for found in _COUNTER.finditer(text) if not _SENTENCE.search(text) else ():
        span = finds.page.span(places[found.start()], places[found.end() - 1] + 1)
        if "<br>" in span.text and names.is_counter(found[0]):
            finds.add(Category.COUNTER, found[0], span, origin)


_COUNTER = re.compile(r"pm[A-Z](?<![A-Za-z0-9_.]pm.)[A-Za-z0-9]{1,120}+(?![A-Za-z0-9_])")
