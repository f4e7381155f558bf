"""Equations of Office Math as one line of text: `PL = 20log_10(d) + (a)/(b)`."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any, Final

from randaemon.stages.convert.office.package import OFFICE

M: Final = f"{{{OFFICE}/math}}"
_TEXT: Final = (f"{M}t", "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t")


def linear(element: Any) -> str:
    """The text of an equation or of a part of it."""
    if element.tag in _TEXT:
        return element.text or ""
    shape = _SHAPES.get(element.tag.removeprefix(M)) if isinstance(element.tag, str) else None
    return shape(element) if shape else "".join(map(linear, element))


def _part(element: Any, name: str) -> str:
    found = element.find(f"{M}{name}")
    return "" if found is None else "".join(map(linear, found)).strip()


def _property(element: Any, path: str, default: str) -> str:
    found = element.find("/".join(f"{M}{name}" for name in path.split("/")))
    return default if found is None else str(found.get(f"{M}val", default))


def grouped(text: str) -> str:
    """In brackets where it is more than a name or number."""
    text = text.strip()
    return text if text.replace(".", "").replace("'", "").isalnum() else f"({text})"


def _fraction(element: Any) -> str:
    return f"{grouped(_part(element, 'num'))}/{grouped(_part(element, 'den'))}"


def _script(element: Any) -> str:
    return _part(element, "e") + _bounds(element)


def _before(element: Any) -> str:
    return _bounds(element) + _part(element, "e")


def _bounds(element: Any) -> str:
    low, high = _part(element, "sub"), _part(element, "sup")
    return (f"_{grouped(low)}" if low else "") + (f"^{grouped(high)}" if high else "")


def _root(element: Any) -> str:
    degree = _part(element, "deg")
    return f"{f'root_{grouped(degree)}' if degree else '√'}({_part(element, 'e')})"


def _delimited(element: Any) -> str:
    left = _property(element, "dPr/begChr", "(")
    right = _property(element, "dPr/endChr", ")")
    between = _property(element, "dPr/sepChr", "|")
    return left + between.join("".join(map(linear, found)) for found in element.findall(f"{M}e")) + right


def _nary(element: Any) -> str:
    return f"{_property(element, 'naryPr/chr', '∫')}{_bounds(element)} {_part(element, 'e')}"


def _function(element: Any) -> str:
    argument = _part(element, "e")
    return f"{_part(element, 'fName')}{argument if argument.startswith('(') else f'({argument})'}"


def _limit(element: Any) -> str:
    return f"{_part(element, 'e')}_{grouped(_part(element, 'lim'))}"


def _accent(element: Any) -> str:
    """A sign over a single letter; over more it would stand over the last."""
    text = _part(element, "e")
    over = "\u0305" if element.tag == f"{M}bar" else _property(element, "accPr/chr", "\u0302")
    return text + over if len(text) == 1 and unicodedata.combining(over[:1] or " ") else text


def _matrix(element: Any) -> str:
    rows = element.findall(f"{M}mr")
    return "[" + "; ".join(", ".join("".join(map(linear, cell)) for cell in row) for row in rows) + "]"


def _lines(element: Any) -> str:
    return "; ".join("".join(map(linear, line)) for line in element.findall(f"{M}e"))


_SHAPES: Final[dict[str, Callable[[Any], str]]] = {
    "f": _fraction,
    "sSub": _script,
    "sSup": _script,
    "sSubSup": _script,
    "sPre": _before,
    "rad": _root,
    "d": _delimited,
    "nary": _nary,
    "func": _function,
    "limLow": _limit,
    "limUpp": _limit,
    "acc": _accent,
    "bar": _accent,
    "m": _matrix,
    "eqArr": _lines,
}
