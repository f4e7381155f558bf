"""Command → text, in one normal form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

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
    Option,
    Quoted,
    Set,
    Struct,
    Target,
    Value,
    Word,
)


def render(command: Command) -> str:
    """Write a command; `parse` reads the same command back."""
    verb = type(command).__name__.lower()
    words = _words(command)
    return " ".join(("cmedit", verb, *words, *(word for option in command.options for word in _option(option))))


def _words(command: Command) -> Iterable[str]:
    match command:
        case Get(target, criteria):
            return (*_target(target), *(_criteria(each) for each in criteria))
        case Set(target, found, assigns):
            return (*_target(target), *_optional(found), _criteria(assigns))
        case Create(fdn, assigns):
            return (fdn, _criteria(assigns))
        case Delete(target, found):
            return (*_target(target), *_optional(found))
        case Action(target, mo, name, arguments):
            return (*_target(target), *_optional(mo), name + _arguments(arguments))
        case Describe() | Import() | Export():
            return _short(command)
        case _:
            assert_never(command)


def _short(command: Describe | Import | Export) -> Iterable[str]:
    match command:
        case Describe(subject):
            return [_cond(subject)] if subject else []
        case Export(scope):
            return [scope] if scope else []
        case Import():
            return []
        case _:
            assert_never(command)


def _target(target: Target) -> Iterator[str]:
    for scope in target.scopes:
        if scope.kind:
            yield scope.kind
        yield ";".join(scope.items)
    if target.filter:
        yield "--scopefilter"
        yield f"({' AND '.join(_cond(cond) for cond in target.filter)})"


def _optional(criteria: Criteria | None) -> Iterable[str]:
    return () if criteria is None else (_criteria(criteria),)


def _criteria(criteria: Criteria) -> str:
    parts = [_cond(criteria.terms[0])]
    for joiner, term in zip(criteria.joiners, criteria.terms[1:], strict=True):
        parts += [joiner, _cond(term)]
    return "".join(parts)


def _arguments(arguments: Criteria | None) -> str:
    return "" if arguments is None else f".({_criteria(arguments)})"


def _cond(cond: Cond) -> str:
    if cond.nested:
        inside = ",".join(_cond(each) for each in cond.nested)
        half = len(cond.brackets) // 2
        return f"{cond.path}.{cond.brackets[:half]}{inside}{cond.brackets[half:]}"
    return cond.path + cond.op + ("" if cond.value is None else _value(cond.value))


def _value(value: Value) -> str:
    match value:
        case Word(text):
            return text
        case Quoted(text):
            return f'"{text}"'
        case Listed(items, joiner):
            between = joiner if joiner == "," else f" {joiner} "
            return f"[{between.join(_value(item) for item in items)}]"
        case Struct(members, brackets):
            return brackets[0] + ",".join(_cond(member) for member in members) + brackets[1]
        case _:
            assert_never(value)


def _option(option: Option) -> Iterator[str]:
    if option.joined:
        yield f"{option.dashed}={option.values[0]}"
    else:
        yield option.dashed
        yield from option.values
