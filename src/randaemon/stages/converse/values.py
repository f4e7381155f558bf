"""Values of fields as a sentence gives them: numbers with their unit, lists with commas."""

from __future__ import annotations

import re
from itertools import pairwise


def is_measured(value: str) -> bool:
    """A number or a range of numbers, with or without what it is measured in, and not a list of names."""
    return _MEASURED.match(value) is not None


_NUMBER = r"[-+−–]?\d[\d.,]*"
_STEP = r"(?:,? (?:in )?steps? (?:of )?[\d.]+)?"  # `0..5000, step 100`
_MEASURED = re.compile(
    rf"{_NUMBER}(?:\s*(?:\.\.+|to|-|–|…)\s*{_NUMBER})?(?:\s*[^\d\s=:,;(][^\d=:,;]*|\s*\([\d.]+ ?[^\d=:,;()]+\))?{_STEP}"
    r"(?: [^\d\s=:,;]+)?\Z"
)


def measure_of(unit: str) -> str:
    """What a number is given in: `dB`, `0.1 dB`; `dBm` of `1 dBm`, "" of `1` and of a sentence."""
    if len(unit.split()) > _WORDS:
        return ""
    return _ONE.sub("", unit)


_WORDS = 2
_ONE = re.compile(r"\A1(?:\Z| (?=d?B[a-z]*\Z|[mµuk]?s\Z|%|[kMG]?Hz\Z))")


def in_unit(value: str, unit: str) -> str:
    """`5 dB`; of a unit that is a number itself `5 (in units of 0.1 dB)`."""
    return f"{value} (in units of {unit})" if unit[0].isdigit() else f"{value} {unit}"


def alone(value: str) -> str:
    """A range without what else stands in its cell: `-140..-44, unit dBm, default -110` → `-140..-44 dBm`."""
    return _DEFAULT.sub("", _UNIT.sub(r"\1", value))


_UNIT = re.compile(r"(?<=\d)[,;] unit(?::| is)?( [^\s,;]+)")
_DEFAULT = re.compile(r"(?<=\w)[,;] default\b.*")


def rejoined(value: str) -> str:
    """Event parameters whole that a narrow column broke: `EVENT_PARAM_NEW_LAYE R` → `EVENT_PARAM_NEW_LAYER`."""
    return _BROKEN.sub("", value) if value.startswith("EVENT_") else value


_BROKEN = re.compile(r"(?<=[A-Z0-9_]) (?=(?!EVENT_)[A-Z0-9_]+(?:[ ,]|\Z))")


def enumerated(value: str) -> str:
    """`A B C`, `0..100 255` and `OFF (0) ON (1)`, as lines of a cell come, with commas; all else stays as it is.

    The brackets around a list of a file in YAML go.
    """
    if _LISTED.fullmatch(value):
        return value[1:-1]
    if _NUMBERED.fullmatch(value):
        return _BEHIND_NUMBER.sub("), ", value)
    found = value.split()
    named = all(_NAME.fullmatch(word) for word in found)
    ranged = all(map(_VALUE.fullmatch, found)) and (any(".." in word for word in found) or _rises(found))
    return ", ".join(found) if named or ranged else value


def _rises(found: list[str]) -> bool:
    """Numbers each above the last, and no one number in groups of three digits."""
    numbers = [float(word) for word in found]
    grouped = all(len(word) == len("000") for word in found[1:])
    return len(numbers) > _PAIR and not grouped and all(low < high for low, high in pairwise(numbers))


_PAIR = 2
_LISTED = re.compile(r"\[\w+(?:, ?\w+)+\]")
_NUMBERED = re.compile(r"(?:\"?\w+\"? ?\(\d+\) )+\"?\w+\"? ?\(\d+\)")
_BEHIND_NUMBER = re.compile(r"\) ")
_VALUE = re.compile(r"-?\d+(?:\.\d+)?(?:\.\.+-?\d+(?:\.\d+)?)?")
_NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|true|false")
