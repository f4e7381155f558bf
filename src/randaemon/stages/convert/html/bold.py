"""Pages whose sections are headed by paragraphs in bold: they become headings, where the page has no others."""

from __future__ import annotations

import re
from typing import Any, Final

from randaemon.ran.feature import PROCEDURES, Role, role_of

_LONGEST: Final = 80  # characters
_NUMBER: Final = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,3})[.)]?\s+(?=[A-Z])")
_HEADINGS: Final = ("h2", "h3", "h4", "h5", "h6")
_BOLD: Final = frozenset({"b", "strong"})


def as_headings(root: Any) -> None:
    """Make headings of paragraphs that are bold as a whole and numbered, or named as the parts of a feature are."""
    if next(root.iter(*_HEADINGS), None) is not None:
        return
    for element in [each for each in root.iter("p") if _is_bold(each)]:
        text = " ".join("".join(element.itertext()).split())
        number, role = _NUMBER.match(text), role_of(text)
        if len(text) > _LONGEST or text[-1] in ".,:;" or (number is None and role is Role.NONE):
            continue
        below = element.getnext()
        deeper = f"{number[1]}.1" if number else "1."
        step = (role is Role.NONE or role in PROCEDURES) and below is not None and _is_bold(below)
        step = step and not "".join(below.itertext()).lstrip().startswith(deeper)
        if below is not None and not step and next(element.iterancestors("td", "th", "li"), None) is None:
            element.tag = f"h{min(2 + number[1].count('.'), 6)}" if number else "h2"


def _is_bold(element: Any) -> bool:
    """True of a paragraph with nothing but one stretch of bold text."""
    if element.tag != "p" or len(element) != 1 or element[0].tag not in _BOLD:
        return False
    around = f"{element.text or ''}{element[0].tail or ''}"
    return not around.strip() and bool("".join(element[0].itertext()).strip())
