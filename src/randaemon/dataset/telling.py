"""Which single facts a conversation tells: what decides its split, and whether two conversations tell the same."""

from __future__ import annotations

from collections.abc import Iterable

from randaemon.model import Candidate
from randaemon.quality.text import commands

Key = tuple[str, ...]  # category, name and field; or the text of a command
_QUANTITY = frozenset({"default", "range", "unit"})  # a value is given with its unit: who knows one knows the others
_FIELDS = frozenset({"fact", "dependency"})
_LONGER = frozenset({"command_explain", "procedure"})  # tell commands that are facts of their own


def own(each: Candidate) -> Key:
    """The fact that a conversation is made for."""
    said = each.conversation
    if said.kind in _FIELDS:
        return _field(said.category.value, said.entity, said.attribute.partition(":")[0])
    return said.category.value, said.entity, said.attribute


def told(each: Candidate) -> frozenset[Key]:
    """All that it tells: its own fact, those that a longer answer lists, and its commands."""
    said = each.conversation
    spoken = (message.content for message in said.messages if "cmedit" in message.content)
    shown = {("command", command) for text in spoken for command in commands(text)}
    listed = {_field(*state) for state in said.states if state[2]}
    return frozenset({own(each), *listed, *shown})


def alone(each: Candidate) -> bool:
    """True when it tells nothing beside its own fact."""
    return not each.conversation.states and each.conversation.kind not in _LONGER


def facts(found: Iterable[Candidate]) -> set[Key]:
    """All that is told, but of the commands only those that are taught for themselves: many procedures lock a cell."""
    keys: set[Key] = set()
    for each in found:
        keys |= {key for key in told(each) if key[0] != "command" or alone(each)}
    return keys


def _field(category: str, name: str, field: str) -> Key:
    return category, name, "quantity" if field in _QUANTITY else field
