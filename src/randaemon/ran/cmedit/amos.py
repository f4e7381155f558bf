"""The AMOS/moshell equivalent of a command, as a note: the same operation on one node, after `lt all`.

AMOS names objects by class and id and knows no conditions. A note that left one out would read, change or delete more
than the command does, so there is none where anything but class and id chooses, or where options do something else.
"""

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
#: What counts, stores, tells of the node or only tries, and what takes children along.
_OF_ITS_OWN = frozenset({"cn", "count", "s", "syncstatus", "dn", "detailnode", "output", "preview", "all"})
_NODE_SCOPES = ("", "-n", "--node")
#: Classes that stand above a node or stand for it: they are the manager's, and AMOS sees none of them.
_ABOVE = frozenset({"subnetwork", "mecontext", "networkelement"})
_MANAGERS = _ABOVE | {"cmfunction", "pmfunction", "fmfunction", "fmalarmsupervision", "inventorysupervision"}
_NODE = "managedelement="
_LOCKS = {"LOCKED": "bl", "UNLOCKED": "deb"}
_FEATURE_STATE = {"ACTIVATED": "1", "DEACTIVATED": "0"}
_LICENCES = "SystemFunctions=1,Lm=1,"


def amos(command: Command) -> list[str]:
    """Lines of AMOS that do the same; none where it has nothing of the kind."""
    return [] if any(option.name in _OF_ITS_OWN for option in command.options) else _lines(command)


def _lines(command: Command) -> list[str]:
    match command:
        case Get():
            return _get(command)
        case Set(target, criteria, assigns):
            chosen = _instances(target, criteria) if all(map(_is_plain, assigns.terms)) else []
            return [_write(mo, term) for mo in chosen for term in assigns.terms]
        case Create(fdn, assigns):
            return _create(_ldn(fdn), assigns) if all(map(_is_plain, assigns.terms)) else []
        case Delete(target, criteria):
            return [f"del {mo}" for mo in _instances(target, criteria)]
        case Action(target, mo, name, arguments):
            return [] if arguments else [f"acc {each} {name}" for each in _instances(target, mo)]
        case Describe(subject):
            return _describe(subject)
        case Import() | Export():
            return []
        case _:
            assert_never(command)


def _get(command: Get) -> list[str]:
    asked = [name for each in command.options if each.name in _ATTRIBUTES for name in each.values[0].split(",")]
    if not command.criteria:
        return [line for mo in _whole(command.target) for line in _reads(mo, "", asked or ["*"])]
    chosen, told = command.criteria[0], command.criteria[-1]
    if asked or not _is_of_nodes(command.target) or not all(map(_selects, chosen.terms)) or "," in chosen.joiners:
        return []
    if told is not chosen:  # a filter: it says what is told of the one class
        of_one = len(chosen.terms) == len(told.terms) == 1 and told.last.owner.lower() == chosen.last.owner.lower()
        return _read(chosen.last, told.last) if of_one and _selects(told.last) else []
    return [line for term in chosen.terms for line in _read(term, term)]


def _read(term: Cond, told: Cond) -> list[str]:
    owner, _, attribute = told.path.partition(".")
    asked = [attribute] if attribute else [each.path for each in told.nested if not each.op]
    return _reads(_selected(term), owner, asked)


def _reads(mo: str, owner: str, asked: Sequence[str]) -> list[str]:
    if not asked:
        return [f"pr {mo}"]  # a class alone is listed
    if "*" in asked:
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


def _create(mo: str, assigns: Criteria) -> list[str]:
    identity = f"{last_class(mo)}id".lower()
    told = [f"{_local(term)} {_printed(term.value)}" for term in assigns.terms if term.path.lower() != identity]
    return [f"crn {mo}", *told, "end"] if mo else []


def _describe(subject: Cond | None) -> list[str]:
    owner, _, attribute = subject.path.partition(".") if subject else ("", "", "")
    return [f"mom {owner}"] if owner and attribute in ("", "*") and owner.lower() not in _MANAGERS else []


def _is_plain(term: Cond) -> bool:
    """True of an attribute as a whole, with its class or without; a member of a struct is none."""
    owner, joined, _ = term.path.rpartition(".")
    return not term.nested and (not joined or (owner[0].isupper() and "." not in owner))


def _local(term: Cond) -> str:
    return term.path.rpartition(".")[2]


def _instances(target: Target, criteria: Criteria | None) -> list[str]:
    """What a change is made to; none where more than class and id choose it."""
    if criteria is None:
        return _whole(target)
    only = criteria.last
    plain = len(criteria.terms) == 1 and _selects(only) and "." not in only.path
    plain = plain and all(each.op for each in only.nested)
    return [_selected(only)] if plain and _is_of_nodes(target) else []


def _whole(target: Target) -> list[str]:
    """The objects that a target names in full; none where one of them is not on a node."""
    found = [_ldn(fdn) for fdn in target.fdns]
    return found if target.is_fdn and not target.filter and all(found) else []


def _is_of_nodes(target: Target) -> bool:
    """True of nodes as a whole: collections may hold cells, and an object keeps to what is below it."""
    above = all(last_class(fdn).lower() in (*_ABOVE, _NODE[:-1]) for fdn in target.fdns)
    return above and not target.filter and all(scope.kind.lower() in _NODE_SCOPES for scope in target.scopes)


def _selects(term: Cond) -> bool:
    """True of a class on a node, its id or none, and whole attributes: all of it that AMOS can say."""
    owner, _, attribute = term.path.partition(".")
    if owner.lower() in _MANAGERS or not (attribute == "*" or attribute.replace("_", "a").isalnum() or not attribute):
        return False
    exact = not term.op or (term.op == "=" and not attribute and _is_exact(term.value))
    return exact and all(_is_identity(each, owner) or _is_whole(each) for each in term.nested)


def _is_whole(cond: Cond) -> bool:
    return not (cond.op or cond.nested or "." in cond.path)


def _is_identity(cond: Cond, owner: str) -> bool:
    return cond.path.lower() == f"{owner.lower()}id" and cond.op == "==" and _is_exact(cond.value)


def _is_exact(value: Value | None) -> bool:
    """True of the one id that it prints: no pattern, nothing that would need quotes."""
    return not {"*", " "} & set(_printed(value))


def _selected(term: Cond) -> str:
    """The MO as AMOS names it: `Class=id`, `Class` for all; a condition on the identity selects like an id."""
    owner = term.path.partition(".")[0]
    chosen = _printed(term.value) if term.op == "=" else ""
    for each in term.nested:
        if each.op:
            chosen = _printed(each.value)
    name = f"{owner}={chosen}" if chosen else owner
    return f"{_LICENCES}{name}" if owner == "FeatureState" else name


def _ldn(fdn: str) -> str:
    """Below the node, on which AMOS is already; "" of what the manager holds."""
    at = fdn.lower().find(_NODE)
    local = fdn[at:].partition(",")[2] or fdn[at:] if at >= 0 else fdn
    return "" if local.partition("=")[0].lower() in _MANAGERS else local


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
