"""How a stage asks models: prompts from `config/prompts/models`, and what has become of its questions.

A prompt is a TOML file: `system` (instructions alone; text of a document never stands there), `user` (jinja2, in a
sandbox) and `[[examples]]`, which become turns before the question. Text of a document comes between two lines that
carry a digest of it, so that no document can hold the closing one, and without marks of chat templates.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from randaemon.model import Ask, Message, Meta, Reply, Request, Task, request_key
from randaemon.quality.text import tame

AT_ONCE: Final = 256  # requests of one `Ask`: a document with thousands of chunks asks in several rounds
NOBODY: Final = "no language model was there to ask"


@dataclass(frozen=True, slots=True)
class Example:
    """A question as the prompt's template shows it, and what a perfect reply to it is."""

    slots: Mapping[str, Any]
    reply: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """One file of prompts, ready to be rendered."""

    system: str
    user: Template
    examples: tuple[Example, ...]

    def messages(self, **slots: object) -> tuple[Message, ...]:
        """The whole conversation that ends in the question."""
        return (Message("system", self.system), *self._shown(), self._question(slots))

    def _shown(self) -> Iterator[Message]:
        for example in self.examples:
            yield self._question(example.slots)
            yield Message("assistant", example.reply)

    def _question(self, slots: Mapping[str, object]) -> Message:
        return Message("user", self.user.render(slots).strip())


@dataclass(slots=True)
class Dialogue:
    """What a stage has asked of models in this run, and what became of it."""

    replies: Mapping[str, Reply]
    open: bool  # may more be asked?
    wanted: dict[str, Request] = field(default_factory=dict)
    missing: int = 0  # questions that nobody answered: the rules stand in, and the document is marked
    reason: str = NOBODY

    @classmethod
    def of(cls, task: Task) -> Dialogue:
        """The dialogue of a task; the option `models` says whether anybody is there."""
        return cls(task.replies, bool(task.options.get("models")))

    @property
    def mute(self) -> bool:
        """Nobody has answered and nobody will: no question need be put into words."""
        return not (self.open or self.replies)

    def ask(self, request: Request) -> Reply | None:
        """The reply (`ok` or `refused`), or None: it is wanted or missing."""
        key = request_key(request)
        found = self.replies.get(key)
        if found is not None and found.outcome != "unavailable":
            return found
        if found is not None:
            self.reason = found.reason or self.reason
        if found is None and self.open:
            self.wanted.setdefault(key, request)
        else:
            self.missing += 1
        return None

    def asks(self) -> Ask | None:
        """What is to be answered before the stage can go on; None: it can."""
        return Ask(tuple(self.wanted.values())[:AT_ONCE]) if self.wanted else None

    def mark(self, before: Meta) -> Meta:
        """The mark of a document that would have gained by a model; `before` is what it was told of earlier."""
        if self.missing:
            return {"degraded": self.reason[:300]}
        return {"degraded": None} if before.get("degraded") else {}


def load(name: str) -> Prompt:
    """A prompt that ships with the package. Raises KeyError or ValueError for a file that is not one: a defect."""
    path = Path(__file__).parents[1] / "prompts" / "models" / f"{name}.toml"
    return _load(path, path.stat().st_mtime_ns)


def fenced(text: str) -> str:
    """Text of a document between two lines that it cannot imitate, without marks of chat templates."""
    harmless = tame(text)
    digest = hashlib.sha256(harmless.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"<text {digest}>\n{harmless}\n</text {digest}>"


_JINJA = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
_JINJA.filters["fenced"] = fenced


@lru_cache(maxsize=8)
def _load(path: Path, _: int) -> Prompt:
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    examples = tuple(Example(example["slots"], example["reply"].strip()) for example in found.get("examples", ()))
    return Prompt(found["system"].strip(), _JINJA.from_string(found["user"]), examples)
