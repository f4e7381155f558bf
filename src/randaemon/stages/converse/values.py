"""Values of fields as a sentence gives them: numbers with their unit, lists with commas."""

from __future__ import annotations

import re


def is_measured(value: str) -> bool:
    """A number or a range of numbers, with or without what it is measured in, and not a list of names."""
    return _MEASURED.match(value) is not None


_NUMBER = r"[-+−–]?\d[\d.,]*"
_MEASURED = re.compile(rf"{_NUMBER}(?:\s*(?:\.\.+|to|-|–|…)\s*{_NUMBER})?(?:\s*\D[^\d=:,;]*)?\Z")


def in_unit(value: str, unit: str) -> str:
    """`5 dB`; of a unit that is a number itself `5 (in units of 0.1 dB)`."""
    return f"{value} (in units of {unit})" if unit[0].isdigit() else f"{value} {unit}"


def enumerated(value: str) -> str:
    """`A B C` and `0..100 255`, as lines of a cell come, → `A, B, C` and `0..100, 255`; all else stays as it is."""
    found = value.split()
    named = all(_NAME.fullmatch(word) for word in found)
    ranged = all(map(_VALUE.fullmatch, found)) and any(".." in word for word in found)
    return ", ".join(found) if named or ranged else value


_VALUE = re.compile(r"-?\d+(?:\.\d+)?(?:\.\.+-?\d+(?:\.\d+)?)?")
_NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|true|false")
