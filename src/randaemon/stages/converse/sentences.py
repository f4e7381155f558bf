"""Sentences made of what tables and lists print: a subject put to a description, lists without their marks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from randaemon.model import Span
from randaemon.stages.converse.grammar import MEASURES, VERBS, predicate


def lower_first(text: str) -> str:
    """Small first letter, for words that are certainly no names: `Cell unlock`, but not `Cell Fold` of a title."""
    first, second = [*text.split(" ", 2), ""][:2]
    word = first.rstrip(",").lower()
    if word not in _ORDINARY or first[1:].isupper() or (word in _THINGS and _TITLED.match(second)):
        return text
    return text[:1].lower() + text[1:]


def upper_first(text: str) -> str:
    """Capital first letter, for a sentence that begins with an ordinary word and not with a name like `nRTAC`."""
    first = text.split(" ", 1)[0].rstrip(",")
    return text[:1].upper() + text[1:] if first.isalpha() and first.islower() else text


def in_small(words: str, markdown: str) -> Span | None:
    """Where the text writes words of a heading in capitals as it writes them in sentences: `Beam Sweep`, `the feature`.

    None of what it writes in capitals only: some of these are abbreviations, and nobody knows which.
    """
    if not words.isupper() or " " not in words:
        return None
    written = re.compile(rf"(?<!\w){' '.join(map(re.escape, words.split()))}(?!\w)", re.IGNORECASE)
    found = next((each for each in written.finditer(markdown) if not each[0].isupper()), None)
    return Span(found.start(), found.end(), found[0]) if found else None


def listed(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b, and c`."""
    if len(parts) < 3:
        return " and ".join(parts)
    return f"{', '.join(parts[:-1])}, and {parts[-1]}"


def unmarked(text: str) -> str:
    """A list in one line without its marks: `A. - B.` → `A. B.`"""
    return _MARK.sub(" ", text)


_MARK = re.compile(r"(?<=[.;:!?]) [-*•] |^[-*•] ")


def inline(text: str) -> str:
    """A step with a list under it as one line: `the beams: - 1 for narrow - 2 for wide` → `…: 1 for narrow, 2 …`."""
    before, mark, rest = text.partition(": - ")
    if mark:
        return f"{before}: {', '.join(part.rstrip('.,; ') for part in rest.split(' - '))}"
    return unmarked(text)


def describe(noun: str, name: str, text: str) -> tuple[str, str]:
    """A sentence with the item as its subject, where the grammar of the text allows one; and the part taken over."""
    if said := _behind_name(name, text):
        return f"The {noun} {name} {said}.", said
    starts = (f"the {name} {noun} ", f"the {noun} {name} ", f"the {noun} ", f"this {noun} ")
    for start in (*starts, *(("the function ", "this function ") if noun == "feature" else ())):
        if text.lower().startswith(start.lower()):  # it says already what it is about: that is not said twice
            said = text[len(start) :]
            spoken = _SPOKEN.match(said) is not None
            return (f"The {noun} {name} {said}.", said) if spoken else _quoted(noun, name, text)
    if f"{name.lower()} {noun}" in text.lower()[: len(name) + 20]:
        return _quoted(noun, name, text)
    found = predicate(noun, text)
    return (f"The {noun} {name} {found.verb}{found.rest}.", found.rest) if found else _quoted(noun, name, text)


def _behind_name(name: str, text: str) -> str:
    """What is said of it: `NR Beam Hold (FAJ 121 0001) keeps …`, `Beam Hold keeps …`; "" of other sentences."""
    short = name.partition(" ")[2] if _RADIO.match(name) else name
    found = re.match(
        rf"(?:the )?(?:feature )?(?:{re.escape(name)}|{re.escape(short)})(?: \([^()]{{1,80}}\))? ", text, re.IGNORECASE
    )
    said = text[found.end() :] if found else ""
    return said if _SPOKEN.match(said) else ""


_RADIO = re.compile(r"(?:NR|LTE|5G|4G) \w+ ")


def _quoted(noun: str, name: str, text: str) -> tuple[str, str]:
    return f"The {noun} {name} is described as “{text}”.", text


#: What stands behind its subject: a verb of the third person, or one that helps another.
_SPOKEN = re.compile(r"(?:[a-z]+[a-rt-z]s|is|are|can|must|may|has|was|will|should|cannot|consists|does)\b")


def spoken(span: Span) -> Span | None:
    """The first sentence that says what the thing is, short enough to be learnt; None where all only announce it."""
    announced = _ANNOUNCED.match(span.text)
    start = announced.end() if announced else 0
    if start == len(span.text):
        return None
    found = _SENTENCE_END.search(span.text, start + _SHORT)
    text = span.text[start : found.end() if found else len(span.text)].rstrip()
    return Span(span.start + start, span.start + start + len(text), text)


_SHORT = 12  # characters: "E.g. " and "Max. " end no sentence
_END = r"[.!?](?=\s+[A-Z<{]|\s+[-−]?\d+ ?(?:\.\.|…|–|-)|<br|\s*\Z)"
_SENTENCE_END = re.compile(_END)
_PART = r"This (?:document|guide|guideline|page|chapter|section|description) [a-z]+s\b"
_SOLD = (
    r"(?:It|The feature(?: identity)?) (?:belongs to the value package|is (?:subject to|(?:meant|intended) for|FAJ))"
)
_ANNOUNCED = re.compile(rf"(?:(?:{_PART}|{_SOLD}).*?(?:{_END}|\Z)(?:\s|<br\s*/?>)*)+", re.DOTALL)


_COMMON = """
    a activate after all an at before by can cannot cell change check configure confirm counted create deactivate delete
    disable during each enable every has if immediately increase incremented install is lock make may must no node
    object on once only perform prepare remove restart set should start stepped stop switch the this unlock update
    updated upon verify wait when whenever whether while let run monitor ensure keep leave repeat continue observe
    compare record measure new next ongoing
"""
_ORDINARY = VERBS | MEASURES | frozenset(_COMMON.split())
#: Of these the words that begin names as well as sentences.
_SOME = "cell node object time number total average current change lower upper switch lock"
_THINGS = frozenset(_SOME.split())
_TITLED = re.compile(r"[A-Z][a-z]+\b")
