"""What each mode says of a document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from randaemon.model import Category, Extraction, Item
from randaemon.quality.headings import is_nameless
from randaemon.quality.text import plain
from randaemon.stages.converse.cards import Sections, chunk_of, overview_of
from randaemon.stages.converse.dialogues import (
    Known,
    clarification,
    comparisons,
    drawn,
    explanations,
    follow_ups,
    refusals,
)
from randaemon.stages.converse.facts import Fact, Scene, Subject, facts_of, subject_of
from randaemon.stages.converse.groups import Member, groups_of, member_of, troubleshooting
from randaemon.stages.converse.operations import operations_of, steps_of
from randaemon.stages.converse.wording import Phrases, load

MODES = ("basic", "cmedit", "grouped", "hybrid")
_FEW = 3  # refusals and follow-ups of one document


def facts(markdown: str, extraction: Extraction, mode: str = "hybrid", phrases: Phrases | None = None) -> list[Fact]:
    """What a mode tells of a document, in the order of the text; of a fact met twice the first mention wins."""
    features = extraction.of(Category.FEATURE)
    host = subject_of(features[0], markdown, None) if len({item.name for item in features}) == 1 else None
    scene = Scene(markdown, host, phrases or load(), _shared(features))
    found: dict[tuple[Category, str, str], Fact] = {}
    items = [item for item in extraction.items if host or not _is_nameless(item)]
    for fact in _MODES[mode](_Library(items, scene)):
        found.setdefault((fact.subject.item.category, fact.subject.item.name, fact.attribute), fact)
    return list(found.values())


def _shared(features: Sequence[Item]) -> frozenset[str]:
    """The titles of more than one feature: of the same function for two radio technologies, say."""
    titles = {item.name: plain(item.fields["title"].text) for item in features if "title" in item.fields}
    return frozenset(title for title, count in Counter(titles.values()).items() if count > 1)


def _is_nameless(item: Item) -> bool:
    """A procedure headed `Steps` of nobody knows what: no one can ask for it."""
    return item.category is Category.PROCEDURE and is_nameless(item.name)


@dataclass(frozen=True)
class _Library:
    """The items of a document, with what is told of each computed once."""

    items: Sequence[Item]
    scene: Scene

    def known(self) -> list[Known]:
        """Each item once; one found twice is told with what the later finds add."""
        found: dict[tuple[Category, str], tuple[Subject, dict[str, Fact], dict[str, Fact]]] = {}
        for item in self.items:
            subject = subject_of(item, self.scene.markdown, self.scene.host, self.scene.shared)
            _, facts, operations = found.setdefault((item.category, item.name), (subject, {}, {}))
            for fact in facts_of(subject, self.scene):
                facts.setdefault(fact.attribute, fact)
            for fact in operations_of(subject, self.scene):
                operations.setdefault(fact.attribute, fact)
        return [
            Known(subject, tuple(facts.values()), tuple(operations.values()))
            for subject, facts, operations in found.values()
        ]


def _basic(library: _Library) -> Iterator[Fact]:
    sections = Sections.of(library.scene.markdown)
    for item in library.items:
        yield from chunk_of(item, sections, library.scene)


def _cmedit(library: _Library) -> Iterator[Fact]:
    for each in library.known():
        yield from each.operations
    yield from (fact for fact in _basic(library) if fact.kind != "procedure")


def _grouped(library: _Library) -> Iterator[Fact]:
    known = library.known()
    yield from groups_of(_members(known), library.scene)
    for each in known:
        yield from steps_of(each.subject, library.scene, with_commands=False)
        if each.subject.item.category is Category.FEATURE:
            yield from overview_of(each.subject, each.facts, library.scene)


def _hybrid(library: _Library) -> Iterator[Fact]:
    """Everything; events that share nothing, and the class of one attribute, are not told once more as a list."""
    scene, known = library.scene, library.known()
    for each in known:
        yield from each.facts
        yield from each.operations
    placed = {each.subject.state for each in known if any(fact.base == "mo" for fact in each.facts)}
    for fact in groups_of(_members(known), scene):
        alone = fact.base == "placed" and len(fact.states) == 1 and fact.states[0] in placed
        if not alone and not fact.attribute.startswith("listed:events"):
            yield fact
    for each in known:
        yield from overview_of(each.subject, each.facts, scene)
    yield from drawn(comparisons(known, scene))
    yield from drawn(explanations(known, scene))
    yield from drawn(follow_ups(known, scene), _FEW)
    members = _members(known)
    yield from troubleshooting(members, scene)
    yield from clarification(members, scene)
    yield from refusals(known, scene, _FEW)


_MODES = {"basic": _basic, "cmedit": _cmedit, "grouped": _grouped, "hybrid": _hybrid}


def _members(known: Sequence[Known]) -> list[Member]:
    return [member_of(each.subject, each.facts) for each in known]
