"""Where the keys of a TOML file stand, and changing one without touching anything else. Comments and order stay.

A scanner of statements, not a parser: `tomllib` has read the text before, and reads it again after each change.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from randaemon.errors import SettingsError

Key = tuple[str, ...]

_HEADER = re.compile(r"[ \t]*\[([^\[\]#\n]+)\][ \t]*(?:#[^\n]*)?(?:\n|$)")
_ASSIGNMENT = re.compile(r"""[ \t]*((?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')(?:[ \t]*\.[ \t]*[\w"'-]+)*)[ \t]*=[ \t]*""")
_WORD = re.compile(r"""[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*'""")
# Pieces of a value: strings whole, so that a bracket or a sign of a comment inside one is none.
_PIECE = re.compile(
    r'''"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*|[\[{]|[\]}]|\n|[^\[\]{}"'#\n]+''',
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """`key = value` in the text, with its table."""

    key: Key
    line: int  # from 1
    start: int  # of the whole statement
    value: int  # where the value begins …
    end: int  # … and ends


def statements(text: str) -> Iterator[Statement]:
    """Every assignment of a text that `tomllib` can read, in order."""
    table: Key = ()
    position = 0
    while position < len(text):
        if header := _HEADER.match(text, position):
            table = _words(header[1])
            position = header.end()
        elif found := _ASSIGNMENT.match(text, position):
            end = _value_end(text, found.end())
            line = text.count("\n", 0, position) + 1
            yield Statement((*table, *_words(found[1])), line, position, found.end(), end)
            position = _next_line(text, end)
        else:
            position = _next_line(text, position)


def line_of(text: str, key: Key) -> int | None:
    """The line that sets a key, or the beginning of it (an inline table), or the first line of that table."""
    lines = {statement.key: statement.line for statement in statements(text)}
    set_there = (lines[key[:length]] for length in range(len(key), 0, -1) if key[:length] in lines)
    within = (line for known, line in lines.items() if known[: len(key)] == key)
    return next(set_there, next(within, None))


def changed(text: str, key: Key, value: object) -> str:
    """The text with a key set to a value, in its place, else at the end of its table, else in a new table.

    Raises SettingsError where the file is written in a way that this cannot follow.
    """
    written = rendered(value)
    found = next((statement for statement in statements(text) if statement.key == key), None)
    new = text[: found.value] + written + text[found.end :] if found else _added(text, key, written)
    return _sure(text, new, key, value)


def removed(text: str, key: Key) -> str:
    """The text without a key; its comment on the same line goes too."""
    found = next((statement for statement in statements(text) if statement.key == key), None)
    if found is None:
        return text
    return text[: found.start] + text[_next_line(text, found.end) :]


def rendered(value: object) -> str:
    """A value as TOML: the scalars that settings have, lists and tables of them."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case Mapping():
            return f"{{ {', '.join(f'{name} = {rendered(each)}' for name, each in value.items())} }}"
        case list() | tuple():
            return f"[{', '.join(map(rendered, value))}]"
        case _:
            return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _added(text: str, key: Key, written: str) -> str:
    table, line = key[:-1], f"{key[-1]} = {written}\n"
    body = text if text.endswith("\n") or not text else f"{text}\n"
    place = _end_of(body, table) if table else _first_table(body)
    if place is None:
        return f"{body}{chr(10) * bool(body)}[{'.'.join(table)}]\n{line}"
    return body[:place] + line + body[place:]


def _first_table(text: str) -> int:
    """Keys without a table stand before all tables."""
    first = re.search(r"^[ \t]*\[", text, re.MULTILINE)
    return first.start() if first else len(text)


def _end_of(text: str, table: Key) -> int | None:
    """Behind the last assignment of a table, or behind its header; None when it has none."""
    inside, position = False, 0
    place: int | None = None
    while position < len(text):
        header = _HEADER.match(text, position)
        if header:
            inside = _words(header[1]) == table
            position = header.end()
            place = position if inside else place
        elif found := _ASSIGNMENT.match(text, position):
            position = _next_line(text, _value_end(text, found.end()))
            place = position if inside else place
        else:
            position = _next_line(text, position)
    return place


def _sure(before: str, after: str, key: Key, value: object) -> str:
    """Nothing but this key may have changed."""
    wanted: dict[str, Any] = tomllib.loads(before)
    table = wanted
    for name in key[:-1]:
        table = table.setdefault(name, {})
    table[key[-1]] = list(value) if isinstance(value, tuple) else value
    try:
        same: bool = tomllib.loads(after) == wanted
    except tomllib.TOMLDecodeError:
        same = False
    if not same:
        raise SettingsError(f"{'.'.join(key)} cannot be changed in this file by a command", hint="edit it by hand")
    return after


def _value_end(text: str, position: int) -> int:
    depth, end = 0, position
    for piece in _PIECE.finditer(text, position):
        said = piece[0]
        if depth == 0 and (said == "\n" or said.startswith("#")):
            break
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(said, 0)
        if said.strip() and not said.startswith("#"):
            end = piece.start() + len(said.rstrip())
    return end


def _next_line(text: str, position: int) -> int:
    found = text.find("\n", position)
    return len(text) if found < 0 else found + 1


def _words(dotted: str) -> Key:
    return tuple(word.strip("\"'") for word in _WORD.findall(dotted))


def lookup(tree: Mapping[str, Any], key: Key) -> object:
    """What a tree holds under a key; None when nothing."""
    found: Any = tree
    for name in key:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
