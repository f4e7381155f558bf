"""What brackets behind a name say of its values: `(boolean, default false)`, `(0..15; default: 6)`, `(int32)`."""

from __future__ import annotations

import re

from randaemon.model import Span
from randaemon.stages.extract.page import Page
from randaemon.stages.extract.rules.typed import PLAIN_TYPE

_BRACKETS = re.compile(r"[`*]{0,3}+ ?\((?P<said>[^()\n|]{2,120}+)\)")
_PART = re.compile(r"[^,;]{1,120}+")
_NUMBER = r"[-+]?\d[\d.]{0,10}?"
_VALUE = r"[-+]?[A-Za-z0-9][A-Za-z0-9_.%-]{0,60}+"
_SAID = re.compile(
    rf"(?P<type>{PLAIN_TYPE}|integer|enumeration|Boolean|Integer|String)"
    rf"|(?:range:? )?(?P<range>{_NUMBER} ?(?:\.\.|…|–|-|to) ?{_NUMBER})(?: (?P<of>[A-Za-z%]{{1,12}}))?"
    r"|(?P<choice>[A-Z0-9_]{2,40}+(?:(?: or | ?[/|] ?)[A-Z0-9_]{2,40}+){1,9})"
    rf"|(?i:default)(?: value)?(?:: ?| ?= ?| is | )[`*]{{0,2}}(?P<default>{_VALUE})[`*]{{0,2}}(?: [A-Za-z%]{{1,12}})?"
    r"|(?i:unit):? (?P<unit>[A-Za-z0-9.%/ ]{1,20})"
    r"|read-?only|mandatory|optional|new"
)
_FIELDS = {"type": "type", "range": "range", "of": "unit", "choice": "range", "default": "default", "unit": "unit"}


def bracketed(page: Page, start: int, end: int) -> tuple[dict[str, Span], int]:
    """The fields that brackets tell which hold nothing else, and where they end; none of any other."""
    found = _BRACKETS.match(page.markdown, start, end)
    fields: dict[str, Span] = {}
    for part in _PART.finditer(page.markdown, *found.span("said")) if found else ():
        span = page.trimmed(*part.span())
        said = _SAID.fullmatch(page.markdown, span.start, span.end) if span else None
        if said is None:
            return {}, start
        for group, field in _FIELDS.items():
            if said[group]:
                fields.setdefault(field, page.span(*said.span(group)))
    return (fields, found.end()) if fields and found else ({}, start)
