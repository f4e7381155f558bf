"""Facts: what one item's text says about it, each with its answer and the spans that prove it. Nothing is added."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from randaemon.model import Category, Item, Span
from randaemon.quality.headings import imperative
from randaemon.quality.text import bare, plain, unnumbered, words
from randaemon.ran.feature import tied_by_verb
from randaemon.ran.names import split_name
from randaemon.ran.values import in_one_line, read_range
from randaemon.stages.converse.grammar import begins_with_verb
from randaemon.stages.converse.sentences import (
    describe,
    in_small,
    lower_first,
    spoken,
    unmarked,
    upper_first,
)
from randaemon.stages.converse.ties import tie_of
from randaemon.stages.converse.values import alone, enumerated, in_unit, is_measured, measure_of, rejoined
from randaemon.stages.converse.wording import NOUNS, THEMES, Asked, Phrases

State = tuple[str, str, str]  # category, name and field of what a longer answer tells; "" where it is only named


@dataclass(frozen=True, slots=True)
class Subject:
    """An item with the name it is spoken of by, and the evidence that this is its name."""

    item: Item
    name: str
    evidence: tuple[Span, ...]

    @property
    def state(self) -> State:
        """As it is listed in a longer answer that only names it."""
        return self.item.category.value, self.item.name, ""


@dataclass(frozen=True, slots=True)
class Scene:
    """What all facts of a document are told with: its text, the one feature it describes, the wordings."""

    markdown: str
    host: Subject | None
    phrases: Phrases
    shared: frozenset[str] = frozenset()  # titles that several features of the document have


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing the text says, asked in several wordings and answered in one; or several things told together."""

    subject: Subject
    attribute: str  # with the scope where the same name means other things elsewhere: `relation:FAJ 121 0001`
    answer: str
    expected: Mapping[str, str]
    evidence: tuple[Span, ...]
    kind: str = "fact"
    slots: Mapping[str, object] = field(default_factory=dict)
    theme: str = ""  # "": that of the item's category
    wordings: int = 0  # how many wordings are made, by hash; 0: all of them
    states: tuple[State, ...] = ()
    more: tuple[tuple[str, str], ...] = ()  # the turns after the first: question and answer

    @property
    def base(self) -> str:
        """The field that it tells, without the scope."""
        return self.attribute.partition(":")[0]

    @property
    def state(self) -> State:
        """As it is listed in a longer answer that tells it."""
        return *self.subject.state[:2], self.base

    @property
    def asked(self) -> Asked:
        """The key of its wordings."""
        return self.theme or THEMES[self.subject.item.category], self.base


def subject_of(item: Item, markdown: str, host: Subject | None, shared: frozenset[str] = frozenset()) -> Subject:
    """How the item is spoken of: by its title where it has one, by its full name where the text proves it.

    A title in `shared` does not tell which feature is meant: its identity stands behind it.
    """
    title = item.fields.get("title")
    if title is not None and item.category in (Category.FEATURE, Category.RELATED_FEATURE):
        if plain(title.text) in shared:
            return Subject(item, f"{plain(title.text)} ({item.name})", (title, item.span))
        small = in_small(plain(title.text), markdown)
        return Subject(item, small.text, (title, small)) if small else Subject(item, plain(title.text), (title,))
    if item.category is Category.PROCEDURE:
        return _procedure(item, markdown, host)
    owner, local = split_name(item.name) if item.category.is_owned else ("", item.name)
    if not owner or set(item.name.split(".")) <= set(re.split(r"\W+|_", item.text)):
        return Subject(item, item.name, (item.span,))
    place = item.fields.get("mo") or _mention(owner, item, markdown)
    struct = (item.fields["struct"],) if "." in local and "struct" in item.fields else ()
    return (
        Subject(item, item.name, (place, *struct, item.span)) if place else Subject(item, local, (*struct, item.span))
    )


def facts_of(subject: Subject, scene: Scene) -> Iterator[Fact]:
    """Everything but commands that the item's fields say, one fact a field."""
    item = subject.item
    for name, span in sorted(item.fields.items()):
        value = unmarked(plain(span.text)).rstrip(". ")
        if not _says_something(value) or (name == "description" and not _describes(value, item)):
            continue
        if name == "description" and item.category in NOUNS:
            told = spoken(span)
            if told is not None:
                yield _description(subject, told)
        elif scene.phrases.knows(THEMES[item.category], name) and _worth_asking(subject, name, value):
            fact = _field(subject, name, value, scene)
            if fact is not None:
                yield fact


def _describes(value: str, item: Item) -> bool:
    """One word describes nothing, nor does what other fields say: `Integer 0–40 dB, default 0`, `key, mandatory`."""
    others = {word for name, span in item.fields.items() if name != "description" for word in words(span.text)}
    torn = "---" in value or _CUT.search(item.fields["description"].text)  # the rule of a table, the foot of a page
    told = [word for word in words(value) if word not in others and word.lower() not in _LABELS]
    return " " in value and any(map(_SPOKEN.fullmatch, told)) and not torn


_SPOKEN = re.compile(r"[^\W\d_]{3,}")
_TELLING_OF_VALUES = """
    unit default range type value values step steps integer boolean string enum enumeration int32 uint32 key attribute
    mandatory readonly restricted nonotification nopersist nillable ordered unique immutable see mom description
"""
_LABELS = frozenset(_TELLING_OF_VALUES.split())
_CUT = re.compile(r"\b(?:an?|and|are|between|by|for|from|into|is|of|or|over|than|that|the|to|which|with)\s*\Z")


def _says_something(value: str) -> bool:
    """False of `-`, `N/A` and of lists that are looked up, not learnt."""
    return bool(_ANY_WORD.search(value)) and value.lower() not in _NOTHING and len(value) <= _LONGEST


_ANY_WORD = re.compile(r"\w")
_NOTHING = frozenset({"n/a", "na", "not applicable", "see mom", "see mom description", "tbd"})
_LONGEST = 600  # characters of a field: longer lists are looked up, not learnt


def _worth_asking(subject: Subject, name: str, value: str) -> bool:
    """A feature known by its identity alone is not asked for it, a bare attribute not for an MO its name holds."""
    if name == "mo":
        return subject.item.name.startswith(f"{value}.") and split_name(subject.item.name)[1] not in EVERYWHERE
    if (subject.item.category is Category.PROCEDURE and value.lower() == "none") or (name == "unit" and value == "1"):
        return False
    return value != subject.name and not subject.name.endswith(f"({value})")


#: Attributes of so many classes that the question which one has them is none.
EVERYWHERE = frozenset({"administrativeState", "operationalState", "availabilityStatus", "userLabel"})


def _field(subject: Subject, name: str, value: str, scene: Scene) -> Fact | None:
    item = subject.item
    match item.category, name:
        case (Category.PARAMETER | Category.COUNTER, "mo"):
            return _local(subject, value, scene)
        case Category.PARAMETER, "default" | "range":
            return _measured(subject, name, enumerated(alone(value)), scene)
        case Category.COUNTER, "type":
            sort = "data type" if _DATA_TYPE.match(value) else "counter type"
            return _plain_fact(subject, name, value, scene, {"sort": sort})
        case Category.RELATED_FEATURE, "relationship" if tied_by_verb(value):
            return _tied(subject, scene)
        case (Category.PARAMETER, "relation") | (Category.RELATED_FEATURE, "relationship"):
            return _hosted(subject, name, value.lower(), scene, {"said": ""})
        case Category.RELATED_FEATURE, "description":
            return _interaction(subject, value, scene) if value.lower() != "none" else None
        case Category.PROCEDURE, _:
            return scoped(_plain_fact(subject, name, lower_first(value), scene), scene.host)
        case _:
            return _plain_fact(subject, name, _worded(name, value), scene)


_DATA_TYPE = re.compile(r"(?:u?int|long|short|float|double|bool|string|sequence)", re.IGNORECASE)  # not PEG or gauge


def _worded(name: str, value: str) -> str:
    """A value as a part of a sentence."""
    if name in ("takes_effect", "precondition", "condition", "trigger"):
        return lower_first(value)
    return enumerated(rejoined(value)) if name == "parameters" else value


def _plain_fact(
    subject: Subject, name: str, value: str, scene: Scene, more: Mapping[str, object] | None = None
) -> Fact:
    category = subject.item.category
    host = scene.host.name if scene.host else ""
    slots = {"name": subject.name, "value": value, "host": host, "numeric": False, **(more or {})}
    answer = scene.phrases.answer((THEMES[category], name), slots)
    expected = {"identifier": subject.name, _EXPECTED.get(name, "value"): value}
    evidence = (*subject.evidence, subject.item.fields[name])
    kind = "dependency" if category is Category.RELATED_FEATURE else "fact"
    return Fact(subject, name, answer, expected, evidence, kind=kind, slots=slots)


_EXPECTED = {"unit": "unit", "relation": "relation", "relationship": "relationship", "type": "type", "mo": "mo"}


def _measured(subject: Subject, name: str, value: str, scene: Scene) -> Fact:
    """A number is given with its unit; a unit that the value already ends in is not said twice."""
    span, more = subject.item.fields.get("unit"), {"numeric": is_measured(value)}
    unit = measure_of(bare(span.text)) if span else ""
    if span is None or not unit or not (value[-1].isdigit() and is_measured(value)) or _is_special(subject, value):
        return _plain_fact(subject, name, value, scene, more)
    fact = _plain_fact(subject, name, in_unit(value, unit), scene, more)
    return replace(fact, expected={**fact.expected, "value": value, "unit": unit}, evidence=(*fact.evidence, span))


def _is_special(subject: Subject, value: str) -> bool:
    """True of a default outside of its range: `-1` stands for "off" there, and is no number of milliseconds."""
    span = subject.item.fields.get("range")
    told = read_range(in_one_line(span.text)) if span else None
    return told is not None and _NUMBER.fullmatch(value) is not None and not told.holds(value)


_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")


def _interaction(subject: Subject, value: str, scene: Scene) -> Fact | None:
    """What one feature means for another, after how the two are related.

    `This feature` may be either of them: the one of the document only where the sentence names the other one as well.
    """
    host = scene.host.name if scene.host else ""
    if _ITSELF.search(value) and subject.name.lower() not in value.lower():
        return None
    said = lower_first(_ITSELF.sub(lambda _: host, value))
    verbal, related = begins_with_verb(said), _relationship(subject, scene)
    if verbal or related:
        said = said[:1].lower() + said[1:] if verbal else upper_first(said)
    more = {"verbal": verbal, "relation": related.answer if related else ""}
    fact = _hosted(subject, "description", said, scene, more)
    if fact is None or related is None:
        return fact
    return replace(fact, evidence=tuple(dict.fromkeys((*fact.evidence, *related.evidence))))


_ITSELF = re.compile(r"\b[Tt]his feature\b")


def _relationship(subject: Subject, scene: Scene) -> Fact | None:
    span = subject.item.fields.get("relationship")
    value = bare(span.text).lower() if span else ""
    told = _says_something(value) and not tied_by_verb(value)
    return _hosted(subject, "relationship", value, scene, {"said": ""}) if told else None


def _tied(subject: Subject, scene: Scene) -> Fact | None:
    """What the sentence with the verb says, where it says it of the one feature of the document."""
    host = scene.host
    told = tie_of(subject.item, (host.name, host.item.name, host.item.text), scene.markdown) if host else None
    fact = _hosted(subject, "relationship", told.kind, scene, {"said": told.said}) if told else None
    if fact is None or told is None:
        return None
    expected = {**fact.expected, "relationship": told.verb}
    return replace(fact, expected=expected, evidence=(*fact.evidence, told.sentence))


def _local(subject: Subject, value: str, scene: Scene) -> Fact:
    """The MO of an attribute is asked by the bare name: the full one would give the answer away."""
    local = split_name(subject.item.name)[1]
    bare = replace(subject, name=local)
    return replace(_plain_fact(bare, "mo", value, scene), subject=subject)


def _hosted(
    subject: Subject, name: str, value: str, scene: Scene, more: Mapping[str, object] | None = None
) -> Fact | None:
    """A relation to the feature the document describes; without exactly one such feature nothing can be said."""
    host = scene.host
    if host is None or host.item.name == subject.item.name:
        return None
    fact = _plain_fact(subject, name, value, scene, more)
    return replace(
        fact,
        attribute=f"{name}:{host.item.name}",
        expected={**fact.expected, "host": host.name},
        evidence=(*fact.evidence, *host.evidence),
    )


def scoped(fact: Fact, host: Subject | None) -> Fact:
    """Procedures of different features share their headings: the feature tells the facts apart."""
    return replace(fact, attribute=f"{fact.attribute}:{host.item.name}") if host else fact


def _description(subject: Subject, said: Span) -> Fact:
    text = unmarked(bare(said.text)).strip()
    answer, core = describe(NOUNS[subject.item.category], subject.name, text)
    return Fact(
        subject,
        "description",
        answer,
        {"identifier": subject.name, "description": core},
        (*subject.evidence, said),
        slots={"name": subject.name, "value": core, "host": ""},
    )


def _mention(owner: str, item: Item, markdown: str) -> Span | None:
    """Where the text names the MO class: the nearest place before the item, else the first behind it."""
    before = markdown.rfind(owner, 0, item.span.start)
    start = before if before >= 0 else markdown.find(owner, item.span.end)
    return Span(start, start + len(owner), owner) if start >= 0 else None


def _procedure(item: Item, markdown: str, host: Subject | None) -> Subject:
    """`Activate Beam Sweep` → `activate Beam Sweep`; the feature is added where the heading leaves it out."""
    printed = heading = unnumbered(plain(item.name))
    evidence = [item.span]
    first, _, rest = printed.partition(" ")
    if first.isupper():
        small = in_small(rest, markdown)
        heading = f"{first.capitalize()} {small.text if small else rest}"
        evidence += [small] if small else []
    spoken = imperative(heading, host.name if host else "") or lower_first(heading)
    name = spoken if spoken[:1].islower() else f"carry out “{printed}”"
    if host is None or host.name.lower() in heading.lower():
        return Subject(item, name, tuple(evidence))
    verb, _, what = name.partition(" ")
    # `Activate Slice Guard` of `Slice Guard for NR`
    if host.name not in name and what and host.name.startswith(f"{what} "):
        name = f"{verb} {host.name}"
    if host.name in name:
        return Subject(item, name, (*evidence, *host.evidence))
    joint = "" if " " not in name else "for "
    return Subject(item, f"{name} {joint}{host.name}", (*evidence, *host.evidence))
