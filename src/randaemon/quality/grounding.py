"""Grounding: what an answer says by name, number and unit, and its evidence does not hold."""

from __future__ import annotations

import re
from functools import lru_cache

from randaemon.quality import amounts, text
from randaemon.quality.case import Case
from randaemon.quality.units import UNITS
from randaemon.ran.mo import Attribute
from randaemon.ran.values import in_one_line

_SIGN = 3  # letters: of a longer unit the case says nothing, of dB and ms it does
_BROKEN = re.compile(r"(?<=\w)(?:<br\s*/?>|-\n)(?=\w)(?!EVENT_)|(?<=_)\n(?=\w)")  # a name that a narrow column breaks


def unproven(case: Case) -> set[str]:
    """Identifiers, numbers and units of the answer that its evidence does not hold."""
    missing = _ungrounded(text.prose(case.answer), case.evidence)
    return set(missing - chosen(case) - torn(case)) if missing else set()


def torn(case: Case) -> set[str]:
    """Names that a column of the source broke in two: `EUtranCellTDD.pmPag Discarded`."""
    told = (*case.items, *(item for each in case.stated for item in each.items))
    own = (item for item in told if item.text != item.name and case.quotes(item.span))
    return {part for item in own if "".join(item.text.split()) == item.name for part in item.name.split(".")}


def chosen(case: Case) -> frozenset[str]:
    """Numbers that the user asks to set, and that the quoted range of the item allows."""
    if not case.commands:
        return frozenset()
    ranges = filter(case.quotes, case.fields("range"))
    told = next((Attribute("", range=text.plain(in_one_line(span.text))) for span in ranges), None)
    if told is None or told.allows(""):  # not understood: it would allow anything
        return frozenset()
    return frozenset(number for number in amounts.numbers(case.questions) if told.allows(number))


@lru_cache(maxsize=4096)  # the gate and the score ask, and the wordings of a fact share both texts
def _ungrounded(said: str, known: str) -> frozenset[str]:
    """Identifiers, numbers and units that the first text says and the second does not hold."""
    tokens = {*text.words(known), *text.words(mended(known))}  # a narrow column breaks names
    parts = {part for token in tokens if "_" in token for part in token.split("_")}  # `EUtranCellFDD_pmX`: both names
    joined = "".join(known.split())  # `CXC 401 2607` holds CXC4012607
    named = {name for name in text.identifiers(said) - tokens - parts if not key_in(name, joined)}
    units = amounts.units(said) - amounts.units(known) - tokens
    begun = {unit for unit in units if unit.capitalize() in tokens and len(unit) > _SIGN}  # `Users` begins a sentence
    numbers = amounts.numbers(said) - amounts.numbers(known) - parts
    return frozenset(named | numbers | (units - begun) | _uncounted(said, tokens))


def _uncounted(said: str, tokens: set[str]) -> set[str]:
    """What stands behind a number as if it were its measure and nowhere in the evidence: `400 msec`, `400 volts`."""
    words = {word for word in amounts.counted(said) if (len(word) > 1 or word in UNITS) and word not in tokens}
    if not words:
        return words
    known = text.stems(word.lower() for word in tokens) | text.NEUTRAL_STEMS
    return {word for word in words if not text.stems([word.lower()]) <= known}


def mended(quoted: str) -> str:
    """The text with the names whole that a narrow column broke."""
    return _BROKEN.sub("", quoted)


def key_in(name: str, joined: str) -> bool:
    """A licence key that the text, without its spaces, holds: `CXC 401 2607` is CXC4012607."""
    return text.KEY.fullmatch(name) is not None and name in joined
