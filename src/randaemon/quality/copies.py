"""Near copies within a document: answers about different things that say the same. Pure, in linear time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations

from randaemon.model import Conversation
from randaemon.quality import text
from randaemon.quality.case import said

Told = tuple[str, str, str, str]  # category, entity, attribute and kind: what the wordings of a fact share

_MOST = 40  # answers with the very same names and numbers that are compared with each other


def likenesses(conversations: Iterable[Conversation]) -> dict[Told, float]:
    """Of each fact that is like another one the greatest likeness (Jaccard, of word triples); others are missing.

    Only answers that hold the same names, numbers and values can be copies of each other: what differs there tells
    something else however alike the wording is.
    """
    first: dict[Told, Conversation] = {}
    for each in conversations:
        known = first.setdefault(told(each), each)
        if each.phrasing < known.phrasing:
            first[told(each)] = each
    buckets: defaultdict[frozenset[str], list[Told]] = defaultdict(list)
    for key, each in first.items():
        buckets[_names(said(each, "assistant"))].append(key)
    found: dict[Told, float] = {}
    for keys in buckets.values():
        _compare(sorted(keys)[:_MOST], first, found)
    return found


def told(conversation: Conversation) -> Told:
    """What the conversation tells: equal for all wordings of it."""
    return conversation.category.value, conversation.entity, conversation.attribute, conversation.kind


def _compare(keys: Sequence[Told], by_fact: dict[Told, Conversation], found: dict[Told, float]) -> None:
    if len(keys) < 2:
        return
    triples = {key: _triples(said(by_fact[key], "assistant")) for key in keys}
    for one, two in combinations(keys, 2):
        like = len(triples[one] & triples[two]) / len(triples[one] | triples[two])
        for key in (one, two):
            found[key] = max(found.get(key, 0.0), like)


def _names(answer: str) -> frozenset[str]:
    return frozenset(word for word in text.words(answer) if not word.islower())


def _triples(answer: str) -> set[tuple[str, ...]]:
    words = tuple(word.lower() for word in text.words(answer))
    return {words[place : place + 3] for place in range(max(len(words) - 2, 1))}
