"""Rule over sentences that set something and name no class: `hysteresisA3 was raised to 30`, `drxTimer = 60 ms`.

What a text about a network sets to a number, a word of capitals, true or false is a parameter, whatever it belongs to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from randaemon.ran import mentions, names
from randaemon.stages.extract.finds import WEAK, Finds, Origin, category_of
from randaemon.stages.extract.page import Cell

_LOCAL = r"[a-z][a-z0-9]{0,40}+[A-Z][A-Za-z0-9]{0,80}+"
_VALUE = r"(?=[-+]?\d|(?:true|false)\b|[A-Z][A-Z0-9_]{1,40}\b)"
_TICK = r"[`*]{0,2}+"
#: Each begins with letters of its own, which makes the search fast; what stands before them is asked afterwards.
_SET = tuple(re.compile(rf"{end} {_TICK}{_VALUE}") for end in ("et to", "ed (?:to|from|at)", "t at"))  # set, kept
_NAME = re.compile(_LOCAL)
_VERBS = frozenset(
    {
        "adjusted", "changed", "configured", "corrected", "decreased", "increased", "kept", "left", "lowered", "raised",
        "reduced", "remained", "reset", "reverted", "set", "stayed", "tuned",
    }
)  # fmt: skip
_AUXILIARY = frozenset(
    {
        "again", "also", "be", "been", "had", "has", "have", "is", "must", "not", "now", "shall", "should", "then",
        "to", "was", "were",
    }
)  # fmt: skip
#: What goes on without its verb: `…, and timeToTriggerA3 to 320`.
_ELIDED = re.compile(rf"[^\n.,;]{{1,24}}(?:, and|,| and)[ \n]{_TICK}(?P<name>{_LOCAL}){_TICK} (?:to|from|at) {_VALUE}")
_EQUALS = re.compile(rf"=(?<=[A-Za-z0-9`* ]=)[ \t]?{_TICK}{_VALUE}")
_JOINED = (", ", ",\n", " and ", "\nand ", " and\n")
#: The assignment before, whose class holds for what goes on with it: `NRCellDU.a = 5 and b = 6`.
_CHAINED = re.compile(
    rf"(?P<owner>[A-Z][A-Za-z0-9]{{1,80}}+)\.{_LOCAL}{_TICK} ?= ?[^\n,;.=]{{1,24}}(?:,[ \n]|,?[ \n]and[ \n])\Z"
)
_LONGEST = 160  # characters before a value in which its name stands
_SPOKEN = frozenset({"text", "item"})


def read_assigned(finds: Finds) -> None:
    """Find what sentences set; commands and code are read by other rules."""
    if not finds.page.is_ran:
        return
    text = finds.page.markdown
    for owner, (start, end) in chain(*(read(text) for read in (_set_by_verbs, _put, _set_with_others, _of_instances))):
        at, local = finds.page.piece_at(start), text[start:end]
        if at is not None and at.kind in _SPOKEN and names.is_attribute(local) and not names.is_counter(local):
            name = f"{owner}.{local}" if owner else local
            finds.add(category_of(name), name, finds.page.span(start, end), Origin("assigned", WEAK, at.heading))


def _set_by_verbs(text: str) -> Iterator[tuple[str, Cell]]:
    for verb in chain.from_iterable(each.finditer(text) for each in _SET):
        place = _object(text, text.find(" ", verb.start()))
        if place is None:
            continue
        yield "", place
        more = _ELIDED.match(text, verb.end())
        while more is not None:
            yield "", more.span("name")
            more = _ELIDED.match(text, more.end())


def _object(text: str, end: int) -> Cell | None:
    """Where the name stands that is set by a verb which ends at an offset."""
    start = mentions.word_start(text, end)
    if text[start:end] not in _VERBS:
        return None
    for _ in range(_MOST_AUXILIARIES):
        end = start - 1
        while end > 0 and text[end - 1] in "`*":
            end -= 1
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


def _put(text: str) -> Iterator[tuple[str, Cell]]:
    """`we put HeronProfile.wakeLevel to 50`: whoever gives it a value knows its class."""
    for goal in _TO.finditer(text):
        end = goal.start()
        while end > 0 and text[end - 1] in "`*":
            end -= 1
        start = mentions.word_start(text, end)
        owner = mentions.word_start(text, start - 1) if text[start - 1 : start] == "." else start
        named = owner < start and _NAME.fullmatch(text, start, end) and names.has_hump(text[owner : start - 1])
        if named and text[owner].isupper() and text[owner - 1 : owner] not in _PARTS:
            yield text[owner : start - 1], (start, end)


_TO = re.compile(rf" to {_TICK}{_VALUE}")


def _set_with_others(text: str) -> Iterator[tuple[str, Cell]]:
    """What goes on with an assignment that names its class."""
    for sign in _EQUALS.finditer(text) if "=" in text else ():
        end = sign.start()
        while end > 0 and text[end - 1] in "`* ":
            end -= 1
        place = _named(text, mentions.word_start(text, end), end)
        if place is None or not text.endswith(_JOINED, 0, place[0]):
            continue
        before = _CHAINED.search(text, max(0, place[0] - _LONGEST), place[0])
        if before and names.could_be_class(before["owner"]):
            yield before["owner"], place


def _of_instances(text: str) -> Iterator[tuple[str, Cell]]:
    """`TermPointToGNB=4 has operationalState DISABLED`."""
    for has in _HAS.finditer(text):
        before = _INSTANCE.search(text, max(0, has.start() - _LONGEST), has.start())
        if before is not None:
            yield before["owner"], has.span("name")


_HAS = re.compile(rf" has (?:the )?{_TICK}(?P<name>{_LOCAL})(?![A-Za-z0-9_(.])")
_INSTANCE = re.compile(rf"(?<![A-Za-z0-9_.-])(?P<owner>[A-Z][A-Za-z0-9]{{1,80}}+)=[A-Za-z0-9_-]{{1,40}}{_TICK}\Z")
