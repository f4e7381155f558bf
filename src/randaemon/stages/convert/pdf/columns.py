"""The reading order of a page that is set in columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from randaemon.stages.convert.pdf.layout import Table
from randaemon.stages.convert.pdf.reading import Word

_GUTTER = 9.0  # points: the least white space between columns
_LINES = 6  # on each side; fewer are a table without rules, or a title and a date
_MOST = 0.4  # share of the long lines that have the gutter; in others it is a wide space by chance
_FULL = 0.6  # of a column's width: how long its lines are in the middle, if they are prose
_SHARE = 0.25  # a gutter lies this far inside


def in_order(lines: Sequence[list[Word]], tables: Sequence[Table]) -> list[list[Word]]:
    """Lines from top to bottom; where they stand in two columns, the left one first. Lines across end a column."""
    gutter = None if any(len(table.rows) > 30 for table in tables) else _gutter(lines)
    if gutter is None:
        return list(lines)
    ordered: list[list[Word]] = []
    left: list[list[Word]] = []
    right: list[list[Word]] = []
    for words in lines:
        if all(word.mono for word in words) or not _parts(words, gutter):
            ordered += [*left, *right, words]
            left, right = [], []
            continue
        one = [word for word in words if word.right <= gutter]
        other = [word for word in words if word.left >= gutter]
        left += [one] if one else []
        right += [other] if other else []
    return [*ordered, *left, *right]


def _parts(words: Sequence[Word], gutter: float) -> bool:
    """True when the line has a gap at the gutter, and is no line that goes across."""
    if any(word.left < gutter < word.right for word in words):
        return False
    left = max((word.right for word in words if word.right <= gutter), default=None)
    right = min((word.left for word in words if word.left >= gutter), default=None)
    return left is None or right is None or right - left >= _GUTTER


def _gutter(lines: Sequence[list[Word]]) -> float | None:
    """The middle of the white space between two columns of prose, None when there is none."""
    if len(lines) < _LINES:
        return None
    start = min(words[0].left for words in lines)
    end = max(words[-1].right for words in lines)
    both = [
        words
        for words in lines
        if not words[0].mono and words[0].left < start + _SHARE * (end - start) and len(words) > 3
    ]
    candidates = [gap for words in both for gap in _gaps(words, start, end)]
    best = max(candidates, key=lambda at: sum(_splits(words, at) for words in both), default=None)
    split = [words for words in both if best is not None and _splits(words, best)]
    if best is None or len(split) < max(_LINES, _MOST * len(both)):
        return None
    widths = sorted(_filled(words, best, start, end) for words in split)
    return best if widths[len(widths) // 2] >= _FULL else None


def _gaps(words: Sequence[Word], start: float, end: float) -> Iterator[float]:
    inner = (start + _SHARE * (end - start), end - _SHARE * (end - start))
    for left, right in pairwise(words):
        middle = (left.right + right.left) / 2
        if right.left - left.right >= _GUTTER and inner[0] <= middle <= inner[1]:
            yield middle


def _splits(words: Sequence[Word], at: float) -> bool:
    return _parts(words, at) and words[0].right <= at <= words[-1].left


def _filled(words: Sequence[Word], at: float, start: float, end: float) -> float:
    """How much of the narrower side the words fill."""
    left = max((word.right for word in words if word.right <= at), default=start) - words[0].left
    right = words[-1].right - min((word.left for word in words if word.left >= at), default=end)
    return min(left / max(at - start, 1.0), right / max(end - at, 1.0))
