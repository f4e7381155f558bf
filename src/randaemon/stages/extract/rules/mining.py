"""Facts inside a description: `Range: 0..100. Unit: ms.`, "the default value is 20", "takes effect immediately".

Each fact becomes a span of its own, so that an answer can be grounded in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from randaemon.model import Span
from randaemon.stages.extract.page import NO_VALUE, Page

_LABELS = {
    "takes effect": "takes_effect",
    "change take effect": "takes_effect",
    "change takes effect": "takes_effect",
    "unit": "unit",
    "units": "unit",
    "range": "range",
    "range and values": "range",
    "value range": "range",
    "values": "range",
    "value values": "range",
    "valid values": "range",
    "valid range": "range",
    "default": "default",
    "default value": "default",
    "precondition": "precondition",
    "data type": "type",
    "type": "type",
    "counter type": "type",
    "collection method": "type",
    "resolution": "resolution",
    "read-only": "read_only",
    "read only": "read_only",
    "readonly": "read_only",
    "disturbances": "disturbances",
    "dependencies": "dependencies",
    "condition": "condition",
    "trigger": "trigger",
}
_LONGEST = max(map(len, _LABELS)) + 3


def _backwards(words: Iterable[str]) -> str:
    return "|".join(re.escape(word[::-1]) for word in sorted(words, key=len, reverse=True))


_GLUED = ("Takes effect", "Precondition", "Unit", "Counter type", "Disturbances", "Dependencies")
_NAMED_UNIT = ("RadioUnit", "ReplaceableUnit", "InUnit", "AntennaUnit")
#: A label as it is read backwards from its colon, which all labels share and texts have few of. One that a converter
#: glued to the word before it counts when it is capitalised and no part of a name (`RadioUnit:`).
_BACKWARDS = re.compile(
    rf"[ \t]{{0,3}}+(?i:(?P<label>{_backwards(_LABELS)}))(?![A-Za-z])"
    rf"|(?!{_backwards(_NAMED_UNIT)})(?P<glued>{_backwards(_GLUED)})",
    re.ASCII,
)
_LONG = frozenset({"precondition", "disturbances", "dependencies", "condition", "trigger"})
_STOP = r"[.;](?=\s|\Z|<)"
_SENTENCE = re.compile(rf"[^.;]*+(?:(?!{_STOP})[.;][^.;]*+)*+")
_LINE_OF_CELL = re.compile(rf"[^.;<]*+(?:(?!{_STOP}|<br>)[.;<][^.;<]*+)*+")
#: Most values: a number, a range, a few words, up to the end of the sentence or of the line.
_PLAIN = re.compile(
    rf"[ \t]?([A-Za-z0-9+-][A-Za-z0-9_%/+-]*+(?:(?: |, |\.{{1,3}})[A-Za-z0-9_%/+-]++)*+)(?={_STOP}|<br>|\Z)"
)
_PLAIN_LABELS = {label: field for label, field in _LABELS.items() if field not in _LONG}
_LABELLED = re.compile(rf"(?:<br>|[.] )([A-Za-z][A-Za-z -]{{2,{_LONGEST}}}+):{_PLAIN.pattern}")
_TAIL = " \t\r\n.;,:"  # a colon begins each line of what pandoc defines

#: Without a word between, a value is one that can be nothing else: `default 20`, "default `OFF`", `default true`.
_DEFAULT = re.compile(
    r"\bdefault(?:(?: |<br>)value)?(?: |<br>)(?:(?:(?:is|of)(?: |<br>)|=(?: |<br>)?)[`*]{0,2}+|[`*]{1,2}+"
    r"|(?=[-+]?\d[\d.]{0,12}+(?![A-Za-z0-9])|(?:true|false|(?-i:[A-Z][A-Z0-9_]{2,40}+))(?:[.,;)]|\Z)))"
    r"([-+]?[A-Za-z0-9_][A-Za-z0-9_.%-]{0,40}+)",
    re.IGNORECASE,
)
_NUMBER = r"[-+]?\d[\d.]{0,12}"
_RANGE = re.compile(
    rf"\branged?(?: is| of| from| between|s from| goes from){{0,2}} ({_NUMBER} ?(?:\.\.|…|–|-|to|and) ?{_NUMBER})",
    re.IGNORECASE,
)
_UNIT = re.compile(r"\bunit (?:is |used is )([A-Za-z%][A-Za-z%/0-9]{0,20}+)", re.IGNORECASE)
_SENTENCE_UNIT = re.compile(
    r"(?<![A-Za-z] )\bUnit ((?:\d[\d.]{0,5} ?)?[A-Za-z%/]{1,6})(?=\s*(?:[.;|<]|\Z))"
)  # `Unit 0.1 dB.`
_EFFECT = re.compile(r"\btakes effect ([a-z][^.\n<|;]{2,80}+)", re.IGNORECASE)
_FREE = (
    ("default", "default", _DEFAULT),
    ("range", "range", _RANGE),
    ("unit", "unit", _UNIT),
    ("unit", "unit", _SENTENCE_UNIT),
    ("takes_effect", "takes effect", _EFFECT),
)
_FREE_FIELDS = {field for field, _, _ in _FREE}


def facts(page: Page, start: int, end: int) -> dict[str, Span]:
    """The fields that a description states, and `description`: the text before the first label."""
    text = page.markdown
    found: dict[str, Span] = {}
    colon = text.rfind(":", start, end)
    several = colon >= 0 and text.find(":", start, colon) >= 0
    stop = _told_plainly(text, start, end, found) if several else end
    colon = colon if stop == end else text.rfind(":", start, stop)
    while colon >= 0:  # from the last: each ends where the next begins, and the first of a kind stays
        label = _label_before(text, start, colon)
        if label is None:
            colon = text.rfind(":", start, colon)
            continue
        field, before = label
        value = _value(page, colon + 1, stop, field)
        if value is not None:
            found[field] = value
        stop = before
        colon = text.rfind(":", start, before)
    while stop > start and text[stop - 1] in " (":
        stop -= 1
    _put(found, "description", page.trimmed(start, stop))
    _free_text(page, start, stop if _LONG & found.keys() else end, found)
    return found


def _told_plainly(text: str, start: int, end: int, found: dict[str, Span]) -> int:
    """Put what labels with plain values tell, a line or a sentence each, as most lists print them; returns where the
    first of them begins, or `end` where anything else behind it has a colon too.
    """
    told: dict[str, Span] = {}
    first, labels = end, 0
    for each in _LABELLED.finditer(text, start, end):
        label, value = each.groups()
        field = _PLAIN_LABELS.get(label.lower())
        if field is None or value in NO_VALUE:
            return end
        if not labels:
            first = each.start(1)
        labels += 1
        if field not in told:
            start, stop = each.span(2)
            told[field] = Span(start, stop, value)
    if text.count(":", first, end) != labels:
        return end
    found.update(told)
    return first


def bold_facts(page: Page, start: int, end: int) -> dict[str, Span]:
    """The fields of lines whose labels stand in bold and have no colon: `**Range** 1..1200`; empty of others."""
    found: dict[str, Span] = {}
    for each in _BOLD_LABEL.finditer(page.markdown, start, end) if page.markdown.startswith("**", start) else ():
        field = _LABELS.get(each["label"].lower())
        if field is not None:
            _put(found, field, page.trimmed(*each.span("value")))
    return found


_BOLD_LABEL = re.compile(
    r"\*\*(?P<label>[A-Za-z][A-Za-z -]{2,22}+)\*\*[ \t]{1,4}+(?P<value>[^\n*]{1,200}?)(?=,? \*\*|[ \t]*(?:\n|\Z))"
)


def begins_with_label(text: str, start: int, end: int) -> bool:
    """True of a line such as `Range: 0..100`."""
    colon = text.find(":", start, min(end, start + _LONGEST))
    label = _label_before(text, start, colon) if colon >= 0 else None
    return label is not None and label[1] == start


def _label_before(text: str, start: int, colon: int) -> tuple[str, int] | None:
    """The field that the words before a colon announce, and where they begin."""
    line = text.rfind(">", start if colon - start < _LONGEST else colon - _LONGEST, colon) + 1
    field = _LABELS.get(text[line:colon].lower()) if line else None  # alone on its line of a cell, as most are
    if field is not None:
        return field, line
    found = _BACKWARDS.match(text[max(0, colon - _LONGEST - 1) : colon][::-1])
    if found is None or colon - found.end() < start:
        return None
    label = found["label"] or found["glued"]
    return _LABELS[label[::-1].lower()], colon - found.end()


def _value(page: Page, start: int, end: int, field: str) -> Span | None:
    text, long = page.markdown, field in _LONG
    plain = None if long else _PLAIN.match(text, start, end)
    if plain and (value := plain[1]) not in NO_VALUE:
        return Span(plain.start(1), plain.end(1), value)
    while text.startswith((" ", "\t"), start, end):
        start += 1
    while text.startswith("<br>", start, end):
        start += 4
    if not long:
        stop = (_SENTENCE if page.wrapped else _LINE_OF_CELL).match(text, start, end)
        end = stop.end() if stop else end
    elif not page.wrapped:
        line = text.find("<br>", start, end)
        end = line if line >= 0 else end
    body = text[start:end].rstrip(_TAIL)
    while body.endswith(")") and "(" not in body:
        body = body[:-1].rstrip(_TAIL)
    return page.trimmed(start, start + len(body))


def _free_text(page: Page, start: int, end: int, found: dict[str, Span]) -> None:
    if found.keys() >= _FREE_FIELDS:
        return  # as most lists of parameters tell them
    said = page.markdown[start:end].lower()
    for field, clue, pattern in _FREE:
        match = pattern.search(page.markdown, start, end) if field not in found and clue in said else None
        if match:
            stop = match.end(1)
            while page.markdown[stop - 1] in _TAIL:
                stop -= 1
            _put(found, field, page.trimmed(match.start(1), stop))


def _put(found: dict[str, Span], field: str, span: Span | None) -> None:
    if span is not None:
        found.setdefault(field, span)
