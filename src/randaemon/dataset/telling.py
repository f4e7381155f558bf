"""Which single facts a conversation tells: what decides its split, and whether two conversations tell the same."""

from __future__ import annotations

from collections.abc import Iterator

from randaemon.model import Candidate
from randaemon.quality.text import commands

Key = tuple[str, ...]  # category, name and field; or COMMAND and the text of a command
COMMAND = "command"
_QUANTITY = frozenset({"default", "range", "unit"})  # a value is given with its unit: who knows one knows the others
_FIELDS = frozenset({"fact", "dependency"})
_LONGER = frozenset({"command_explain", "procedure"})  # tell commands that are facts of their own


def own(each: Candidate) -> Key:
    """The fact that a conversation is made for."""
    said = each.conversation
    if said.kind in _FIELDS:
        return _field(said.category, said.entity, said.attribute.partition(":")[0])
    return said.category, said.entity, said.attribute


def told(each: Candidate) -> set[Key]:
    """All that it tells: its own fact, and what it tells beside it."""
    return {own(each), *beside(each)}


def beside(each: Candidate) -> Iterator[Key]:
    """The facts that a longer answer lists, and all commands that are spelt out."""
    said = each.conversation
    for state in said.states:
        if state[2]:
            yield _field(*state)
    for message in said.messages:
        if "cmedit" in message.content:
            for command in commands(message.content):
                yield COMMAND, command


def alone(each: Candidate) -> bool:
    """True when it tells nothing beside its own fact."""
    return not each.conversation.states and each.conversation.kind not in _LONGER


def _field(category: str, name: str, field: str) -> Key:
    return category, name, "quantity" if field in _QUANTITY else field
