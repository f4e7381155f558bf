"""What a description tells of a value in a few words and without labels: `Integer, 1 to 60 s, default 10`,
`Enumeration: OFF, ON; default OFF`, `Difference of load in percent, 5 to 50, default 20`.

A type stands first; a range stands first, behind the type, or right before a default; a unit is one everybody knows.
"""

from __future__ import annotations

import re

from randaemon.model import Category, Span
from randaemon.stages.extract.page import Page

_UNIT = (
    r"(?:%|percent|d[Bb]m?i?|[kMG]?Hz|m?W|[kMG]?bps|[kMG]?bit/s|[mµ]?s|seconds?|milliseconds?|min|minutes?|h|hours?|days?"
    r"|ROPs|PRBs?|RBs?|TTIs?|slots?|symbols?|subframes?|frames?|degrees?|k?m|km/h|[kMG]?[Bb]ytes|bits)(?![A-Za-z0-9/])"
)
_NUMBER = r"[-+−]?\d{1,10}+(?:\.\d{1,6}+)?"
_TO = r"(?: ?(?:\.{2,3}|…|–|-) ?| to )"
_RANGE = rf"(?P<range>{_NUMBER}{_TO}{_NUMBER})(?![\d.]\d)(?: ?(?P<unit>{_UNIT}))?"
_CLOSED = r"(?=[;)]|,(?! ?\d)|\.(?!\d)|<br>|\Z)"
#: `Integer number of cells` begins a sentence, `Integer, 0..7` and `Enumeration OFF, ON` begin none.
_TYPE = re.compile(
    r"[(`*]{0,3}+(?P<type>(?i:(?P<chosen>enum(?:eration)?)|u?int(?:eger)?(?:8|16|32|64)?|bool(?:ean)?|string|float))"
    rf"(?=[`*]{{0,2}}(?:[,;:)]| ?[({{]| {_NUMBER}{_TO}| [A-Z][A-Z0-9_]{{1,40}}(?:,|\||/| or )|\.?(?:\s*\Z|<br>)|\.\s))"
    r"[`*]{0,2}+"
)
_FIRST = re.compile(rf"[(`*]{{0,3}}+{_RANGE}{_CLOSED}")
_BEHIND = re.compile(rf"[,;:]? ?\(?(?:range |from )?{_RANGE}{_CLOSED}")
_CHOICE = r"(?:\d{1,4} ?[=:] ?)?(?!(?i:default|unit|range)\b)[A-Za-z][A-Za-z0-9_]{0,40}+(?: ?\(\d{1,4}\)| ?= ?\d{1,4})?"
_CHOICES = re.compile(
    rf"[,;:]? ?[({{]?(?P<range>{_CHOICE}(?:(?:, or |, | or | / |/| ?\\?\| ?|; ){_CHOICE}){{1,40}}+)(?:[)}}]|{_CLOSED})"
)
_BESIDE = re.compile(
    rf"(?: in (?P<of>{_UNIT}))?(?:(?<!\d)[,;:.] | ?\()(?:range )?{_RANGE}[,;] (?:(?:and|with|the|a) ){{0,2}}\Z"
)
_LONGEST = 80  # characters of a range, with the unit before it
_TOLD_UNIT = re.compile(rf"[,;(] ?unit:? (?P<unit>{_UNIT}){_CLOSED}")
#: What goes on with a value that was told first, up to the sentence behind it.
_CLAUSE = re.compile(
    r"[,;] ?(?:the )?(?:default|unit)(?: value)?(?: is |: ?| ?= ?| )"
    rf"[`*]{{0,2}}+[-+−]?[A-Za-z0-9_%/]{{1,40}}+(?:\.\d{{1,6}}+)?[`*]{{0,2}}+(?: {_UNIT})?"
)
_STOP = re.compile(r"[ )]{0,2}+(?:[.;](?=\s|<br>|\Z)|\Z)")
_FIELDS = {"type": "type", "range": "range", "unit": "unit", "of": "unit"}


def tell(page: Page, category: Category, fields: dict[str, Span]) -> None:
    """Add the type, range and unit that the description of a parameter tells so; what tells nothing else is none."""
    said = fields.get("description")
    if said is None or ("type" in fields and "range" in fields) or category is not Category.PARAMETER:
        return
    first = _told_first(page, said)
    told = first or _told_beside(page, said)
    if told and (unit := _TOLD_UNIT.search(page.markdown, said.start, said.end)):
        told.append(unit)
    for found in told:
        for group, value in found.groupdict().items():
            if value and group in _FIELDS:
                fields.setdefault(_FIELDS[group], page.span(*found.span(group)))
    if first:
        _shorten(page, fields, said, max(found.end() for found in first if found.re is not _TOLD_UNIT))


def _told_first(page: Page, said: Span) -> list[re.Match[str]]:
    """A type and what it ranges over, or a range alone."""
    text, end = page.markdown, said.end
    typed = _TYPE.match(text, said.start, end)
    if typed is None:
        ranged = _FIRST.match(text, said.start, end)
        return [ranged] if ranged else []
    ranged = (_CHOICES if typed["chosen"] else _BEHIND).match(text, typed.end(), end)
    return [typed, ranged] if ranged else [typed]


def _told_beside(page: Page, said: Span) -> list[re.Match[str]]:
    """A range anywhere else, with its default behind it."""
    at = page.markdown.find("default", said.start, said.end)
    found = _BESIDE.search(page.markdown, max(said.start, at - _LONGEST), at) if at >= 0 else None
    return [found] if found else []


def _shorten(page: Page, fields: dict[str, Span], said: Span, end: int) -> None:
    """Leave of a description what stands behind its values, where they are a sentence of their own."""
    while clause := _CLAUSE.match(page.markdown, end, said.end):
        end = clause.end()
    stop = _STOP.match(page.markdown, end, said.end)
    if stop:
        rest = page.trimmed(stop.end(), said.end)
        fields.pop("description")
        if rest is not None and not _EFFECT.fullmatch(rest.text):
            fields["description"] = rest


_EFFECT = re.compile(r"Takes effect [^.;]{1,80}\.?")  # which has a field of its own
