"""Markdown in pieces, in one linear pass: headings, tables, list items, paragraphs and code, with their offsets.

The dialect is what `preprocess` writes: `#` headings, pipe tables with one line a row and `<br>` inside cells, `-`/`*`
and numbered lists, fenced code. Nothing is copied: a piece is a pair of offsets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from randaemon.ran.feature import PARTS, PROCEDURES, Role, is_part_of, role_of
from randaemon.ran.names import HUMPED


class Piece(msgspec.Struct, frozen=True, gc=False):  # made for every line: a struct takes a third of a tuple's time
    """A heading, a whole table, one list item, one paragraph or a whole code block."""

    kind: str  # heading | table | item | text | code; items and texts with the lines they are wrapped over
    start: int
    end: int
    heading: tuple[str, ...]
    role: Role
    body: int  # where its text begins: behind the mark of a heading or item
    level: int = 0  # of a heading: 1…6; of an item: its indentation
    numbered: bool = False


#: The mark of a list item; a letter beyond p is one only where it is indented.
_MARK = r"[ \t]{0,24}+(?:[-*+•]|(?:\d{1,3}|[a-p]|(?<=[ \t])[q-z])[.)])[ \t]"
_FENCE = r"[ \t]{0,12}+```"  # of code; below an item it is indented
_LATER_NUMBER = r"(?!1[.)])\d{1,3}[.)][ \t]"
_LINE = r"[^\S\n]*+\S[^\n]*+"
#: Empty lines, then a first line, whose beginning tells the kind. Where a title should be may have been a picture.
_FIRST = re.compile(
    rf"\n*+(?:[^\S\n]*+\n)*+(?:(?P<table>\|[^\n]*+(?:\n\|[^\n]*+)*+)|(?P<code>{_FENCE}[^\n]*+)"
    r"|(?P<heading>#++[ \t]++(?:#++[ \t]++)*+(?=[^\S\n]*+(?:[^#\s]|#++[^#\s])))[^\n]*+"
    r"|(?P<untitled>#++(?:[ \t][^\n]*+|(?=\n|\Z)))"
    rf"|(?P<item>{_MARK}[ \t]*+)[^\n]*+|(?P<text>{_LINE}))"
)
#: A line that the first characters let belong to the item or paragraph above. A list inside a paragraph begins at 1:
#: any other number there is one that a line happens to begin with.
_MORE_OF_ITEM = re.compile(rf"\n(?!\n|\||{_FENCE}|#++(?:[ \t]|\n|\Z)|{_MARK}){_LINE}")
_MORE_OF_TEXT = re.compile(rf"\n(?!\n|\||{_FENCE}|#++(?:[ \t]|\n|\Z)|(?!{_LATER_NUMBER}){_MARK}){_LINE}")
#: Steps of a chapter, `3.2 Set …`, each on its line.
_STEP = re.compile(r"[ \t]{1,24}+\d{1,2}\.\d{1,2}[.)]?[ \t]{1,8}+(?=[A-Z])")
_MORE_OF_STEP = re.compile(rf"\n(?!\n|\||{_FENCE}|#++(?:[ \t]|\n|\Z)|{_MARK}|{_STEP.pattern}){_LINE}")
#: A line that defines or lists by itself: `MO.attr: …`, `Feature Identity: …`, one name alone, `pMax : int32`,
#: `int32 pMax = 20`.
_OWN_LINE = re.compile(
    r"[`*_ \t]{0,12}+(?:[A-Za-z][A-Za-z0-9_.:]{0,120}?|[A-Z][a-z]{1,20}(?: [A-Za-z]{1,20}){0,4})[`*_]{0,3}+"
    r"(?::[*_]{0,3}+(?=\s|\Z)|\s{0,4}+\Z| \([A-Z][A-Za-z0-9]{1,80}\))"
    rf"|[ \t]{{0,12}}+{HUMPED}[ \t]{{1,3}}+:(?=\s)"
    r"|[ \t]{0,12}+(?:boolean|string|u?int(?:8|16|32|64)|(?:enum|struct|moRef)[ \t][A-Z][A-Za-z0-9]{2,60}+)"
    r"(?:\[[^]\n]{0,24}\])?"
    rf"[ \t]{{1,4}}+{HUMPED}[ \t]{{0,3}}+(?:\Z|[={{(\[])"
)
_BULLETS = frozenset("-*+•")
#: The box of a checklist, and the number that a step has behind it.
_TASK = re.compile(r"\[[ xX]\][ \t]{1,4}(?P<number>\d{1,2}[.)][ \t]{1,4})?")


def read_pieces(markdown: str) -> Iterator[Piece]:
    """The pieces in the order of the text."""
    outline = _Outline()
    end = 0
    while found := _FIRST.match(markdown, end):
        piece = _piece(markdown, found, outline)
        end = found.end()
        if piece is not None:
            yield piece
            end = piece.end


def _piece(markdown: str, found: re.Match[str], outline: _Outline) -> Piece | None:
    kind = found.lastgroup or ""
    (start, body), end = found.span(found.lastindex or 0), found.end()
    match kind:
        case "heading":
            level = found[kind].count("#")
            title = markdown[body:end].strip()
            outline.enter(level, title.rstrip("#").strip() if title.endswith("#") else title)
            return Piece(kind, start, end, outline.heading, outline.role, body, level)
        case "text":
            return _text(markdown, start, end, outline)
        case "item":
            mark = markdown[start:body]
            task = _TASK.match(markdown, body, end) if markdown.startswith("[", body) else None
            body = task.end() if task else body
            if mark[0].isdigit() and end - start <= _HEADING_LONGEST and _heads(markdown, start, end, outline):
                return _text(markdown, start, end, outline)
            plain = mark.lstrip()
            end = _wrapped_end(markdown, end, _MORE_OF_ITEM)
            numbered = plain[0] not in _BULLETS or bool(task and task["number"])
            told = body, len(mark) - len(plain), numbered
            return Piece(kind, start, end, outline.heading, outline.role, *told)
        case "table":
            return Piece(kind, start, end, outline.heading, outline.role, start)
        case "code":
            return Piece(kind, start, _fence_end(markdown, start), outline.heading, outline.role, start)
    return None


def _heads(markdown: str, start: int, end: int, outline: _Outline) -> bool:
    """True of a number and capitals: `3. ACTIVATE FLEX SLEEP`, and `4. CHECKS` behind it above what is indented."""
    line = markdown[start:end]
    if not line.isupper():
        return False
    return role_of(line) is not Role.NONE or (markdown.startswith("\n  ", end) and outline.goes_on_with(line))


def _text(markdown: str, start: int, end: int, outline: _Outline) -> Piece:
    """A paragraph, or a heading without a mark."""
    short = end - start <= _HEADING_LONGEST
    bold = short and markdown.startswith("**", start) and _is_bold_heading(markdown, start, end, outline)
    if short and (bold or _is_plain_heading(markdown, start, end) or _heads(markdown, start, end, outline)):
        line = markdown[start:end]
        title = line.strip("* \t").rstrip("#").strip()
        outline.enter(_plain_level(title, outline.heading), title)
        return Piece("heading", start, end, outline.heading, outline.role, start + len(line) - len(line.lstrip(" \t")))
    end = _wrapped_end(markdown, end, _MORE_OF_STEP if _STEP.match(markdown, start) else _MORE_OF_TEXT)
    return Piece("text", start, end, outline.heading, outline.role, start)


def _is_plain_heading(markdown: str, start: int, end: int) -> bool:
    """True of headings without a mark: `ACTIVATE FLEX SLEEP`; `Attributes` and `class X` between empty lines."""
    line = markdown[start:end]
    if line.isupper():
        return _is_capital_heading(line)
    if line.endswith("?**") and line.startswith("**"):  # of questions and answers; with an identity it tells something
        return "FAJ" not in line
    if not (line.strip("*_: ").lower() in _PART_TITLES or _CLASS_TITLE.match(line)):
        return False
    alone = start == 0 or markdown.startswith("\n", start - 2)
    return alone and (end + 1 >= len(markdown) or markdown.startswith("\n", end + 1))


def _is_bold_heading(markdown: str, start: int, end: int, outline: _Outline) -> bool:
    """True of a line in bold that has the number of a chapter, or tells how to activate outside of procedures."""
    found = _BOLD.match(markdown, start, end)
    if found is None or not (start == 0 or markdown.startswith("\n", start - 2)):
        return False
    role = role_of(found["title"])
    if found["number"] or outline.above[-1].depth == 2 * _DEEPEST:
        return role is not Role.NONE
    return role in PROCEDURES and outline.role not in _STEPPED


_BOLD = re.compile(
    r"\*\*(?P<title>(?P<number>\d{1,2}(?:\.\d{1,2}){0,3}[.)]?[ \t]{1,4})?[A-Z][^*\n.:;]{2,60})\*\*[ \t]{0,4}\Z"
)
_STEPPED = PROCEDURES | {Role.STEPS, Role.PREREQUISITES}


def _is_capital_heading(line: str) -> bool:
    return line.isupper() and role_of(line) is not Role.NONE


def _plain_level(title: str, above: tuple[str, ...]) -> int:
    """Capitals head chapters; a class and its parts stand below whatever heading is there, in this order."""
    if title.isupper() and not (title.lower().rstrip(":") in _PART_TITLES and any(map(_CLASS_TITLE.match, above))):
        return 2
    return _DEEPEST - 1 if _CLASS_TITLE.match(title) else _DEEPEST


_DEEPEST = 9
_HEADING_LONGEST = 60
_PARTS = (
    "attributes | actions | counters | pm counters | events | pm events | kpis | prerequisites | steps | "
    "after this task | interfaces | hardware | operation | capacity and performance | other network elements | "
    "summary | additional information | feature dependencies"
)
_PART_TITLES = frozenset(_PARTS.split(" | "))
_CLASS_TITLE = re.compile(r"(?:MO )?[Cc]lass [A-Z][A-Za-z0-9]{1,58}\Z")


def _wrapped_end(markdown: str, end: int, more: re.Pattern[str]) -> int:
    """The end of a wrapped paragraph or item: lines go on until one is empty or begins something of its own."""
    while found := more.match(markdown, end):
        start, stop = end + 1, found.end()
        if stop - start <= _HEADING_LONGEST and _is_plain_heading(markdown, start, stop):
            break
        if _OWN_LINE.match(markdown, start, stop):
            break
        end = stop
    return end


def _fence_end(markdown: str, start: int) -> int:
    close = _CLOSING.search(markdown, markdown.find("```", start) + 3)
    end = markdown.find("\n", close.end()) if close else -1
    return end if end >= 0 else len(markdown)


_CLOSING = re.compile(rf"\n{_FENCE}")


class _Title(msgspec.Struct, frozen=True, gc=False):
    """A title that the reader is below: how deep, the path to it, what it or the innermost above it says."""

    depth: int
    path: tuple[str, ...]
    role: Role


@dataclass(slots=True)
class _Outline:
    """Where the reader is: the titles above, each deeper than the one before."""

    heading: tuple[str, ...] = ()
    role: Role = Role.NONE
    above: list[_Title] = field(default_factory=lambda: [_Title(0, (), Role.NONE)])  # first the whole text

    def goes_on_with(self, title: str) -> bool:
        """True of the next number of a chapter; what is first below a procedure is its first step."""
        above = next((found for each in reversed(self.heading) if (found := _NUMBER.match(each))), None)
        if above is None and self.role is not Role.NONE:
            return False
        number = _NUMBER.match(title)
        return number is not None and int(number[0]) == int(above[0] if above else 0) + 1

    def enter(self, level: int, title: str) -> None:
        """Go below a title. Converters that lose depth print `Steps` beside `7 Activate X`: it goes below that."""
        above, depth, own = self.above, 2 * level, role_of(title)
        while above[-1].depth > depth:
            above.pop()
        if above[-1].depth == depth:
            if own in PARTS and is_part_of(title, above[-1].path[-1]):
                depth += 1
            else:
                above.pop()
        role = above[-1].role
        self.heading = (*above[-1].path, title)
        self.role = role if (role, own) in _KEPT else own or role
        above.append(_Title(depth, self.heading, self.role))


#: What a title tells of its chapter and not of itself: the overview of a change, the features that another goes with.
_KEPT = frozenset(
    {
        (Role.HISTORY, Role.OVERVIEW),
        (Role.DEPENDENCIES, Role.FEATURES),
        (Role.DEPENDENCIES, Role.PREREQUISITES),
    }
)
_NUMBER = re.compile(r"\d{1,3}(?=[.)] )")
