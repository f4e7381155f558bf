"""Managed object pages: `class X` with its attributes and PM counters, as rows or lines of declarations.

It is `pMax`, `pMax = 20`, `pMax : int32 = 20 { readOnly }`, `int32 pMax` or `int32 = 20 { 0..30 } pMax`; its class
stands in the heading.
"""

from __future__ import annotations

import re

from randaemon.model import Category, Span
from randaemon.ran import names
from randaemon.stages.extract.finds import STRONG, Finds, Origin
from randaemon.stages.extract.page import Cell, Page, trimmed
from randaemon.stages.extract.pieces import Piece
from randaemon.stages.extract.rules.mining import facts
from randaemon.stages.extract.rules.terse import tell

_ARRAY = r"\[[^\]\n]{0,24}\]"
_PLAIN_TYPE = (
    r"(?:boolean|string|u?int(?:8|16|32|64)|long|float|double|enum|struct|moRef(?::[A-Za-z0-9]{1,60}+)?"
    r"|sequence<[A-Za-z0-9_:,. ]{1,60}>)(?![A-Za-z0-9])"
)
_DECLARATION = re.compile(
    rf"[`*\s]{{0,6}}+(?:(?P<before>(?:{_PLAIN_TYPE}|[A-Z][A-Za-z0-9]{{2,60}}+)(?:{_ARRAY})?)[ \t]{{1,4}}+"
    r"(?:=[ \t]{0,3}+(?P<preset>[^\s{<|=]{1,80}+)[ \t]{1,4}+)?"
    r"(?:\{[ \t]?(?P<limits>[^}\n|]{1,200}?)[ \t]?\}[ \t]{1,4}+)?)?"
    rf"[`*]{{0,3}}+(?P<name>[a-z][A-Za-z0-9]{{1,120}}+)[`*]{{0,3}}+(?:[ \t]{{0,2}}{_ARRAY})?"
    rf"(?:[ \t]{{0,3}}+:[ \t]{{0,3}}+(?P<after>[A-Za-z][A-Za-z0-9_]{{1,60}}+(?:{_ARRAY})?))?"
    r"(?:[ \t]{0,3}+=[ \t]{0,3}+(?P<default>[^\s{<|][^{<|\n]{0,120}+))?"
    r"[ \t]{0,3}+(?P<flags>\{[^}\n]{0,200}+\})?[ \t]{0,3}+(?=\Z|<br>|\n)"
)
_READ_ONLY = re.compile(r"read[- ]?only", re.IGNORECASE)
_RANGE_BELOW = re.compile(r"<br>\{[ \t]?(?P<range>[-+0-9][^}\n<]{0,120}?)[ \t]?\}")
_TYPED_BELOW = re.compile(
    rf"<br>(?P<type>{_PLAIN_TYPE}|[A-Z][A-Za-z0-9]{{2,60}}+)(?: ?\((?P<range>-?\d[^()<|\n]{{0,80}}+)\))?"
    r"(?: ?= ?(?P<default>[^\s<|][^<|\n]{0,80}+))?(?=<br>|\Z)"
)
_LIMITS = re.compile(r"\{[ \t]?(?P<range>[-+]?\d[^}\n<,]{0,120}?)[ \t]?\}")
_PARTS = {
    "attributes": Category.PARAMETER,
    "attribute": Category.PARAMETER,
    "pm counters": Category.COUNTER,
    "counters": Category.COUNTER,
}


def declaration(page: Page, cell: Cell) -> tuple[Span, dict[str, Span]] | None:
    """Name and what a declaration says about it; None for anything else."""
    found = _DECLARATION.match(page.markdown, *cell)
    if found is None or not names.is_attribute(found["name"]) or _is_phrase(found):
        return None
    fields: dict[str, Span] = {}
    for group, field in _SAID:
        span = page.trimmed(*found.span(group)) if found[group] else None
        if span is not None:
            fields[field] = span
    flag = _READ_ONLY.search(page.markdown, found.end("name"), cell[1])
    if flag:
        fields["read_only"] = page.span(*flag.span())
    limits = _LIMITS.match(page.markdown, *found.span("flags")) if found["flags"] else None
    if limits:
        fields.setdefault("range", page.span(*limits.span("range")))
    below = _RANGE_BELOW.match(page.markdown, found.end(), cell[1])
    if below:
        fields["range"] = page.span(*below.span("range"))
    _typed_below(page, found.end(), cell[1], fields)
    return page.span(*found.span("name")), fields


def _typed_below(page: Page, start: int, end: int, fields: dict[str, Span]) -> None:
    """`int32 (-20..20) = 0` on the line below a name."""
    told = _TYPED_BELOW.match(page.markdown, start, end) if "type" not in fields else None
    for field in ("type", "range", "default") if told and any(told.groups()[1:]) else ():
        if told and told[field]:
            fields.setdefault(field, page.span(*told.span(field)))


def _is_phrase(found: re.Match[str]) -> bool:
    """True of two ordinary words, `Operating voltage`: the first is no type, the second no name."""
    word, sole = found["before"], found["default"] is None and found["after"] is None and not found["flags"]
    ordinary = word is not None and sole and word.isalpha() and word.istitle()
    return ordinary and not (names.has_hump(found["name"]) or names.is_known_class(word))


_SAID = (("before", "type"), ("after", "type"), ("preset", "default"), ("default", "default"), ("limits", "range"))


def read_class_table(finds: Finds, table: Piece) -> None:
    """Find the declarations of a table that is divided by rows saying `Attributes` and `PM Counters`."""
    owner = finds.page.owner(table)
    if owner is None:
        return
    category: Category | None = None
    for row in finds.page.rows(table):
        told = [cell for cell in row if cell.text]
        part = trimmed(told[0]) if told else None
        if part is None:
            continue
        if len(told) == 1 or part.text.lower() in _PARTS:
            category = _PARTS.get(part.text.lower(), category if len(told) > 1 else None)
        elif category is not None:
            _row(finds, category, told, Origin("class-page", STRONG, table.heading), owner)


def _row(finds: Finds, category: Category, told: list[Span], origin: Origin, owner: Span) -> None:
    declared = declaration(finds.page, (told[0].start, told[0].end))
    if declared is None:
        return
    span, fields = declared
    for cell in told[1:]:
        for field, fact in facts(finds.page, cell.start, cell.end).items():
            fields.setdefault(field, fact)
    tell(finds.page, category, fields)
    finds.add(category, f"{owner.text}.{span.text}", span, origin, {**fields, "mo": owner})
