"""Sentences made of what tables and lists print: a subject put to a description, lists without their marks."""

from __future__ import annotations

import re

from randaemon.model import Span


def lower_first(text: str) -> str:
    """Small first letter, for words that are certainly no names."""
    first = text.split(" ", 1)[0].rstrip(",")
    return text[:1].lower() + text[1:] if first.lower() in _ORDINARY and not first[1:].isupper() else text


def unmarked(text: str) -> str:
    """A list in one line without its marks: `A. - B.` → `A. B.`"""
    return _MARK.sub(" ", text)


_MARK = re.compile(r"(?<=[.;:!?]) [-*•] |^[-*•] ")


def enumerated(value: str) -> str:
    """`A B C`, as lines of a cell come, → `A, B, C`; anything but names stays as it is."""
    found = value.split()
    return ", ".join(found) if all(_NAME.fullmatch(word) for word in found) else value


_NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")


def describe(noun: str, name: str, text: str) -> tuple[str, str]:
    """A sentence with the item as its subject, where the grammar of the text allows one; and the part taken over."""
    for start in (f"the {name} {noun} ", f"the {noun} {name} ", f"the {noun} ", f"this {noun} "):
        if text.lower().startswith(start.lower()):  # it says already what it is about: that is not said twice
            said = text[len(start) :]
            spoken = said.partition(" ")[0] in _VERBS | _AUXILIARIES
            return (f"The {noun} {name} {said}.", said) if spoken else _quoted(noun, name, text)
    return _completed(noun, name, lower_first(text)) or _quoted(noun, name, text)


def _completed(noun: str, name: str, said: str) -> tuple[str, str] | None:
    """What lacks only its subject, or its subject and its verb."""
    first, second = [*said.split(" "), ""][:2]
    if first in _VERBS:
        return f"The {noun} {name} {said}.", said
    if first == "whether":
        return f"The {noun} {name} tells {said}.", said
    if first in ("the", "a", "an") and f"{name.lower()} {noun}" not in said.lower()[: len(name) + 20]:
        return f"The {noun} {name} is {said}.", said
    if first in _MEASURES or (second == "of" and first.lower() in _SHARES):
        said = said[:1].lower() + said[1:]
        return f"The {noun} {name} is the {said}.", said
    return None


def _quoted(noun: str, name: str, text: str) -> tuple[str, str]:
    return f"The {noun} {name} is described as “{text}”.", text


_THIRD_PERSON = """
    activates adds adjusts allows applies balances configures contains controls counts decides defines describes
    detects determines disables distributes enables enhances ensures extends gives handles holds identifies
    improves increases indicates introduces limits lists lowers makes manages measures minimizes monitors moves
    offers optimizes prevents provides raises records reduces reports represents saves selects sets shortens
    shows specifies states supports tells triggers
"""
_VERBS = frozenset(_THIRD_PERSON.split())
_QUANTITIES = """
    accumulated aggregated average current maximum mean minimum number time total upper lower
"""
_MEASURES = frozenset(_QUANTITIES.split())
_AUXILIARIES = frozenset({"is", "are", "can", "must", "may", "has", "was", "will", "should"})
_PORTIONS = "sum share percentage amount length duration size count rate ratio level distribution list value part state"
_SHARES = frozenset(_PORTIONS.split())


def opening(span: Span) -> Span:
    """The first sentence: short enough to be learnt, and the one that says what the thing is."""
    found = _SENTENCE_END.search(span.text, _SHORT)
    text = span.text[: found.end()].rstrip() if found else span.text
    return Span(span.start, span.start + len(text), text)


_SHORT = 12  # characters: "E.g. " and "Max. " end no sentence
_SENTENCE_END = re.compile(r"[.!?](?=\s+[A-Z<]|<br|\s*\Z)")


_COMMON = """
    a activate after all an at before by can cannot cell change check configure confirm counted create deactivate delete
    disable during each enable every has if immediately increase incremented install is lock make may must no node
    object on once only perform prepare remove restart set should start stepped stop switch the this unlock update
    updated upon verify wait when whenever whether while
"""
_ORDINARY = _VERBS | _MEASURES | frozenset(_COMMON.split())
