"""Everything that is said about one item in one answer: per chunk, or from the whole document with its command."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from randaemon.model import Category, Item, Span
from randaemon.ran.names import split_name
from randaemon.stages.converse.facts import Fact, Scene, Subject, facts_of, subject_of
from randaemon.stages.converse.operations import operations_of, steps_of
from randaemon.stages.converse.sentences import listed
from randaemon.stages.converse.wording import NOUNS, Phrases

_ORDER = ("description", "title", "identity", "relationship", "relation", "type", "range", "default", "unit")


@dataclass(frozen=True, slots=True)
class Sections:
    """Where the sections of a text begin: a chunk is what stands between two headings."""

    starts: tuple[int, ...]

    @classmethod
    def of(cls, markdown: str) -> Sections:
        """Every line that begins with a hash begins a section."""
        starts, place = [0], markdown.find("\n#")
        while place >= 0:
            starts.append(place + 1)
            place = markdown.find("\n#", place + 1)
        return cls(tuple(starts))

    def at(self, place: int) -> int:
        """The number of the section that this place lies in."""
        return bisect_right(self.starts, place)

    def span(self, number: int, markdown: str) -> tuple[int, int]:
        """From where to where this section goes."""
        end = self.starts[number] if number < len(self.starts) else len(markdown)
        return self.starts[number - 1], end


def chunk_of(item: Item, sections: Sections, scene: Scene) -> Iterator[Fact]:
    """What the item's own section says about it: the section is seen alone, as are the names in it."""
    here = sections.at(item.span.start)
    alone = replace(scene, host=_host_in(sections.span(here, scene.markdown), scene))
    subject = subject_of(item, scene.markdown, None, scene.shared)
    if any(sections.at(span.start) != here for span in subject.evidence):
        subject = Subject(item, split_name(item.name)[1], (item.span,))
    if item.category is Category.PROCEDURE:
        yield from steps_of(subject, alone, with_commands=False, whole=False)
        return
    told = [fact for fact in facts_of(subject, alone) if all(sections.at(s.start) == here for s in fact.evidence)]
    told = [fact for fact in told if fact.base != "mo" or not _inside(item.fields["mo"], item.span)]
    if [fact.base for fact in told] == ["mo"]:
        subject = Subject(item, split_name(item.name)[1], (item.span,))
    if told:
        yield _card(subject, told, "chunk", scene)


def overview_of(subject: Subject, told: Sequence[Fact], scene: Scene) -> Iterator[Fact]:
    """All that the document says about an item of which it says at least two things, and how to operate it."""
    if len([fact for fact in told if fact.attribute != "mo"]) < 2 or subject.item.category not in NOUNS:
        return
    card = _card(subject, told, "overview", scene)
    made = [fact for fact in operations_of(subject, scene) if fact.attribute in _SHOWN]
    yield _operated(card, made[0]) if made else card


def _inside(part: Span, whole: Span) -> bool:
    """A class that is only a part of the printed name says nothing."""
    return whole.start <= part.start and part.end <= whole.end


def _host_in(section: tuple[int, int], scene: Scene) -> Subject | None:
    """The feature of the document, where the section itself names it."""
    if scene.host is None:
        return None
    place = scene.markdown.find(scene.host.name, *section)
    if place < 0:
        return None
    return replace(scene.host, evidence=(Span(place, place + len(scene.host.name), scene.host.name),))


_SHOWN = frozenset({"command_read", "command_write"})


def opening(told: Sequence[Fact]) -> list[Fact]:
    """The facts in the order they are told in: what it is first, how it is set last."""
    places = {name: number for number, name in enumerate(_ORDER)}
    return sorted(told, key=lambda fact: (places.get(fact.base, len(places)), fact.attribute))


def told_once(facts: Sequence[Fact]) -> list[Fact]:
    """The facts without what others among them tell as well: the unit, and how two features are related."""
    related = any(fact.base == "description" and fact.slots.get("relation") for fact in facts)
    return [fact for fact in without_unit(facts) if not (related and fact.base == "relationship")]


def without_unit(facts: Sequence[Fact]) -> list[Fact]:
    """The facts without the unit, where a value among them is given with it."""
    said = any(fact.base in ("default", "range") and fact.expected.get("unit") for fact in facts)
    return [fact for fact in facts if not (said and fact.base == "unit")]


def further(facts: Sequence[Fact], phrases: Phrases) -> list[str]:
    """More of the item: `It has the data type int32 and the range 1..5 dB.`, then what is a sentence of its own."""
    has = {fact.attribute: short for fact in facts if (short := phrases.short(fact.asked, fact.slots))}
    if len(has) < 2:
        return [tail for fact in facts if (tail := phrases.tail(fact.asked, fact.slots))]
    first = next(place for place, fact in enumerate(facts) if fact.attribute in has)
    rest = [fact for fact in facts[first:] if fact.attribute not in has]
    before, behind = ([phrases.tail(fact.asked, fact.slots) for fact in part] for part in (facts[:first], rest))
    return [each for each in (*before, f"It has {listed(list(has.values()))}.", *behind) if each]


def evidence_of(facts: Sequence[Fact]) -> tuple[Span, ...]:
    """The evidence of all of them, each span once."""
    return tuple(dict.fromkeys(span for fact in facts for span in fact.evidence))


def _card(subject: Subject, told: Sequence[Fact], name: str, scene: Scene) -> Fact:
    facts = opening([fact for fact in told if not (fact.base == "mo" and "." in subject.name)] or told)
    facts = told_once(facts)
    facts = [facts[0], *(fact for fact in facts[1:] if scene.phrases.tail(fact.asked, fact.slots))]
    return Fact(
        subject,
        name,
        " ".join((facts[0].answer, *further(facts[1:], scene.phrases))),
        {"identifier": subject.name},
        evidence_of(facts),
        kind="chunk" if name == "chunk" else "overview",
        slots={"name": subject.name, "noun": _noun(subject.item.category)},
        theme="composite",
        wordings=4 if name == "chunk" else 2,
        states=tuple(dict.fromkeys(fact.state for fact in facts)),
    )


def _noun(category: Category) -> str:
    return NOUNS.get(category, "feature")


def _operated(card: Fact, made: Fact) -> Fact:
    return replace(
        card,
        answer=f"{card.answer}\n{made.answer}",
        expected={**card.expected, "command": made.expected["command"]},
        evidence=tuple(dict.fromkeys((*card.evidence, *made.evidence))),
    )
