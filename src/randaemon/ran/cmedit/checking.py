"""What is wrong with a command: grammar first, then counters, then the managed object model where one is given."""

from __future__ import annotations

import re
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
    Listed,
    Option,
    Quoted,
    Set,
    Target,
    Value,
    Word,
)
from randaemon.ran.cmedit.parsing import parse
from randaemon.ran.cmedit.words import MAX_LENGTH
from randaemon.ran.mo import Attribute, MoModel


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, in one sentence, and where in the text when that is known."""

    message: str
    position: int | None = None


def check(text: str, model: MoModel | None = None) -> list[Problem]:
    """All problems of one command; an empty list means that it can be taught. Never raises."""
    typeset = list(_typeset(text))
    try:
        command = parse(text)
    except CmeditError as error:
        return typeset or [Problem(str(error), error.position)]
    problems = [*typeset, *_of_the_verb(command, model or MoModel()), *_of_the_place(text, command)]
    if model is not None:
        problems += _of_the_model(command, model)
    return problems


def _typeset(text: str) -> Iterator[Problem]:
    """What a word processor makes of quotes and of the dash of an option; inside straight quotes it is text."""
    for found in _TYPESET.finditer(text, 0, MAX_LENGTH):
        if text.count('"', 0, found.start()) % 2 == 0:
            straight = '"' if found["quote"] else "-"
            yield Problem(f"{found[0]} is not what a keyboard types: write {straight}", found.start())


_TYPESET = re.compile(r"(?P<quote>[“”„‟″])|(?<!\S)[–—−](?=[–—−A-Za-z])")


def _of_the_verb(command: Command, model: MoModel) -> Iterator[Problem]:
    match command:
        case Set(target, criteria, assigns):
            yield from _written(_class_of(target, criteria), assigns, model)
        case Create(name, assigns):
            if not fdn.is_full(name):
                yield Problem("create needs the full FDN, from the network down to the new object")
            yield from _written(fdn.last_class(name), assigns, model)
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


def _written(owner: str, assigns: Criteria, model: MoModel) -> Iterator[Problem]:
    """Counters, and what is assigned twice."""
    met: set[str] = set()
    for term in assigns.terms:
        if _is_counter(owner, term, model):
            name = term.path if names.is_measurement(term.path) else term.path.rpartition(".")[2]
            yield Problem(f"{name} is a PM counter: it can be read, never set", term.position)
        elif term.path.lower() in met:
            yield Problem(f"{term.path} is assigned twice", term.position)
        met.add(term.path.lower())


def _is_counter(owner: str, term: Cond, model: MoModel) -> bool:
    prefix, _, name = term.path.rpartition(".")
    whose = prefix or owner
    if model.attribute(whose, name) is not None:
        return False
    kind = "boolean" if _plain(term.value).lower() in ("true", "false") else ""
    typed = names.is_counter_in_any_case(whose, name, kind) or names.is_measurement(term.path)
    return typed or (not kind and model.is_counter(whose, name))


def _of_the_model(command: Command, model: MoModel) -> Iterator[Problem]:
    match command:
        case Get(target, criteria, options):
            yield from _target(target, model)
            for each in criteria:
                yield from _criteria(each, model)
            yield from _asked(_class_of(target, criteria[-1] if criteria else None), options, model)
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


def _asked(owner: str, options: Iterable[Option], model: MoModel) -> Iterator[Problem]:
    """The attributes that `--attribute a,b` names."""
    for option in options:
        for name in option.values[0].split(",") if option.name in ("attr", "attribute") else ():
            if model.knows(owner) and not _is_known(owner, name, model):
                yield Problem(f"no document names {owner}.{name}")


def _assigned(owner: str, assigns: Criteria, model: MoModel) -> Iterator[Problem]:
    for term in assigns.terms:
        prefix, _, name = term.path.rpartition(".")
        whose = prefix or owner
        attribute = model.attribute(whose, name)
        if attribute is None:
            if not _is_counter(owner, term, model):
                yield Problem(f"no document names {whose}.{name}", term.position)
        elif attribute.read_only and name.lower() != f"{whose.lower()}id":
            yield Problem(f"{whose}.{name} is read-only{_told_in(attribute)}", term.position)
        else:
            wrong = ((each, attribute.misfit(each)) for each in _stated(term.value))
            said = _told_in(attribute)
            yield from (Problem(f"{each} is {why} of {name}{said}", term.position) for each, why in wrong if why)


def _told_in(attribute: Attribute) -> str:
    return f" (told in {'; '.join(attribute.told_in)})" if attribute.told_in else ""


def _stated(value: Value | None) -> Iterator[str]:
    """The plain values that a type and a range are held against; a placeholder and `null` stand for any."""
    match value:
        case Word(text) | Quoted(text):
            if text not in ("", "null") and not text.startswith("<"):
                yield text
        case Listed(items):
            for item in items:
                yield from _stated(item)
        case _:
            return


def _class_of(target: Target, criteria: Criteria | None) -> str:
    return fdn.last_class(target.last) if criteria is None else criteria.last.owner


def _plain(value: Value | None) -> str:
    return value.text if isinstance(value, Word | Quoted) else ""
