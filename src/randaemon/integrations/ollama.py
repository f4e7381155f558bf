"""Ollama's own dialect: `/api/chat`. Its `/v1` ignores `num_ctx` and cuts prompts without a word.

What is worked around here, with the issue of ollama/ollama that tells it: `format` is ignored for some models when
thinking is switched off (14645, 15260), so a model seen to do so is left to think; a prompt above `num_ctx` is cut to
half of it and answered as if nothing had happened (3839, 17427), which only `prompt_eval_count` gives away.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from randaemon.errors import ModelError, ModelMissing, ModelOutputError, ModelRefused, ModelUnavailable
from randaemon.model import Answer, Call

_KEEP_ALIVE = "10m"  # how long a model stays in memory after its last call
_FEW_TOKENS = 256  # below this a prompt fits into every context

#: What msgspec raises on bytes that are no JSON, no text, or nested beyond all measure.
NOT_JSON = (msgspec.MsgspecError, UnicodeError, RecursionError)


class Link(Protocol):
    """The guarded way to the server."""

    endpoint: str

    async def get(self, path: str) -> Any:
        """A JSON document."""
        ...

    async def post(self, path: str, payload: Mapping[str, Any]) -> Any:
        """The JSON document that answers one."""
        ...

    async def stream(self, path: str, payload: Mapping[str, Any], take: Callable[[bytes], bool]) -> None:
        """The lines of an answer, until `take` has all."""
        ...

    def harmless(self, words: object) -> str:
        """A server's own words, as they may be told on."""
        ...

    async def close(self) -> None:
        """Close what is kept open."""
        ...


class Ollama:
    """One Ollama server."""

    provider = "ollama"

    def __init__(self, link: Link, clock: Callable[[], float] = time.monotonic) -> None:
        self._link = link
        self._clock = clock
        self._thinks: set[str] = set()  # models that hold to a format only when they may think
        self._cannot_think: set[str] = set()  # models that refuse even to be told not to

    @property
    def endpoint(self) -> str:
        """As the settings write it."""
        return self._link.endpoint

    async def chat(self, call: Call) -> Answer:
        """One streamed call. Raises ModelError."""
        reader, payload = _Reader(), self._payload(call)
        started = self._clock()
        try:
            await self._link.stream("/api/chat", payload, reader.take)
        except ModelMissing as error:
            raise self._missing(call.model, error) from error
        except ModelRefused as error:
            if "think" not in payload or "think" not in error.message:
                raise
            self._cannot_think.add(call.model)
            return await self.chat(call)
        answer = self._answer(call, reader, self._clock() - started)
        if call.schema is not None and not answer.text.lstrip().startswith(("{", "[")):
            self._thinks.add(call.model)
        return answer

    async def models(self) -> Sequence[str]:
        """What is pulled."""
        return _names(await self._link.get("/api/tags"))

    async def loaded(self) -> Sequence[str]:
        """What is in memory now."""
        return _names(await self._link.get("/api/ps"))

    async def load(self, model: str, context: int) -> None:
        """Bring a model into memory: a chat without messages does that and nothing else."""
        payload = {"model": model, "messages": [], "stream": False, "keep_alive": _KEEP_ALIVE}
        try:
            await self._link.post("/api/chat", {**payload, "options": {"num_ctx": context}})
        except ModelMissing as error:
            raise self._missing(model, error) from error

    async def unload(self, model: str) -> None:
        """Take it out of memory, if it is there."""
        if any(_same(model, name) for name in await self.loaded()):
            await self._link.post("/api/chat", {"model": model, "messages": [], "stream": False, "keep_alive": 0})

    async def close(self) -> None:
        """Close the connections."""
        await self._link.close()

    def counter(self, model: str) -> None:
        """The tokenizer lies with the server."""

    def advice(self, model: str) -> str:
        """How a model comes to be here."""
        return f"ollama pull {model}"

    def _payload(self, call: Call) -> dict[str, Any]:
        payload: dict[str, Any] = {
            "model": call.model,
            "messages": [{"role": turn.role, "content": turn.content} for turn in call.messages],
            "stream": True,
            "keep_alive": _KEEP_ALIVE,
            "truncate": False,  # newer servers then refuse what does not fit, …
            "shift": False,
            "options": {
                "num_ctx": call.context,
                "num_predict": call.max_tokens,
                "temperature": call.temperature,
                "seed": call.seed,
            },
        }
        if call.schema is not None:
            payload["format"] = call.schema
        left_alone = call.schema is not None and call.model in self._thinks
        if not left_alone and call.model not in self._cannot_think:
            payload["think"] = False
        return payload

    def _answer(self, call: Call, reader: _Reader, seconds: float) -> Answer:
        if reader.error:
            raise self._error(ModelUnavailable, f"broke off: {self._link.harmless(reader.error)}", call)
        last = reader.last
        if last is None:
            raise self._error(ModelUnavailable, "stopped in the middle of its answer", call)
        if _was_cut(call, last.prompt_eval_count):  # … older ones are found out
            hint = "raise llm.context, or let the server have the context it is asked for"
            raise self._error(ModelOutputError, "read only a part of the prompt", call, hint)
        text = "".join(reader.parts)
        return Answer(
            text, last.model, last.prompt_eval_count, last.eval_count, seconds, cut=last.done_reason == "length"
        )

    def _missing(self, model: str, error: ModelError) -> ModelMissing:
        return ModelMissing(
            f"the model {model} is not installed at {self.endpoint}",
            hint=self.advice(model),
            endpoint=error.endpoint,
            model=model,
        )

    def _error(self, kind: type[ModelError], told: str, call: Call, hint: str = "") -> ModelError:
        message = f"{call.model} at {self.endpoint} {told}"
        return kind(message, hint=hint, endpoint=self.endpoint, model=call.model)


class _Turn(msgspec.Struct):
    content: str = ""


class _Line(msgspec.Struct):
    """What is used of a line of `/api/chat`."""

    model: str = ""
    message: _Turn | None = None
    done: bool = False
    done_reason: str = ""
    prompt_eval_count: int = 0
    eval_count: int = 0
    error: str = ""


class _Reader:
    """Puts the streamed lines together."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.last: _Line | None = None
        self.error = ""

    def take(self, line: bytes) -> bool:
        """One line; True after the last. What is no line of Ollama's is an error of the server."""
        try:
            found = _LINE.decode(line)
        except NOT_JSON:
            self.error = "what it sends is not Ollama's JSON"
            return True
        if found.message is not None:
            self.parts.append(found.message.content)
        if found.done:
            self.last = found
        self.error = found.error
        return found.done or bool(found.error)


_LINE = msgspec.json.Decoder(_Line)


def _was_cut(call: Call, counted: int) -> bool:
    """Did the server leave out a part of the prompt? It counts only what it kept: half of the context, and a few."""
    characters = sum(len(turn.content) for turn in call.messages)
    if counted >= call.context:
        return True
    if counted < _FEW_TOKENS and characters < _FEW_TOKENS * 8:
        return False
    half = call.context // 2
    per_token = characters / counted if counted else 0.0  # of whole prompts 2 to 5; 0: the server did not count
    return per_token > 8 or (per_token > 5 and half <= counted <= half + 8)


def _names(document: Any) -> list[str]:
    models = document.get("models") if isinstance(document, dict) else None
    listed = models if isinstance(models, list) else []
    return [str(each.get("model") or each.get("name")) for each in listed if isinstance(each, dict)]


def _same(one: str, other: str) -> bool:
    return one.removesuffix(":latest") == other.removesuffix(":latest")
