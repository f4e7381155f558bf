"""Styles and numbering of a Word document: what is a heading, and what number stands before a paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
VAL: Final = f"{W}val"
_HEADING = re.compile(r"(?:heading|h) ?([1-9])")  # H6 is how 3GPP names a sixth level that stays out of the contents
_CODE = re.compile(r"pl|(?:source ?)?code|macro(?: text)?|(?:html )?preformatted(?: text)?|program\w*|listing|screen")
_LISTED = re.compile(r"(?:list (?:bullet|number)|b) ?([1-9])")
_BODY = 9  # the outline level of text
_ROMAN = ((100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


@dataclass(frozen=True, slots=True)
class Style:
    """A paragraph's style with all that it inherits."""

    name: str = ""  # lower case
    outline: int | None = None  # from 1; None for text
    numbering: tuple[str, int | None] | None = None  # id and level

    @property
    def is_title(self) -> bool:
        """The title of the whole document."""
        return self.name == "title"

    @property
    def is_code(self) -> bool:
        """Text whose spaces count."""
        return _CODE.fullmatch(self.name) is not None

    @property
    def is_contents(self) -> bool:
        """A line of the contents list."""
        return self.name.startswith(("toc ", "table of figures", "contents "))

    @property
    def is_paired(self) -> bool:
        """An abbreviation or reference of 3GPP: a tab parts it from what it stands for."""
        return self.name in ("ew", "ex")

    @property
    def is_caption(self) -> bool:
        """The line under a picture or table."""
        return self.name in ("caption", "tf", "figure", "figure caption")

    @property
    def listed(self) -> int:
        """The level of lists whose style alone says how deep they are, 0 for others."""
        found = _LISTED.fullmatch(self.name)
        return int(found.group(1)) if found else 0


class Styles:
    """The paragraph styles of a document."""

    def __init__(self, root: Any) -> None:
        self._elements = {} if root is None else {each.get(f"{W}styleId"): each for each in root.iter(f"{W}style")}
        self._default = next((key for key, each in self._elements.items() if _is_default(each)), "")
        self._resolved: dict[str, Style] = {}

    def of(self, key: str | None) -> Style:
        """A style by its id; the default one for None."""
        key = self._default if key is None else key
        if key not in self._resolved:
            self._resolved[key] = self._resolve(key)
        return self._resolved[key]

    def _resolve(self, key: str) -> Style:
        chain = list(self._chain(key))
        name = _value(chain[0], "name").lower() if chain else key.lower()
        outlines = (_value(each, "pPr", "outlineLvl") for each in chain)
        outline = next((int(value) + 1 for value in outlines if value.isdecimal()), None)
        if outline is not None and outline > _BODY:
            outline = None
        named = _HEADING.fullmatch(name)
        if named:
            outline = outline or int(named.group(1))
        numbered = (numbering_of(each.find(f"{W}pPr")) for each in chain)
        return Style(name, outline, next((each for each in numbered if each), None))

    def _chain(self, key: str | None) -> Iterator[Any]:
        seen: set[str] = set()
        while key and key not in seen and key in self._elements:
            seen.add(key)
            yield self._elements[key]
            key = _value(self._elements[key], "basedOn")


def numbering_of(properties: Any) -> tuple[str, int | None] | None:
    """Id and level in the `numPr` of a paragraph's properties."""
    found = properties.find(f"{W}numPr") if properties is not None else None
    if found is None:
        return None
    level = _value(found, "ilvl")
    return _value(found, "numId"), int(level) if level.isdecimal() else None


@dataclass(frozen=True, slots=True)
class _Level:
    kind: str  # decimal | bullet | lowerLetter | …
    text: str  # "%1.%2"
    start: int
    style: str
    legal: bool  # all numbers as 1, 2, 3


@dataclass(frozen=True, slots=True)
class Label:
    """What is printed before a paragraph. `bullet` when it is a sign and no number."""

    text: str
    level: int  # from 0
    bullet: bool


class Numbering:
    """The counters of a document's lists and headings; asked once a paragraph, in order."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._counts: dict[str, list[int]] = {}
        self._begun: set[tuple[str, int]] = set()
        self._levels: dict[str, dict[int, _Level]] = {}

    def label(self, number: str, level: int | None, style: str = "") -> Label | None:
        """The label of the next paragraph of a list, None when the list is not there or prints nothing."""
        if number not in self._numbers:
            return None
        abstract, starts = self._numbers[number]
        levels = self._levels_of(abstract)
        if level is None:
            level = next((depth for depth, each in levels.items() if each.style and each.style == style), 0)
        if level not in levels:
            return None
        self._advance(abstract, number, level, starts)
        own = levels[level]
        if own.kind == "bullet":
            return Label("-", level, bullet=True)
        text = re.sub(r"%([1-9])", lambda found: self._printed(abstract, int(found.group(1)) - 1, own), own.text)
        return Label(text, level, bullet=False) if text and own.kind != "none" else None

    def _advance(self, abstract: str, number: str, level: int, starts: dict[int, int]) -> None:
        levels = self._levels_of(abstract)
        counts = self._counts.setdefault(abstract, [0] * 9)
        fresh = (number, level) not in self._begun
        self._begun.add((number, level))
        if fresh and level in starts:
            counts[level] = starts[level]
        else:
            counts[level] = counts[level] + 1 if counts[level] else levels[level].start
        for above in range(level):
            counts[above] = counts[above] or (levels[above].start if above in levels else 1)
        counts[level + 1 :] = [0] * (len(counts) - level - 1)

    def _printed(self, abstract: str, level: int, own: _Level) -> str:
        kind = "decimal" if own.legal else self._levels_of(abstract).get(level, own).kind
        return _number(self._counts[abstract][level], kind)

    @cached_property
    def _numbers(self) -> dict[str, tuple[str, dict[int, int]]]:
        """Of each list its abstract one, and where levels start anew."""
        if self._root is None:
            return {}
        found = {}
        for each in self._root.iter(f"{W}num"):
            starts = {
                int(override.get(f"{W}ilvl", "0")): int(start)
                for override in each.iter(f"{W}lvlOverride")
                if (start := _value(override, "startOverride")).isdecimal()
            }
            found[each.get(f"{W}numId")] = (_value(each, "abstractNumId"), starts)
        return found

    @cached_property
    def _abstract(self) -> dict[str, Any]:
        return {each.get(f"{W}abstractNumId"): each for each in self._root.iter(f"{W}abstractNum")}

    def _levels_of(self, abstract: str) -> dict[int, _Level]:
        if abstract not in self._levels:
            element = self._abstract.get(abstract)
            link = _value(element, "numStyleLink") if element is not None else ""
            if link:  # the levels are those of another list with the same style
                element = next((each for each in self._abstract.values() if _value(each, "styleLink") == link), element)
            found = element.findall(f"{W}lvl") if element is not None else []
            self._levels[abstract] = {int(each.get(f"{W}ilvl", "0")): _level(each) for each in found}
        return self._levels[abstract]


def _level(element: Any) -> _Level:
    start = _value(element, "start")
    return _Level(
        kind=_value(element, "numFmt") or "decimal",
        text=_value(element, "lvlText"),
        start=int(start) if start.isdecimal() else 1,
        style=_value(element, "pStyle"),
        legal=element.find(f"{W}isLgl") is not None,
    )


def _number(count: int, kind: str) -> str:
    match kind:
        case "lowerLetter" | "upperLetter":
            letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1) if count > 0 else "0"
            return letter.upper() if kind == "upperLetter" else letter
        case "lowerRoman" | "upperRoman":
            roman = _roman(count)
            return roman.upper() if kind == "upperRoman" else roman
        case "decimalZero":
            return f"{count:02}"
        case _:
            return str(count)


def _roman(count: int) -> str:
    text = ""
    for value, sign in _ROMAN:
        while count >= value and len(text) < 40:
            text += sign
            count -= value
    return text


def _value(element: Any, *path: str) -> str:
    found = element.find("/".join(f"{W}{name}" for name in path))
    return "" if found is None else str(found.get(VAL, ""))


def _is_default(element: Any) -> bool:
    return element.get(f"{W}type") == "paragraph" and element.get(f"{W}default") in ("1", "true", "on")
