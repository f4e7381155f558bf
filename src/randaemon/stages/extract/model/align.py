"""Finds what a model quoted in the text it was shown: to the letter, else almost, else not at all.

Whatever is taken from a reply is a slice of the document at its place; the model's own letters are thrown away.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from randaemon.model import Span
from randaemon.stages.extract.page import Page

#: A quotation this like the text is taken for it: twice what is shared over both lengths.
FUZZY = 0.9
_SHORTEST_FUZZY = 16  # characters: of a shorter one a tenth is a letter, and a letter makes another name
_LONGEST = 1200
_SEED = 4  # letters: of a quotation that is like enough at least one such piece stands in the text unharmed
_SEED_PLACES = 48  # places of a piece that are looked at; one that stands everywhere says nothing
_TRIED = 4  # places that are compared letter by letter


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
        """As much text as the quotation is long, where most pieces of the quotation say that it begins."""
        folded, _ = self._fold
        needle = _fold(wanted)[0]
        if len(needle) < _SHORTEST_FUZZY or not folded:
            return None
        starts = _likely(needle, folded)
        likeness, start = max(
            ((_likeness(needle, folded[at : at + len(needle)]), -at) for at in starts), default=(0.0, 0)
        )
        return self._stretch(-start, len(needle)) if likeness >= FUZZY else None

    def _stretch(self, start: int, size: int) -> Span | None:
        folded, places = self._fold
        end = min(start + size, len(folded))
        return self.page.trimmed(self.start + places[start], self.start + places[end - 1] + 1)

    @cached_property
    def _fold(self) -> tuple[str, list[int]]:
        return _fold(self.text)


def _whole(wanted: str, text: str) -> Iterator[re.Match[str]]:
    if wanted:
        left = r"(?<![\w.])" if wanted[0].isalnum() else ""
        right = r"(?!\w)" if wanted[-1].isalnum() else ""
        yield from re.finditer(left + re.escape(wanted) + right, text)


def _likely(needle: str, text: str) -> list[int]:
    """Where the needle may begin in the text: the places that most of its pieces point to.

    Bounded: the quadratic search for the longest shared stretch took seconds for one long quotation.
    """
    votes: Counter[int] = Counter()
    for offset in range(0, len(needle) - _SEED + 1, _SEED):
        place = text.find(needle[offset : offset + _SEED])
        for _ in range(_SEED_PLACES):
            if place < 0:
                break
            votes[place - offset] += 1
            place = text.find(needle[offset : offset + _SEED], place + 1)
    ranked = sorted(votes, key=lambda start: (-votes[start], start))
    return [max(start, 0) for start in ranked[:_TRIED]]


def _likeness(one: str, other: str) -> float:
    """Twice the longest common subsequence over both lengths, by its bits (Hyyrö 2004): 1 ms for 1,200 letters."""
    masks: dict[str, int] = {}
    for place, letter in enumerate(one):
        masks[letter] = masks.get(letter, 0) | 1 << place
    left = full = (1 << len(one)) - 1
    for letter in other:
        matched = left & masks.get(letter, 0)
        left = (left + matched | left - matched) & full
    return 2 * (len(one) - left.bit_count()) / (len(one) + len(other))


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
