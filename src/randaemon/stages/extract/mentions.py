"""Rules over running text and tags: names that a sentence mentions, and words that the source tagged as API names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from randaemon.model import Category, Mark, Span
from randaemon.ran import names
from randaemon.ran.feature import NOTHING, Role
from randaemon.stages.extract.finds import STRONG, WEAK, Finds, Origin

_LISTING = frozenset({Role.EVENTS, Role.COUNTERS, Role.PARAMETERS, Role.KPIS, Role.PERFORMANCE})
_STATES = frozenset({"featureState", "licenseState", "serviceState"})
_STATE = re.compile(r"\battribute (featureState|licenseState|serviceState)\b|\b(featureState) attribute\b")
_TAGGED = re.compile(
    r"(?:(?P<owner>[A-Z][A-Za-z0-9]{1,80}+)(?:\.|::|_(?=pm[A-Z])))?(?P<local>[a-z][A-Za-z0-9.]{1,200}+)\Z"
)


def read_mentions(finds: Finds) -> None:
    """Find names in running text. Runs last: classes that tables and definitions proved are believed here."""
    known = {name for item in finds.items for name in (item.name, names.split_name(item.name)[1])}
    for found in names.MENTION.finditer(finds.page.markdown):
        group = found.lastgroup or ""
        if group not in _READERS:
            continue
        _READERS[group](finds, found, known)
    for found in _STATE.finditer(finds.page.markdown):
        _state(finds, found, known)


def read_marks(finds: Finds, marks: Iterable[Mark]) -> None:
    """Find what the source tagged `apiname`: counters and `Class.attr` for certain, bare attributes with a hump."""
    for mark in marks:
        if "apiname" not in mark.kind:
            continue
        span = finds.page.trimmed(mark.start, mark.end)
        tagged = _TAGGED.match(span.text) if span else None
        if span is None or tagged is None or not names.is_attribute(tagged["local"].partition(".")[0]):
            continue
        _mark(finds, span, tagged["owner"] or "", tagged["local"])


def _mark(finds: Finds, span: Span, owner: str, local: str) -> None:
    at = finds.page.piece_at(span.start)
    if at is None:
        return
    if not owner and local in _STATES:
        owner = "FeatureState"
    name = f"{owner}.{local}" if owner else local
    if names.is_counter(name):
        finds.add(Category.COUNTER, name, span, Origin("tag", STRONG, at.heading))
    elif owner or names.has_hump(local):
        finds.add(Category.PARAMETER, name, span, Origin("tag", STRONG, at.heading))


def _put(finds: Finds, category: Category, name: str, place: tuple[int, int], known: set[str]) -> None:
    if name in known:
        return
    at = finds.page.piece_at(place[0])
    if at is None or (at.role in _LISTING and NOTHING.search(finds.page.markdown[at.start : at.end])):
        return
    known.add(name)
    finds.add(category, name, finds.page.span(*place), Origin("mention", WEAK, at.heading))


def _counter(finds: Finds, found: re.Match[str], known: set[str]) -> None:
    if names.is_counter(found[0]):
        _put(finds, Category.COUNTER, found[0], found.span(), known)


def _event(finds: Finds, found: re.Match[str], known: set[str]) -> None:
    if names.is_prose_event(found[0]):
        _put(finds, Category.EVENT, found[0], found.span(), known)


def _qualified(finds: Finds, found: re.Match[str], known: set[str]) -> None:
    if names.is_measurement(found[0]):
        _put(finds, Category.COUNTER, found[0], found.span(), known)
        return
    owner, local = found["owner"], found["local"]
    name = f"{owner}.{local}"
    if names.is_counter(name):
        if found["separator"] != "_" or finds.is_class(owner):  # `Vendor_pmX` joins a word and a name in file names
            _put(finds, Category.COUNTER, name, found.span(), known)
    elif _believed(finds, found, owner, local):
        _put(finds, Category.PARAMETER, name, found.span(), known)


def _believed(finds: Finds, found: re.Match[str], owner: str, local: str) -> bool:
    """An attribute of a class we know; a call such as `Stream.clearLine(1)` is none."""
    first = local.partition(".")[0]
    called = finds.page.markdown.startswith("(", found.end())
    return found["separator"] == "." and finds.is_class(owner) and names.is_attribute(first) and not called


def _state(finds: Finds, found: re.Match[str], known: set[str]) -> None:
    group = 1 if found[1] else 2
    _put(finds, Category.PARAMETER, f"FeatureState.{found[group]}", found.span(group), known)


_READERS: dict[str, Callable[[Finds, re.Match[str], set[str]], None]] = {
    "counter": _counter,
    "lte": _event,
    "nr": _event,
    "local": _qualified,
}
