"""Rule over tags: words that the source tagged as API names, and values that are none."""

from __future__ import annotations

import re
from collections.abc import Iterable

from randaemon.model import Mark, Span
from randaemon.ran import names
from randaemon.stages.extract.finds import FAIR, Finds, Origin, category_of
from randaemon.stages.extract.page import Page
from randaemon.stages.extract.pieces import Piece

_TAGGED = re.compile(rf"(?:{names.OWNER})?(?P<local>[a-z][A-Za-z0-9.]{{1,200}}+)\Z")


def read_marks(finds: Finds, marks: Iterable[Mark]) -> None:
    """Find what the source tagged `apiname`: counters and `Class.attr` for certain, bare attributes with a hump."""
    for mark in marks:
        span = finds.page.trimmed(mark.start, mark.end) if "apiname" in mark.kind else None
        at = finds.page.piece_at(span.start) if span is not None else None
        if span is not None and at is not None:
            _read(finds, at, span)


def tagged_values(page: Page, marks: Iterable[Mark]) -> frozenset[int]:
    """Where words begin that the source tagged as values (`option`): they are no names, whatever they look like."""
    spans = (page.trimmed(mark.start, mark.end) for mark in marks if "option" in mark.kind)
    return frozenset(span.start for span in spans if span is not None)


def _read(finds: Finds, at: Piece, span: Span) -> None:
    tagged = _TAGGED.match(span.text)
    if tagged is None or not names.is_attribute(tagged["local"].partition(".")[0]):
        return
    owner, local = tagged["owner"] or "", tagged["local"]
    if not owner and local in names.FEATURE_STATES:
        owner = "FeatureState"
    name = f"{owner}.{local}" if owner else local
    if owner or names.is_counter(name) or names.has_hump(local):
        finds.add(category_of(name), name, span, Origin("tag", FAIR, at.heading))
