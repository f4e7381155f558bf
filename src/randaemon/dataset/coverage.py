"""The coverage map: how many samples teach each feature, parameter, counter, … of the library."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import msgspec

Item = tuple[str, str]  # category and normalised name
_FEW = 5


@dataclass(frozen=True, slots=True)
class Content:
    """What the library holds, whether it is taught or not."""

    items: Collection[Item] = ()
    chunks: int = 0


def counts(found: Mapping[Item, int], content: Content) -> dict[Item, int]:
    """Of each item how many samples teach it, over all splits; items that nothing teaches have 0."""
    return {item: found.get(item, 0) for item in sorted(set(content.items))}


def summary(found: Mapping[Item, int]) -> dict[str, dict[str, int]]:
    """By category: how many items there are, and how many have no sample, 1 to 4, and 5 or more."""
    by_category: dict[str, dict[str, int]] = {}
    for (category, _), count in found.items():
        row = by_category.setdefault(category, {"items": 0, "0": 0, "1-4": 0, "5+": 0})
        row["items"] += 1
        row["0" if count == 0 else "1-4" if count < _FEW else "5+"] += 1
    return by_category


def file(found: Mapping[Item, int]) -> bytes:
    """`coverage.json`: category → name → samples."""
    whole: dict[str, dict[str, int]] = {}
    for (category, name), count in found.items():
        whole.setdefault(category, {})[name] = count
    return msgspec.json.format(msgspec.json.encode(whole), indent=1) + b"\n"
