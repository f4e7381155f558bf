"""Corrupted twins of a sample: what the score must place below it. Tests and `scripts/bench quality` ask for them.

Pure and deterministic.

A twin is a sample with one thing made wrong. `None` means that this sample has nothing of the kind to spoil.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from randaemon.model import Conversation, Extraction, Message, Span
from randaemon.quality.silence import FIELDS
from randaemon.quality.text import commands


@dataclass(frozen=True, slots=True)
class Source:
    """The document that a sample is from, and sentences of other documents."""

    markdown: str
    extraction: Extraction
    strangers: Sequence[str]


Twin = Callable[[Conversation, Source], Conversation | None]


def identifier_swapped(one: Conversation, source: Source) -> Conversation | None:
    """A name that the answer gives becomes a sibling of its kind, wherever the answer gives it."""
    siblings = {item.name.rpartition(".")[2] for item in source.extraction.items if item.category is one.category}
    local = one.entity.rpartition(".")[2]
    for sibling in sorted(siblings - {local}):
        if local in said(one) and sibling not in local and local not in sibling:
            return _answering(one, said(one).replace(local, sibling))
    found = _KEY.search(said(one))
    return _answering(one, said(one).replace(found[0], _other(found[0]))) if found else None


def number_changed(one: Conversation, _: Source) -> Conversation | None:
    """The last number of the prose is another one; no identifier, command or place in a list is touched."""
    body = said(one).partition("\ncmedit")[0]
    found = [each for each in _NUMBER.finditer(body) if each.end() > 3 and body[each.end() : each.end() + 2] != ". "]
    if not found or one.kind == "procedure":
        return None
    last = found[-1]
    return _answering(one, f"{said(one)[: last.start()]}{int(last[0]) + 7}{said(one)[last.end() :]}")


def unit_changed(one: Conversation, _: Source) -> Conversation | None:
    """A number is given in another unit."""
    found = _WITH_UNIT.search(said(one))
    if found is None:
        return None
    return _answering(one, f"{said(one)[: found.start(1)]}{_UNITS[found[1]]}{said(one)[found.end(1) :]}")


def unit_glued(one: Conversation, _: Source) -> Conversation | None:
    """A number is another one, written against its unit: `400 ms` becomes `9999ms`."""
    return _at(one, _WITH_UNIT.search(said(one)), lambda found: f"9999{found[1]}", before=True)


def number_worded(one: Conversation, _: Source) -> Conversation | None:
    """A number is another one, in words."""
    return _at(one, _WITH_UNIT.search(said(one)), lambda found: f"twenty-seven {found[1]}", before=True)


def unit_scaled(one: Conversation, _: Source) -> Conversation | None:
    """A number is given in parts per million or billion."""
    part = ("ppm", "ppb")[len(one.entity) % 2]
    return _at(one, _WITH_UNIT.search(said(one)), lambda _: f" {part}")


def bound_changed(one: Conversation, _: Source) -> Conversation | None:
    """A bound is turned into another one, or put on a number that has none."""
    answer = said(one)
    for bound, other in _BOUNDS.items():
        if found := re.search(rf"\b{bound}(?= [-\d])", answer):
            return _answering(one, f"{answer[: found.start()]}{other}{answer[found.end() :]}")
    found = _FREE.search(answer.partition("\ncmedit")[0])
    if found is None or one.kind.startswith(("procedure", "command", "refusal", "clarification")):
        return None
    bound = ("at least", "at most", "more than", "less than")[(one.phrasing + len(one.entity)) % 4]
    return _answering(one, f"{answer[: found.start()]}{bound} {answer[found.start() :]}")


def order_turned(one: Conversation, _: Source) -> Conversation | None:
    """What comes before comes after, and what must be in place before is asked for afterwards."""
    if said(one).startswith("Before you "):
        return _answering(one, said(one).replace("Before you ", "After you ", 1))
    return _turned(one, _ORDERS)


def direction_turned(one: Conversation, _: Source) -> Conversation | None:
    """A word becomes its opposite: the highest level is the lowest."""
    return _turned(one, _OPPOSITES)


def word_exchanged(one: Conversation, source: Source) -> Conversation | None:  # noqa: ARG001
    """Another aggregation, or another time: the sum is the maximum, until is after."""
    return _turned(one, _EXCHANGED)


def foreign_sentence(one: Conversation, source: Source) -> Conversation | None:
    """A sentence of another document is added."""
    if not source.strangers:
        return None
    stranger = source.strangers[sum(map(ord, one.entity + one.attribute)) % len(source.strangers)]
    sentence = stranger.partition("\n")[0].rstrip(".:") + "."
    return _answering(one, f"{said(one)}{chr(10) if commands(said(one)) else ' '}{sentence}")


def answer_cut(one: Conversation, _: Source) -> Conversation | None:
    """The last third of the answer is missing."""
    return _answering(one, said(one)[: len(said(one)) * 2 // 3])


def command_broken(one: Conversation, _: Source) -> Conversation | None:
    """The last command of the answer is spelt wrong, unbalanced, of another attribute or without its node."""
    found = commands(said(one))
    if not found:
        return None
    breaks = (
        lambda text: text.replace("cmedit get", "cmedit fetch").replace("cmedit set", "cmedit change"),
        lambda text: text.replace("(", "", 1) if "(" in text else text.replace("=", " ", 1),
        lambda text: re.sub(r"(\w)(=| -t)", r"\1Xy\2", text, count=1),
        lambda text: text.replace("<NODE> ", "", 1),
    )
    spoil = breaks[(one.phrasing + len(one.entity)) % len(breaks)]
    broken = spoil(found[-1])
    broken = broken if broken != found[-1] else breaks[0](found[-1])
    return _answering(one, said(one).replace(found[-1], broken))


def steps_reordered(one: Conversation, _: Source) -> Conversation | None:
    """The first two steps of a procedure change places."""
    parts = re.split(r"(?m)^\d\. ", said(one))
    if one.kind != "procedure" or len(parts) < 3:
        return None
    steps = [parts[2], parts[1], *parts[3:]]
    return _answering(one, parts[0] + "".join(f"{number}. {step.rstrip()}\n" for number, step in enumerate(steps, 1)))


def evidence_moved(one: Conversation, source: Source) -> Conversation | None:
    """The quotations are taken, truly quoted, from elsewhere in the document."""
    markdown = source.markdown
    moved = []
    for span in one.evidence:
        start = (span.start + len(markdown) // 2) % max(len(markdown) - len(span.text), 1)
        moved.append(Span(start, start + len(span.text), markdown[start : start + len(span.text)]))
    return replace(one, evidence=tuple(moved))


def evidence_misquoted(one: Conversation, _: Source) -> Conversation | None:
    """The quotations are right and do not stand where they are said to."""
    return replace(one, evidence=tuple(Span(each.start + 9, each.end + 9, each.text) for each in one.evidence))


def evidence_copied(one: Conversation, _: Source) -> Conversation | None:
    """The answer is the evidence again."""
    return _answering(one, " ".join(span.text for span in one.evidence))


def answer_empty(one: Conversation, _: Source) -> Conversation | None:
    """There is no answer."""
    return _answering(one, "")


def stated_declined(one: Conversation, _: Source) -> Conversation | None:
    """What the document states is declined as if it did not."""
    if one.kind != "fact" or one.attribute not in FIELDS:
        return None
    asked = Message("user", f"Which {one.attribute} does {one.entity} have?")
    declined = f"The documentation describes {one.entity}, but it does not state a {one.attribute} for it."
    expected = {"identifier": one.entity}
    said = (asked, Message("assistant", declined))
    return replace(one, kind="refusal", attribute=f"refusal:{one.attribute}", messages=said, expected=expected)


def question_hollowed(one: Conversation, _: Source) -> Conversation | None:
    """What is asked for is missing: `What is the of X?`."""
    return _asking(
        one, re.sub(r"\b(the|an?) (?!of )(?:[a-z-]+ ){1,4}?(?=of |that |which |for )", r"\1 ", asked(one), count=1)
    )


def question_without_verb(one: Conversation, _: Source) -> Conversation | None:
    """The first verb is missing: `What the unit of X?`."""
    return _asking(one, re.sub(rf" (?:{_SMALL_VERBS})(?= )", "", asked(one), count=1))


def question_stuttering(one: Conversation, _: Source) -> Conversation | None:
    """One of its words stands there twice, whichever it is."""
    words = asked(one).split(" ")
    place = sum(map(ord, one.entity + one.attribute)) % len(words)
    return _asking(one, " ".join((*words[:place], words[place].rstrip("?.:"), *words[place:])))


def question_unmarked(one: Conversation, _: Source) -> Conversation | None:
    """It ends with a full stop, or with nothing."""
    end = ("", ".")[(one.phrasing + len(one.entity)) % 2]
    return _asking(one, f"{asked(one)[:-1]}{end}") if asked(one).endswith("?") else None


def question_uncased(one: Conversation, _: Source) -> Conversation | None:
    """It begins with a small letter, or every word begins with a capital."""
    said = asked(one)
    if (one.phrasing + len(one.entity)) % 2:
        return _asking(one, said[:1].lower() + said[1:]) if not said.startswith(one.entity) else None
    return _asking(one, " ".join(word[:1].upper() + word[1:] for word in said.split(" ")))


def question_repeating(one: Conversation, _: Source) -> Conversation | None:
    """The thing is named twice."""
    said = asked(one)
    return _asking(one, said.replace(one.entity, f"{one.entity} of {one.entity}", 1)) if not one.states else None


def question_disagreeing(one: Conversation, _: Source) -> Conversation | None:
    """Verb and noun are not of one number: `What are the unit of X?`."""
    return _asking(
        one, re.sub(r"(?<=What )(?:is|are)(?= the [a-z]+ (?:of|to|between) )", _other_number, asked(one), count=1)
    )


TWINS: Mapping[str, Twin] = {
    twin.__name__: twin
    for twin in (
        identifier_swapped,
        number_changed,
        unit_changed,
        unit_glued,
        number_worded,
        unit_scaled,
        bound_changed,
        order_turned,
        direction_turned,
        word_exchanged,
        foreign_sentence,
        answer_cut,
        command_broken,
        steps_reordered,
        evidence_moved,
        evidence_misquoted,
        evidence_copied,
        answer_empty,
        stated_declined,
        question_hollowed,
        question_without_verb,
        question_stuttering,
        question_unmarked,
        question_uncased,
        question_repeating,
        question_disagreeing,
    )
}
#: The kinds of which the gates alone must refuse nine in ten.
GATED = (
    "identifier_swapped",
    "number_changed",
    "unit_changed",
    "unit_glued",
    "number_worded",
    "unit_scaled",
    "bound_changed",
    "order_turned",
    "direction_turned",
    "word_exchanged",
    "foreign_sentence",
    "answer_cut",
    "command_broken",
    "stated_declined",
)


def said(conversation: Conversation) -> str:
    """What is answered in the end."""
    return conversation.messages[-1].content


def asked(conversation: Conversation) -> str:
    """What is asked first, without a command that stands below it."""
    return conversation.messages[0].content.partition("\n")[0]


_SMALL_VERBS = "is|are|does|do|can|has|have|must"
_UNITS = {"ms": "s", "s": "ms", "dBm": "dB", "dB": "dBm", "users": "cells", "kbps": "Mbps", "%": "dB", "Hz": "kHz"}
_WITH_UNIT = re.compile(rf"(?<=\d) ({'|'.join(_UNITS)})(?![\w%])")
_BOUNDS = {
    "at least": "at most",
    "at most": "at least",
    "more than": "at least",
    "less than": "at most",
    "up to": "more than",
    "[Mm]aximum(?: of)?": "at least",
    "[Mm]inimum(?: of)?": "at most",
}
_FREE = re.compile(r"(?<![\w.])-?\d+(?= (?:" + "|".join(_UNITS) + r")\b)")
_ORDERS = {"before": "after", "after": "before", "Before": "After", "After": "Before"}
_OPPOSITES = {
    "lowest": "highest",
    "highest": "lowest",
    "maximum": "minimum",
    "minimum": "maximum",
    "lowers": "raises",
    "raises": "lowers",
    "reduces": "increases",
    "increases": "reduces",
    "exceeds": "is below",
    "above": "below",
    "below": "above",
    "uplink": "downlink",
    "downlink": "uplink",
    "successful": "failed",
    "failed": "successful",
    "successes": "failures",
    "succeeded": "failed",
    "enabled": "disabled",
    "disabled": "enabled",
    "under which": "over which",
}
_EXCHANGED = {
    "sum": "maximum",
    "total": "average",
    "average": "sum",
    "mean": "median",
    "maximum": "average",
    "minimum": "median",
    "distribution": "average",
    "ratio": "sum",
    "before": "until",
    "after": "during",
    "until": "after",
    "while": "before",
    "during": "until",
    "within": "after",
}
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?![\w.]*\d|\w)|(?<=\.\.)-?\d+(?!\w)")
_KEY = re.compile(r"FAJ 121 \d{4}|CXC\d{7}")


def _other(key: str) -> str:
    return f"{key[:-1]}{(int(key[-1]) + 1) % 10}"


def _at(
    one: Conversation, found: re.Match[str] | None, given: Callable[[re.Match[str]], str], *, before: bool = False
) -> Conversation | None:
    """The answer with something else in place of a unit, or of a unit and the number before it."""
    if found is None:
        return None
    start = found.start()
    if before:
        start = len(said(one)[:start].rstrip("0123456789"))
        start -= said(one)[start - 1 : start] == "-"
    return _answering(one, f"{said(one)[:start]}{given(found)}{said(one)[found.end() :]}")


def _turned(one: Conversation, opposites: Mapping[str, str]) -> Conversation | None:
    """Prose alone, and the first such word: in a refusal, a question back and a command there is nothing to turn."""
    if one.kind.startswith(("command", "refusal", "clarification")):
        return None
    found = re.search(rf"\b(?:{'|'.join(opposites)})\b", said(one))
    if found is None or any(found[0] in span.text for span in one.evidence) is False:
        return None  # the template's own word
    return _answering(one, f"{said(one)[: found.start()]}{opposites[found[0]]}{said(one)[found.end() :]}")


def _other_number(found: re.Match[str]) -> str:
    return {"is": "are", "are": "is"}[found[0]]


def _asking(one: Conversation, question: str) -> Conversation | None:
    if question == asked(one):
        return None
    _, mark, below = one.messages[0].content.partition("\n")
    return replace(one, messages=(Message("user", f"{question}{mark}{below}"), *one.messages[1:]))


def _answering(one: Conversation, answer: str) -> Conversation | None:
    if answer == said(one):
        return None
    return replace(one, messages=(*one.messages[:-1], Message("assistant", answer)))
