"""Managed object pages: `class X` with its attributes and PM counters, as rows or lines of declarations.

It is `pMax`, `pMax = 20`, `pMax : int32 = 20 { readOnly }`, `int32 pMax`, `int32 = 20 { 0..30 } pMax` or
`pMax int32 = 20 { 0..30 }`, with the type on the same line or the next; its class stands in the heading.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from randaemon.model import Category, Span
from randaemon.ran import names
from randaemon.stages.extract.finds import STRONG, Finds, Origin
from randaemon.stages.extract.page import Cell, Page, trimmed
from randaemon.stages.extract.pieces import Piece
from randaemon.stages.extract.rules.mining import facts
from randaemon.stages.extract.rules.terse import tell
from randaemon.stages.extract.rules.typed import ARRAY, NAMED_TYPE, PLAIN_TYPE, typed, typed_below
from randaemon.stages.extract.rules.wrapped import put_together

#: What text pages put in round brackets: limits and flags.
_MARKS = r"[-+]?\d{1,12} ?(?:\.\.|to )|(?:key|mandatory|optional|restricted|[Rr]ead-?[Oo]nly)\b"
_DECLARATION = re.compile(
    rf"[`*\s]{{0,6}}+(?:(?P<before>(?:{NAMED_TYPE}|{PLAIN_TYPE}|[A-Z][A-Za-z0-9]{{2,60}}+)(?:{ARRAY})?)[ \t]{{1,4}}+"
    r"(?:=[ \t]{0,3}+(?P<preset>[^\s{<|=]{1,80}+)[ \t]{1,4}+)?"
    r"(?:\{[ \t]?(?P<limits>[^}\n|]{1,200}?)[ \t]?\}[ \t]{1,4}+)?)?"
    rf"[`*]{{0,3}}+(?P<name>[a-z][A-Za-z0-9]{{1,120}}+)[`*]{{0,3}}+(?:[ \t]{{0,2}}{ARRAY})?"
    rf"(?:[ \t]{{0,3}}+:[ \t]{{0,3}}+(?P<after>{NAMED_TYPE}|[A-Za-z][A-Za-z0-9_]{{1,60}}+"
    rf"(?:{ARRAY}|(?<=Ref) [A-Z][A-Za-z0-9]{{1,60}}+)?)(?:[ \t]{ARRAY}){{0,4}}+)?"
    rf"(?:[ \t]{{0,3}}+=[ \t]{{0,3}}+(?P<default>[^\s{{<|](?:[^{{(<|\n]|\((?!{_MARKS})){{0,120}}+))?"
    rf"[ \t]{{0,3}}+(?P<flags>\{{[^}}\n]{{0,200}}+\}}|\((?={_MARKS})[^()\n]{{1,80}}+\))?[ \t]{{0,3}}+(?=\Z|<br>|\n)"
)
_READ_ONLY = re.compile(r"read[- ]?only", re.IGNORECASE)
_RANGE_BELOW = re.compile(r"<br>\{[ \t]?(?P<range>[-+0-9][^}\n<]{0,120}?)[ \t]?\}")
_LIMITS = re.compile(r"[{(][ \t]?(?P<range>[-+]?\d[^})\n<,]{0,120}?)[ \t]?[})]")
_PARTS = {
    "attributes": Category.PARAMETER,
    "attribute": Category.PARAMETER,
    "members": Category.PARAMETER,  # of a struct
    "struct members": Category.PARAMETER,
    "pm counters": Category.COUNTER,
    "counters": Category.COUNTER,
}


class Declared(NamedTuple):
    """A name, what its declaration says of it, and where that ends."""

    name: Span
    fields: dict[str, Span]
    end: int


def declaration(page: Page, cell: Cell) -> Declared | None:
    """Name and what a declaration says about it; None for anything else."""
    found = _DECLARATION.match(page.markdown, *cell)
    if found is None:
        return _named_first(page, cell)
    if not names.is_attribute(found["name"]) or _is_phrase(found):
        return None
    fields, end = typed_below(page, found.end(), cell[1])
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
    return Declared(page.span(*found.span("name")), fields, max(end, found.end()))


def _named_first(page: Page, cell: Cell) -> Declared | None:
    """`pMax int32 = 20 { 0..30 }`: what follows the name is a declared type and nothing else."""
    found = _NAMED_FIRST.match(page.markdown, *cell)
    if found is None or not names.is_attribute(found["name"]):
        return None
    fields, end = typed(page, found.end(), cell[1])
    return Declared(page.span(*found.span("name")), fields, end) if fields else None


_NAMED_FIRST = re.compile(r"[`*\s]{0,6}+(?P<name>[a-z][A-Za-z0-9]{1,120}+)[`*]{0,3}+[ \t]{1,4}+(?=[a-zA-Z])")


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
    page = finds.page
    declared = declaration(page, (told[0].start, told[0].end))
    local = put_together(page, told[0]).rpartition(".")[2] or (declared.name.text if declared else "")
    if declared is None or not local:
        return
    name, fields = (declared.name if local == declared.name.text else told[0]), declared.fields
    below = facts(page, declared.end, told[0].end)
    fields.update({field: span for field, span in below.items() if field not in ("description", *fields)})
    for cell in told[1:]:
        beside, start = typed(page, cell.start, cell.end)
        for field, fact in {**beside, **facts(page, start, cell.end)}.items():
            if field not in fields or tells_kind(field, fact, fields[field]):
                fields[field] = fact
    tell(page, category, fields)
    finds.add(category, f"{owner.text}.{local}", name, origin, {**fields, "mo": owner})


def tells_kind(field: str, span: Span, told: Span) -> bool:
    """Is it the type of a counter, beside its data type? All counters are integers."""
    return field == "type" and names.is_counter_type(span.text) and not names.is_counter_type(told.text)
