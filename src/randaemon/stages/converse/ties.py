"""How two features go together, where a sentence says it by a verb: `Beam Sweep needs Beam Base (FAJ 121 0002).`

Only sentences are read of which it is certain who needs or excludes whom: the feature of the document stands before the
verb and the other one right behind it, or the other one before `must be active`. Of all others nothing is told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from randaemon.model import Item, Span
from randaemon.quality.text import bare, plain
from randaemon.ran.feature import tied_by_verb


@dataclass(frozen=True, slots=True)
class Tie:
    """What a sentence says of the other feature."""

    kind: str  # prerequisite | conflicting
    verb: str  # as it stands in `said`
    said: str  # `Beam Sweep needs Beam Base (FAJ 121 0002)`, or of the other one `it must be active in the cell`
    sentence: Span


def tie_of(item: Item, host: tuple[str, ...], markdown: str) -> Tie | None:
    """The tie of a related feature whose field `relationship` is a verb; `host`: the names of the document's feature.

    The first of these is the one that it is spoken of by.
    """
    verb = item.fields["relationship"]
    text = _Text(markdown, _below_title(item, markdown))
    start, end = _sentence(verb, item.span, text)
    if end - start > _LONGEST:
        return None
    sentence = Span(start, end, markdown[start:end])
    first = min(span.start for span in (item.span, item.fields.get("title")) if span and span.start >= start)
    subject = host[0] if verb.end <= first else "it"
    told = _of_host(verb, first, sentence, host, text) if verb.end <= first else _of_other(verb, first, item, sentence)
    if not told:
        return None
    printed = _small(plain(verb.text))
    clause = _small(bare(markdown[verb.start : end])).replace(": ", " – ")  # it comes behind a colon itself
    return Tie(tied_by_verb(verb.text), printed, f"{subject} {clause}", sentence)


class _Text(NamedTuple):
    """A document, and where in it the section of an item begins, behind its title."""

    markdown: str
    start: int


def _below_title(item: Item, markdown: str) -> int:
    """Behind the title of an item's section, which may stand right above the text and look like its first words."""
    title = item.heading[-1].strip(_EDGES) if item.heading else ""
    place = markdown.rfind(title, 0, item.span.start) if title else -1
    end = markdown.find("\n", place, item.span.start) if place >= 0 else -1
    alone = end >= 0 and markdown[markdown.rfind("\n", 0, place) + 1 : end].strip(_EDGES) == title
    return end + 1 if alone else 0


_EDGES = "*_#: \t"


def _of_host(verb: Span, first: int, sentence: Span, host: tuple[str, ...], text: _Text) -> bool:
    """`[The feature] requires [the feature X (FAJ …) and] Y`."""
    if _PASSIVE.match(verb.text) or not _LED.fullmatch(_spaced(text.markdown[verb.end : first])):
        return False
    either = _EITHER.search(text.markdown, verb.end, sentence.end)
    if either and tied_by_verb(verb.text) == "prerequisite":
        return False
    return _is_host(text.markdown[sentence.start : verb.start], sentence.start, host, text)


def _of_other(verb: Span, first: int, item: Item, sentence: Span) -> bool:
    """`Y (FAJ …) must be active …`, and of no third feature."""
    before = _spaced(sentence.text[: first - sentence.start])
    between = sentence.text[max(item.span.end - sentence.start, 0) : verb.start - sentence.start]
    behind = sentence.text[verb.end - sentence.start :]
    if not (_PASSIVE.match(verb.text) and _LEAD.fullmatch(before) and _CLOSED.fullmatch(between)):
        return False
    return "FAJ" not in behind and not _EITHER.search(behind)


def _is_host(before: str, start: int, host: tuple[str, ...], text: _Text) -> bool:
    """Is the subject the document's feature: by name, as `the feature`, or as what the paragraph began with."""
    said = _ADVERB.sub("", plain(before)).lower()
    if _THIS.fullmatch(said) or said in _names(host):
        return True
    if said not in ("", "it"):
        return False
    opened = plain(text.markdown[_last(_BLOCK, text, start) : start]).lower()
    return not opened or _THIS.match(opened) is not None or opened.startswith(tuple(_names(host)))


def _names(host: tuple[str, ...]) -> frozenset[str]:
    """The names, with and without `feature` around them; `Burst Splitting` too of `NR Burst Splitting`."""
    found = [name.lower() for name in host]
    parts = (found[0].split(" ", place)[-1] for place in range(1, found[0].count(" ")))
    known = {*found, *parts}
    articles = {f"{article}{name}" for name in known for article in ("", "the ", "feature ", "the feature ")}
    return frozenset({*articles, *(f"{name} feature" for name in articles)})


def _sentence(verb: Span, named: Span, text: _Text) -> tuple[int, int]:
    """From where to where the sentence of both goes."""
    start = _last(_BEGIN, text, min(verb.start, named.start))
    stop = _STOP.search(text.markdown, max(verb.end, named.end))
    return start, stop.start() if stop else len(text.markdown)


def _last(pattern: re.Pattern[str], text: _Text, place: int) -> int:
    low = max(place - _LONGEST, min(text.start, place))
    return max((found.end() for found in pattern.finditer(text.markdown, low, place)), default=low)


def _spaced(markdown: str) -> str:
    """As it is read aloud, with the space before what comes next."""
    return f"{plain(markdown)} ".lstrip()


def _small(said: str) -> str:
    return said[:1].lower() + said[1:]


_LONGEST = 400  # characters
_MARK = r"[ \t]*(?:[-*•+]|\d+[.)])[ \t]+"
_BLOCK = re.compile(rf"(?:\A|\n\s*\n)(?:{_MARK})?|\n{_MARK}|<br>|\|")
_BEGIN = re.compile(rf"{_BLOCK.pattern}|(?<=[.!?:])\s+")
_STOP = re.compile(r"[.!?](?=\s|\Z|[*_]+\s)|\n\s*\n|\n[ \t]*(?:[-*•+|#]|\d+[.)])|<br>|[ \t]*\||\s*\Z")
_PASSIVE = re.compile(
    r"(?:must|has to|have to|needs to|is)\b(?! ?not\b)(?!.*\b(?:compatible|exclusive))", re.IGNORECASE
)
_MENTIONED = r"[A-Z0-9][^.;:()\n]{1,80}? ?[(,] ?FAJ [\d ]{6,10}\)?"
_LED = re.compile(
    rf"(?:with )?(?:(?:the|both) )?(?:(?:features?|functions?) )?(?:{_MENTIONED}(?:,|,? and|,? as well as) (?:the )?)*"
    r"(?:[A-Z0-9][\w/+& -]{1,80} ?[(,]?)?\(? ?"
)
_LEAD = re.compile(r"(?:Before this feature can be used, )?(?:[Tt]he )?(?:[Ff]eature )?", re.IGNORECASE)
_CLOSED = re.compile(r"[)\]*_`,\s]*(?:(?:also|already) )?")
_EITHER = re.compile(r"\bor\b")
_ADVERB = re.compile(r"(?:\A| )(?:also|always|itself|therefore|still|thus)\Z", re.IGNORECASE)
_THIS = re.compile(r"(?:this|the) (?:feature|function)\b")
