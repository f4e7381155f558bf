"""Elements of HTML: what kinds there are, and what their attributes say."""

from __future__ import annotations

import re
from typing import Any, Final

BLOCKS: Final = re.findall(
    r"\w+",
    """address article aside blockquote body caption center dd details dialog dir dl dt fieldset figcaption figure
    footer form header hgroup hr html legend main menu p section summary""",
)
DROPPED: Final = frozenset(
    re.findall(
        r"\w+",
        """script style nav template svg noscript iframe object embed applet canvas audio video button select
        textarea datalist head map noframes frameset del s strike""",
    )
)
INLINE: Final = re.findall(r"\w+", "span a em strong b i u code tt samp kbd var abbr dfn cite font label")
REGIONS: Final = frozenset(re.findall(r"\w+", "div ul ol section aside table header footer p main dl"))
HEADINGS = tuple(f"h{level}" for level in range(1, 7))
_CELL_MAX = 65_534


def is_note(element: Any) -> bool:
    """True for a remark set apart from the text."""
    return "note" in (element.get("class") or "").split()


def language(element: Any) -> str:
    """What a listing is written in, as highlighters want it: `class="language-python"`."""
    classes = " ".join(each.get("class") or "" for each in element.iter("pre", "code"))
    found = re.search(r"\b(?:language|lang|highlight-source|brush:)[- ]?([a-z][\w+#]{0,15})", classes)
    return found.group(1) if found else ""


def is_layout(element: Any) -> bool:
    """A table that arranges the page: it says so, or holds headings, or is a single column or row around tables."""
    if element.get("role") in ("presentation", "none") or next(element.iter(*HEADINGS), None) is not None:
        return True
    inner = element.iter("table")
    next(inner)
    if next(inner, None) is None:
        return False
    rows = element.findall("tr") + element.findall("tbody/tr")
    return len(rows) <= 1 or all(len(row.findall("td")) + len(row.findall("th")) <= 1 for row in rows)


def span(element: Any, name: str) -> int:
    """How many rows or columns a cell says it covers; 0 means all that are left."""
    value = element.get(name)
    if value is None:
        return 1
    value = value.strip()
    return min(int(value), _CELL_MAX) if value.isdecimal() and len(value) < 10 else 1
