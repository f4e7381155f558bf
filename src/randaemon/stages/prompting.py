"""How a stage asks models: prompts from `config/prompts/models`, and what has become of its questions.

A prompt is a TOML file: `system` (instructions alone; text of a document never stands there), `user` (jinja2, in a
sandbox) and `[[examples]]`, which become turns before the question. Text of a document comes between two lines that
carry a digest of it, so that no document can hold the closing one, and without marks of chat templates.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from randaemon.model import Ask, Message, Meta, Purpose, Reply, Request, Task, Tier, request_key
from randaemon.quality.text import tame

AT_ONCE: Final = 256  # requests of one `Ask`: a document with thousands of chunks asks in several rounds
_REPEATED: Final = 4000  # characters of a refused reply that the next try is shown
_NOBODY: Final = "no language model was there to ask"


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
    """What a stage has asked of models in this run, and what became of it.

    Which tier is asked follows from the document and from the tiers that this house has, not from who happens to answer
    now: an outage must not change a dataset, it makes the document wait or be done again.
    """

    replies: Mapping[str, Reply]
    tiers: frozenset[Tier] = frozenset()  # with a model of their own in this house
    away: frozenset[Tier] = frozenset()  # of them those that nobody waits for any more
    hard: bool = False  # is the document too hard for the lightest tier?
    wanted: dict[str, Request] = field(default_factory=dict)
    missing: int = 0  # questions that nobody answered: the rules stand in, and the document is marked
    lacks: set[Tier] = field(default_factory=set)  # tiers that did not answer what they were asked
    escalated: set[str] = field(default_factory=set)  # requests put to a better tier after a lighter one's were refused
    reason: str = _NOBODY

    @classmethod
    def of(cls, task: Task) -> Dialogue:
        """The dialogue of a task. Options: `models` and `models_away` name tiers, `hard` is the least complexity."""
        complexity, least = task.meta.get("complexity", 0.0), task.options.get("hard", 1.0)
        hard = isinstance(complexity, int | float) and complexity >= float(str(least))
        return cls(task.replies, _tiers(task, "models"), _tiers(task, "models_away"), hard)

    @property
    def mute(self) -> bool:
        """Nobody has answered and nobody will: no question need be put into words."""
        return not (self.tiers - self.away or self.replies)

    @property
    def first(self) -> Tier:
        """The tier that is asked first about this document."""
        return self.tier(Tier.BALANCED if self.hard else Tier.FAST)

    def tier(self, wanted: Tier) -> Tier:
        """The tier that is asked where `wanted` would do: it, else the next better one there is, else a lighter one."""
        return next((tier for tier in (wanted, *_better(wanted), *_lighter(wanted)) if tier in self.tiers), wanted)

    def again(self, refused: Request, reply: Reply, told: str) -> Reply | None:
        """A second try after the gates refused a reply: of the next better tier there is, else of the same one.

        `told` says what was wrong. None: nobody has answered yet, or there is no use in asking: a model that could not
        keep to the form has been told so by `llm` already.
        """
        better = self.better(refused.tier)
        if better is None and reply.outcome != "ok":
            return None
        turns = (Message("assistant", reply.text[:_REPEATED] or "(nothing)"), Message("user", told))
        purpose = Purpose.ESCALATE if better else Purpose.REPAIR
        asked = replace(refused, purpose=purpose, tier=better or refused.tier, messages=(*refused.messages, *turns))
        if better:
            self.escalated.add(request_key(asked))
        return self.ask(asked)

    def better(self, tier: Tier) -> Tier | None:
        """The next better tier that this house has."""
        return next((each for each in _better(tier) if each in self.tiers), None)

    def ask(self, request: Request) -> Reply | None:
        """The reply (`ok` or `refused`), or None: it is wanted or missing."""
        key = request_key(request)
        found = self.replies.get(key)
        if found is not None and found.outcome != "unavailable":
            if found.stands_in:
                self._lack(request.tier, f"{found.model} stood in for a better model")
            return found
        if found is None and request.tier in self.tiers - self.away:
            self.wanted.setdefault(key, request)
        else:
            self.missing += 1
            self._lack(request.tier, found.reason if found is not None else "")
        return None

    def _lack(self, tier: Tier, reason: str) -> None:
        self.lacks.add(tier)
        self.reason = reason or self.reason

    def asks(self) -> Ask | None:
        """What is to be answered before the stage can go on; None: it can."""
        return Ask(tuple(self.wanted.values())[:AT_ONCE]) if self.wanted else None

    def told(self, stage: str, before: Meta) -> Meta:
        """Which tier was asked first and how often a better one had to be, for `jobs show`; {} where none was asked."""
        asked = bool(self.replies)
        facts: Meta = {
            f"{stage}_tier": self.first.value if asked else None,
            f"{stage}_escalated": len(self.escalated) or None,
        }
        return {name: value for name, value in facts.items() if value is not None or name in before}

    def mark(self, before: Meta) -> Meta:
        """The marks of a document that would have gained by a model, or a better one; `before` is its meta so far."""
        if self.missing or self.lacks:
            return {"degraded": self.reason[:300], "lacks": " ".join(sorted(self.lacks))}
        return {"degraded": None, "lacks": None} if before.get("degraded") else {}


def _tiers(task: Task, option: str) -> frozenset[Tier]:
    named = task.options.get(option) or ()
    return frozenset(map(Tier, named)) if isinstance(named, list | tuple) else frozenset()


def _better(tier: Tier) -> Iterator[Tier]:
    while better := tier.better:
        yield (tier := better)


def _lighter(tier: Tier) -> Iterator[Tier]:
    while lighter := tier.lighter:
        yield (tier := lighter)


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
