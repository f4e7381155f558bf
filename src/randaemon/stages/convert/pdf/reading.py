"""Words with their places, as the rungs of the PDF ladder find them, put into lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from randaemon.stages.convert.markdown import raised
from randaemon.stages.convert.pdf.layout import Line, Page

WORD_GAP = 0.1  # of the type size: light faces set words closer than the 0.25 of a common space
BOLD = re.compile(r"bold|black|heavy|semibold|demi", re.IGNORECASE)
MONO = re.compile(
    r"courier|mono|consol|menlo|typewriter|fixed|nimbusmon|cmtt|cmsltt|sftt|txtt|lettergothic|andale", re.IGNORECASE
)
_LINE_GAP = 3.0  # points between the middles of words of one line
_RAISED = 0.8  # of the type size before it: what is smaller and stands higher is an exponent
_OVERLAP = 0.3  # of the type size: words that lie on each other so far are lines printed over each other
_SPACED = 5  # single letters in a row are a word set wide


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
    mono: bool = False  # of a face in which all signs are equally wide

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


def in_lines(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Words whose middles lie at one height, from left to right."""
    current: list[tuple[int, Word]] = []
    for number, word in sorted(enumerate(words), key=lambda each: (each[1].middle, each[1].left)):
        if current and abs(word.middle - current[0][1].middle) > max(_LINE_GAP, 0.3 * current[0][1].size):
            yield from _layers(current)
            current = []
        current.append((number, word))
    if current:
        yield from _layers(current)


def _layers(numbered: list[tuple[int, Word]]) -> Iterator[list[Word]]:
    """One line, or several that were printed over each other: these part where the text goes back."""
    line = sorted((word for _, word in numbered), key=lambda word: word.left)
    if all(right.left >= left.right - _OVERLAP * left.size for left, right in pairwise(line)):
        yield line
        return
    layer: list[Word] = []
    for _, word in sorted(numbered, key=lambda each: each[0]):
        if layer and word.left < layer[-1].right - _OVERLAP * word.size:
            yield layer
            layer = []
        layer.append(word)
    yield layer


def text_of(words: Sequence[Word]) -> str:
    """A line's words with the spaces that their gaps are."""
    text = words[0].text
    least = _least_space(words)
    for left, right in pairwise(words):
        part = right.text
        if right.size < _RAISED * left.size and right.middle < left.middle - 0.1 * left.size:
            part = raised(part) or part
        text += (" " if right.left - left.right > max(WORD_GAP * right.size, least) else "") + part
    return text


def line(words: Sequence[Word]) -> Line:
    """One line of a page."""
    widest = max(words, key=lambda word: len(word.text))
    mono = all(word.mono for word in words)
    return Line(
        top=min(word.top for word in words),
        bottom=max(word.bottom for word in words),
        left=words[0].left,
        right=words[-1].right,
        text=_listing(words, advance(widest)) if mono else text_of(words),
        size=round(widest.size * 2) / 2,
        bold=all(word.bold for word in words),
        advance=advance(widest) if mono else 0.0,
    )


def advance(word: Word) -> float:
    """The width of a sign."""
    return max((word.right - word.left) / len(word.text), 0.1)


def _least_space(words: Sequence[Word]) -> float:
    """Of a line whose letters are set apart, the gap above which a word ends; 0 of others."""
    single = sum(len(word.text) == 1 and word.text.isalnum() for word in words)
    if single < _SPACED or single < 0.8 * len(words):
        return 0.0
    gaps = sorted(right.left - left.right for left, right in pairwise(words))
    return 1.6 * gaps[len(gaps) // 2]


def _listing(words: Sequence[Word], width: float) -> str:
    """A line of a listing: each word in its column."""
    text = ""
    for word in words:
        column = round((word.left - words[0].left) / width)
        text += " " * max(column - len(text), 1 if text else 0) + word.text
    return text
