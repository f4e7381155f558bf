"""What an attribute may hold, as documents print it: `0..100`, `-140 – -44 dBm`, `OFF (0), ON (1)`, `uint8`, `boolean`.

A range is read only where all of it is understood; of any other nothing is known, and every value fits it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

OR = " or "  # between what documents say differently, and between choices
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?\Z")
_WHOLE = re.compile(r"[-+]?\d+\Z")
_SPLIT = re.compile(r"[,;|{}]|<br>|\bor\b|(?<=[A-Za-z])\s?/\s?(?=[A-Za-z])")
_STEP = re.compile(r"\s?\(?(?:in )?[Ss]teps?:? (?:of |size )?(?P<step>\d{1,9}(?:\.\d{1,9})?)(?: [A-Za-z%]{1,8})?\)?\Z")
_UNIT = r"(?!characters?|chars?|letters?|octets?|bytes?)(?:[A-Za-zµ°]{1,6}(?:/[A-Za-z]{1,6})?|%)"
#: A hyphen parts two numbers only where no sign can be meant; `2G` is a word, `2 s` and `0..2s` are numbers.
_INTERVAL = re.compile(
    r"([-+]?\d++(?:\.\d++)?)(?:\s*+(?:\.\.+|…|–|\bto\b|(?<=\d)-(?=\d)|(?<=\s)-(?=\s))\s*+"
    rf"([-+]?\d++(?:\.\d++)?)(?:\s?{_UNIT})?|\s{_UNIT})?\Z"
)
#: `ON`, `ON (1)`, `ON=1`, `1 = ON`, `1: ON`.
_CHOICE = re.compile(
    r"(?:(?P<before>-?\d+)\s?[=:]\s?)?(?P<word>[A-Za-z][A-Za-z0-9_]*+)(?:\s?\((?P<inside>-?\d+)\)|\s?[=:]\s?(?P<behind>-?\d+))?\Z"
)
_INTEGER = re.compile(r"(?P<unsigned>u(?:nsigned )?)?(?:int(?:eger)?|long|short)(?P<bits>8|16|32|64)?\b(?! str)")
_DECIMAL = re.compile(r"(?:float|double|decimal|real)\b")
_REFERENCE = re.compile(r"(?:mo ?ref|mo reference|reference)")
_SEVERAL = re.compile(r"\[|sequence|list|array|set of")


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers from `low` to `high` of each span, and words with their numbers, in lower case."""

    spans: tuple[tuple[Fraction, Fraction, Fraction], ...]  # low, high, step; step 0 is any
    choices: frozenset[str]
    words: tuple[str, ...] = ()  # the choices as printed

    def holds(self, value: str) -> bool:
        """True of a value that stands in it."""
        if value.lower() in self.choices:
            return True
        return bool(_NUMBER.match(value)) and any(_lies_in(Fraction(value), *span) for span in self.spans)


def in_one_line(printed: str) -> str:
    """What a cell prints in several lines, a choice or an interval each: `0..100<br>255` → `0..100, 255`."""
    return ", ".join(" ".join(line.split()).rstrip(",;") for line in printed.split("<br>"))


@lru_cache(maxsize=4096)
def read_range(stated: str) -> Range | None:
    """The range that a text states; None where any part of it is not understood."""
    stated = stated.replace("−", "-")  # the sign of typesetters
    step = _STEP.search(stated)
    parts = [part.strip(" `*.") for part in _SPLIT.split(stated[: step.start()] if step else stated) if part.strip()]
    intervals = [_INTERVAL.match(part) for part in parts]
    choices = [None if found else _CHOICE.match(part) for part, found in zip(parts, intervals, strict=True)]
    alone = len(parts) == 1 and choices[0] is not None  # `Integer` states no range
    if not parts or alone or not all(map(any, zip(intervals, choices, strict=True))):
        return None
    width = Fraction(step["step"]) if step else Fraction(0)
    spans = ((Fraction(each[1]), Fraction(each[2] or each[1]), width) for each in intervals if each)
    known = {told.lower() for each in choices if each for told in each.groups() if told}
    return Range(tuple(spans), frozenset(known), tuple(each["word"] for each in choices if each))


def misfit(data_type: str, stated: str, value: str) -> str:
    """Why an attribute of a type and range cannot hold a value: "no boolean", "outside 0..100"; "" where it can."""
    kind = data_type.strip().lower()
    if not any(_is_of(each, value) for each in kind.split(OR)):
        return f"no {data_type.strip()}, the type"
    if kind.startswith("string"):
        return ""  # its range is that of the length
    told = read_range(stated)
    return "" if told is None or told.holds(value) else f"outside {stated}, the range"


def is_several(data_type: str) -> bool:
    """True of a list and of a struct: no plain value fills them."""
    kind = data_type.strip().lower()
    return kind.startswith("struct") or _SEVERAL.search(kind) is not None


def _is_of(kind: str, value: str) -> bool:
    if kind.startswith("bool"):
        return value.lower() in ("true", "false")
    if _REFERENCE.match(kind):
        return "=" in value or value in ("", "null")
    if _DECIMAL.match(kind):
        return _NUMBER.match(value) is not None
    whole = _INTEGER.match(kind)
    if whole is None:
        return True
    return _WHOLE.match(value) is not None and _holds(whole, int(value))


def _holds(whole: re.Match[str], value: int) -> bool:
    bits = int(whole["bits"] or 64)
    least = 0 if whole["unsigned"] else -(1 << bits - 1)
    return least <= value < 1 << (bits if whole["unsigned"] else bits - 1)


def _lies_in(value: Fraction, low: Fraction, high: Fraction, step: Fraction) -> bool:
    return low <= value <= high and (not step or (value - low) % step == 0)
