"""Rule over documents of other vendors: features by numbers of their own, parameters as `Class.UpperCamel`.

`5GC099412: Uplink Quiet Window` and `FOFD-061204`. The document's own feature stands in its first heading; the others
are related where their section or their sentence says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from randaemon.model import Category, Span
from randaemon.ran.feature import Role
from randaemon.ran.mentions import VENDOR_FEATURES, before_marks, matches_at, word_start
from randaemon.stages.extract.finds import FAIR, WEAK, Finds, Origin
from randaemon.stages.extract.pieces import Piece
from randaemon.stages.extract.rules.subjects import TOGETHER

_TITLE = re.compile(r":? (?P<title>[A-Z][A-Za-z0-9/+&-]{1,40}+(?: [A-Za-z0-9/+&-]{1,40}+){1,9}+)")
_PARAMETER = re.compile(r"(?P<name>[A-Z][A-Za-z0-9]{2,40}+\.[A-Z][A-Za-z0-9]{2,60}+)[*`]{0,2}+ parameter\b")
_CALLED = re.compile(r" parameter\b")
#: `M8001C223`, wherever a sentence names it.
_COUNTER = re.compile(r"M\d(?<![A-Za-z0-9]M.)\d{3,4}C\d{1,4}(?![A-Za-z0-9])")
_SENTENCE = 300  # characters


def read_vendors(finds: Finds) -> None:
    """Find the features that a page names by numbers, the parameters it calls so, and counters by numbers."""
    page = finds.page
    for found in _COUNTER.finditer(page.markdown) if page.is_ran else ():
        at = page.piece_at(found.start())
        if at is not None and at.kind in ("text", "item"):
            finds.add(Category.COUNTER, found[0], page.span(*found.span()), Origin("vendor-counter", WEAK, at.heading))
    told = list(_identities(finds))
    if not told:
        return
    own = {span.text for span in told if span.text in page.headline}
    for span in told:
        at = page.piece_at(span.start)
        if at is None or at.kind not in ("heading", "text", "item"):
            continue
        fields = _fields(finds, span, at.end)
        if span.text in own:
            finds.add(Category.FEATURE, span.text, span, Origin("vendor-feature", FAIR, at.heading), fields)
        elif own and _goes_with(finds, at, span):
            finds.add(Category.RELATED_FEATURE, span.text, span, Origin("vendor-tie", WEAK, at.heading), fields)
    _read_called(finds)


def _goes_with(finds: Finds, at: Piece, identity: Span) -> bool:
    """True where the section or the sentence says that features go together."""
    if at.role is Role.DEPENDENCIES:
        return True
    return TOGETHER.search(finds.page.markdown, max(at.body, identity.start - _SENTENCE), at.end) is not None


def _read_called(finds: Finds) -> None:
    page = finds.page
    text = page.markdown
    starts = {_start(text, called.start()) for called in _CALLED.finditer(text)}
    for found in matches_at(_PARAMETER, text, starts):
        at = page.piece_at(found.start())
        if at is not None:
            span = page.span(*found.span("name"))
            finds.add(Category.PARAMETER, span.text, span, Origin("vendor-parameter", WEAK, at.heading))


def _identities(finds: Finds) -> Iterator[Span]:
    for numbers in VENDOR_FEATURES:
        for found in numbers.finditer(finds.page.markdown):
            yield finds.page.span(word_start(finds.page.markdown, found.start()), found.end())


def _fields(finds: Finds, identity: Span, end: int) -> dict[str, Span]:
    behind = _TITLE.match(finds.page.markdown, identity.end, end)
    title = finds.page.span(*behind.span("title")) if behind else None
    return {"identity": identity, "title": title} if title else {"identity": identity}


def _start(text: str, end: int) -> int:
    """Where the class begins of a qualified name that ends at an offset, marks of emphasis apart."""
    local = word_start(text, before_marks(text, end))
    return word_start(text, local - 1) if text[local - 1 : local] == "." else local
