"""Edits to a text that keep every span into it exact."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """Put `text` in place of `[start:end)`."""

    start: int
    end: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The new text, and where the old positions lie in it."""

    text: str
    _edits: tuple[Edit, ...]
    _shifts: tuple[int, ...]  # what is added to a position behind the edit of the same number
    _starts: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """Where `[start:end)` lies now; None when nothing of it is left.

        A span that ends or begins inside an edit takes the edit's replacement in, so that text that was only
        respelled (a run of spaces) stays covered, and a span around a removal closes over it.
        """
        first, last = self._left(start), self._right(end)
        return (first, last) if first < last else None

    def _left(self, at: int) -> int:
        number = bisect_right(self._starts, at) - 1
        if number < 0:
            return at
        edit = self._edits[number]
        if at >= edit.end:
            return at + self._shifts[number]
        return edit.start + (self._shifts[number - 1] if number else 0)

    def _right(self, at: int) -> int:
        number = bisect_right(self._starts, at - 1) - 1
        if number < 0:
            return at
        edit = self._edits[number]
        return max(at, edit.end) + self._shifts[number]


def rewrite(text: str, edits: Sequence[Edit]) -> Rewritten:
    """Applies edits, which must be in order and must not overlap (ValueError)."""
    pieces: list[str] = []
    shifts: list[int] = []
    at = shift = 0
    for edit in edits:
        if not at <= edit.start <= edit.end <= len(text):
            raise ValueError(f"edit {edit.start}..{edit.end} is out of order or overlaps one that ends at {at}")
        pieces += (text[at : edit.start], edit.text)
        shift += len(edit.text) - (edit.end - edit.start)
        shifts.append(shift)
        at = edit.end
    pieces.append(text[at:])
    return Rewritten("".join(pieces), tuple(edits), tuple(shifts), tuple(edit.start for edit in edits))
