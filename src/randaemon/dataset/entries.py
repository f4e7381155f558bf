"""What deciding has to know of the candidates, read in one walk over them.

A candidate is a graph of some fifty objects: walking 100,000 of them once for every question cost twice as much apiece
as walking 1,000, which fit the processor's cache. So they are read once, in the order they come in, into entries of
plain numbers; selection and splits look at nothing else, and the rows are written in a second walk.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from functools import lru_cache
from typing import Any, Generic, TypeVar

import msgspec

from randaemon.dataset import near
from randaemon.dataset.telling import COMMAND, Key, alone, beside, own
from randaemon.model import Candidate, Conversation
from randaemon.quality.text import folded
from randaemon.ran import cmedit
from randaemon.ran.mo import MoModel

K = TypeVar("K", bound=Hashable)
Stated = tuple[str, str, str]  # category, name and field
Wording = tuple[str, str, str, int]  # category, kind, attribute and phrasing


class Numbers(dict[K, int], Generic[K]):
    """A number for every key, counted up in the order in which they are first asked for."""

    def __missing__(self, key: K) -> int:
        number = self[key] = len(self)
        return number


class Entry(msgspec.Struct, frozen=True, gc=False):  # nothing in it can be part of a cycle
    """One accepted candidate. Equal numbers of one field mean equal texts."""

    id: str
    place: int  # among the candidates, as they came
    kind: str
    score: float
    document: int
    family: int
    issue: int  # -1 where the document tells none
    fact: int
    phrasing: int
    wording: int
    own: int  # the key of `telling` that it is made for
    told: tuple[int, ...]  # all that it tells
    alone: bool
    turns: tuple[int, ...]  # what the user says, folded
    question: int  # the turns together
    answer: int
    names: int  # a hash of the names and numbers in all of it


class Register:
    """The accepted candidates as entries, and what their numbers stand for."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []  # ordered by id, once all are read
        self.offered = 0
        self.gates: Counter[str] = Counter()
        self.documents: Numbers[str] = Numbers()
        self.families: Numbers[str] = Numbers()
        self.facts: Numbers[str] = Numbers()
        self.keys: Numbers[Key] = Numbers()
        self.phrases: Numbers[str] = Numbers()
        self._issues: Numbers[tuple[int, str]] = Numbers()
        self._wordings: Numbers[Wording] = Numbers()
        self._declined: list[tuple[int, Conversation]] = []
        self._stated: set[Stated] = set()

    @classmethod
    def of(cls, candidates: Iterable[Candidate]) -> Register:
        """Read all candidates; of refused ones the gates are counted."""
        register = cls()
        for place, each in enumerate(candidates):
            register._add(place, each)
        register.entries.sort(key=lambda entry: entry.id)
        return register

    def stale(self) -> set[int]:
        """The issues that a newer one of the same document, told in the same way, supersedes."""
        newest: dict[tuple[int, str], str] = {}
        for family, issue in self._issues:
            newest[family, issue[:1]] = max(newest.get((family, issue[:1]), ""), issue)
        return {number for (family, issue), number in self._issues.items() if newest[family, issue[:1]] != issue}

    def answered(self, mo_model: MoModel | None) -> set[int]:
        """Places of what is declined although an accepted candidate, or the library's MO model, states it."""
        return {place for place, said in self._declined if _answered(said, self._stated, mo_model)}

    def wrong_commands(self, mo_model: MoModel | None) -> set[int]:
        """Keys of commands that the whole library shows to be wrong: one may name what only another text describes."""
        if mo_model is None:
            return set()
        return {number for text, number in self._shown() if cmedit.check(text, mo_model)}

    def taught(self, kept: Iterable[Entry]) -> set[int]:
        """All keys told, but of the commands only those that are taught for themselves: many procedures lock a cell."""
        by_itself: set[int] = set()
        along: set[int] = set()
        for each in kept:
            (by_itself if each.alone else along).update(each.told)
        return by_itself | (along - {number for _, number in self._shown()})

    def _shown(self) -> Iterator[tuple[str, int]]:
        """Every command with its key."""
        return ((key[1], number) for key, number in self.keys.items() if key[0] == COMMAND)

    def _add(self, place: int, each: Candidate) -> None:
        self.offered += 1
        document, family = self.documents[each.digest], self.families[each.family]
        if not each.score.accepted:
            self.gates[each.score.gate] += 1
            return
        said = each.conversation
        self._state(place, said)
        issue = self._issues[family, each.issue] if each.issue else -1
        kind = sys.intern(said.kind)
        taught = self._taught(self.facts[each.fact], each)
        self.entries.append(
            Entry(each.id, place, kind, each.score.value, document, family, issue, *taught, *self._said(said))
        )

    def _state(self, place: int, said: Conversation) -> None:
        if said.kind == "refusal":
            self._declined.append((place, said))
        else:
            self._stated.update(_stated(said))

    def _taught(self, fact: int, each: Candidate) -> tuple[Any, ...]:
        said = each.conversation
        keys, mine = self.keys, self.keys[own(each)]
        wording = (said.category, said.kind, said.attribute.partition(":")[0], said.phrasing)
        return (
            fact,
            said.phrasing,
            self._wordings[wording],
            mine,
            tuple({mine, *[keys[key] for key in beside(each)]}),
            alone(each),
        )

    def _said(self, said: Conversation) -> tuple[Any, ...]:
        user, taught = texts(said)
        phrases = self.phrases
        turns = tuple([phrases[folded(each.content)] for each in said.messages if each.role == "user"])
        return (
            turns,
            turns[0] if len(turns) == 1 else phrases[folded(user)],
            phrases[folded(taught)],
            hash(near.names(user) | _names(taught)),
        )


def texts(said: Conversation) -> tuple[str, str]:
    """All that the user says, and all that is answered."""
    user = [each.content for each in said.messages if each.role == "user"]
    taught = [each.content for each in said.messages if each.role == "assistant"]
    return "\n".join(user), "\n".join(taught)


_names = lru_cache(maxsize=512)(near.names)  # the wordings of a fact share their answer


def _stated(said: Conversation) -> Iterator[Stated]:
    """What it states; a value with its unit states the unit."""
    yield said.category, said.entity, said.attribute.partition(":")[0]
    yield from said.states
    if "unit" in said.expected:
        yield said.category, said.entity, "unit"


def _answered(said: Conversation, stated: set[Stated], mo_model: MoModel | None) -> bool:
    """Stated of the same name, or of the bare attribute where a document does not tell its MO."""
    field, category = said.attribute.partition(":")[2], said.category
    owner, _, local = said.entity.partition(".")
    if (category, said.entity, field) in stated or (category, local or owner, field) in stated:
        return True
    attribute = mo_model.attribute(owner, local) if mo_model is not None and local else None
    return bool(getattr(attribute, field, ""))
