"""A data type as a model declares it beside a name: `int32 = 40 { -900..900 }`, `BasicAdmState = LOCKED`, `string key`.

A type that everybody knows stands for itself; one that the model names needs what only declarations have behind it.
"""

from __future__ import annotations

import re

from randaemon.model import Span
from randaemon.stages.extract.page import Page

ARRAY = r"\[[^\]\n]{0,24}\]"
PLAIN_TYPE = (
    r"(?:boolean|string|u?int(?:8|16|32|64)|long|float|double|enum|struct|moRef(?::[A-Za-z0-9]{1,60}+)?"
    r"|sequence<[A-Za-z0-9_:,. ]{1,60}>)(?![A-Za-z0-9])"
)
#: A type of the model with the word that says what it is: `enum AdmState`.
NAMED_TYPE = r"(?:enum|struct|moRef|derived)[ \t][A-Z][A-Za-z0-9]{2,60}+"
_FLAG = (
    r"(?:mandatory|optional|restricted|[Rr]ead-?[Oo]nly|[Rr]ead-?[Ww]rite|noNotification|nonUnique|nonPersistent"
    r"|noPersist|notNull|ordered|key|nillable)(?![A-Za-z0-9])"
)
_TYPED = re.compile(
    rf"[`*]{{0,3}}+(?P<type>(?:{NAMED_TYPE}(?=[ \t]?(?:=|\{{|<br>|\n|\Z|,?[ \t]?{_FLAG}))|{PLAIN_TYPE}"
    rf"|[A-Z][A-Za-z0-9]{{2,60}}+(?=[ \t]?(?:=|\{{|\(-?\d|,[ \t]?{_FLAG})))"
    rf"(?:[ \t]?{ARRAY})?)[`*]{{0,3}}+"
    r"(?:[ \t]{0,3}+[({][ \t]?(?P<limits>[-+]?\d[^(){}<|\n]{0,80}?)[ \t]?[)}](?=[ \t]?(?:=|<|\n|\Z)))?"
    r"(?:[ \t]{0,3}+=[ \t]{0,3}+(?P<default>\"[^\"\n|<]{0,80}\"|[^\s{<|,;]{1,80}+))?"
    r"(?:[ \t]{0,3}+\{[ \t]?(?P<range>[^}\n|]{1,200}?)[ \t]?\})?"
    rf"(?:,?[ \t]{{1,3}}+{_FLAG}){{0,6}}+[ \t]{{0,3}}+"
)
#: What a type stands alone in: a cell, a line of one, a line of text.
_END = re.compile(r"\Z|<br>|\n")
#: Behind the type in a line whose columns a converter lost: the sentence of the next one.
SENTENCE = re.compile(r"\Z|\n|(?<= )[A-Z][a-z]{0,40}+ ?")
_BREAK = re.compile(r"(?:<br>|\n)[ \t]{0,12}+")


def typed(page: Page, start: int, end: int, behind: re.Pattern[str] = _END) -> tuple[dict[str, Span], int]:
    """Type, default and range of a declaration that begins here and fills its line, and where it ends; {} of others."""
    found = _TYPED.match(page.markdown, start, end)
    if found is None or behind.match(page.markdown, found.end(), end) is None:
        return {}, start
    told = {field: page.trimmed(*found.span(group)) for group, field in _TOLD if found[group]}
    return {field: span for field, span in told.items() if span is not None}, found.end()


_TOLD = (("type", "type"), ("default", "default"), ("limits", "range"), ("range", "range"))


def typed_below(page: Page, start: int, end: int) -> tuple[dict[str, Span], int]:
    """The same of a declaration on the next line."""
    line = _BREAK.match(page.markdown, start, end)
    fields, behind = typed(page, line.end(), end) if line else ({}, start)
    return fields, behind if fields else start
