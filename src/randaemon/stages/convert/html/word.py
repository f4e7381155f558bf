"""Pages that Word saved: lists are paragraphs with a typed sign, the contents are paragraphs of a class of their own.

Here they become what other pages have, before the walk: items, nested as their levels say, and nothing.
"""

from __future__ import annotations

import re
from typing import Any, Final

from lxml import etree

HINT: Final = "mso-"
_LEVEL = re.compile(r"mso-list:\s*\w+\s+level(\d)")
_IGNORED = re.compile(r"mso-list:\s*ignore", re.IGNORECASE)
_NUMBER = re.compile(r"\(?(\d{1,4})[.)]?")
_SIGN = re.compile(r"[^A-Za-z0-9]*|o")  # of a bullet, in whatever font
_CONTENTS: Final = ("MsoToc", "MsoTof")


def as_others_have_it(root: Any) -> None:
    """Changes the tree of a page."""
    for element in list(root.iter("p")):
        kind = element.get("class") or ""
        if kind.startswith(_CONTENTS):
            _drop(element)
        elif kind == "MsoTitle":
            element.tag = "h1"
    for element in list(root.iter("p")):
        if element.tag == "p" and _LEVEL.search(element.get("style") or "") and element.getparent() is not None:
            _gather(element)


def _gather(first: Any) -> None:
    """A list out of a paragraph and those that follow it directly, in its place."""
    whole = etree.Element("div")
    first.addprevious(whole)
    above: list[tuple[int, Any]] = []  # level and element of the lists that are open
    element = first
    while element is not None and element.tag == "p" and (told := _LEVEL.search(element.get("style") or "")):
        following = element.getnext() if not (element.tail or "").strip() else None
        level, sign = int(told[1]), _sign(element)
        while above and above[-1][0] > level:
            above.pop()
        if not above or above[-1][0] < level:
            above.append((level, _begun(sign, above[-1][1][-1] if above else whole)))
        whole.tail, element.tail = element.tail, None
        item = etree.SubElement(above[-1][1], "li")
        item.text = "" if _SIGN.fullmatch(sign) or _NUMBER.fullmatch(sign) else f"{sign} "
        element.tag = "span"
        item.append(element)
        element = following


def _begun(sign: str, within: Any) -> Any:
    number = _NUMBER.fullmatch(sign)
    begun = etree.SubElement(within, "ol" if number else "ul")
    if number:
        begun.set("start", number[1])
    return begun


def _sign(element: Any) -> str:
    """What is typed before an item, taken out of it."""
    found = next((span for span in element.iter("span") if _IGNORED.search(span.get("style") or "")), None)
    if found is None:
        return ""
    text = "".join(found.itertext()).strip()
    _drop(found)
    return text


def _drop(element: Any) -> None:
    """Out of the tree, without the text behind it."""
    tail, before, parent = element.tail or "", element.getprevious(), element.getparent()
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(element)
