"""What a model may add to the rules: which chunks it is asked about, and how the two are joined.

The rules are the floor. A model is asked only about prose in which they left something open: names that stand there
without a field, words with the shape of a name that no rule took, sentences about parameters or features that gave
nothing. What it says is joined to what they found: agreement raises confidence, conflicts are counted and decided for
the rules, the rest is added with source `model`.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from msgspec import structs

from randaemon.errors import ModelOutputError
from randaemon.model import Category, Chunk, Extraction, Item, Meta, Purpose, Reply, Request, Span, Tier
from randaemon.quality.text import speaks_to_models, squash
from randaemon.ran import names
from randaemon.stages.extract.merge import merge
from randaemon.stages.extract.model import telling
from randaemon.stages.extract.model.align import Passage
from randaemon.stages.extract.page import Page
from randaemon.stages.prompting import Dialogue, fenced, load

MOST: Final = 400  # chunks of one document that a model is asked about: those that promise most
_LEAST_PROSE: Final = 160  # characters
_ANSWER: Final = 1536  # tokens
_KNOWN: Final = 12  # names that the prompt repeats

IsClass = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Open:
    """A chunk in which the rules left something open, and how much."""

    chunk: Chunk
    promise: int
    known: tuple[str, ...]  # names that they found there


@dataclass(slots=True)
class _Tally:
    asked: int = 0
    failed: int = 0
    suspect: int = 0
    agreed: int = 0
    conflicts: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Told:
    """What models said of a document, joined to what the rules found; unless more has to be asked first."""

    items: tuple[Item, ...]
    meta: Meta


def ask(page: Page, extraction: Extraction, dialogue: Dialogue, is_class: IsClass) -> Told:
    """Ask about the open chunks, and join what came back. With requests left in `dialogue` the result is not final."""
    tally = _Tally()
    heard: list[Item] = []
    for each in plan(page, extraction):
        passage = Passage(page, *_reach(each.chunk))
        if speaks_to_models("\n".join((passage.text, *each.chunk.heading, *each.known))):
            tally.suspect += 1
        elif dialogue.mute:
            dialogue.missing += 1
        else:
            heard += _hear(passage, each, dialogue, is_class, tally)
    items = join(extraction.items, merge(heard), tally)
    return Told(items, _meta(tally, len(items) - len(extraction.items)))


def plan(page: Page, extraction: Extraction) -> list[Open]:
    """The chunks to ask about, in the order of the text: at most MOST, of more those that promise most."""
    if not page.is_ran:
        return []
    items = sorted(extraction.items, key=lambda item: item.span.start)
    starts = [item.span.start for item in items]
    known = _words_of(items)
    found = []
    for chunk in extraction.chunks:
        inside = items[bisect_left(starts, chunk.start) : bisect_left(starts, chunk.end)]
        promise = _promise(page, chunk, inside, known)
        if promise:
            found.append(Open(chunk, promise, tuple(dict.fromkeys(item.name for item in inside))[:_KNOWN]))
    best = sorted(found, key=lambda each: (-each.promise, each.chunk.start))[:MOST]
    return sorted(best, key=lambda each: each.chunk.start)


def request(passage: Passage, each: Open, tier: Tier) -> Request:
    """The question about one chunk."""
    messages = load("extract").messages(heading=list(each.chunk.heading), known=list(each.known), text=passage.text)
    return Request(Purpose.EXTRACT, tier, messages, telling.SCHEMA, _ANSWER)


def join(rules: tuple[Item, ...], told: Sequence[Item], tally: _Tally) -> tuple[Item, ...]:
    """The rules' items with what a model adds to them, then its own; ordered by place in the text."""
    joined = {(item.category, item.name): item for item in rules}
    by_local: dict[tuple[Category, str], list[Item]] = {}
    for item in rules:
        by_local.setdefault((item.category, names.split_name(item.name)[1]), []).append(item)
    for item in told:
        same = _same(item, joined, by_local)
        if same is not None:
            joined[same.category, same.name] = _agreed(joined[same.category, same.name], item, tally)
        elif _clashes(item, joined, by_local):
            tally.conflicts.append(f"{item.name} is no {item.category.value}")
        else:
            joined[item.category, item.name] = item
    return tuple(sorted(joined.values(), key=lambda item: (item.span.start, item.category.value, item.name)))


# --- Which chunks -------------------------------------------------------------------------------------------------


def _promise(page: Page, chunk: Chunk, inside: Sequence[Item], known: frozenset[str]) -> int:
    """How much of a chunk's prose the rules left open; 0: nothing that is worth a question."""
    prose = [page.markdown[start:end] for start, end in _prose(page, chunk)]
    size = sum(map(len, prose))
    if size < _LEAST_PROSE or size * 2 < chunk.end - chunk.start:
        return 0
    bare = sum(not _told_of(item) for item in inside)
    strange = {word for text in prose for word in _SHAPED.findall(text)} - known
    cues = 0 if inside else sum(len(_CUE.findall(text)) for text in prose)
    return bare + len(strange) + (cues if cues > 1 else 0)


def _prose(page: Page, chunk: Chunk) -> Iterator[tuple[int, int]]:
    """Running text and list items of a chunk: tables and code are for the rules."""
    pieces = page.pieces
    first = max(bisect_right(pieces, chunk.start, key=lambda piece: piece.start) - 1, 0)
    for piece in pieces[first:]:
        if piece.start >= chunk.end:
            return
        start, end = max(piece.start, chunk.start), min(piece.end, chunk.end)
        if piece.kind in ("text", "item") and start < end:
            yield start, end


def _told_of(item: Item) -> bool:
    """Does the document say more of it than its name, as far as the rules see?"""
    return bool(item.fields.keys() - {"mo", "identity", "title"}) or item.category is Category.FEATURE


def _words_of(items: Sequence[Item]) -> frozenset[str]:
    """Every word of a name or class that the rules took."""
    return frozenset(word for item in items for word in re.split(r"\W+|_", f"{item.name} {item.text}"))


def _reach(chunk: Chunk) -> tuple[int, int]:
    """With what has to be read before it, where that stands close by."""
    start, end = chunk.lead
    near = end > start and start < chunk.start and chunk.start - start <= _NEAR
    return (start if near else chunk.start), chunk.end


_NEAR: Final = 1500  # characters
_SHAPED: Final = re.compile(r"(?<![\w.])[a-z][a-z0-9]{0,40}[A-Z][A-Za-z0-9]{1,80}(?!\w)")
_CUE: Final = re.compile(r"\b(?:parameter|attribute|counter|event|default|threshold|prerequisite|licence|license)s?\b")


# --- What came back -----------------------------------------------------------------------------------------------


def _hear(passage: Passage, each: Open, dialogue: Dialogue, is_class: IsClass, tally: _Tally) -> tuple[Item, ...]:
    """The items of one chunk. A bad reply is written anew once, by a better model if there is one."""
    asked = request(passage, each, dialogue.first)
    reply = dialogue.ask(asked)
    if reply is None:
        return ()
    tally.asked += 1
    heard = _read(reply, passage, is_class)
    if not heard.good:
        heard = _read(dialogue.again(asked, reply, _wrong(heard)), passage, is_class)
        if not heard.good:
            tally.failed += 1
            return ()
    tally.dropped += heard.dropped
    return heard.items


def _read(reply: Reply | None, passage: Passage, is_class: IsClass) -> telling.Heard:
    if reply is None or reply.outcome != "ok":
        return telling.Heard(malformed=True)
    return telling.read(reply.text, passage, is_class)


def _wrong(heard: telling.Heard) -> str:
    wrong = json.dumps([text[:80] for text in heard.dropped[:8]], ensure_ascii=False)
    told = f"The text does not hold this:\n{fenced(wrong)}\n"
    if heard.malformed:
        told = "That is not the JSON object that was asked for. "
    return f"{told}Reply again. Copy names and texts letter by letter, and leave out what is not there."


# --- Rules and model together -------------------------------------------------------------------------------------


def _same(
    item: Item, joined: dict[tuple[Category, str], Item], by_local: dict[tuple[Category, str], list[Item]]
) -> Item | None:
    """The rules' item that a model means too: of the same name, or the only one of the same local name."""
    exact = joined.get((item.category, item.name))
    if exact is not None or not item.category.is_owned:
        return exact
    owner, local = names.split_name(item.name)
    candidates = by_local.get((item.category, local), [])
    bare = [each for each in candidates if not (owner and names.split_name(each.name)[0])]
    return bare[0] if len(bare) == 1 else None


def _clashes(
    item: Item, joined: dict[tuple[Category, str], Item], by_local: dict[tuple[Category, str], list[Item]]
) -> bool:
    """Is the name one of another category to the rules?"""
    rival = _RIVALS.get(item.category)
    if rival is None:
        return False
    local = names.split_name(item.name)[1]
    return (rival, item.name) in joined or (item.category.is_owned and (rival, local) in by_local)


def _agreed(rule: Item, model: Item, tally: _Tally) -> Item:
    """Both found it: surer than either, with the fields that only the model saw."""
    tally.agreed += 1
    fields = dict(rule.fields)
    for name, span in model.fields.items():
        there = fields.setdefault(name, span)
        if not _alike(there, span):
            tally.conflicts.append(f"{rule.name}.{name}")
    confidence = round(1.0 - (1.0 - rule.confidence) * (1.0 - model.confidence), 4)
    return structs.replace(rule, fields=fields, confidence=max(rule.confidence, confidence))


def _alike(one: Span, other: Span) -> bool:
    """The same words, or one within the other: a sentence and the value in it are no contradiction."""
    left, right = squash(one.text), squash(other.text)
    return left in right or right in left or (one.start < other.end and other.start < one.end)


_RIVALS: Final = {
    Category.PARAMETER: Category.COUNTER,
    Category.COUNTER: Category.PARAMETER,
    Category.FEATURE: Category.RELATED_FEATURE,
    Category.RELATED_FEATURE: Category.FEATURE,
}


def _meta(tally: _Tally, added: int) -> Meta:
    """What is told of it in the report; nothing where no model was asked."""
    if not (tally.asked or tally.suspect):
        return {}
    return {
        "model_chunks": tally.asked,
        "model_failed": tally.failed,
        "model_failed_code": ModelOutputError.code if tally.failed else "",
        "model_suspect": tally.suspect,
        "model_added": added,
        "model_agreed": tally.agreed,
        "model_conflicts": len(tally.conflicts),
        "model_conflict_examples": "; ".join(tally.conflicts[:10]),
        "model_dropped": len(tally.dropped),
    }
