"""What a language model is told and what it tells: a stage's `Request` and `Reply`, a server's `Call` and `Answer`.

A stage names what it wants (a tier, a schema, a limit) and never a server. `llm` chooses the server and the model,
makes one or more calls of it, and gives back one reply.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal


class Tier(StrEnum):
    """How good a model has to be; in the order of growing cost."""

    FAST = "fast"
    BALANCED = "balanced"
    QUALITY = "quality"

    @property
    def lighter(self) -> Tier | None:
        """The next that costs less."""
        return _TIERS[place - 1] if (place := _TIERS.index(self)) else None

    @property
    def better(self) -> Tier | None:
        """The next that costs more: where to go when the gates refuse what this one writes."""
        return _TIERS[place + 1] if (place := _TIERS.index(self)) + 1 < len(_TIERS) else None


_TIERS = tuple(Tier)


class Purpose(StrEnum):
    """What a request is for; shown in `status` and counted apart."""

    EXTRACT = "extract"
    CONVERSE = "converse"
    JUDGE = "judge"
    REPAIR = "repair"  # the same model once more, told what was wrong
    ESCALATE = "escalate"  # a better one, since the gates refused what the first wrote


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat."""

    role: str  # system | user | assistant; a system turn only in requests to a model, never in a sample
    content: str


@dataclass(frozen=True, slots=True)
class Request:
    """What a stage wants a model to write. Its key is of what it says, not of who answers it."""

    purpose: Purpose
    tier: Tier
    messages: tuple[Message, ...]
    schema: Mapping[str, Any] | None = None  # JSON schema that the reply has to hold; None: free text
    max_tokens: int = 1024  # of the reply
    temperature: float = 0.0
    seed: int = 7


def request_key(request: Request) -> str:
    """SHA-256 of the request as canonical JSON, hex: the key of its reply in `Task.replies` and in the store."""
    told = {
        "purpose": request.purpose,
        "tier": request.tier,
        "messages": [{"role": turn.role, "content": turn.content} for turn in request.messages],
        "schema": request.schema,
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
    }
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a request. `ok` has text (holding the request's schema); the others say why there is none."""

    key: str  # request_key of the request
    text: str
    outcome: Literal["ok", "unavailable", "refused"]
    # unavailable: nobody answered within the patience; asked again later, the work is redone ("upgraded").
    # refused: models answered, and none as asked (wrong form twice, too long): asking again would end the same.
    model: str = ""
    provider: str = ""  # ollama | openai | mlx
    prompt_tokens: int = 0  # of all calls that it took
    completion_tokens: int = 0
    seconds: float = 0.0
    reason: str = ""
    stands_in: bool = False  # a lighter tier gave it, while the one that was wanted is away


@dataclass(frozen=True, slots=True)
class Call:
    """One call of one model on one server."""

    model: str
    messages: tuple[Message, ...]
    schema: Mapping[str, Any] | None = None
    max_tokens: int = 1024
    temperature: float = 0.0
    seed: int | None = 7  # None: where it would change nothing and cost something
    context: int = 8192  # tokens of room for prompt and answer together


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered to a call, unchecked but for its envelope."""

    text: str
    model: str  # as the server names it
    prompt_tokens: int
    completion_tokens: int
    seconds: float  # from sending to the last byte
    cut: bool = False  # it ended at a limit and not by itself


@dataclass(frozen=True, slots=True)
class Usage:
    """What one call of a model took; a row of the store."""

    at: float  # seconds since the epoch
    purpose: str
    tier: str
    outcome: str  # ok, or the code of the error
    server: str  # its name in the settings
    provider: str
    model: str
    prompt_tokens: int
    completion_tokens: int
    seconds: float
