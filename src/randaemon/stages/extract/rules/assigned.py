"""Rule over sentences that set something and name no class: `hysteresisA3 was raised to 30`, `drxTimer = 60 ms`.

What a text about a network sets to a number, a word of capitals, true or false is a parameter, whatever it belongs to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from randaemon.ran import mentions, names
from randaemon.stages.extract.finds import WEAK, Finds, Origin, category_of
from randaemon.stages.extract.page import Cell, Page

_VALUE = r"(?=[-+]?\d|(?:true|false)\b|[A-Z][A-Z0-9_]{1,40}\b)"
_TICK = r"[`*]{0,2}+"
_GIVEN = re.compile(rf" (?:to|from|at) {_TICK}{_VALUE}")
_NAME = re.compile(names.HUMPED)
_VERBS = frozenset(
    {
        "adjusted", "changed", "configured", "corrected", "decreased", "increased", "kept", "left", "lowered", "raised",
        "reduced", "remained", "reset", "reverted", "set", "stayed", "tuned",
    }
)  # fmt: skip
_VERB_ENDS = ("ed", "t")  # which few other words have before a value
_AUXILIARY = frozenset(
    {
        "again", "also", "be", "been", "had", "has", "have", "is", "must", "not", "now", "shall", "should", "then",
        "to", "was", "were",
    }
)  # fmt: skip
#: What goes on without its verb: `…, and timeToTriggerA3 to 320`.
_ELIDED = re.compile(
    rf"[^\n.,;]{{1,24}}(?:, and|,| and)[ \n]{_TICK}(?P<name>{names.HUMPED}){_TICK} (?:to|from|at) {_VALUE}"
)
_EQUALS = re.compile(rf"=(?<=[A-Za-z0-9`* ]=)[ \t]?{_TICK}{_VALUE}")
_JOINED = (", ", ",\n", " and ", "\nand ", " and\n")
#: The assignment before, whose class holds for what goes on with it: `NRCellDU.a = 5 and b = 6`.
_CHAINED = re.compile(
    rf"(?P<owner>[A-Z][A-Za-z0-9]{{1,80}}+)\.{names.HUMPED}{_TICK} ?= ?[^\n,;.=]{{1,24}}(?:,[ \n]|,?[ \n]and[ \n])\Z"
)
_LONGEST = 160  # characters before a value in which its name stands
_SPOKEN = frozenset({"text", "item"})


def read_assigned(finds: Finds) -> None:
    """Find what sentences set; commands and code are read by other rules."""
    if not finds.page.is_ran:
        return
    text = finds.page.markdown
    for owner, (start, end) in chain(*(read(finds.page) for read in (_given, _set_with_others, _of_instances))):
        at, local = finds.page.piece_at(start), text[start:end]
        if at is not None and at.kind in _SPOKEN and names.is_attribute(local) and not names.is_counter(local):
            name = f"{owner}.{local}" if owner else local
            finds.add(category_of(name), name, finds.page.span(start, end), Origin("assigned", WEAK, at.heading))


def _given(page: Page) -> Iterator[tuple[str, Cell]]:
    for value in _GIVEN.finditer(page.markdown):
        qualified = _put(value) if value[0].startswith(" to") else None
        if qualified is not None:
            yield qualified
        place = _object(value.string, value.start())
        if place is not None:
            yield "", place
            yield from (("", each) for each in _elided(value))


def _elided(value: re.Match[str]) -> Iterator[Cell]:
    more = _ELIDED.match(value.string, value.end())
    while more is not None:
        yield more.span("name")
        more = _ELIDED.match(value.string, more.end())


def _object(text: str, end: int) -> Cell | None:
    """Where the name stands that is set by a verb which ends at an offset."""
    if not text.endswith(_VERB_ENDS, 0, end):
        return None
    start = mentions.word_start(text, end)
    if text[start:end] not in _VERBS:
        return None
    for _ in range(_MOST_AUXILIARIES):
        end = mentions.before_marks(text, start - 1)
        start = mentions.word_start(text, end)
        if text[start:end] not in _AUXILIARY:
            return _named(text, start, end)
    return None


_MOST_AUXILIARIES = 4


def _named(text: str, start: int, end: int) -> Cell | None:
    """A bare name; None of an ordinary word and of what is part of something longer."""
    if text[start - 1 : start] in _PARTS or _NAME.fullmatch(text, start, end) is None:
        return None
    return start, end


_PARTS = frozenset("_.=/,?&$-")


def _put(value: re.Match[str]) -> tuple[str, Cell] | None:
    """`we put HeronProfile.wakeLevel to 50`: whoever gives it a value knows its class."""
    text, end = value.string, mentions.before_marks(value.string, value.start())
    start = mentions.word_start(text, end)
    if text[start - 1 : start] != "." or _NAME.fullmatch(text, start, end) is None:
        return None
    first = mentions.word_start(text, start - 1)
    owner = text[first : start - 1]
    if not owner[:1].isupper() or not names.has_hump(owner) or text[first - 1 : first] in _PARTS:
        return None
    return owner, (start, end)


def _set_with_others(page: Page) -> Iterator[tuple[str, Cell]]:
    """What goes on with an assignment that names its class."""
    text = page.markdown
    for sign in _EQUALS.finditer(text, page.first_equals):
        end = mentions.before_marks(text, sign.start(), "`* ")
        place = _named(text, mentions.word_start(text, end), end)
        if place is None or not text.endswith(_JOINED, 0, place[0]):
            continue
        before = _CHAINED.search(text, max(0, place[0] - _LONGEST), place[0])
        if before and names.could_be_class(before["owner"]):
            yield before["owner"], place


def _of_instances(page: Page) -> Iterator[tuple[str, Cell]]:
    """`TermPointToGNB=4 has operationalState DISABLED`."""
    for has in _HAS.finditer(page.markdown, page.first_equals):
        before = _INSTANCE.search(page.markdown, max(0, has.start() - _LONGEST), has.start())
        if before is not None:
            yield before["owner"], has.span("name")


_HAS = re.compile(rf" has (?:the )?{_TICK}(?P<name>{names.HUMPED})(?![A-Za-z0-9_(.])")
_INSTANCE = re.compile(rf"(?<![A-Za-z0-9_.-])(?P<owner>[A-Z][A-Za-z0-9]{{1,80}}+)=[A-Za-z0-9_-]{{1,40}}{_TICK}\Z")
