"""XML that is read as it streams."""

from __future__ import annotations

from typing import Any


def forget(element: Any) -> None:
    """Let go of an element that was read, and of what stands before it: `iterparse` keeps all of a file otherwise."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
