"""Words with their places, as the rungs of the PDF ladder find them, put into lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from randaemon.errors import Refused
from randaemon.stages.convert.layout import Line, Page
from randaemon.stages.convert.markdown import raised

WORD_GAP = 0.1  # of the type size: light faces set words closer than the 0.25 of a common space
BOLD = re.compile(r"bold|black|heavy|semibold|demi", re.IGNORECASE)
_LINE_GAP = 3.0  # points between the middles of words of one line
_RAISED = 0.8  # of the type size before it: what is smaller and stands higher is an exponent


@dataclass(frozen=True, slots=True)
class Word:
    """A word; distances are points from the upper left corner of its page."""

    left: float
    right: float
    top: float
    bottom: float
    text: str
    size: float
    bold: bool

    @property
    def middle(self) -> float:
        """Half its height."""
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Reading:
    """The pages of a file, the numbers of those that are damaged or lost, and its own title."""

    pages: list[Page]
    missing: list[int]
    title: str = ""


def password() -> Refused:
    """The refusal of a file that does not open without one."""
    return Refused("password protected", hint="save it without a password", code="E_ENCRYPTED")


def in_lines(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Words whose middles lie at one height, from left to right."""
    current: list[Word] = []
    for word in sorted(words, key=lambda word: (word.middle, word.left)):
        if current and abs(word.middle - current[0].middle) > max(_LINE_GAP, 0.3 * current[0].size):
            yield sorted(current, key=lambda word: word.left)
            current = []
        current.append(word)
    if current:
        yield sorted(current, key=lambda word: word.left)


def text_of(words: Sequence[Word]) -> str:
    """A line's words with the spaces that their gaps are."""
    text = words[0].text
    for left, right in pairwise(words):
        part = right.text
        if right.size < _RAISED * left.size and right.middle < left.middle - 0.1 * left.size:
            part = raised(part) or part
        text += (" " if right.left - left.right > WORD_GAP * right.size else "") + part
    return text


def line(words: Sequence[Word]) -> Line:
    """One line of a page."""
    widest = max(words, key=lambda word: len(word.text))
    return Line(
        top=min(word.top for word in words),
        bottom=max(word.bottom for word in words),
        left=words[0].left,
        right=words[-1].right,
        text=text_of(words),
        size=round(widest.size * 2) / 2,
        bold=all(word.bold for word in words),
    )
