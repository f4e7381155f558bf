"""The AMOS/moshell equivalent of a command, as a note: the same operation on one node, after `lt all`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from randaemon.ran import names
from randaemon.ran.cmedit.command import (
    Action,
    Command,
    Cond,
    Create,
    Criteria,
    Delete,
    Describe,
    Export,
    Get,
    Import,
    Listed,
    Quoted,
    Set,
    Struct,
    Target,
    Value,
    Word,
)
from randaemon.ran.cmedit.fdn import last_class

_ATTRIBUTES = ("attr", "attribute")
_LOCKS = {"LOCKED": "bl", "UNLOCKED": "deb"}
_FEATURE_STATE = {"ACTIVATED": "1", "DEACTIVATED": "0"}
_LICENCES = "SystemFunctions=1,Lm=1,"


def amos(command: Command) -> list[str]:
    """Lines of AMOS that do the same; none where it has nothing of the kind."""
    match command:
        case Get(target, criteria, options):
            asked = [name for option in options if option.name in _ATTRIBUTES for name in option.values[0].split(",")]
            whole = [line for fdn in target.fdns for line in _reads(_ldn(fdn), "", asked)]
            return [line for each in criteria for term in each.terms for line in _read(term)] or whole
        case Set(target, criteria, assigns):
            return [_write(mo, term) for mo in _instances(target, criteria) for term in assigns.terms]
        case Create(fdn, assigns):
            identity = f"{last_class(fdn)}id".lower()
            told = [f"{_local(term)} {_printed(term.value)}" for term in assigns.terms if term.path.lower() != identity]
            return [f"crn {_ldn(fdn)}", *told, "end"]
        case Delete(target, criteria):
            return [f"del {mo}" for mo in _instances(target, criteria)]
        case Action(target, mo, name):
            return [f"acc {each} {name}" for each in _instances(target, mo)]
        case Describe(subject):
            return [f"mom {subject.path.removesuffix('.*')}"] if subject else []
        case Import() | Export():
            return []
        case _:
            assert_never(command)


def _read(term: Cond) -> list[str]:
    owner, _, attribute = term.path.partition(".")
    asked = [attribute] if attribute else [each.path.partition(".")[0] for each in term.nested if not each.op]
    return _reads(_selected(term), owner, asked)


def _reads(mo: str, owner: str, asked: Sequence[str]) -> list[str]:
    if not asked or "*" in asked:
        return [f"get {mo}"]
    counters = [each for each in asked if names.is_counter(f"{owner}.{each}" if owner else each)]
    plain = [each for each in asked if each not in counters]
    lines = [f"pget {mo} {'|'.join(counters)}"] if counters else []
    if plain:
        lines.insert(0, f"get {mo} {plain[0]}" if len(plain) == 1 else f"hget {mo} {'|'.join(plain)}")
    return lines


def _write(mo: str, term: Cond) -> str:
    attribute, value = _local(term), _printed(term.value)
    if attribute == "administrativeState" and value in _LOCKS:
        return f"{_LOCKS[value]} {mo}"
    if attribute == "featureState":
        value = _FEATURE_STATE.get(value, value)
    return f"set {mo} {attribute} {value}"


def _local(term: Cond) -> str:
    return term.path.rpartition(".")[2]


def _instances(target: Target, criteria: Criteria | None) -> list[str]:
    """What a change is made to; none where a condition chooses it, which AMOS would leave out and change them all."""
    if criteria is None:
        return [_ldn(fdn) for fdn in target.fdns]
    last = criteria.last
    chosen = [each for each in last.nested if each.op and not _is_identity(each, last.owner)]
    chosen += [each for each in criteria.terms if (each.op and "." in each.path) or (each is not last and each.nested)]
    return [] if chosen or target.filter or ";" in criteria.joiners else [_selected(last)]


def _is_identity(cond: Cond, owner: str) -> bool:
    return cond.path.lower() == f"{owner.lower()}id" and cond.op == "==" and "*" not in _printed(cond.value)


def _selected(term: Cond) -> str:
    """The MO as AMOS names it: `Class=id`, `Class` for all; a condition on the identity selects like an id."""
    owner = term.path.partition(".")[0]
    chosen = _printed(term.value) if term.op == "=" and "." not in term.path else ""
    for each in term.nested:
        if each.op == "==" and each.path.lower() == f"{owner.lower()}id":
            chosen = _printed(each.value)
    name = f"{owner}={chosen}" if chosen else owner
    return f"{_LICENCES}{name}" if owner == "FeatureState" else name


def _ldn(fdn: str) -> str:
    """Below the node: AMOS is on it already."""
    return fdn.partition("ManagedElement=")[2].partition(",")[2] or fdn


def _printed(value: Value | None) -> str:
    match value:
        case Word(text) | Quoted(text):
            return text
        case Listed(items):
            return ",".join(map(_printed, items))
        case Struct(members):
            return ",".join(f"{member.path}={_printed(member.value)}" for member in members)
        case _:
            return ""
