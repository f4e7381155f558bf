"""What deciding has to know of the candidates, read in one walk over them.

A candidate is a graph of some fifty objects: walking 100,000 of them once for every question cost twice as much apiece
as walking 1,000, which fit the processor's cache. So they are read once, in the order they come in, into entries of
plain numbers; selection and splits look at nothing else, and the rows are written in a second walk.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator
from functools import lru_cache
from typing import Any, Generic, TypeVar

import msgspec

from randaemon.dataset import near, telling
from randaemon.dataset.issues import Issues
from randaemon.dataset.telling import Key, Unit
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
    fact: int
    phrasing: int
    wording: int
    key: int  # the fact that it is made for
    narrow: bool  # tells that fact and nothing else
    units: tuple[int, ...]  # the items that it tells of
    named: tuple[int, ...]  # those that it only names
    spelt: tuple[int, ...]  # commands and licence keys
    made_for: tuple[int, ...]  # those of them that it is made to teach
    turns: tuple[int, ...]  # what the user says, folded
    question: int  # the turns together
    answer: int
    names: int  # a hash of the names and numbers in all of it


class Register:
    """The accepted candidates as entries, and what their numbers stand for."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []  # ordered by id, once all are read
        self.offered = self.accepted = 0
        self.gates: Counter[str] = Counter()
        self.documents: Numbers[str] = Numbers()
        self.dates: dict[int, str] = {}  # of the documents that tell one
        self.families: Numbers[str] = Numbers()
        self.facts: Numbers[str] = Numbers()
        self.keys: Numbers[Key] = Numbers()
        self.units: Numbers[Unit] = Numbers()
        self.spelt: Numbers[str] = Numbers()
        self._phrases: Numbers[int] = Numbers()
        self._wordings: Numbers[Wording] = Numbers()
        self._declined: list[tuple[int, Stated]] = []
        self._stated: defaultdict[int, set[Stated]] = defaultdict(set)  # by document

    @classmethod
    def of(cls, candidates: Iterable[Candidate]) -> Register:
        """Read all candidates; the gates of refused ones are counted, and how many superseded ones were accepted."""
        register, issues = cls(), Issues()
        for place, each in enumerate(candidates):
            issues.add(each)
            register._add(place, each)
        register._drop({register.documents[digest] for digest in issues.superseded()})
        register.entries.sort(key=lambda entry: entry.id)
        return register

    def said(self, texts: Iterable[str]) -> set[int]:
        """The numbers of those of these texts that any candidate says."""
        return {number for text in texts if (number := self._phrases.get(_mark(text))) is not None}

    def answered(self, mo_model: MoModel | None) -> set[int]:
        """Places of what is declined although an accepted candidate, or the library's MO model, states it."""
        stated = set().union(*self._stated.values())
        return {place for place, wanted in self._declined if _answered(wanted, stated, mo_model)}

    def wrong_commands(self, mo_model: MoModel | None) -> set[int]:
        """Numbers of commands that the library shows to be wrong: one may name what only another text describes."""
        if mo_model is None:
            return set()
        shown = ((text, number) for text, number in self.spelt.items() if text.startswith("cmedit"))
        return {number for text, number in shown if cmedit.check(text, mo_model)}

    def _drop(self, documents: Collection[int]) -> None:
        if documents:
            self.entries = [entry for entry in self.entries if entry.document not in documents]
            for document in documents:
                self._stated.pop(document, None)

    def _add(self, place: int, each: Candidate) -> None:
        self.offered += 1
        document, family = self.documents[each.digest], self.families[each.family]
        if not each.score.accepted:
            self.gates[each.score.gate] += 1
            return
        self.accepted += 1
        if each.issue.startswith("d"):
            self.dates[document] = each.issue
        said = each.conversation
        if said.kind == "refusal":
            self._declined.append((place, (said.category, said.entity, said.attribute.partition(":")[2])))
        else:
            self._stated[document].update(_stated(said))
        kind = sys.intern(said.kind)
        taught = self._taught(self.facts[each.fact], each)
        self.entries.append(Entry(each.id, place, kind, each.score.value, document, family, *taught, *self._said(said)))

    def _taught(self, fact: int, each: Candidate) -> tuple[Any, ...]:
        said = each.conversation
        wording = (said.category, said.kind, said.attribute.partition(":")[0], said.phrasing)
        return (
            fact,
            said.phrasing,
            self._wordings[wording],
            self.keys[telling.own(each)],
            telling.narrow(each),
            tuple([self.units[unit] for unit in telling.told(each)]),
            tuple([self.units[unit] for unit in telling.named(each)]) if said.states else (),
            tuple({self.spelt[text] for text in telling.spelt(each)}),
            tuple([self.spelt[text] for text in telling.made_for(each) if text in self.spelt]),
        )

    def _said(self, said: Conversation) -> tuple[Any, ...]:
        user, taught = texts(said)
        phrases = self._phrases
        turns = tuple([phrases[_mark(each.content)] for each in said.messages if each.role == "user"])
        return (
            turns,
            turns[0] if len(turns) == 1 else phrases[_mark(user)],
            phrases[_mark(taught)],
            hash(near.names(user) | _names(taught)),
        )


def _mark(text: str) -> int:
    """Stands for the text with its case and spaces folded: the texts themselves would take twice the entries' room.

    64 bits under a secret of the process: among a million texts two share one once in thirty million versions.
    """
    return hash(folded(text))


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


def _answered(wanted: Stated, stated: Collection[Stated], mo_model: MoModel | None) -> bool:
    """Stated of the same name, or of the bare attribute where a document does not tell its MO."""
    category, name, field = wanted
    owner, _, local = name.partition(".")
    if wanted in stated or (category, local or owner, field) in stated:
        return True
    attribute = mo_model.attribute(owner, local) if mo_model is not None and local else None
    return bool(getattr(attribute, field, ""))
