"""Rule over `cmedit` commands that a document prints: the attributes they read and set, with their classes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from randaemon.ran import names
from randaemon.ran.cmedit import CmeditError, Command, Create, Get, Set, parse
from randaemon.ran.cmedit.command import Criteria
from randaemon.ran.cmedit.fdn import last_class
from randaemon.stages.extract.finds import FAIR, Finds, Origin, category_of

_COMMAND = re.compile(r"cmedit (?:get|set|create) [^\n`|]{3,2000}+")


def read_commands(finds: Finds) -> None:
    """Find the attributes of every command that parses; what does not parse is prose or another tool's line."""
    for found in _COMMAND.finditer(finds.page.markdown):
        try:
            command = parse(found[0].rstrip(" .,;"))
        except CmeditError:
            continue
        for owner, attribute, position in _attributes(command):
            _keep(finds, owner, attribute, found.start() + position)


def _attributes(command: Command) -> Iterator[tuple[str, str, int]]:
    match command:
        case Get(_, criteria):
            for each in criteria:
                yield from _of_criteria(each)
        case Set(target, criteria, assigns):
            yield from _of_criteria(criteria) if criteria else ()
            yield from _of_assigns(criteria.last.owner if criteria else last_class(target.last), assigns)
        case Create(fdn, assigns):
            yield from _of_assigns(last_class(fdn), assigns)
        case _:
            return


def _of_criteria(criteria: Criteria) -> Iterator[tuple[str, str, int]]:
    for term in criteria.terms:
        owner, _, attribute = term.path.partition(".")
        if attribute:
            yield owner, attribute.partition(".")[0], term.position + len(owner) + 1
        else:
            yield from ((owner, each.path.partition(".")[0], each.position) for each in term.nested)


def _of_assigns(owner: str, assigns: Criteria) -> Iterator[tuple[str, str, int]]:
    for term in assigns.terms:
        prefix, _, attribute = term.path.rpartition(".")
        yield prefix or owner, attribute, term.position + (len(prefix) + 1 if prefix else 0)


def _keep(finds: Finds, owner: str, attribute: str, start: int) -> None:
    """Operators type classes in lower case: only classes printed as classes are believed. Space may move a position."""
    page = finds.page
    at = page.piece_at(start)
    if at is None or not names.is_class(owner) or not names.is_attribute(attribute):
        return
    if not page.markdown.startswith(attribute, start):
        return
    name = f"{owner}.{attribute}"
    category = category_of(name)
    finds.add(category, name, page.span(start, start + len(attribute)), Origin("command", FAIR, at.heading))
