"""Ties between the items of a document: each to its feature and MO class, procedures to what their steps work on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from randaemon.model import Category, Item
from randaemon.ran import names

_FEATURE, _PROCEDURE = Category.FEATURE, Category.PROCEDURE
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]{2,120}+(?:\.[A-Za-z0-9_]{1,80}+){0,5}+")


def linked(items: Sequence[Item]) -> tuple[Item, ...]:
    """The items with the names of what they belong to in `related`: the feature that the document describes (when it is
    one), the MO class, and of procedures and the items that their steps name each other.
    """
    own = [item.name for item in items if item.category is _FEATURE]
    feature = tuple(own) if len(own) == 1 else ()
    works_on = _steps(items)
    return tuple(_tied(item, feature, works_on.get((item.category, item.name), ())) for item in items)


_Key = tuple[Category, str]


def _steps(items: Sequence[Item]) -> Mapping[_Key, Sequence[str]]:
    """What each procedure's steps name, and for each of those the procedures."""
    ties: dict[_Key, list[str]] = {}
    procedures = [item for item in items if item.category is _PROCEDURE]
    known = _by_word(items) if procedures else {}
    for procedure in procedures:
        told = {key for span in procedure.fields.values() for key in _named(span.text, known)}
        for key in sorted(told):
            ties.setdefault((_PROCEDURE, procedure.name), []).append(key[1])
            ties.setdefault(key, []).append(procedure.name)
    return ties


def _by_word(items: Sequence[Item]) -> Mapping[str, _Key | None]:
    """Items by their names, and by the names without class that only one of them has."""
    known: dict[str, _Key | None] = {}
    for item in items:
        if item.category.is_owned or item.category is Category.EVENT:
            local = names.split_name(item.name)[1]
            known[local] = None if local in known else (item.category, item.name)
    known.update({item.name: (item.category, item.name) for item in items if "." in item.name})
    return known


def _named(text: str, known: Mapping[str, _Key | None]) -> set[_Key]:
    return {key for word in _WORD.findall(text) if (key := known.get(word)) is not None}


def _tied(item: Item, feature: tuple[str, ...], works_on: Sequence[str]) -> Item:
    """The item with its ties; made field by field, since `replace` takes as long as three rules."""
    category = item.category
    owned = category.is_owned and item.rule != "measurement"  # the dots of which part no class from a name
    owner = names.split_name(item.name)[0] if owned else ""
    ties = (*feature, owner) if owner else feature if category is not _FEATURE else ()
    if item.related or works_on or owner in feature:
        ties = tuple(dict.fromkeys((*item.related, *ties, *works_on)))
    if ties == item.related:
        return item
    place = (item.span, item.heading, item.source, item.rule, item.confidence)
    return Item(category, item.name, *place, item.fields, ties)
