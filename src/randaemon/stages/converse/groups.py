"""Items told together: what a feature, an MO class or a section has, where to look when something is wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from randaemon.model import Category, Item, Span
from randaemon.quality.text import plain, unnumbered
from randaemon.ran import cmedit
from randaemon.ran.names import split_name
from randaemon.stages.converse.cards import evidence_of, further, opening, told_once
from randaemon.stages.converse.facts import EVERYWHERE, Fact, Scene, Subject
from randaemon.stages.converse.sentences import listed, upper_first
from randaemon.stages.converse.wording import NOUNS, Phrases

MOST = 8  # members of one list: a longer one is split, and then the question names them
_NAMES = 100  # characters of names in a question
SECTION = "the section "  # how one is spoken of

_KINDS: Mapping[Category, str] = {
    Category.PARAMETER: "parameters",
    Category.COUNTER: "counters",
    Category.EVENT: "events",
    Category.FEATURE: "features",
    Category.RELATED_FEATURE: "related features",
    Category.PROCEDURE: "procedures",
}
_TOLD: Mapping[Category, tuple[str, ...]] = {
    Category.PARAMETER: ("description", "type", "default", "range", "unit"),
    Category.COUNTER: ("description", "type", "unit"),
    Category.EVENT: ("description", "trigger", "parameters"),
    Category.FEATURE: ("description", "identity", "licence_key"),
    Category.RELATED_FEATURE: ("relationship", "description"),
    Category.PROCEDURE: (),
}


@dataclass(frozen=True, slots=True)
class Member:
    """An item of a list, with the facts that its line tells."""

    subject: Subject
    facts: tuple[Fact, ...]

    def line(self, phrases: Phrases) -> str:
        """`EUtranCellFDD.pMax is the maximum power. It has the default value 23 dBm and the range 0..30 dBm.`"""
        if not self.facts:
            return self.subject.name
        first, *rest = self.facts
        if first.base == "description":
            return " ".join((_without_noun(first), *further(rest, phrases)))
        if len([fact for fact in self.facts if phrases.short(fact.asked, fact.slots)]) < 2:
            return " ".join((first.answer, *further(rest, phrases)))
        told, *more = further(self.facts, phrases)
        return " ".join((told.replace("It has", f"{self.subject.name} has", 1), *more))

    def alone(self, phrases: Phrases) -> str:
        """The same as a text of its own, with the noun: `The counter pmX counts …`."""
        return " ".join((self.facts[0].answer, *further(self.facts[1:], phrases))) if self.facts else ""

    def pronoun(self, phrases: Phrases) -> str:
        """The same behind a sentence that named it: `It counts …`."""
        noun = NOUNS.get(self.subject.item.category, "")
        told, name = self.alone(phrases), f"The {noun} {self.subject.name} "
        return f"It {told.removeprefix(name)}" if told.startswith(name) else told


@dataclass(frozen=True, slots=True)
class Owner:
    """What the members of a group have in common."""

    subject: Subject  # its item is made up where an MO class or a section is the owner
    category: Category  # of the members

    @property
    def is_section(self) -> bool:
        """False of a feature and of an MO class."""
        return self.subject.name.startswith(SECTION)


def member_of(subject: Subject, told: Sequence[Fact]) -> Member:
    """An item with those of its facts that a list tells."""
    wanted = _TOLD[subject.item.category]
    facts = [fact for fact in told_once(opening(told)) if fact.base in wanted]
    return Member(subject, tuple(sorted(facts, key=lambda fact: wanted.index(fact.base))))


def groups_of(members: Sequence[Member], scene: Scene) -> Iterator[Fact]:
    """Every item in one group: of the feature the document describes, else of its MO class, else of its section."""
    owned: dict[tuple[str, Category], tuple[Owner, list[Member]]] = {}
    introduced = any("relation" in member.subject.item.fields for member in members)
    alone: list[Member] = []
    for member in filter(lambda each: _in_groups(each, scene), members):
        owner = _owner(member, scene, introduced=introduced)
        if owner is not None:
            key = (owner.subject.item.name, owner.category)
            owned.setdefault(key, (owner, []))[1].append(member)
        elif member.facts:
            alone.append(member)
    for owner, found in owned.values():
        yield from _lists(owner, found, scene)
    yield from _listed(alone, scene)


def troubleshooting(members: Sequence[Member], scene: Scene) -> Iterator[Fact]:
    """The counters and events that show what the feature does."""
    seen = (each for each in members if each.subject.item.category in _SEEN)
    found = [each for each in seen if any(fact.base in _TELLING for fact in each.facts)]
    if scene.host is not None and len(found) > 1:
        owner = Owner(scene.host, Category.COUNTER)
        yield _list(owner, found[:MOST], "troubleshooting", scene)


_SEEN = (Category.COUNTER, Category.EVENT)
_TELLING = {"description", "trigger"}  # a type alone shows nothing


def _in_groups(member: Member, scene: Scene) -> bool:
    """Not the feature itself, which is told by an overview of its own, and no procedure whose steps are told."""
    item = member.subject.item
    if item.category is Category.FEATURE:
        return scene.host is None
    return not (item.category is Category.PROCEDURE and "step_1" in item.fields)


def _owner(member: Member, scene: Scene, *, introduced: bool) -> Owner | None:
    item, host = member.subject.item, scene.host
    if host is not None and item.name != host.item.name and _belongs(member, introduced=introduced):
        return Owner(host, item.category)
    mo = split_name(item.name)[0] if item.category.is_owned else ""
    if mo:
        place = next((span for span in member.subject.evidence if mo in span.text), None)
        if place is not None:
            return Owner(Subject(Item(item.category, mo, place), mo, (place,)), item.category)
    return _section(item, scene)


def _belongs(member: Member, *, introduced: bool) -> bool:
    """Attributes that only the steps name are not the feature's own."""
    item = member.subject.item
    if item.category is Category.PARAMETER:
        return "relation" in item.fields if introduced else bool(member.facts)
    return item.category is not Category.FEATURE


def _section(item: Item, scene: Scene) -> Owner | None:
    """The nearest heading above the item that can be quoted, with the outermost: many documents have `Counters`."""
    places = [place for heading in item.heading if (place := _quoted(unnumbered(heading), item, scene))]
    if not places:
        return None
    title, outer = plain(places[-1].text), plain(places[0].text)
    told = title in outer or outer in title
    name = f"{SECTION}{title}" if told else f"{SECTION}{title} of {outer}"
    evidence = (places[-1],) if told else (places[-1], places[0])
    return Owner(Subject(Item(item.category, title, places[-1]), name, evidence), item.category)


def _quoted(title: str, item: Item, scene: Scene) -> Span | None:
    """The last place of a heading above the item; a number before it is no part of its name."""
    start = scene.markdown.rfind(title, 0, item.span.start)
    return Span(start, start + len(title), title) if start >= 0 and plain(title) else None


def _listed(members: Sequence[Member], scene: Scene) -> Iterator[Fact]:
    """What nothing in the text owns is told in lists of its own, filed under their first member."""
    kinds: dict[Category, list[Member]] = {}
    for each in members:
        kinds.setdefault(each.subject.item.category, []).append(each)
    for category, found in kinds.items():
        owner = Owner(found[0].subject, category)
        for batch in _batches(found, owner):
            yield _list(Owner(batch[0].subject, category), batch, "listed", scene)


def _lists(owner: Owner, members: list[Member], scene: Scene) -> Iterator[Fact]:
    """A feature's list is whole where it can be; what is described and what is only named are told apart."""
    if scene.host is not None and owner.subject.item.name == scene.host.item.name and len(members) <= MOST:
        yield _list(owner, members, "feature", scene)
        return
    for batch in _batches([each for each in members if each.facts], owner):
        yield _list(owner, batch, "described", scene)
    bare = [each for each in members if not each.facts]
    if bare and len(bare) <= 2 * MOST and not _of_class(owner, scene):
        yield _list(owner, bare, "named", scene)
        return
    placed = [each for each in bare if split_name(each.subject.item.name)[1] not in EVERYWHERE]
    for batch in _batches(placed, owner):
        yield _list(owner, batch, "placed", scene)


def _holder(owner: Owner, scene: Scene) -> str:
    """What the owner is, as one asks for it."""
    if owner.is_section:
        return "section of the documentation"
    return "MO class" if _of_class(owner, scene) else "feature"


def _of_class(owner: Owner, scene: Scene) -> bool:
    """What a document mentions of an MO class is not what the class has: other documents mention others."""
    host = scene.host is not None and owner.subject.item.name == scene.host.item.name
    return not host and not owner.is_section


def _batches(members: Sequence[Member], owner: Owner) -> Iterator[list[Member]]:
    batch: list[Member] = []
    for each in members:
        if batch and (len(batch) == MOST or len(_names([*batch, each], owner)) > _NAMES):
            yield batch
            batch = []
        batch.append(each)
    if batch:
        yield batch


def _names(members: Sequence[Member], owner: Owner) -> str:
    mo = f"{owner.subject.name}."
    return ", ".join(each.subject.name.removeprefix(mo) for each in members)


def _list(owner: Owner, members: Sequence[Member], name: str, scene: Scene) -> Fact:
    subject, seeking = owner.subject, name == "troubleshooting"
    facts = [fact for each in members for fact in each.facts]
    commands, holder = "" if seeking else _reading(members), _holder(owner, scene)
    slots = {**_slots(owner, members, scene), "commands": commands, "holder": holder}
    scope = owner.category.value if name == "feature" else f"{owner.category.value}:{members[0].subject.item.name}"
    evidence = (*subject.evidence, *(span for each in members for span in each.subject.evidence), *evidence_of(facts))
    return Fact(
        subject,
        name if seeking else f"{name}:{scope}",
        scene.phrases.answer(("composite", name), slots),
        {"identifier": subject.item.name if owner.is_section else subject.name},
        tuple(dict.fromkeys(evidence)),
        kind=name if seeking else "group",
        slots=slots,
        theme="composite",
        wordings=2,
        states=(*(each.subject.state for each in members), *(fact.state for fact in facts)),
    )


def _slots(owner: Owner, members: Sequence[Member], scene: Scene) -> dict[str, object]:
    kind = _KINDS[owner.category]
    return {
        "name": owner.subject.name,
        "kind": kind,
        "one": kind.removesuffix("s") if len(members) == 1 else "",
        "names": _names(members, owner),
        "kinds": listed(sorted({_KINDS[each.subject.item.category] for each in members})),
        "section": upper_first(owner.subject.name) if owner.is_section else "",
        "members": [each.line(scene.phrases) for each in members],
        "alone": members[0].alone(scene.phrases),
        "pronoun": members[0].pronoun(scene.phrases),
    }


def _without_noun(fact: Fact) -> str:
    """`The counter pmX counts …` → `pmX counts …`: in a list of counters that is known."""
    noun = NOUNS.get(fact.subject.item.category, "")
    return fact.answer.removeprefix(f"The {noun} ") if noun else fact.answer


def _reading(members: Sequence[Member]) -> str:
    """The commands that read the members, with what is said before them; "" where there are none."""
    commands = _commands(members)
    if not commands:
        return ""
    several = "These commands read" if "\n" in commands else "This command reads"
    return f"{several} {'them' if len(members) > 1 else 'it'}:\n{commands}"


def _commands(members: Sequence[Member]) -> str:
    """One command a class that reads all of its members at once."""
    wanted: defaultdict[str, list[str]] = defaultdict(list)
    for each in members:
        item = each.subject.item
        if item.category is Category.PARAMETER and each.subject.name == item.name:
            for made in cmedit.commands_for(item):
                if made.purpose == "read":
                    owner, local = split_name(item.name)
                    wanted[owner].append(local)
    lines = (
        f"cmedit get <NODE> {owner}.{found[0] if len(found) == 1 else '(' + ','.join(found) + ')'} -t"
        for owner, found in wanted.items()
    )
    return "\n".join(lines)
