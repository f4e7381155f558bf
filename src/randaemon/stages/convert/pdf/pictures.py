"""Pages that are pictures of text, through a reader that is given to the stage."""

from __future__ import annotations

from pathlib import Path
from statistics import median_low
from typing import Protocol

from randaemon.stages.convert.pdf.aligned import aligned
from randaemon.stages.convert.pdf.layout import Line, Page, Table
from randaemon.stages.convert.pdf.reading import Word, in_lines, line

_TYPE = 0.75  # of a line's height is its type size
_TITLE = 1.5  # times the height of most lines; less is what tall and deep letters make of it


class Ocr(Protocol):
    """Reads the text on a page from its picture."""

    def available(self) -> bool:
        """True when it is installed."""

    def page(self, source: Path, number: int) -> list[tuple[str, float, float, float, float]]:
        """Its lines: text, left, top, right and bottom in points from the upper left corner."""


def seen(ocr: Ocr, source: Path, page: Page) -> Page:
    """The page with what its picture says."""
    printed = ocr.page(source, page.number)
    if not printed:
        return page
    common = median_low(bottom - top for _, _, top, _, bottom in printed)
    bare, lines = aligned(list(in_lines([_word(each, common) for each in printed])))
    items: list[Line | Table] = [*map(line, lines), *bare]
    return Page(page.number, page.height, tuple(sorted(items, key=lambda item: item.top)), picture=True)


def _word(printed: tuple[str, float, float, float, float], common: float) -> Word:
    text, left, top, right, bottom = printed
    height = bottom - top if bottom - top > _TITLE * common else common
    return Word(left, right, top, bottom, text, _TYPE * height, bold=False)
