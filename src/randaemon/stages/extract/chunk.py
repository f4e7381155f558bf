"""Chunks: the document in stretches of about `target` tokens, cut between table rows, list items and sentences only.

A unit is what is never cut: a heading, a row, an item with its wrapped lines, a sentence, a line of code. Units are
packed in the order of the text under one heading path; small neighbours of one chapter share a chunk. Only a single
unit that is larger than `hard` by itself makes a chunk larger than `hard`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import pairwise
from typing import Protocol

import msgspec
from msgspec.structs import replace

from randaemon.model import Block, Chunk
from randaemon.stages.extract.page import Cell, Page
from randaemon.stages.extract.pieces import Piece


class Tokenizer(Protocol):
    """Counts as the model that will read the chunks counts."""

    def counts(self, texts: Sequence[str]) -> Sequence[int]:
        """Tokens of each text; texts come all at once, since batches are encoded faster."""


class Estimate:
    """Tokens by length, where no model's tokenizer is at hand.

    3.3 characters a token: identifiers such as `EUtranCellFDD.pmHoExeSucc` are cut more finely than English (4.2).
    """

    def counts(self, texts: Sequence[str]) -> Sequence[int]:
        """Rounded up, so that no text counts nothing."""
        return [int(len(text) / _CHARACTERS) + 1 for text in texts]


_CHARACTERS = 3.3


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large a chunk should be and how large it may be, in tokens."""

    target: int = 400
    hard: int = 800


class Unit(msgspec.Struct, frozen=True, gc=False):  # made for every line, as a `Piece` is
    """Never cut. `lead`: what must be read with it when a chunk begins here."""

    start: int
    end: int
    heading: tuple[str, ...]
    kind: str  # heading | head (of a table) | row | item | sentence | code
    last: bool = True  # the last of its piece
    lead: Cell = (0, 0)
    goes_on: bool = False  # the sentence before runs on in it


@dataclass(slots=True)
class _Open:
    """The chunk that is being filled."""

    units: list[Unit] = field(default_factory=list)
    heading: tuple[str, ...] = ()
    tokens: int = 0
    titles: bool = True  # nothing but headings yet

    def take(self, unit: Unit, tokens: int) -> None:
        if not self.units:
            self.heading = unit.heading
        elif self.heading is not unit.heading:
            self.heading = _common(self.heading, unit.heading)
        self.units.append(unit)
        self.tokens += tokens
        self.titles = self.titles and unit.kind == "heading"


def chunks(page: Page, tokenizer: Tokenizer, sizes: Sizes, blocks: Sequence[Block] = ()) -> tuple[Chunk, ...]:
    """The document as chunks: in order, without overlap, and every word of it in one of them."""
    units = list(_units(page, sizes.target))
    starts = [*(unit.start for unit in units), len(page.markdown)]  # the space behind a unit has tokens too
    counts = tokenizer.counts([page.markdown[start:end] for start, end in pairwise(starts)])
    seen: dict[str, int] = {}
    places = [block.start for block in blocks]
    filled = _packed(units, counts, sizes)
    return tuple(_chunk(page, each, seen, _page_at(blocks, places, each.units[0].start)) for each in filled)


def _packed(units: Sequence[Unit], counts: Sequence[int], sizes: Sizes) -> Iterator[_Open]:
    filling = _Open()
    for index, (unit, tokens) in enumerate(zip(units, counts, strict=True)):
        first = counts[index + 1] if unit.kind == "head" else 0  # a head says nothing without a row
        fits = filling.tokens + tokens + first <= sizes.target and unit.kind != "heading"
        if filling.units and not fits and _ends_before(filling, units, counts, index, sizes):
            yield filling
            filling = _Open()
        filling.take(unit, tokens)
    if filling.units:
        yield filling


def _ends_before(filling: _Open, units: Sequence[Unit], counts: Sequence[int], index: int, sizes: Sizes) -> bool:
    """True when the chunk is cut before this unit."""
    unit, alone = units[index], filling.tokens + counts[index]
    if unit.goes_on:
        return False
    if filling.titles:
        common = len(_common(filling.heading, unit.heading))
        return alone > sizes.hard or common < min(len(filling.heading), len(unit.heading))
    if unit.kind == "heading":
        if len(unit.heading) > _CHAPTER:
            return filling.tokens + _with_rest(units, counts, index) > sizes.target
        return filling.tokens >= sizes.target // _TINY or filling.heading[:1] != unit.heading[:1]
    if alone <= sizes.target and unit.kind != "head":
        return False
    rest = _with_rest(units, counts, index)
    return rest > sizes.target // 4 or filling.tokens + rest > sizes.hard


_CHAPTER = 2  # titles: the document's and the chapter's
_TINY = 8  # a chapter of less than an eighth of the target goes with its neighbour


def _with_rest(units: Sequence[Unit], counts: Sequence[int], index: int) -> int:
    """Tokens of a unit with what follows it at once: a heading's first unit, the little left of a piece."""
    rest = counts[index]
    for following in range(index, min(index + _LOOK, len(units) - 1)):
        if units[following].last and units[following].kind != "heading":
            break
        rest += counts[following + 1]
    return rest


_LOOK = 3  # units looked ahead: enough for two headings and a sentence


def _common(path: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    size = 0
    for title, theirs in zip(path, other, strict=False):
        if title != theirs:
            break
        size += 1
    return path[:size]


def _chunk(page: Page, filled: _Open, seen: dict[str, int], number: int | None) -> Chunk:
    first, end = filled.units[0], filled.units[-1].end
    key = "\x1f".join((*filled.heading, page.markdown[first.start : end]))
    before = seen.get(key, 0)
    name = blake2b(f"{before}\x1e{key}".encode(errors="surrogatepass"), digest_size=8).hexdigest()
    seen[key] = before + 1
    return Chunk(name, first.start, end, filled.heading, filled.tokens, first.lead, number)


def _page_at(blocks: Sequence[Block], starts: Sequence[int], offset: int) -> int | None:
    index = bisect_right(starts, offset) - 1
    return blocks[index].page if index >= 0 else None


# --- Units --------------------------------------------------------------------------------------------------------


def _units(page: Page, target: int) -> Iterator[Unit]:
    """Pieces no longer than `target` characters are units as they are: they cannot have more tokens than that."""
    before: Unit | None = None
    for piece in page.pieces:
        for unit in _of_piece(page, piece, target):
            before = _led(page, before, unit) if unit.kind in _LEADABLE else unit
            yield before


def _led(page: Page, before: Unit | None, unit: Unit) -> Unit:
    """An item or sentence with what must be read before it."""
    if before is not None and unit.kind == "sentence" and _goes_on(page, before, unit):
        return replace(unit, goes_on=True)
    lead = _needs(page, before, unit)
    return replace(unit, lead=lead) if lead != _NONE else unit


_NONE: Cell = (0, 0)
_LEADABLE = frozenset({"item", "sentence"})


def _of_piece(page: Page, piece: Piece, target: int) -> Sequence[Unit]:
    kind = _KINDS.get(piece.kind, piece.kind)
    if piece.end - piece.start <= target or kind in _WHOLE:
        return (Unit(piece.start, piece.end, piece.heading, kind),)
    return tuple(_cut(page, piece, kind))


_KINDS = {"table": "row", "text": "sentence"}
_WHOLE = frozenset({"heading", "item"})


def _cut(page: Page, piece: Piece, kind: str) -> Iterator[Unit]:
    if kind == "row":
        yield from _rows(page, piece)
        return
    cells = list(_sentences(page, piece) if kind == "sentence" else page.lines(piece.start, piece.end))
    for number, (start, end) in enumerate(cells, 1):
        yield Unit(start, end, piece.heading, kind, number == len(cells))


def _rows(page: Page, piece: Piece) -> Iterator[Unit]:
    """The head of a table with the dashes below it, then its rows, which are not understood without it."""
    cells = list(page.lines(piece.start, piece.end))
    head = (piece.start, cells[min(1, len(cells) - 1)][1])
    yield Unit(*head, piece.heading, "head" if len(cells) > _HEAD else "row", len(cells) <= _HEAD)
    for number, (start, end) in enumerate(cells[_HEAD:], _HEAD + 1):
        yield Unit(start, end, piece.heading, "row", number == len(cells), head)


_HEAD = 2  # lines


def _sentences(page: Page, piece: Piece) -> Iterator[Cell]:
    start = piece.start
    for found in _SENTENCE_END.finditer(page.markdown, piece.start, piece.end):
        if _ABBREVIATION.search(page.markdown, max(start, found.start() - 8), found.start()) is None:
            yield start, found.start()
            start = found.end()
    yield start, piece.end


_SENTENCE_END = re.compile(r"(?<=[.!?])(?=\s)\s{1,8}+(?=[A-Z0-9`*\"(\[])")
_ABBREVIATION = re.compile(
    r"(?<![^\n])[ \t]{0,4}\d{1,3}[.]\Z|\b(?:e\.g|i\.e|etc|cf|vs|resp|Fig|No|Ref|Sec|approx|[A-Z])\.\Z"
)


def _goes_on(page: Page, before: Unit, unit: Unit) -> bool:
    """True of the next line of a sentence that happens to begin as a definition does: `dimension: that is, …`."""
    text = page.markdown
    if before.end + 1 != unit.start or before.kind not in _LEADABLE or text[before.end - 1] in _ENDS:
        return False
    line = before.end - max(text.rfind("\n", before.start, before.end) + 1, before.start)
    return line >= _WRAPPED and _CARRIED.match(text, unit.start, unit.end) is not None


_ENDS = frozenset(".!?:;|`*")
_WRAPPED = 40  # characters: lines that are broken for their length are longer
_CARRIED = re.compile(r"[ \t]{0,12}+(?:[a-z]{1,40}+(?![A-Za-z0-9_.])|[A-Za-z0-9_.]{2,120}+(?<=\.)[ \t]{0,4}(?=\n|\Z))")


def _needs(page: Page, before: Unit | None, unit: Unit) -> Cell:
    """The lead-in of an item ("The steps are:") or of a sentence that begins with a word for something said before."""
    if before is None or before.heading != unit.heading or unit.end - unit.start == 0:
        return 0, 0
    if unit.kind == "item":
        if before.kind == "item":
            return before.lead
        ends = page.markdown[before.end - 1] == ":" and before.kind == "sentence"
        return (before.start, before.end) if ends and before.end - before.start <= _LEAD_LONGEST else (0, 0)
    pointing = unit.kind == "sentence" and _POINTING.match(page.markdown, unit.start, unit.end)
    near = before.kind == "sentence" and before.end - before.start <= _LEAD_LONGEST
    return (before.start, before.end) if pointing and near else (0, 0)


_POINTING = re.compile(r"(?:It|Its|This|That|These|Those|They|Their|Then|Therefore|However|Otherwise|Such|He|She)\b")
_LEAD_LONGEST = 600  # characters
