"""Equations of MathML as one line of text, as those of Word documents are: `PL = 20log_10(d) + (a+b)/2`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from randaemon.stages.convert.office.equation import grouped

_UNSEEN: Final = frozenset("\u2061\u2062\u2063\u2064")  # function application, invisible times, …
_DROPPED: Final = frozenset({"annotation", "annotation-xml", "mphantom"})


def linear(element: Any) -> str:
    """The text of an equation or of a part of it; without any, what its `alttext` says."""
    text = "".join(map(_text, element))
    return " ".join((text or element.get("alttext") or element.text or "").split())


def _text(element: Any) -> str:
    if not isinstance(element.tag, str) or element.tag in _DROPPED:
        return ""
    shape = _SHAPES.get(element.tag)
    parts = [_text(child) for child in element]
    if shape and len(parts) >= 2:
        return shape(parts)
    own = "" if parts else "".join(sign for sign in (element.text or "").strip() if sign not in _UNSEEN)
    if element.tag == "mo" and own in _SPACED:
        own = f" {own} "
    return f"√({''.join(parts)})" if element.tag == "msqrt" else own + "".join(parts)


_SPACED: Final = frozenset("=<>≤≥≠≈→+−×·±∈∼") | {":="}


_SHAPES: Final[dict[str, Callable[[list[str]], str]]] = {
    "mfrac": lambda parts: f"{grouped(parts[0])}/{grouped(parts[1])}",
    "msub": lambda parts: f"{parts[0]}_{grouped(parts[1])}",
    "munder": lambda parts: f"{parts[0]}_{grouped(parts[1])}",
    "msup": lambda parts: f"{parts[0]}^{grouped(parts[1])}",
    "mover": lambda parts: f"{parts[0]}^{grouped(parts[1])}",
    "msubsup": lambda parts: f"{parts[0]}_{grouped(parts[1])}^{grouped(parts[-1])}",
    "munderover": lambda parts: f"{parts[0]}_{grouped(parts[1])}^{grouped(parts[-1])}",
    "mroot": lambda parts: f"root_{grouped(parts[1])}({parts[0]})",
    "mtable": lambda parts: f"[{'; '.join(parts)}]",
    "mtr": ", ".join,
}
