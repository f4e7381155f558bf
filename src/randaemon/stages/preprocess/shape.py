"""What a clean document is made of: how much of what, in which language. Told to the user."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from randaemon.model import Block, Clean, Scalar
from randaemon.stages.preprocess import language

_MOST = 0.6  # of the characters: what a document is
_SOME = 0.2  # …or what it is besides prose
_PROSE = frozenset({"paragraph", "list", "note"})
_SAMPLE = 200_000  # characters of prose that tell the language


def of(document: Clean) -> dict[str, Scalar]:
    """`shape` (prose, tables, code, mixed), `words`, `complexity`; as far as there are any `tables`, `language`, …"""
    sizes: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for block in document.blocks:
        counts[block.kind] += 1
        sizes[block.kind] += block.end - block.start
    counted = {"headings": counts["heading"], "tables": counts["table"], "listings": counts["code"]}
    counted["images"] = sum(mark.kind == "image" for mark in document.marks)
    told: dict[str, Scalar] = {"shape": _shape(sizes), "words": len(document.markdown.split())}
    told |= {name: count for name, count in counted.items() if count}
    running = prose(document.markdown, document.blocks)
    told["complexity"] = complexity(running)
    spoken = language.of(running)
    return told | ({"language": spoken} if spoken else {})


def prose(markdown: str, blocks: Sequence[Block]) -> str:
    """The running text of a document, or the beginning of it."""
    pieces: list[str] = []
    left = _SAMPLE
    for block in blocks:
        if block.kind in _PROSE and left > 0:
            pieces.append(markdown[block.start : block.end])
            left -= block.end - block.start
    return "\n".join(pieces)


def complexity(running: str) -> float:
    """How hard running text is for a small model, 0 to 1: long sentences, full of names, and much of it.

    Each third goes from what is easy for the smallest model to what tires a reader. Two decimals, the same on every
    machine, since the tier that is asked follows from it.
    """
    words = _WORD.findall(running)
    if not words:
        return 0.0
    sentences = sum(1 for _ in _STOP.finditer(running)) or 1
    named = sum(1 for word in words if _NAME.search(word))
    parts = (len(words) / sentences - 12) / 24, named / len(words) / 0.2, len(words) / 4000
    return round(sum(min(max(part, 0.0), 1.0) for part in parts) / len(parts), 2)


_WORD = re.compile(r"[^\W_][\w.-]*")
_NAME = re.compile(r"[a-z][A-Z]|[A-Za-z]\d|_|[A-Z]{3}")  # what a reader has to take letter by letter
_STOP = re.compile(r"[.!?:;](?=\s|$)|\n")


def _shape(sizes: Counter[str]) -> str:
    whole = sum(size for kind, size in sizes.items() if kind != "heading") or 1
    tables, code = sizes["table"] / whole, sizes["code"] / whole
    for share, name in ((tables, "tables"), (code, "code")):
        if share >= _MOST:
            return name
    return "mixed" if max(tables, code) >= _SOME else "prose"
