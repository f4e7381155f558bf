"""Headings of Word documents without styles: paragraphs that are bold as a whole, above something that is not."""

from __future__ import annotations

from typing import Any

from randaemon.stages.convert import bold
from randaemon.stages.convert.office.docx.styles import VAL, W


def bold_level(paragraph: Any, text: str) -> int | None:
    """The level of a paragraph of this text that heads a section; None of any other."""
    if bold.level(text, "") is None or not _is_bold(paragraph):  # the text alone decides most of them, and faster
        return None
    below = next(paragraph.itersiblings(f"{W}p", f"{W}tbl"), None)
    if below is None:
        return None
    return bold.level(text, _text(below) if below.tag == f"{W}p" and _is_bold(below) else "")


def _text(paragraph: Any) -> str:
    return "".join(each.text or "" for each in paragraph.iter(f"{W}t")).strip()


def _is_bold(paragraph: Any) -> bool:
    runs = [run for run in paragraph.iter(f"{W}r") if (run.findtext(f"{W}t") or "").strip()]
    marks = [run.find(f"{W}rPr/{W}b") for run in runs]
    return bool(marks) and all(mark is not None and mark.get(VAL) not in ("0", "false", "off") for mark in marks)
