"""Conversations beyond the single fact: compared, explained, followed up, asked back, and declined."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise

from randaemon.model import Category, Item, Span
from randaemon.quality.case import aliases_of
from randaemon.quality.silence import speaks_of
from randaemon.quality.text import bare, plain
from randaemon.ran.names import split_name
from randaemon.stages.converse.cards import evidence_of, without_unit
from randaemon.stages.converse.facts import Fact, Scene, Subject
from randaemon.stages.converse.groups import Member
from randaemon.stages.converse.sentences import listed

#: Of each kind at most so many a document, drawn by hash: they season a dataset whose staple are facts.
MOST = 6
_COMPARED: Mapping[Category, tuple[str, ...]] = {
    Category.PARAMETER: ("default", "range", "type", "unit"),
    Category.COUNTER: ("description",),
}
_FOLLOWED = ("range", "takes_effect", "command_write")
_LACKING: Mapping[Category, Mapping[str, str]] = {
    Category.PARAMETER: {
        "unit": "unit",
        "default": "default value",
        "range": "range",
        "precondition": "precondition",
    },
    Category.COUNTER: {"unit": "unit", "type": "counter type", "condition": "counting condition"},
    Category.EVENT: {"trigger": "trigger"},
}


@dataclass(frozen=True, slots=True)
class Known:
    """An item with all that can be told of it and done with it."""

    subject: Subject
    facts: tuple[Fact, ...]
    operations: tuple[Fact, ...]


def draw(purpose: str, key: str) -> int:
    """A number that depends on nothing but the two texts."""
    return int.from_bytes(hashlib.sha256(f"{purpose}:{key}".encode()).digest()[:8], "big")


def drawn(facts: Iterable[Fact], most: int = MOST) -> list[Fact]:
    """At most so many of them, by hash, in the order they came in."""
    found = list(facts)
    order = sorted(range(len(found)), key=lambda place: draw("drawn", f"{found[place].subject.item.name}:{place}"))
    return [found[place] for place in sorted(order[:most])]


def comparisons(known: Sequence[Known], scene: Scene) -> Iterator[Fact]:
    """Two parameters of one measure by the fields in which they differ; two counters of one name by what they count."""
    related: dict[tuple[str, ...], list[Known]] = {}
    for each in known:
        related.setdefault(_relation(each, scene), []).append(each)
    related.pop((), None)
    for one, two in (pair for found in related.values() for pair in list(pairwise(found))[::2]):
        ours, theirs = _by_name(without_unit(one.facts)), _by_name(without_unit(two.facts))
        shared = [name for name in _COMPARED[one.subject.item.category] if name in ours and name in theirs]
        differing = [name for name in shared if ours[name].slots["value"] != theirs[name].slots["value"]]
        if differing and differing != ["type"]:
            yield _comparison([ours[name] for name in differing], [theirs[name] for name in differing], scene)


def _relation(known: Known, scene: Scene) -> tuple[str, ...]:
    """What makes two items worth comparing; () where nothing does: a time and a level have nothing to compare."""
    item = known.subject.item
    owner, local = split_name(item.name)
    if item.category is Category.COUNTER:
        words = _PARTS.findall(local)
        return (item.category.value, owner, *words[:-1]) if len(words) > 2 else ()
    if item.category is not Category.PARAMETER or "unit" not in item.fields or _named_values(item):
        return ()
    measure = tuple(plain(item.fields[name].text) for name in ("type", "unit") if name in item.fields)
    if scene.host is not None and "relation" in item.fields:
        return (item.category.value, scene.host.name, *measure)
    family = (_PARTS.findall(local) or [local])[0]  # `pZeroNominalPucch` and `pZeroNominalPusch`
    return (item.category.value, owner, family, *measure) if len(measure) == len(("type", "unit")) else ()


_PARTS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")  # of a name: `pmOtterMergeAtt` → pm Otter Merge Att


def explanations(known: Sequence[Known], scene: Scene) -> Iterator[Fact]:
    """What a command does that the document lets us write: one of each item, rather one that changes something."""
    for each in known:
        made = [fact for fact in each.operations if fact.kind.startswith("command")]
        if made:
            told = next((fact for fact in each.facts if fact.base == "description"), None)
            yield _explanation(min(made, key=lambda fact: fact.attribute != "command_write"), told, scene)


def follow_ups(known: Sequence[Known], scene: Scene) -> Iterator[Fact]:
    """The default of a parameter, and then what one asks next about it."""
    for each in known:
        facts = {**_by_name(each.facts), **{fact.attribute: fact for fact in each.operations}}
        rest = [facts[name] for name in _FOLLOWED if name in facts and not _default_again(facts[name], facts)]
        if "default" in facts and rest and each.subject.item.category is Category.PARAMETER:
            yield _followed(facts["default"], rest, scene)


def _default_again(fact: Fact, facts: Mapping[str, Fact]) -> bool:
    """A command that sets what the parameter is set to already."""
    if fact.base != "command_write" or "default" not in facts:
        return False
    return fact.slots["value"] == facts["default"].slots["value"]


def _followed(first: Fact, rest: Sequence[Fact], scene: Scene) -> Fact:
    key = first.subject.item.name
    more = tuple((_follow(fact, key, scene), fact.answer) for fact in rest)
    expected = {f"{name}_{number}": text for number, fact in enumerate(rest) for name, text in _values(fact)}
    return replace(
        first,
        attribute="multi_turn",
        kind="multi_turn",
        theme="composite",
        wordings=1,
        more=more,
        expected={**first.expected, **expected},
        evidence=evidence_of([first, *rest]),
        states=tuple(fact.state for fact in (first, *rest) if fact.kind == "fact"),
    )


def clarification(members: Sequence[Member], scene: Scene) -> Iterator[Fact]:
    """A question about "the parameter" of a feature that has several is answered with a question."""
    own = [
        each
        for each in members
        if each.subject.item.category is Category.PARAMETER and "relation" in each.subject.item.fields
    ]
    if scene.host is None or not 2 <= len(own) <= MOST:
        return
    slots = {"name": scene.host.name, "names": listed([each.subject.name for each in own])}
    yield Fact(
        scene.host,
        "clarification",
        scene.phrases.answer(("composite", "clarification"), slots),
        {"identifier": scene.host.name},
        tuple(dict.fromkeys((*scene.host.evidence, *(span for each in own for span in each.subject.evidence)))),
        kind="clarification",
        slots=slots,
        theme="composite",
        wordings=1,
        states=tuple(each.subject.state for each in own),
    )


def refusals(known: Sequence[Known], scene: Scene, most: int) -> Iterator[Fact]:
    """A field that items of the kind have and of which the text is silent here; quoted is where it would have to stand.

    Drawn by hash, and looked for in the text one after the other: reading it all for every item would take too long.
    """
    order = sorted(known, key=lambda each: draw("refusal", each.subject.item.name))
    possible = ((each, name) for each in order for name in _lacking(each)[:1])
    silent = (
        (each, name)
        for each, name in islice(possible, _LOOKED_AT)
        if not speaks_of(name, aliases_of(each.subject.item.name, (each.subject.item,)), scene.markdown)
    )
    for each, name in islice(silent, most):
        yield _refusal(each.subject, name, scene)


def _lacking(known: Known) -> list[str]:
    """What an item is sometimes told with and this one is not, in an order drawn by hash."""
    item = known.subject.item
    told = {fact.base for fact in known.facts}
    if not told or _named_values(item):
        return []
    absent = [name for name in _LACKING.get(item.category, {}) if name not in item.fields and name not in told]
    return sorted(absent, key=lambda name: draw("lacking", f"{item.name}:{name}"))


def _named_values(item: Item) -> bool:
    """A boolean or an enumeration: no one asks for its unit or for the condition of a state."""
    said = " ".join(plain(item.fields[name].text) for name in ("type", "range", "default") if name in item.fields)
    return item.category is Category.PARAMETER and not (_NUMBERED.search(said) and not _STATES.search(said))


_NUMBERED = re.compile(r"\d|int|float|double", re.IGNORECASE)
_STATES = re.compile(r"\b(?:[Bb]ool\w*|[Ee]num\w*|[Tt]rue|[Ff]alse|[A-Z]{3,}(?:_[A-Z]+)*)\b")
_LOOKED_AT = 60  # items of one document


def _refusal(subject: Subject, name: str, scene: Scene) -> Fact:
    slots = {"name": subject.name, "field": _LACKING[subject.item.category][name]}
    return Fact(
        subject,
        f"refusal:{name}",
        scene.phrases.answer(("composite", "refusal"), slots),
        {"identifier": subject.name},
        (*subject.evidence, _line(subject.item.span, scene.markdown)),
        kind="refusal",
        slots=slots,
        theme="composite",
        wordings=2,
    )


def _by_name(facts: Sequence[Fact]) -> dict[str, Fact]:
    return {fact.base: fact for fact in facts}


def _comparison(ours: Sequence[Fact], theirs: Sequence[Fact], scene: Scene) -> Fact:
    one, two = ours[0].subject, theirs[0].subject
    members = [_compared(each, scene) for each in (ours, theirs)]
    slots = {"name": one.name, "other": two.name, "members": members, "differing": listed(list(map(_measure, ours)))}
    facts = [*ours, *theirs]
    return Fact(
        one,
        f"comparison:{two.item.name}",
        scene.phrases.answer(("composite", "comparison"), slots),
        {"identifier": one.name},
        evidence_of(facts),
        kind="comparison",
        slots=slots,
        theme="composite",
        wordings=1,
        states=tuple(fact.state for fact in facts),
    )


def _measure(fact: Fact) -> str:
    """What two items differ in."""
    return _DIFFERING.get(fact.base, f"their {fact.base}")


_DIFFERING = {"description": "what they stand for", "default": "their default value", "type": "their data type"}


def _compared(facts: Sequence[Fact], scene: Scene) -> str:
    if facts[0].base == "description":
        return facts[0].answer
    has = listed([scene.phrases.short(fact.asked, fact.slots) for fact in facts])
    return f"{facts[0].subject.name} has {has}."


def _explanation(fact: Fact, told: Fact | None, scene: Scene) -> Fact:
    """What the command does, and what the item is that it does it to."""
    table, value = _changed(fact)
    slots = {**fact.slots, "value": value, "command": fact.expected["command"]}
    condition = str(fact.slots.get("effect", ""))  # under which a change works
    means = told.answer.replace(f"The parameter {fact.subject.name} ", "This parameter ", 1) if told else ""
    parts = filter(None, (scene.phrases.answer(("composite", table), slots), means, condition))
    return replace(
        fact,
        attribute=f"explain:{fact.attribute}",
        answer=" ".join(parts),
        evidence=evidence_of([fact, *([told] if told else [])]),
        kind="command_explain",
        slots=slots,
        theme="composite",
        wordings=1,
        expected={"identifier": fact.subject.name},
        states=(told.state,) if told else (),
    )


def _changed(fact: Fact) -> tuple[str, str]:
    """The wording for a command, and what it sets: a value, or the state of the feature with this key."""
    way = fact.attribute.removeprefix("command_")
    if fact.subject.item.category is not Category.FEATURE:
        return f"explain_{way}", str(fact.slots["value"])
    return "explain_off" if way == "off" else "explain_on", bare(fact.subject.item.fields["licence_key"].text)


def _follow(fact: Fact, key: str, scene: Scene) -> str:
    questions = scene.phrases.questions(("composite", f"follow_{fact.base}"), fact.slots)
    return questions[draw("follow", key) % len(questions)]


def _values(fact: Fact) -> list[tuple[str, str]]:
    return [(name, text) for name, text in fact.expected.items() if name != "identifier"]


def _line(span: Span, markdown: str) -> Span:
    """The line that the item stands in, as far as it can be quoted."""
    start = markdown.rfind("\n", 0, span.start) + 1
    end = markdown.find("\n", span.end)
    end = min(end if end >= 0 else len(markdown), start + 600)
    return Span(start, max(end, span.end), markdown[start : max(end, span.end)])
