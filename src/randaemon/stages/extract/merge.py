"""One item a name: what several rules found of the same thing becomes one item with the best span and all fields."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from randaemon.model import Category, Item, Span
from randaemon.ran import names

Key = tuple[Category, str]


def merge(items: Iterable[Item]) -> tuple[Item, ...]:
    """Group by (category, name), fold bare names into qualified ones, settle parameter against counter.

    The result is ordered by place in the text; no name is both a parameter and a counter.
    """
    merged: dict[Key, Item] = {}
    several: dict[Key, list[Item]] = {}
    bare = False
    for item in items:
        category, (owner, local) = item.category, names.split_name(item.name)
        bare = bare or (not owner and category.is_owned)
        key = category, _canonical(owner, local)
        first = merged.setdefault(key, item)
        if first is not item:
            several.setdefault(key, [first]).append(item)
    merged.update({key: _one(group) for key, group in several.items()})
    if bare:
        _fold_bare(merged)
    _part_counters(merged)
    return tuple(sorted(merged.values(), key=lambda item: (item.span.start, item.category, item.name)))


def _canonical(owner: str, local: str) -> str:
    """Classes are written in any case by operators; attributes that differ in one letter are two attributes."""
    return f"{owner.lower()}.{local}" if owner else " ".join(local.split())


def _one(group: list[Item]) -> Item:
    best, *rest = _ranked(group)
    fields: dict[str, Span] = dict(best.fields)
    related = dict.fromkeys(best.related)
    for item in rest:
        for field, span in item.fields.items():
            fields.setdefault(field, span)
        _another_parameter(fields, item.fields.get("parameters"))
        related |= dict.fromkeys(item.related)
    return replace(best, fields=fields, related=tuple(related))


def _ranked(group: list[Item]) -> list[Item]:
    """In a total order, so that the order in which rules ran is of no consequence."""
    if len({_rank(item) for item in group}) < len(group):  # seldom; sorting keeps the order of what ranks alike
        group = sorted(group, key=lambda item: (item.heading, repr(sorted(item.fields.items(), key=_key))))
    return sorted(group, key=_rank)


def _rank(item: Item) -> tuple[float, int, int, str]:
    return -item.confidence, item.span.start, item.span.end, item.rule


def _key(field: tuple[str, Span]) -> tuple[str, int]:
    return field[0], field[1].start


def _another_parameter(fields: dict[str, Span], told: Span | None) -> None:
    """An event list has one row a parameter: they become `parameters`, `parameters_2`, …."""
    if told is None or any(told.text == fields[key].text for key in fields if key.startswith("parameters")):
        return
    fields[f"parameters_{1 + sum(key.startswith('parameters') for key in fields)}"] = told


def _fold_bare(merged: dict[Key, Item]) -> None:
    """`pMax` beside `NRCellDU.pMax` is the same attribute; beside two owners it is one of them and adds nothing."""
    owners: dict[Key, list[Key]] = {}
    for key, item in merged.items():
        owner, local = names.split_name(item.name) if key[0].is_owned else ("", "")
        if owner and (key[0], local) in merged:
            owners.setdefault((key[0], local), []).append(key)
    for bare, qualified in owners.items():
        alone = merged.pop(bare)
        if len(qualified) == 1:
            merged[qualified[0]] = _one([merged[qualified[0]], replace(alone, confidence=0.0)])


def _part_counters(merged: dict[Key, Item]) -> None:
    """Of a name found as both, the better evidence stays; equal evidence makes it a counter."""
    counter, parameter = Category.COUNTER, Category.PARAMETER
    for key in [key for key in merged if key[0] is counter]:
        local = names.split_name(merged[key].name)[1]
        for rival in ((parameter, key[1]), (parameter, local)):
            other = merged.get(rival)
            if other is None or key not in merged:
                continue
            loser = key if other.confidence > merged[key].confidence else rival
            del merged[loser]
