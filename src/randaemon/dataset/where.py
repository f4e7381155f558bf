"""`--where`: which rows of a dataset are wanted: `kind=fact`, `score>=0.9`, `entity~pMax`; several must all hold."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from randaemon.errors import RandaemonError

Row = Mapping[str, Any]
_TERM = re.compile(r"\s*(\w+)\s*(>=|<=|!=|=|~|>|<)\s*(.*?)\s*\Z", re.DOTALL)
_FIELDS = (
    "id", "kind", "document", "family", "title", "places", "heading", "entity", "attribute", "fact", "score", "mode",
)  # fmt: skip
_ORDERS: Mapping[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


def parse(terms: Iterable[str]) -> Callable[[Row], bool]:
    """A test of rows. `=` and `!=` compare whole texts, `~` looks for a part, `places` is any of them.

    Raises RandaemonError for a term that cannot be understood.
    """
    tests = [_test(term) for term in terms]
    return lambda row: all(test(row) for test in tests)


def _test(term: str) -> Callable[[Row], bool]:
    found = _TERM.match(term)
    if found is None or found[1] not in _FIELDS:
        raise RandaemonError(
            f"cannot filter by {term!r}", hint=f"FIELD=VALUE with a field of: {', '.join(_FIELDS)}", code="E_WHERE"
        )
    name, sign, value = found.groups()
    if sign in _ORDERS or name == "score":
        return _measured(name, sign, value)
    if sign == "~":
        return lambda row: any(value.lower() in text.lower() for text in _texts(row, name))
    return lambda row: (value in _texts(row, name)) == (sign == "=")


def _measured(name: str, sign: str, value: str) -> Callable[[Row], bool]:
    try:
        bound = float(value)
    except ValueError:
        bound = None
    if name != "score" or bound is None:
        raise RandaemonError(f"{name} has no order, or {value!r} is no number", hint="score>=0.9", code="E_WHERE")
    compare = {**_ORDERS, "=": operator.eq, "!=": operator.ne}.get(sign, operator.eq)
    return lambda row: compare(float(row[name]), bound)


def _texts(row: Row, name: str) -> list[str]:
    value = row[name]
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]
