"""What valid or test asks and training tells all the same, found in the words alone.

Sealing goes by what a conversation says that it tells. This does not: it takes what the extractions know of every item
(names and fields) and looks for it in the turns of the rows, as someone would who knows nothing of how they were made.
A value is told where it stands beside the name of its item; a value that may stand for anything (`true`, `5`, `LTE`)
only where a word for its field stands there too. Asked is what the assistant says and no user said before.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from randaemon.model import SPLITS, Category, Item
from randaemon.quality.text import bare, commands, plain

Row = Mapping[str, Any]
Unit = tuple[str, str]  # category and name


@dataclass(frozen=True, slots=True)
class Told:
    """A field of an item with its value, or a command."""

    category: str
    name: str
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Leak:
    """A row that asks something, and an earlier split's row that tells it."""

    told: Told
    asked_by: str
    told_by: str


def leaks(splits: Mapping[str, Iterable[Row]], items: Iterable[Item]) -> list[Leak]:
    """Every fact that a row of valid or test asks, with the first row of an earlier split that tells it."""
    rows = {name: [_Said.of(row) for row in splits.get(name, ())] for name in SPLITS}
    library = _Library.of(items)
    found: list[Leak] = []
    for place, name in enumerate(SPLITS[1:], 1):
        asked: dict[Told, str] = {}
        for row in rows[name]:
            for each in library.asked(row):
                asked.setdefault(each, row.id)
        for told_by in (row for earlier in SPLITS[:place] for row in rows[earlier]):
            known = library.told(told_by.exchanges) & asked.keys()
            found += [Leak(each, asked.pop(each), told_by.id) for each in known]
    return sorted(found, key=lambda leak: (leak.asked_by, leak.told.field, leak.told.name))


@dataclass(frozen=True, slots=True)
class _Text:
    """What is said, and its words in small letters."""

    text: str
    words: frozenset[str]

    @classmethod
    def of(cls, *turns: str) -> _Text:
        text = "\n".join(turns)
        return cls(text, frozenset(_WORD.findall(text.lower())))


@dataclass(frozen=True, slots=True)
class _Said:
    """A row's words: every question with its answer, and the questions alone."""

    id: str
    commands: bool  # made for a command: those that a procedure spells out may lock any cell
    exchanges: tuple[_Text, ...]
    questions: tuple[_Text, ...]

    @classmethod
    def of(cls, row: Row) -> _Said:
        turns = [each["content"] for each in row["messages"]]
        pairs = [turns[place : place + 2] for place in range(0, len(turns), 2)]
        exchanges, questions = [_Text.of(*pair) for pair in pairs], [_Text.of(pair[0]) for pair in pairs]
        return cls(row["id"], row["kind"].startswith(COMMAND), tuple(exchanges), tuple(questions))


_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class _Name:
    """A way to name an item."""

    category: str
    name: str
    words: frozenset[str]
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Library:
    """The names of all items by their rarest word, and what is told of each."""

    names: Mapping[str, Sequence[_Name]]
    facts: Mapping[Unit, Sequence[tuple[Told, tuple[re.Pattern[str], ...]]]]

    @classmethod
    def of(cls, items: Iterable[Item]) -> _Library:
        known = list(items)
        titles = {item.name: plain(item.fields["title"].text) for item in known if "title" in item.fields}
        names: dict[tuple[str, str, str], _Name] = {}
        facts: defaultdict[Unit, dict[Told, tuple[re.Pattern[str], ...]]] = defaultdict(dict)
        for item in known:
            for spoken in _spoken(item, titles):
                key = (item.category.value, item.name, spoken)
                words = frozenset(_WORD.findall(spoken.lower()))
                exact = item.category in _EXACT or spoken == item.name
                names[key] = _Name(item.category.value, item.name, words, _whole(spoken, exact=exact))
            facts[item.category.value, item.name].update(_facts(item, titles))
        usual = Counter(word for name in names.values() for word in name.words)
        rarest: defaultdict[str, list[_Name]] = defaultdict(list)
        for name in filter(lambda each: each.words, names.values()):
            rarest[min(name.words, key=lambda word: (usual[word], word))].append(name)
        return cls(rarest, {key: tuple(found.items()) for key, found in facts.items()})

    def asked(self, row: _Said) -> set[Told]:
        """What the whole row tells and the questions alone do not. The class of what no question names is not asked."""
        questioned = {item for each in row.questions for item in self._named(each)}
        return {
            told
            for told in self.told(row.exchanges) - self.told(row.questions)
            if (
                row.commands
                if told.category == COMMAND
                else told.field != "mo" or (told.category, told.name) in questioned
            )
        }

    def told(self, said: Iterable[_Text]) -> set[Told]:
        """The facts that stand there: what names no item goes on about those named last."""
        found: set[Told] = set()
        about: dict[Unit, list[_Name]] = {}
        for each in said:
            about = self._named(each) or about
            found |= {Told(COMMAND, "", "", " ".join(text.split())) for text in commands(each.text)}
            found.update(told for item, by in about.items() for told in self._of(item, by, each.text, about))
        return found

    def _named(self, said: _Text) -> dict[Unit, list[_Name]]:
        """The items that the text names, each with the names it goes by there."""
        found: dict[Unit, list[_Name]] = {}
        for word in said.words & self.names.keys():
            for name in self.names[word]:
                if name.words <= said.words and name.pattern.search(said.text):
                    found.setdefault((name.category, name.name), []).append(name)
        return found

    def _of(self, item: Unit, by: Sequence[_Name], text: str, named: Mapping[Unit, object]) -> Iterator[Told]:
        """In a text about several items of a kind only the lines count that name this one; its name tells its class."""
        if any(other[0] == item[0] and other != item for other in named):
            text = "\n".join(line for line in text.splitlines() if any(name.pattern.search(line) for name in by))
        bare = text
        for name in by:
            bare = name.pattern.sub(" ", bare)
        for told, patterns in self.facts[item]:
            if all(pattern.search(text if told.field == "mo" else bare) for pattern in patterns):
                yield told


COMMAND = "command"
_EXACT = (Category.PARAMETER, Category.COUNTER, Category.EVENT)  # `operState` is not the type `OperState`


def _spoken(item: Item, titles: Mapping[str, str]) -> Iterator[str]:
    """Full name, local name, title; of a procedure its heading without its number."""
    match item.category:
        case Category.PARAMETER | Category.COUNTER:
            yield item.name
            yield item.name.partition(".")[2] or item.name
        case Category.PROCEDURE:
            yield _NUMBERING.sub("", plain(item.name))
        case _:
            yield item.name
            if item.name in titles:
                yield titles[item.name]


_NUMBERING = re.compile(r"^\d+(?:\.\d+)*\.?\s+")


def _facts(item: Item, titles: Mapping[str, str]) -> Iterator[tuple[Told, tuple[re.Pattern[str], ...]]]:
    """Each field with all that must stand in a text that tells it."""
    host = next((name for name in item.related if name in titles), "")
    for field, span in item.fields.items():
        value = bare(span.text)
        if field in _NAMING or not re.search(r"\w", value):
            continue
        wanted = [*_words_of(field, value), *_CUES.get(field, ())]
        scoped = item.category in _HOSTED or field == "relation"
        if host and scoped:
            wanted.append(_whole(titles[host]))
        name = " and ".join(sorted((item.name, host))) if scoped else item.name  # from either end
        yield Told(item.category.value, name, field, value), tuple(wanted)


_NAMING = frozenset({"title", "licensing", "struct"})
_HOSTED = (Category.RELATED_FEATURE, Category.PROCEDURE)


def _words_of(field: str, value: str) -> Iterator[re.Pattern[str]]:
    """Where a value stands: a unit behind a number, a sentence by its beginning, anything else as a whole."""
    if field == "mo":
        yield re.compile(rf"(?<!\w){re.escape(value)}(?!\w)")  # also as a part of the full name
    elif field == "unit":
        yield re.compile(rf"\d\s?{re.escape(value)}(?!\w)|\bunit\b.*(?<!\w){re.escape(value)}(?!\w)", re.IGNORECASE)
    elif len(value.split()) > _SHORT:
        yield _whole(" ".join(_ARTICLE.sub("", re.split(r"(?<=[.!?])\s", value)[0]).split()[:_SHORT]))
    else:
        yield from map(_whole, value.split() if field == "parameters" else [value])


_SHORT = 6  # words: of a longer text its beginning tells it
_ARTICLE = re.compile(r"\A(?:The|A|An|This|It) (?:parameter |counter |event |feature )?", re.IGNORECASE)


def _cue(words: str) -> tuple[re.Pattern[str], ...]:
    return (re.compile(rf"\b(?:{words})", re.IGNORECASE),)


#: Words one of which stands beside a value that could stand for anything.
_CUES: Mapping[str, tuple[re.Pattern[str], ...]] = {
    "default": _cue("default"),
    "range": _cue("range|values|can take|allowed|between"),
    "type": _cue("type"),
    "takes_effect": _cue("effect|appl(?:y|ies)"),
    "access_type": _cue("access"),
    "node_type": _cue("node"),
    "package": _cue("package"),
}


@lru_cache(maxsize=100_000)
def _whole(text: str, *, exact: bool = False) -> re.Pattern[str]:
    """The text as whole words, with any white space; a number neither as a part of another nor of a range."""
    words = r"\s+".join(map(re.escape, text.split()))
    return re.compile(rf"(?<![\w.-]){words}(?![\w-]|\.[\w.])", re.NOFLAG if exact else re.IGNORECASE)
