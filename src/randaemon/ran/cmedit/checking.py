"""What is wrong with a command: grammar first, then counters, then the managed object model where one is given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import assert_never

from randaemon.ran import names
from randaemon.ran.cmedit import fdn
from randaemon.ran.cmedit.command import (
    Action,
    CmeditError,
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
from randaemon.ran.cmedit.parsing import parse
from randaemon.ran.mo import MoModel


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, in one sentence, and where in the text when that is known."""

    message: str
    position: int | None = None


def check(text: str, model: MoModel | None = None) -> list[Problem]:
    """All problems of one command; an empty list means that it can be taught. Never raises."""
    try:
        command = parse(text)
    except CmeditError as error:
        return [Problem(str(error), error.position)]
    problems = [*_of_the_verb(command), *_of_the_place(text, command)]
    if model is not None:
        problems += _of_the_model(command, model)
    return problems


def _of_the_verb(command: Command) -> Iterator[Problem]:
    match command:
        case Set(target, criteria, assigns):
            yield from _counters(_class_of(target, criteria), assigns)
        case Create(name, assigns):
            if not fdn.is_full(name):
                yield Problem("create needs the full FDN, from the network down to the new object")
            yield from _counters(fdn.last_class(name), assigns)
        case Get() | Delete() | Action() | Describe() | Import() | Export():
            return
        case _:
            assert_never(command)


def _of_the_place(text: str, command: Command) -> Iterator[Problem]:
    """FDNs whose parts cannot stand under each other."""
    match command:
        case Get(target) | Set(target) | Delete(target) | Action(target):
            found = target.fdns
        case Create(name):
            found = [name]
        case Describe() | Import() | Export():
            found = []
        case _:
            assert_never(command)
    for each in found:
        wrong = fdn.place_error(each)
        if wrong:
            yield Problem(wrong[0], max(text.find(each), 0) + wrong[1])


def _counters(owner: str, assigns: Criteria) -> Iterator[Problem]:
    for term in assigns.terms:
        name = term.path.rpartition(".")[2]
        kind = "boolean" if _plain(term.value).lower() in ("true", "false") else ""
        if names.is_counter(f"{owner}.{name}" if owner else name, kind):
            yield Problem(f"{name} is a PM counter: it can be read, never set", term.position)


def _of_the_model(command: Command, model: MoModel) -> Iterator[Problem]:
    match command:
        case Get(target, criteria):
            yield from _target(target, model)
            for each in criteria:
                yield from _criteria(each, model)
        case Set(target, found, assigns):
            yield from _target(target, model)
            yield from _criteria(found, model)
            yield from _assigned(_class_of(target, found), assigns, model)
        case Create(name, assigns):
            yield from _assigned(fdn.last_class(name), assigns, model)
        case Delete(target, found) | Action(target, found):
            yield from _target(target, model)
            yield from _criteria(found, model)
        case Describe(subject):
            yield from _terms([subject] if subject else [], model)
        case Import() | Export():
            return
        case _:
            assert_never(command)


def _target(target: Target, model: MoModel) -> Iterator[Problem]:
    for owner in dict.fromkeys(map(fdn.last_class, target.fdns)):
        if not model.knows(owner):
            yield Problem(f"no document names the class {owner}")
    yield from _terms(target.filter, model)


def _criteria(criteria: Criteria | None, model: MoModel) -> Iterator[Problem]:
    if criteria is not None:
        yield from _terms(criteria.terms, model)


def _terms(terms: Iterable[Cond], model: MoModel) -> Iterator[Problem]:
    for term in terms:
        owner, _, attribute = term.path.partition(".")
        if owner[:1].islower() and not model.knows(owner) and not attribute:
            continue  # an attribute filter of the criteria before it
        if owner != "*" and not model.knows(owner):
            yield Problem(f"no document names the class {owner}", term.position)
            continue
        asked = [(attribute, term.position)] if attribute else [(each.path, each.position) for each in term.nested]
        for path, position in asked:
            name = path.partition(".")[0]
            if not _is_known(owner, name, model):
                yield Problem(f"no document names {owner}.{name}", position)


def _is_known(owner: str, name: str, model: MoModel) -> bool:
    if name.startswith(("*", "<")):
        return True
    return model.attribute(owner, name) is not None or model.is_counter(owner, name)


def _assigned(owner: str, assigns: Criteria, model: MoModel) -> Iterator[Problem]:
    for term in assigns.terms:
        prefix, _, name = term.path.rpartition(".")
        whose = prefix or owner
        attribute = model.attribute(whose, name)
        if model.is_counter(whose, name):
            yield Problem(f"{name} is a PM counter: it can be read, never set", term.position)
        elif attribute is None:
            yield Problem(f"no document names {whose}.{name}", term.position)
        elif attribute.read_only:
            yield Problem(f"{whose}.{name} is read-only", term.position)
        elif not _fits(term.value, attribute.allows(_plain(term.value))):
            yield Problem(f"{_plain(term.value)} is outside {attribute.range}, the range of {name}", term.position)


def _fits(value: Value | None, allowed: bool) -> bool:
    """Only plain values are held against a range; a placeholder stands for any."""
    return allowed or not isinstance(value, Word | Quoted) or _plain(value).startswith("<")


def _class_of(target: Target, criteria: Criteria | None) -> str:
    return fdn.last_class(target.last) if criteria is None else criteria.last.owner


def _plain(value: Value | None) -> str:
    return value.text if isinstance(value, Word | Quoted) else ""
