"""Headings of Word documents without styles: bold paragraphs with the number of a chapter or the name of a part."""

from __future__ import annotations

import re
from typing import Any, Final

from randaemon.ran.feature import PROCEDURES, Role, role_of
from randaemon.stages.convert.office.docx.styles import VAL, W

_LONGEST: Final = 80  # characters
_NUMBER: Final = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,4})[.)]?\s+(?=[A-Z])")


def bold_level(paragraph: Any, text: str) -> int | None:
    """The level of a paragraph that is all in bold above one that is not, by its number; None of any other."""
    if not 2 < len(text) <= _LONGEST or text[-1] in ".,:;" or not _is_bold(paragraph):
        return None
    number, role = _NUMBER.match(text), role_of(text)
    if number is None and role is Role.NONE:
        return None
    below = next(paragraph.itersiblings(f"{W}p", f"{W}tbl"), None)
    step = role is Role.NONE or role in PROCEDURES  # the steps of a list may be in bold too
    if below is None or (step and below.tag == f"{W}p" and _is_bold(below) and not _is_deeper(below, number)):
        return None
    return 1 + number[1].count(".") if number else 1


def _is_bold(paragraph: Any) -> bool:
    runs = [run for run in paragraph.iter(f"{W}r") if (run.findtext(f"{W}t") or "").strip()]
    marks = [run.find(f"{W}rPr/{W}b") for run in runs]
    return bool(marks) and all(mark is not None and mark.get(VAL) not in ("0", "false", "off") for mark in marks)


def _is_deeper(below: Any, number: re.Match[str] | None) -> bool:
    """True of `2.1` below `2`."""
    text = "".join(each.text or "" for each in below.iter(f"{W}t"))
    return number is not None and text.startswith(f"{number[1]}.1")
