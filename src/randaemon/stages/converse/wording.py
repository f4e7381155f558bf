"""The wordings: how things are asked and how answers are said, from the phrase templates in `config/prompts`.

A file is a theme, a table in it one thing to ask about: `questions` (every fact is asked in all of them, so that one
can be kept out of training for it while other facts are trained with it), `answer`, `tail`, the answer as a further
sentence about the same item, and `short`, what it has as a part of a sentence: `the range 1..5 dB`. They are jinja2, in
a sandbox, and an unknown name in one is an error.
Question lists are only ever appended to: the place of a wording in its list is part of a sample's id.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from randaemon.errors import SettingsError
from randaemon.model import Category

Asked = tuple[str, str]  # theme and table: ("parameter", "default")

THEMES: Mapping[Category, str] = {
    Category.PARAMETER: "parameter",
    Category.COUNTER: "counter",
    Category.EVENT: "event",
    Category.FEATURE: "feature",
    Category.RELATED_FEATURE: "related_feature",
    Category.PROCEDURE: "procedure",
}

#: What a description is said of.
NOUNS: Mapping[Category, str] = {
    Category.PARAMETER: "parameter",
    Category.COUNTER: "counter",
    Category.EVENT: "event",
    Category.FEATURE: "feature",
}


@dataclass(frozen=True, slots=True)
class Wording:
    """One table of a theme, ready to be rendered."""

    questions: tuple[Template, ...] = ()
    answer: Template | None = None
    tail: Template | None = None
    short: Template | None = None


@dataclass(frozen=True, slots=True)
class Phrases:
    """All wordings by theme and table."""

    wordings: Mapping[Asked, Wording]

    def knows(self, theme: str, name: str) -> bool:
        """True when there is an answer for it."""
        found = self.wordings.get((theme, name))
        return found is not None and found.answer is not None

    def questions(self, asked: Asked, slots: Mapping[str, Any]) -> tuple[str, ...]:
        """Every wording of the question."""
        return tuple(wording.render(slots) for wording in self.wordings[asked].questions)

    def answer(self, asked: Asked, slots: Mapping[str, Any]) -> str:
        """The answer as a text of its own. Raises KeyError where there is none."""
        wording = self.wordings[asked].answer
        if wording is None:
            raise KeyError(asked)
        return wording.render(slots).strip()

    def tail(self, asked: Asked, slots: Mapping[str, Any]) -> str:
        """The answer as a further sentence about the item; "" where there is none."""
        found = self.wordings.get(asked)
        return found.tail.render(slots).strip() if found and found.tail else ""

    def short(self, asked: Asked, slots: Mapping[str, Any]) -> str:
        """What the item has, as a part of a sentence; "" where there is none."""
        found = self.wordings.get(asked)
        return found.short.render(slots).strip() if found and found.short else ""


def load(folder: str = "") -> Phrases:
    """The shipped wordings, with the tables of `folder` in place of those of the same name. Read anew when changed.

    Raises SettingsError naming the file that cannot be used.
    """
    folders = [shipped(), *([Path(folder)] if folder else [])]
    return _load(tuple((str(path), _stamp(path)) for each in folders for path in sorted(each.glob("*.toml"))))


def shipped() -> Path:
    """The folder that ships with the package: `config/prompts` of a checkout, by a link."""
    return Path(__file__).parents[2] / "prompts"


_JINJA = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False)


def _stamp(path: Path) -> tuple[int, int]:
    known = path.stat()
    return known.st_mtime_ns, known.st_size


@lru_cache(maxsize=4)
def _load(files: tuple[tuple[str, tuple[int, int]], ...]) -> Phrases:
    found: dict[Asked, Wording] = {}
    for name, _ in files:
        for table, texts in _read(Path(name)).items():
            found[Path(name).stem, table] = texts
    return Phrases(found)


def _read(path: Path) -> dict[str, Wording]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        return {name: _wording(table) for name, table in tables.items()}
    except (OSError, ValueError, TypeError, KeyError, TemplateError) as error:
        raise SettingsError(f"the phrase templates {path} cannot be used: {error}", hint="mend the file") from error


def _wording(table: Mapping[str, Any]) -> Wording:
    questions = tuple(_JINJA.from_string(text) for text in table.get("questions", ()))
    keys = ("answer", "tail", "short")
    return Wording(questions, *(_JINJA.from_string(table[key]) if key in table else None for key in keys))
