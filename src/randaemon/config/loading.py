"""From file, profile, environment and flags to one tree, with every problem at once: key, place, what to write."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_settings import EnvSettingsSource
from pydantic_settings import SettingsError as EnvironmentError_

from randaemon.config import toml
from randaemon.config.profiles import PROFILES
from randaemon.config.tree import Section, Settings
from randaemon.errors import SettingsError

PREFIX = "RANDAEMON_"
_NO_SETTINGS = ("RANDAEMON_HOME", "RANDAEMON_TEST_")  # the home, and what tests use
_TABLES = frozenset({"llm.servers"})  # keys whose value is a table of tables that the user names
Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the settings."""

    key: str
    place: str  # `randaemon.toml:12`, a variable, a flag
    message: str

    def __str__(self) -> str:
        return f"{self.key} ({self.place}): {self.message}" if self.place else f"{self.key}: {self.message}"


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, or what is wrong with them."""

    settings: Settings | None
    problems: tuple[Problem, ...] = ()
    #: `pool.workers` → `randaemon.toml:3`; defaults are missing.
    origins: Mapping[str, str] = field(default_factory=dict)


def load(file: Path | None, overrides: Tree | None = None) -> Settings:
    """Read settings; raises SettingsError that names every bad key, where it stands and what is wrong with it."""
    found = read(file, overrides)
    if found.settings is None:
        told = "; ".join(map(str, found.problems))
        raise SettingsError(f"settings cannot be used: {told}", hint="mend them, then `randaemon config check`")
    return found.settings


def read(file: Path | None, overrides: Tree | None = None, text: str | None = None) -> Loaded:
    """The same without raising, and with where each value is from. `text`: instead of what the file holds now.

    Raises SettingsError only for a file that cannot be read at all.
    """
    text = _text(file) if text is None else text
    tree = _parsed(file, text)
    environment, problems = _environment()
    named = next((each["profile"] for each in (overrides or {}, environment, tree) if "profile" in each), "production")
    profile: Tree = {name: dict(keys) for name, keys in PROFILES.get(str(named), {}).items()}
    sources = {f"profile {named}": profile, "file": tree, "environment": environment, "flag": overrides or {}}
    places = _Places(sources, text, file.name if file else "")
    try:
        settings = Settings(**_laid_over(sources.values()))
    except ValidationError as error:
        problems += [_problem(each, places) for each in error.errors()]
        return Loaded(None, tuple(problems), places.all())
    return Loaded(None if problems else settings, tuple(problems), places.all())


def environment_keys() -> list[str]:
    """The RANDAEMON_… variables that are set and mean a setting."""
    return sorted(key for key in os.environ if key.startswith(PREFIX) and not key.startswith(_NO_SETTINGS))


def known_keys() -> list[str]:
    """Every key there is, `pool.workers`; of tables whose keys the user names, the table: `llm.servers`."""
    return list(_keys(Settings, ""))


def is_known(key: str) -> bool:
    """Also of what lies in a table whose keys the user names."""
    return any(key == known or (key.startswith(f"{known}.") and known in _TABLES) for known in known_keys())


def suggestion(key: str) -> str:
    """Words to the user who mistyped: the nearest key, or the same name in another section."""
    return "".join(f"; did you mean {near}?" for near in _nearest(key))


def _keys(section: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, described in section.model_fields.items():
        kind = described.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            yield from _keys(kind, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def _text(file: Path | None) -> str:
    if file is None or not file.exists():
        return ""
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        told = f"the settings file {file} cannot be read: {error.strerror or error}"
        raise SettingsError(told, hint="make it readable, or move it away") from error
    except UnicodeDecodeError as error:
        told = f"the settings file {file} is not UTF-8 text: byte {error.start + 1}"
        raise SettingsError(told, hint="save it as UTF-8") from error


def _parsed(file: Path | None, text: str) -> Tree:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"the settings file {file} is no TOML: {error}", hint="mend it or move it away") from error


def _environment() -> tuple[Tree, list[Problem]]:
    names = {name: _key(name) for name in environment_keys()}
    unknown = {name: key for name, key in names.items() if not is_known(key) and key not in Settings.model_fields}
    problems = [Problem(key, name, f"unknown setting{suggestion(key)}") for name, key in unknown.items()]
    try:
        tree: Tree = EnvSettingsSource(Settings)()
    except EnvironmentError_ as error:
        return {}, [*problems, Problem("environment", "", str(error))]
    return _without(tree, set(unknown.values())), problems


def _without(tree: Tree, keys: set[str], prefix: str = "") -> Tree:
    """What was complained of already, with a suggestion, is not to be complained of again."""
    return {
        name: _without(value, keys, f"{prefix}{name}.") if isinstance(value, dict) else value
        for name, value in tree.items()
        if f"{prefix}{name}" not in keys
    }


def _key(variable: str) -> str:
    return variable.removeprefix(PREFIX).lower().replace("__", ".")


def _laid_over(trees: Iterable[Tree]) -> Tree:
    """Later ones win, key by key."""
    whole: Tree = {}
    for tree in trees:
        for name, value in tree.items():
            both = isinstance(value, dict) and isinstance(whole.get(name), dict)
            whole[name] = _laid_over((whole[name], value)) if both else value
    return whole


@dataclass(frozen=True, slots=True)
class _Places:
    """Where each value is from; the strongest source first."""

    sources: Mapping[str, Tree]
    text: str
    file: str

    def all(self) -> dict[str, str]:
        return {key: place for key in known_keys() if (place := self.of(tuple(key.split("."))))}

    def of(self, key: toml.Key) -> str:
        for name in reversed(list(self.sources)):
            if toml.lookup(self.sources[name], key) is not None:
                return self._named(name, key)
        return ""

    def _named(self, source: str, key: toml.Key) -> str:
        match source:
            case "file":
                line = toml.line_of(self.text, key)
                return f"{self.file}:{line}" if line else self.file
            case "environment":
                return PREFIX + "__".join(key).upper()
            case "flag":
                return f"--set {'.'.join(key)}"
            case _:
                return source


def _problem(error: Mapping[str, Any], places: _Places) -> Problem:
    where = tuple(str(part) for part in error["loc"])
    key = ".".join(where)
    # The place of an element is that of its list.
    place = next((found for length in range(len(where), 0, -1) if (found := places.of(where[:length]))), "")
    if error["type"] == "extra_forbidden":
        return Problem(key, place, f"unknown {'key' if '.' in key else 'section'}{suggestion(key)}")
    given = error.get("input")
    shown = f", not {toml.rendered(given)}" if isinstance(given, str | int | float | bool) else ""
    worded = _WORDS.get(error["type"], "").format(**error.get("ctx", {}))
    said = worded or str(error["msg"]).removeprefix("Value error, ")
    return Problem(key, place, f"{said[:1].lower()}{said[1:]}{shown}")


#: What pydantic finds wrong, for whoever edits the file; what is not here has words of its own.
_WORDS = {
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), "must be a whole number"),
    **dict.fromkeys(("float_parsing", "float_type"), "must be a number"),
    **dict.fromkeys(("bool_parsing", "bool_type"), "must be true or false"),
    **dict.fromkeys(("tuple_type", "list_type"), "must be a list in brackets"),
    "string_type": "must be text in quotes",
    "less_than_equal": "must be at most {le:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than": "must be less than {lt:g}",
    "greater_than": "must be more than {gt:g}",
    "literal_error": "must be {expected}",
}


def _nearest(key: str) -> Iterator[str]:
    keys = known_keys()
    sections = sorted({known.partition(".")[0] for known in keys})
    _, dot, name = key.rpartition(".")
    same = [known for known in keys if known.rpartition(".")[2] == name]
    near = difflib.get_close_matches(key, keys if dot else [*sections, *keys], 1, 0.7)
    yield from (same or near or [known for known in keys if name in known])[:1]
