"""The AMOS/moshell equivalent of a command, as a note: the same operation on one node, after `lt all`."""

from __future__ import annotations

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
    Quoted,
    Set,
    Target,
    Value,
    Word,
)

_LOCKS = {"LOCKED": "bl", "UNLOCKED": "deb"}
_FEATURE_STATE = {"ACTIVATED": "1", "DEACTIVATED": "0"}
_LICENCES = "SystemFunctions=1,Lm=1,"


def amos(command: Command) -> list[str]:
    """Lines of AMOS that do the same; none where it has nothing of the kind."""
    match command:
        case Get(target, criteria):
            return [line for each in criteria for term in each.terms for line in _read(term)] or _by_fdn(target)
        case Set(target, criteria, assigns):
            mo = _instance(target, criteria)
            return [_write(mo, term) for term in assigns.terms]
        case Create(fdn):
            return [f"crn {_ldn(fdn)}", "end"]
        case Delete(target, criteria):
            return [f"del {_instance(target, criteria)}"]
        case Action(target, mo, name):
            return [f"acc {_instance(target, mo)} {name}"]
        case Describe(subject):
            return [f"mom {subject.path.removesuffix('.*')}"] if subject else []
        case Import() | Export():
            return []
        case _:
            assert_never(command)


def _read(term: Cond) -> list[str]:
    owner, _, attribute = term.path.partition(".")
    asked = [attribute] if attribute else [each.path.partition(".")[0] for each in term.nested if not each.op]
    mo = _selected(term)
    if not asked or asked == ["*"]:
        return [f"get {mo}"]
    counters = [each for each in asked if names.is_counter(f"{owner}.{each}")]
    plain = [each for each in asked if each not in counters]
    lines = [f"pget {mo} {'|'.join(counters)}"] if counters else []
    if plain:
        lines.insert(0, f"get {mo} {plain[0]}" if len(plain) == 1 else f"hget {mo} {'|'.join(plain)}")
    return lines


def _by_fdn(target: Target) -> list[str]:
    return [f"get {_ldn(item)}" for item in target.fdns]


def _write(mo: str, term: Cond) -> str:
    attribute, value = term.path.rpartition(".")[2], _printed(term.value)
    if attribute == "administrativeState" and value in _LOCKS:
        return f"{_LOCKS[value]} {mo}"
    if attribute == "featureState":
        value = _FEATURE_STATE.get(value, value)
    return f"set {mo} {attribute} {value}"


def _instance(target: Target, criteria: Criteria | None) -> str:
    return _ldn(target.last) if criteria is None else _selected(criteria.last)


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
    return value.text if isinstance(value, Word | Quoted) else "…" if value is not None else ""
