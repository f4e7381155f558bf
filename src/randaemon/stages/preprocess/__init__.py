"""Stage 3: clean Markdown. Boilerplate goes (and is listed), white space is made plain, spans stay exact."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import msgspec

from randaemon.model import Block, Clean, Converted, Done, Mark, Outcome, Removed, Stage, Task
from randaemon.stages.preprocess import cover, gate, shape
from randaemon.stages.preprocess.boilerplate import judge
from randaemon.stages.preprocess.rewrite import Edit, Rewritten, rewrite

_TITLE_MAX = 300  # characters shown to people; the artifact keeps all of it
_TOLD = ("document_number", "revision", "release", "date")  # what a cover says, for `jobs show`
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"  # soft hyphens and the like, which break names apart
_SPACES = re.compile(
    rf"(?:[^\S\n]|[{_INVISIBLE}]){{2,}}|[^\S\n ]|[{_INVISIBLE}]| $", re.MULTILINE
)  # not the single space
_FLAG = "TOOLTIPFLAG"  # what pages of a library hang their tooltips on; converters print it behind names
_FLAGGED = re.compile(rf"(?:[^\S\n]|[{_INVISIBLE}])*{_FLAG}|{_SPACES.pattern}", re.MULTILINE)


def run(task: Task) -> Outcome:
    """The artifact is `Clean` as JSON; raises Refused E_LEGAL, E_NO_CONTENT, E_GARBLED, E_LANGUAGE.

    Option `languages`: those that prose may be in, all when it is empty.
    """
    converted = msgspec.json.decode(task.inputs[Stage.CONVERT].read_bytes(), type=Converted)
    cleaned = clean(converted)
    meta = shape.of(cleaned)
    gate.judge(cleaned, meta, task.options.get("languages"))
    meta |= {key: value for key, value in cleaned.meta.items() if key in _TOLD}
    if cleaned.removed:
        meta["removed"] = len(cleaned.removed)
    if cleaned.title:
        meta["title"] = cleaned.title[:_TITLE_MAX]
    return Done(artifact=msgspec.json.encode(cleaned), meta=meta)


def clean(converted: Converted) -> Clean:
    """The document without boilerplate, every block and mark where its text now is."""
    markdown = converted.markdown
    front = cover.find(markdown, converted.blocks)
    reasons = ["legal"] * front.blocks + judge(markdown, converted.blocks)[front.blocks :]
    kept = [block for block, reason in zip(converted.blocks, reasons, strict=True) if not reason]
    written = rewrite(markdown, list(_edits(markdown, kept)))
    return Clean(
        markdown=written.text,
        title=front.title or _title(converted, reasons),
        blocks=tuple(_moved_blocks(_outside(converted, reasons), written)),
        marks=tuple(_moved_marks(converted.marks, kept, written)),
        removed=tuple(_removed(converted, reasons)),
        meta={**converted.meta, **front.meta},
    )


def _title(converted: Converted, reasons: Sequence[str]) -> str:
    """The document's title; where that is the heading of something that went (Contents), the first one that stays."""
    pairs = zip(converted.blocks, reasons, strict=True)
    headings = [(_printed(converted, block), reason) for block, reason in pairs if block.kind == "heading"]
    staying = (title for title, reason in headings if not reason)
    went = any(title == converted.title for title, reason in headings if reason)
    return next(staying, converted.title) if went else converted.title


def _edits(markdown: str, kept: Sequence[Block]) -> Iterator[Edit]:
    """Everything between kept blocks becomes one blank line; inside them white space is made plain."""
    at, spaces = 0, _FLAGGED if _FLAG in markdown else _SPACES
    for block in kept:
        gap = "\n\n" if at else ""
        if markdown[at : block.start] != gap:
            yield Edit(at, block.start, gap)
        if block.kind != "code":
            yield from _spaces(markdown, block, spaces)
        at = block.end
    if markdown[at:] != "\n":
        yield Edit(at, len(markdown), "\n" if kept else "")


def _spaces(markdown: str, block: Block, spaces: re.Pattern[str]) -> Iterator[Edit]:
    for found in spaces.finditer(markdown, block.start, block.end):
        old = found.group()
        new = _plain(markdown, found.start(), found.end(), block)
        if new != old:
            yield Edit(found.start(), found.end(), new)


def _plain(markdown: str, start: int, end: int, block: Block) -> str:
    """What stands for white space: nothing at a line's end, in lists the indent at its beginning, else a space."""
    if end == block.end or markdown[end] == "\n" or markdown.startswith(_FLAG, end - len(_FLAG)):
        return ""
    if block.kind == "table" and markdown[start - 1] == markdown[end] == "|":
        return "  "  # an empty cell
    run = markdown[start:end].strip(_INVISIBLE)
    if start == block.start or markdown[start - 1] == "\n":
        return "" if block.kind != "list" else " " * len(run.expandtabs(4))
    return " " if run else ""


def _outside(converted: Converted, reasons: Sequence[str]) -> Iterator[Block]:
    """The blocks that stay, their paths without the titles that went: what follows a contents list is not in it."""
    gone: set[tuple[str, ...]] = set()
    for block, reason in zip(converted.blocks, reasons, strict=True):
        if not reason:
            path = block.heading
            kept = tuple(title for depth, title in enumerate(path, start=1) if path[:depth] not in gone)
            yield block if len(kept) == len(path) else replace(block, heading=kept)
        elif block.kind == "heading":
            gone.add((*block.heading, _printed(converted, block)))


def _printed(converted: Converted, heading: Block) -> str:
    return converted.markdown[heading.start : heading.end].lstrip("#").strip()


def _moved_blocks(kept: Iterable[Block], written: Rewritten) -> Iterator[Block]:
    for block in kept:
        span = written.span(block.start, block.end)
        if span:
            yield replace(block, start=span[0], end=span[1])


def _moved_marks(marks: Sequence[Mark], kept: Sequence[Block], written: Rewritten) -> Iterator[Mark]:
    """Marks of blocks that stay. Both come in the order of the text."""
    blocks = iter(kept)
    block = next(blocks, None)
    for mark in sorted(marks, key=lambda mark: mark.start):
        while block and block.end <= mark.start:
            block = next(blocks, None)
        if block is None:
            return
        if mark.start >= block.start and (span := written.span(mark.start, mark.end)):
            yield replace(mark, start=span[0], end=span[1])


def _removed(converted: Converted, reasons: Sequence[str]) -> Iterator[Removed]:
    """Neighbouring blocks that went for one reason are one entry."""
    start = None
    pairs = list(zip(converted.blocks, reasons, strict=True))
    for number, (block, reason) in enumerate(pairs):
        if not reason:
            continue
        start = block if start is None else start
        following = pairs[number + 1][1] if number + 1 < len(pairs) else ""
        if following != reason:
            yield Removed(reason, converted.markdown[start.start : block.end], start.heading)
            start = None
