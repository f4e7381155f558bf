"""What a conversation would give away, wherever it stands in it, and the conversation without it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from randaemon.model import Conversation, Span
from randaemon.quality import secrets

_NEAR = 1000  # characters of a line on either side of a quotation


def disclosed(conversation: Conversation, markdown: str) -> dict[str, str]:
    """Every secret by its text, with its kind: in what is said, quoted, expected, and in what it is filed under.

    A quoted cell may hold a value alone: then the line it stands in says what it is.
    """
    found = {text[each.start : each.end]: each.kind for text in _texts(conversation) for each in secrets.scan(text)}
    for span in conversation.evidence:
        found |= _quoted(span, markdown)
    return found


def harmless(conversation: Conversation, found: Mapping[str, str]) -> Conversation:
    """The conversation with typed placeholders in the places of what was found."""

    def cover(text: str) -> str:
        for value in sorted(found, key=len, reverse=True):
            text = text.replace(value, f"<{found[value]}>")
        return text

    return replace(
        conversation,
        messages=tuple(replace(each, content=cover(each.content)) for each in conversation.messages),
        evidence=tuple(replace(each, text=cover(each.text)) for each in conversation.evidence),
        expected={cover(name): cover(value) for name, value in conversation.expected.items()},
        entity=cover(conversation.entity),
        attribute=cover(conversation.attribute),
        heading=tuple(map(cover, conversation.heading)),
        states=tuple((category, cover(name), cover(field)) for category, name, field in conversation.states),
    )


def line_of(span: Span, markdown: str) -> tuple[int, int]:
    """From where to where the line or lines go that a span stands in; of very long ones what is near."""
    start = markdown.rfind("\n", max(span.start - _NEAR, 0), max(span.start, 0))
    end = markdown.find("\n", span.end, span.end + _NEAR)
    return start + 1 if start >= 0 else max(span.start - _NEAR, 0), end if end >= 0 else span.end + _NEAR


def _texts(conversation: Conversation) -> Iterator[str]:
    yield from (each.content for each in conversation.messages)
    yield from (each.text for each in conversation.evidence)
    yield from conversation.heading
    yield from (conversation.entity, conversation.attribute)
    yield from (f"{name}: {value}" for name, value in conversation.expected.items())
    yield from (name for _, name, _ in conversation.states)


def _quoted(span: Span, markdown: str) -> dict[str, str]:
    first, last = line_of(span, markdown)
    line = markdown[first:last]
    return {
        line[each.start : each.end]: each.kind
        for each in secrets.scan(line)
        if first + each.start < span.end and span.start < first + each.end
    }
