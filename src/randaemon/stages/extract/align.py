"""Finds what a model quoted in the text it was shown: to the letter, else almost, else not at all.

Whatever is taken from a reply is a slice of the document at its place; the model's own letters are thrown away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

from randaemon.model import Span
from randaemon.stages.extract.page import Page

FUZZY = 0.9  # a quotation this like the text is taken for it (quality.md, gates)
_SHORTEST_FUZZY = 16  # characters: of a shorter one a tenth is a letter, and a letter makes another name
_LONGEST = 1200


@dataclass(frozen=True)
class Passage:
    """A stretch of a page in which quotations are looked for."""

    page: Page
    start: int
    end: int

    @property
    def text(self) -> str:
        """What stands there."""
        return self.page.markdown[self.start : self.end]

    def name(self, wanted: str) -> Span | None:
        """Where a name stands as a whole word, to the letter: its first place."""
        return next(self._words(wanted.strip()), None)

    def quotation(self, wanted: str, near: int) -> Span | None:
        """Where a text stands: of several places the one nearest to `near`."""
        wanted = " ".join(wanted.split())
        if not wanted or len(wanted) > _LONGEST:
            return None
        exact = list(self._words(wanted)) or list(self._folded(wanted))
        if exact:
            return min(exact, key=lambda span: (span.start < near, abs(span.start - near)))
        return self._almost(wanted)

    def _words(self, wanted: str) -> Iterator[Span]:
        """Every place of a text that does not begin or end within a word."""
        for found in _whole(wanted, self.text):
            yield self.page.span(self.start + found.start(), self.start + found.end())

    def _folded(self, wanted: str) -> Iterator[Span]:
        """The same without marks of emphasis, line breaks and case."""
        folded, places = self._fold
        needle = _fold(wanted)[0]
        for found in _whole(needle, folded):
            yield self.page.span(self.start + places[found.start()], self.start + places[found.end() - 1] + 1)

    def _almost(self, wanted: str) -> Span | None:
        """Around the longest stretch that both share, as much text as the quotation is long."""
        folded, places = self._fold
        needle = _fold(wanted)[0]
        if len(needle) < _SHORTEST_FUZZY or not folded:
            return None
        match = SequenceMatcher(None, folded, needle, autojunk=False)
        shared = match.find_longest_match(0, len(folded), 0, len(needle))
        start = max(shared.a - shared.b, 0)
        end = min(start + len(needle), len(folded))
        match.set_seq1(folded[start:end])
        if start >= end or match.ratio() < FUZZY:
            return None
        return self.page.trimmed(self.start + places[start], self.start + places[end - 1] + 1)

    @cached_property
    def _fold(self) -> tuple[str, list[int]]:
        return _fold(self.text)


def _whole(wanted: str, text: str) -> Iterator[re.Match[str]]:
    if wanted:
        left = r"(?<![\w.])" if wanted[0].isalnum() else ""
        right = r"(?!\w)" if wanted[-1].isalnum() else ""
        yield from re.finditer(left + re.escape(wanted) + right, text)


def _fold(text: str) -> tuple[str, list[int]]:
    """Lower case, single spaces, no marks of Markdown; with the place of each letter that is left."""
    letters: list[str] = []
    places: list[int] = []
    for found in _PIECES.finditer(text):
        piece = " " if found.lastgroup == "space" else found[0].lower()
        if piece == " " and (not letters or letters[-1] == " "):
            continue
        for offset, letter in enumerate(piece):
            letters.append(letter)
            places.append(found.start() + min(offset, len(found[0]) - 1))
    return "".join(letters).rstrip(), places


_PIECES = re.compile(r"(?P<space>(?:\s|<br\s*/?>|\\(?=\|))+)|(?P<word>[^\s<*`\\]+|[<\\])")
