"""Does a document speak of a field near a name? What may be declined is decided on the text, not on what was extracted.

Careful to one side: a word that only looks like the field's is reason enough not to decline.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from randaemon.quality.text import is_inner
from randaemon.quality.units import ALTERNATIVES

_PARAGRAPHS = 1200  # characters of prose after which nothing is near
_SECTION = 2000  # characters below a heading that names the thing
_TYPES = r"u?int(?:8|16|32|64)?|integer|bool(?:ean)?|enum\w*|string|float|double|struct|PEG|GAUGE|PDF|ACC|SCAN|DDM"
_WORDS: Mapping[str, str] = {
    "default": r"defaults?|initial(?:ly)?|preset|factory|recommended",
    "range": r"ranges?|between|min(?:imum)?|max(?:imum)?|values?|from|up to",
    "unit": r"units?|measured in|given in|resolution|scale",
    "type": rf"types?|{_TYPES}",
    "precondition": r"preconditions?|prerequisites?|requires?|requirements?|must|unless|provided|if|when",
    "condition": r"conditions?|when(?:ever)?|if|each time|every time|stepped|incremented|upon|triggered",
    "trigger": r"trigger(?:s|ed)?|when(?:ever)?|if|each time|upon|after|on expiry|occurs?",
}
FIELDS = frozenset(_WORDS)  # that may be declined
_SIGNS: Mapping[str, re.Pattern[str]] = {
    "range": re.compile(r"\d\s*(?:\.\.+|…|–)\s*-?\d|\d to -?\d"),
    "unit": re.compile(rf"(?:\d\s*|\|\s*|\()(?:{ALTERNATIVES}|%)(?![\w%])"),
}


def speaks_of(field: str, names: Sequence[str], markdown: str) -> bool:
    """True when the field's words, or a value as only it has, stand near any mention of any of the names."""
    words = re.compile(rf"\b(?:{_WORDS.get(field, re.escape(field.replace('_', ' ')))})\b", re.IGNORECASE)
    sign = _SIGNS.get(field)
    for name in names:
        for place in _mentions(name, markdown):
            around = _near(markdown, place).replace(name, " ")
            if words.search(around) or (sign is not None and sign.search(around)):
                return True
    return False


def _mentions(name: str, markdown: str) -> Iterator[int]:
    found = markdown.find(name) if name else -1
    while found >= 0:
        before, after = markdown[found - 1 : found], markdown[found + len(name) : found + len(name) + 1]
        if not (before == "." or is_inner(before) or is_inner(after)):
            yield found
        found = markdown.find(name, found + len(name))


def _near(markdown: str, place: int) -> str:
    """What is read with a mention: its row, its list item, the section it heads, or its paragraph and the next."""
    start = markdown.rfind("\n", 0, place) + 1
    line = _line(markdown, start)
    if line.lstrip().startswith("|"):
        return _row(markdown, start, line)
    if line.startswith("#"):
        end = markdown.find("\n#", start)
        return markdown[start : min(end if end >= 0 else len(markdown), start + _SECTION)]
    if _ITEM.match(line):
        return _item(markdown, start, line)
    begin = markdown.rfind("\n\n", 0, place) + 1
    end = markdown.find("\n\n", place)
    end = markdown.find("\n\n", end + 2) if end >= 0 else -1
    begin, end = max(begin, start - _PARAGRAPHS), end if end >= 0 else len(markdown)
    return markdown[begin : min(end, place + _PARAGRAPHS)]


_ITEM = re.compile(r"\s*(?:[-*•]|\d{1,3}[.)])\s")
_RULE = re.compile(r"\s*\|[\s:|-]*--[\s:|-]*\Z")
_EMPTY = re.compile(r"\s*(?:[-–—]|n/?a|not applicable)?\s*\Z", re.IGNORECASE)


def _line(markdown: str, start: int) -> str:
    end = markdown.find("\n", start)
    return markdown[start : end if end >= 0 else len(markdown)]


def _row(markdown: str, start: int, line: str) -> str:
    """The row, with the headers of the cells that hold something; of a table of keys and values all of it."""
    first = _table_start(markdown, start)
    cells = _cells(line)
    if len(cells) <= 2:
        end = markdown.find("\n\n", start)
        return markdown[first : min(end if end >= 0 else len(markdown), start + _SECTION)]
    header = _line(markdown, first)
    if first == start or not _RULE.match(_line(markdown, first + len(header) + 1)):
        return line
    told = [head for head, cell in zip(_cells(header), cells, strict=False) if not _EMPTY.match(cell)]
    return f"{' '.join(told)} {line}"


def _cells(line: str) -> list[str]:
    return re.split(r"(?<!\\)\|", line.strip().strip("|"))


def _table_start(markdown: str, start: int) -> int:
    gap = markdown.rfind("\n\n", 0, start)
    first = gap + 2 if gap >= 0 else 0
    while first < start and not _line(markdown, first).lstrip().startswith("|"):
        first = markdown.find("\n", first) + 1
    return first


def _item(markdown: str, start: int, line: str) -> str:
    """The item with the lines that are indented under it."""
    depth, end = _depth(line), start + len(line)
    while end < len(markdown):
        following = _line(markdown, end + 1)
        if not following.strip() or (_depth(following) <= depth and _ITEM.match(following)):
            break
        end += 1 + len(following)
    return markdown[start:end]


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
