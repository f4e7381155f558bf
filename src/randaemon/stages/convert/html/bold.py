"""Pages whose sections are headed by paragraphs in bold: they become headings, where the page has no others."""

from __future__ import annotations

from typing import Any, Final

from randaemon.stages.convert import bold

_HEADINGS: Final = ("h2", "h3", "h4", "h5", "h6")
_BOLD: Final = frozenset({"b", "strong"})


def as_headings(root: Any) -> None:
    """Make headings of paragraphs that are bold as a whole, with something below them and in no table or list."""
    if next(root.iter(*_HEADINGS), None) is not None:
        return
    for element in [each for each in root.iter("p") if _is_bold(each)]:
        below = element.getnext()
        if below is None or next(element.iterancestors("td", "th", "li"), None) is not None:
            continue
        level = bold.level(_text(element), _text(below) if _is_bold(below) else "")
        if level is not None:
            element.tag = f"h{min(1 + level, 6)}"


def _text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def _is_bold(element: Any) -> bool:
    """True of a paragraph with nothing but one stretch of bold text."""
    if element.tag != "p" or len(element) != 1 or element[0].tag not in _BOLD:
        return False
    around = f"{element.text or ''}{element[0].tail or ''}"
    return not around.strip() and bool("".join(element[0].itertext()).strip())
