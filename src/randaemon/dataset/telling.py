"""What a conversation is about: its own fact, the items it tells of, and what it spells out to the letter.

No more of `states` is believed than which items they name: a set-command tells unit, range and when a change takes
effect, an explanation what its writer liked. So whatever tells more than its own fact counts as telling all its items.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from randaemon.model import Candidate, Category, Conversation
from randaemon.quality.text import commands

Key = tuple[str, str, str]  # category, name and attribute
Unit = tuple[str, str]  # category and name of what is held out as one: an item; with a feature go its procedures

_NARROW = frozenset({"fact", "dependency", "command_read", "refusal"})  # tell their own fact and nothing else
_MADE_FOR = frozenset({"command_read", "command_write"})
_QUANTITY = frozenset({"default", "range", "unit"})  # a value is given with its unit: who knows one knows the others
_LICENCE = re.compile(r"\bCXC\d{7}\b")


def own(each: Candidate) -> Key:
    """The fact that a conversation is made for."""
    said = each.conversation
    field, _, scope = said.attribute.partition(":")
    if said.category is Category.RELATED_FEATURE and scope:
        return said.category, _both(said.entity, scope), "relation"  # "must be active before" says "prerequisite"
    return said.category, said.entity, "quantity" if field in _QUANTITY else said.attribute


def narrow(each: Candidate) -> bool:
    """True when it tells its own fact and nothing else: what the rules made of one field, as nobody edited it."""
    return each.conversation.kind in _NARROW and each.conversation.generator == "rule"


def unit(each: Candidate) -> Unit:
    """What it is filed under."""
    said = each.conversation
    return _unit(said.category, said.entity, said.attribute.partition(":")[2])


def told(each: Candidate) -> set[Unit]:
    """What it says something of. Of a list that is what is listed, else what it is filed under."""
    return (each.conversation.states and _listed(each.conversation, named=False)) or {unit(each)}


def named(each: Candidate) -> set[Unit]:
    """What it only names."""
    return _listed(each.conversation, named=True) - told(each)


def spelt(each: Candidate) -> Iterator[str]:
    """Commands and licence keys, which answer a question about something else wherever they stand."""
    for message in each.conversation.messages:
        if "cmedit" in message.content:
            yield from commands(message.content)
        if "CXC" in message.content:
            yield from _LICENCE.findall(message.content)


def made_for(each: Candidate) -> Iterator[str]:
    """Those of them that are what it is made to teach: many procedures lock a cell, none is the one that teaches it."""
    said = each.conversation
    if said.kind in _MADE_FOR or said.attribute == "licence_key":
        yield from said.expected.values()


def _listed(said: Conversation, *, named: bool) -> set[Unit]:
    host = said.entity if said.category is Category.FEATURE else ""
    return {_unit(category, name, host) for category, name, field in said.states if named is not bool(field)}


def _unit(category: str, name: str, host: str) -> Unit:
    """A relation is that of both of its ends, which both pages may tell of; a procedure tells its feature's key."""
    match category:
        case Category.RELATED_FEATURE if host:
            return category, _both(name, host)
        case Category.PROCEDURE if host:
            return Category.FEATURE, host
        case _:
            return category, name


def _both(one: str, other: str) -> str:
    return " and ".join(sorted((one, other)))
