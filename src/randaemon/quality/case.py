"""One conversation beside what it must be judged against: its document and its item."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from randaemon.model import Category, Conversation, Item, Span
from randaemon.quality import text
from randaemon.ran import names
from randaemon.ran.mo import MoModel

FUZZY = 0.9  # a quotation this like the text at its place still counts as evidence (quality.md, gates)
_LONGEST_FUZZY = 2000  # characters; comparing is quadratic


@dataclass(frozen=True, slots=True)
class Case:
    """A conversation and everything it is judged against. Built by `Case.of`."""

    conversation: Conversation
    markdown: str
    items: tuple[Item, ...]  # of the entity: same category, same normalised name
    features: tuple[Item, ...]  # that the document describes
    model: MoModel  # what the document says about managed objects
    question: str  # the last thing the user said
    answer: str  # the last thing the assistant said
    evidence: str  # what really stands at the evidence spans: never the quotation, which could be wrong
    aliases: tuple[str, ...]  # the ways the entity may be named

    @classmethod
    def of(
        cls, conversation: Conversation, markdown: str, items: Sequence[Item], features: Sequence[Item], model: MoModel
    ) -> Case:
        """A conversation beside its document: the items of its entity, the features, the managed objects."""
        return cls(
            conversation,
            markdown,
            tuple(items),
            tuple(features),
            model,
            _last(conversation, "user"),
            _last(conversation, "assistant"),
            "\n".join(slice_of(span, markdown) for span in conversation.evidence),
            _aliases(conversation, items),
        )

    @property
    def asked(self) -> str:
        """The attribute asked about, without the scope that some facts carry: `relationship:FAJ 121 0001`."""
        return self.conversation.attribute.partition(":")[0]

    def fields(self, name: str) -> tuple[Span, ...]:
        """The spans that hold this field of the entity."""
        return tuple(item.fields[name] for item in self.items if name in item.fields)


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


def split_owner(name: str) -> tuple[str, str]:
    """(MO class, local name); a 3GPP measurement such as `RRC.ConnEstabAtt` has dots and no class."""
    return ("", name) if names.is_measurement(name) else names.split_name(name)


def mentions(sentence: str, alias: str) -> bool:
    """True when the sentence names the alias as whole words; `A.pMax` does not name `pMax` of another class."""
    low, wanted = text.plain(sentence).lower(), alias.lower()
    place = low.find(wanted)
    while place >= 0:
        before, after = low[place - 1 : place], low[place + len(wanted) : place + len(wanted) + 1]
        if not (before == "." or _word(before) or _word(after)):
            return True
        place = low.find(wanted, place + 1)
    return False


def _aliases(conversation: Conversation, items: Sequence[Item]) -> tuple[str, ...]:
    """The name, as printed, the title, the identity, and an attribute without its MO."""
    found = [conversation.entity]
    for item in items:
        found.append(item.text)
        found += [item.fields[key].text for key in ("title", "identity") if key in item.fields]
    if conversation.category in (Category.PARAMETER, Category.COUNTER):
        found.append(split_owner(conversation.entity)[1])
    return tuple(dict.fromkeys(name for name in map(_unnumbered, found) if name))


def _unnumbered(name: str) -> str:
    """`7 Activate Beam Sweep` → `Activate Beam Sweep`: headings may carry their number."""
    return _NUMBERING.sub("", text.plain(name))


_NUMBERING = re.compile(r"^\d+(?:\.\d+)*\.?\s+")


def _word(letter: str) -> bool:
    return letter.isalnum() or letter == "_"


def _last(conversation: Conversation, role: str) -> str:
    return next((each.content for each in reversed(conversation.messages) if each.role == role), "")
