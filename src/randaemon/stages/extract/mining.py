"""Facts inside a description: `Range: 0..100. Unit: ms.`, "the default value is 20", "takes effect immediately".

Each fact becomes a span of its own, so that an answer can be grounded in it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from randaemon.model import Span
from randaemon.stages.extract.page import Page

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
    "valid values": "range",
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
#: A label with its colon. It begins with a set of letters, for which the engine skips all others at once. A label
#: that a converter glued to the word before it counts when it is capitalised and no part of a name (`RadioUnit:`).
LABEL = re.compile(
    r"[CDPRTUVcdprtuv](?:(?<![A-Za-z].)|(?<=[CDPTU])(?<!RadioU)(?<!ReplaceableU)(?<!InU)(?<!AntennaU)"
    r"(?=(?:akes effect|recondition|nit|ounter type|isturbances|ependencies):))"
    r"(?i:(?<=t)(?:akes effect|ype|rigger)|(?<=c)(?:hange takes? effect|ounter type|ollection method|ondition)"
    r"|(?<=u)nits?|(?<=r)(?:ange(?: and values)?|esolution|ead[- ]?only)"
    r"|(?<=v)(?:al(?:ue|id) (?:range|values)|alues)|(?<=d)(?:efault(?: value)?|ata type|isturbances|ependencies)"
    r"|(?<=p)recondition)(?P<gap>[ \t]{0,3}+:[ \t]{0,3}+)"
)
_LONG = frozenset({"precondition", "disturbances", "dependencies", "condition", "trigger"})
_STOP = r"[.;](?=\s|\Z|<)"
_SENTENCE = re.compile(rf"[^.;]*+(?:(?!{_STOP})[.;][^.;]*+)*+")
_LINE_OF_CELL = re.compile(rf"[^.;<]*+(?:(?!{_STOP}|<br>)[.;<][^.;<]*+)*+")
_TAIL = " \t\r\n.;,"

_DEFAULT = re.compile(
    r"\bdefault(?:(?: |<br>)value)?(?: |<br>)(?:is|of|=)(?: |<br>)?([-+]?[A-Za-z0-9_][A-Za-z0-9_.%-]{0,40}+)",
    re.IGNORECASE,
)
_NUMBER = r"[-+]?\d[\d.]{0,12}"
_RANGE = re.compile(
    rf"\branged?(?: is| of| from| between|s from| goes from){{0,2}} ({_NUMBER} ?(?:\.\.|…|–|-|to|and) ?{_NUMBER})",
    re.IGNORECASE,
)
_UNIT = re.compile(r"\bunit (?:is |used is )([A-Za-z%][A-Za-z%/0-9]{0,20}+)", re.IGNORECASE)
_EFFECT = re.compile(r"\btakes effect ([a-z][^.\n<|;]{2,80}+)", re.IGNORECASE)
_FREE = (("default", _DEFAULT), ("range", _RANGE), ("unit", _UNIT), ("takes_effect", _EFFECT))
_CLUE = re.compile(r"[DRTUdrtu](?i:(?<=d)efault|(?<=r)ange|(?<=u)nit|(?<=t)akes effect)")  # as `LABEL` begins


def facts(page: Page, start: int, end: int) -> dict[str, Span]:
    """The fields that a description states, and `description`: the text before the first label."""
    text = page.markdown
    found: dict[str, Span] = {}
    labels = list(LABEL.finditer(text, start, end)) if text.find(":", start, end) >= 0 else []
    stop = end
    for label in reversed(labels):  # from the last: each ends where the next begins, and the first of a kind stays
        begin = label.start()
        field = _field(text[begin : label.start("gap")])
        value = _value(page, label.end(), stop, field)
        if value is not None:
            found[field] = value
        stop = begin
    while stop > start and text[stop - 1] in " (":
        stop -= 1
    _put(found, "description", page.trimmed(start, stop))
    if _CLUE.search(text, start, stop):
        _free_text(page, start, stop, found)
    return found


@lru_cache(maxsize=1024)
def _field(label: str) -> str:
    key = " ".join(label.lower().split())
    return _LABELS["values" if key.startswith(("valid ", "value ")) else key]


def _value(page: Page, start: int, end: int, field: str) -> Span | None:
    text = page.markdown
    while text.startswith("<br>", start, end):
        start += 4
    if field not in _LONG:
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
    for field, pattern in _FREE:
        match = pattern.search(page.markdown, start, end) if field not in found else None
        if match:
            stop = match.end(1)
            while page.markdown[stop - 1] in _TAIL:
                stop -= 1
            _put(found, field, page.trimmed(match.start(1), stop))


def _put(found: dict[str, Span], field: str, span: Span | None) -> None:
    if span is not None:
        found.setdefault(field, span)
