"""One conversation beside what it must be judged against: its document and its item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from randaemon.model import Category, Conversation, Extraction, Item, Span
from randaemon.quality import text
from randaemon.quality.headings import imperative
from randaemon.ran import names
from randaemon.ran.mo import MoModel

FUZZY = 0.9  # a quotation this like the text at its place still counts as evidence
_LONGEST_FUZZY = 2000  # characters; comparing is quadratic


@dataclass(frozen=True)
class Page:
    """A document as every one of its conversations is judged against it."""

    markdown: str
    features: tuple[Item, ...]  # that the document describes
    model: MoModel  # what the document says about managed objects
    items: Mapping[tuple[str, str], Sequence[Item]]  # by category and normalised name

    @classmethod
    def of(cls, markdown: str, extraction: Extraction) -> Page:
        """The look-ups of a document, made once."""
        items: dict[tuple[str, str], list[Item]] = {}
        for item in extraction.items:
            items.setdefault((item.category.value, item.name), []).append(item)
        return cls(markdown, extraction.of(Category.FEATURE), MoModel.of(extraction.items), items)


@dataclass(frozen=True, slots=True)
class Stated:
    """One of the facts that a longer answer tells: an item, and a field of it or "" where it is only named."""

    name: str
    field: str
    items: tuple[Item, ...]

    @property
    def aliases(self) -> tuple[str, ...]:
        """The ways the item may be named."""
        return aliases_of(self.name, self.items)

    @property
    def span(self) -> Span | None:
        """The field that is told; None where the item is only named."""
        return next((item.fields[self.field] for item in self.items if self.field in item.fields), None)

    @property
    def places(self) -> tuple[Span, ...]:
        """Where the document says it: the field, else any of its names."""
        if self.span is not None:
            return (self.span,)
        called = (item.fields[key] for item in self.items for key in ("title", "identity") if key in item.fields)
        return (*(item.span for item in self.items), *called)


@dataclass(frozen=True, slots=True)
class Case:
    """A conversation and everything it is judged against. Built by `Case.of`."""

    conversation: Conversation
    page: Page
    items: tuple[Item, ...]  # of the entity: same category, same normalised name
    stated: tuple[Stated, ...]  # what a longer answer tells, fact by fact
    question: str  # what the user asked first
    answer: str  # all that the assistant said
    evidence: str  # what really stands at the evidence spans: never the quotation, which could be wrong
    aliases: tuple[str, ...]  # the ways the entity may be named
    likeness: float = 0.0  # to the likest answer about anything else in the document

    @classmethod
    def of(cls, conversation: Conversation, page: Page) -> Case:
        """A conversation beside its document."""
        items = tuple(page.items.get((conversation.category.value, conversation.entity), ()))
        stated = (
            Stated(name, field, tuple(page.items.get((category, name), ())))
            for category, name, field in conversation.states
        )
        return cls(
            conversation,
            page,
            items,
            tuple(stated),
            next((each.content for each in conversation.messages if each.role == "user"), ""),
            said(conversation, "assistant"),
            "\n".join(slice_of(span, page.markdown) for span in conversation.evidence),
            _aliases(conversation, items, page.features),
        )

    @property
    def markdown(self) -> str:
        """The text of the document."""
        return self.page.markdown

    @property
    def features(self) -> tuple[Item, ...]:
        """What the document describes."""
        return self.page.features

    @property
    def model(self) -> MoModel:
        """What the document says about managed objects."""
        return self.page.model

    @property
    def questions(self) -> str:
        """All that the user said."""
        return said(self.conversation, "user")

    @property
    def commands(self) -> tuple[str, ...]:
        """Every command of the conversation: one that is explained stands in the question."""
        return (*text.commands(self.questions), *text.commands(self.answer))

    @property
    def asked(self) -> str:
        """The attribute asked about, without the scope that some facts carry: `relationship:FAJ 121 0001`."""
        return self.conversation.attribute.partition(":")[0]

    def quotes(self, span: Span) -> bool:
        """Is this the whole of a quotation."""
        return any(each.start == span.start and each.end == span.end for each in self.conversation.evidence)

    def parts_of(self, span: Span) -> list[str]:
        """What the evidence quotes of it, as it stands in the text."""
        parts = [(max(span.start, own.start), min(span.end, own.end)) for own in self.conversation.evidence]
        return [self.markdown[start:end] for start, end in parts if start < end]

    def fields(self, name: str) -> tuple[Span, ...]:
        """The spans that hold this field of the entity."""
        return tuple(item.fields[name] for item in self.items if name in item.fields)


def said(conversation: Conversation, role: str) -> str:
    """All that one side says."""
    return "\n".join(each.content for each in conversation.messages if each.role == role)


def slice_of(span: Span, markdown: str) -> str:
    """The text at the span, empty when the span lies outside."""
    return markdown[span.start : span.end] if 0 <= span.start < span.end <= len(markdown) else ""


def tier(span: Span, markdown: str) -> float:
    """1.0 when the quotation stands at its place, how like it is when nearly so, else 0.0."""
    found = slice_of(span, markdown)
    if not found or not span.text.strip():
        return 0.0
    if found == span.text:
        return 1.0
    if max(len(found), len(span.text)) > _LONGEST_FUZZY:
        return 0.0
    likeness = SequenceMatcher(None, found, span.text, autojunk=False).ratio()
    return likeness if likeness >= FUZZY else 0.0


def mentions(sentence: str, alias: str) -> bool:
    """True when the sentence names the alias as whole words; `A.pMax` does not name `pMax` of another class."""
    low, wanted = text.plain(sentence).lower(), alias.lower()
    place = low.find(wanted)
    while place >= 0:
        before, after = low[place - 1 : place], low[place + len(wanted) : place + len(wanted) + 1]
        if not (before == "." or text.is_inner(before) or text.is_inner(after)):
            return True
        place = low.find(wanted, place + 1)
    return False


@lru_cache(maxsize=4096)
def _named(name: str, printed: tuple[str, ...], *, owned: bool) -> tuple[str, ...]:
    found = [name, *printed, *([names.split_name(name)[1]] if owned else [])]
    spoken = (text.unnumbered(text.plain(each)) for each in found)
    return tuple(dict.fromkeys(each for each in spoken if each))


def aliases_of(name: str, items: Sequence[Item]) -> tuple[str, ...]:
    """The name, as printed, the title, the identity, and an attribute without its MO."""
    printed = tuple(item.text for item in items)
    titles = tuple(item.fields[key].text for item in items for key in ("title", "identity") if key in item.fields)
    return _named(name, printed + titles, owned=any(item.category.is_owned for item in items))


def _aliases(conversation: Conversation, items: Sequence[Item], features: Sequence[Item]) -> tuple[str, ...]:
    """Of a command that is explained, the licence key in it names the feature; a heading is spoken as what is done."""
    found = aliases_of(conversation.entity, items)
    if conversation.category is Category.PROCEDURE:
        names_of = (name for feature in features for name in aliases_of(feature.name, (feature,)))
        done = (imperative(conversation.entity, about) for about in ("", *names_of))
        found = (*found, *(each for each in dict.fromkeys(done) if each))
    if conversation.category.is_owned and not conversation.states:
        found = tuple(dict.fromkeys((*found, names.split_name(conversation.entity)[1])))
    if conversation.kind != "command_explain":
        return found
    keys = (item.fields["licence_key"].text for item in items if "licence_key" in item.fields)
    return (*found, *(word for key in keys for word in text.KEY.findall("".join(key.split()))))
