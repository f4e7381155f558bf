"""What a clean document is made of: how much of what, in which language. Told to the user."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from randaemon.model import Block, Clean, Scalar
from randaemon.stages.preprocess import language

_MOST = 0.6  # of the characters: what a document is
_SOME = 0.2  # …or what it is besides prose
_PROSE = frozenset({"paragraph", "list", "note"})
_SAMPLE = 200_000  # characters of prose that tell the language


def of(document: Clean) -> dict[str, Scalar]:
    """`shape` (prose, tables, code, mixed), `words`, and as far as there are any `tables`, `images`, `language`, …"""
    sizes: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for block in document.blocks:
        counts[block.kind] += 1
        sizes[block.kind] += block.end - block.start
    counted = {"headings": counts["heading"], "tables": counts["table"], "listings": counts["code"]}
    counted["images"] = sum(mark.kind == "image" for mark in document.marks)
    told: dict[str, Scalar] = {"shape": _shape(sizes), "words": len(document.markdown.split())}
    told |= {name: count for name, count in counted.items() if count}
    spoken = language.of(prose(document.markdown, document.blocks))
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


def _shape(sizes: Counter[str]) -> str:
    whole = sum(size for kind, size in sizes.items() if kind != "heading") or 1
    tables, code = sizes["table"] / whole, sizes["code"] / whole
    for share, name in ((tables, "tables"), (code, "code")):
        if share >= _MOST:
            return name
    return "mixed" if max(tables, code) >= _SOME else "prose"
